//! The burn-down chart: credits left, the pace that would last exactly, the forecast as a band, and marks for what
//! happened.

use charming::Chart;
use charming::datatype::{CompositeValue, DataPointItem};
use charming::element::{
    AreaStyle, AxisPointerType, ItemStyle, Label, LabelPosition, LineStyle, LineStyleType, MarkLine, MarkLineData,
    MarkLineVariant, Symbol,
};
use charming::series::Line;
use drawdown_domain::Credits;
use drawdown_service::overview::{BurnDay, BurnDown, Mark, MarkKind};
use serde_json::{Value, json};

use super::{Drawing, Legend, axes, number, with_ours};

const LEFT: &str = "Left";
const PACE: &str = "Even pace";
const FORECAST: &str = "Forecast";
const BAND_LOW: &str = "forecast low";
const BAND_SPAN: &str = "forecast span";

/// From this width on marks have labels; below it the tooltip and the table tell them.
const LABELS_FROM_PX: u32 = 480;

/// Marks stand at least this share of the chart's width apart to be labelled.
const LABEL_SPACING: usize = 6;

/// The chart of a burn-down.
pub fn drawing(burn_down: &BurnDown) -> Drawing {
    let days = &burn_down.days;
    let labels: Vec<String> = days.iter().map(|day| day.day.day.clone()).collect();
    let mut chart = Chart::new()
        .grid(axes::grid())
        .tooltip(axes::tooltip(AxisPointerType::Line))
        .x_axis(axes::time_axis(labels, false))
        .y_axis(axes::credits_axis())
        .series(band(BAND_LOW, days, |day| day.forecast_low))
        .series(
            band(BAND_SPAN, days, |day| {
                Some(day.forecast_high?.saturating_sub(day.forecast_low?))
            })
            .area_style(AreaStyle::new().color("var(--accent)").opacity(0.2)),
        )
        .series(line(PACE, days, "var(--ink-3)", LineStyleType::Dashed, |day| day.pace))
        .series(line(FORECAST, days, "var(--accent)", LineStyleType::Dotted, |day| {
            day.forecast
        }))
        .series(
            line(LEFT, days, "var(--accent)", LineStyleType::Solid, |day| day.actual)
                .mark_line(today(days))
                .z(4),
        );
    let marks = placed(burn_down);
    for kind in KINDS {
        for side in Side::ALL {
            if marks.iter().any(|mark| mark.kind == kind && mark.side == side) {
                chart = chart.series(mark_series(kind, side, &marks));
            }
        }
    }
    let option = with_marks(with_ours(&chart, ours(&marks)));
    Drawing {
        id: "burn-down",
        finding: burn_down.finding.clone(),
        option,
        legend: legend(days),
    }
}

/// What our own script adds.
fn ours(marks: &[Placed]) -> Value {
    json!({
        "unit": "credits",
        "hidden": KINDS.map(name_of),
        "bands": [{ "name": "Forecast range", "low": BAND_LOW, "span": BAND_SPAN }],
        "notes": notes(marks),
        "labelsFrom": LABELS_FROM_PX,
    })
}

/// What charming does not know of: marks are shown wherever they are, not only where the axis has a label, and the line
/// of today does not answer to the pointer.
fn with_marks(mut option: Value) -> Value {
    for series in option["series"].as_array_mut().into_iter().flatten() {
        if series.get("markLine").is_some() {
            series["markLine"]["silent"] = json!(true);
        }
        if series["showSymbol"] == true {
            series["showAllSymbol"] = json!(true);
        }
    }
    option
}

const KINDS: [MarkKind; 6] = [
    MarkKind::TopUp,
    MarkKind::Allotment,
    MarkKind::Grant,
    MarkKind::Expiry,
    MarkKind::CapHit,
    MarkKind::PlanChange,
];

/// A hairline between what was and what is expected.
fn today(days: &[BurnDay]) -> MarkLine {
    let last = days.iter().rev().find(|day| day.actual.is_some());
    let at = last.map(|day| MarkLineData::new().name("Today").x_axis(day.day.day.as_str()));
    MarkLine::new()
        .symbol(vec![Symbol::None, Symbol::None])
        .line_style(
            LineStyle::new()
                .color("var(--line-strong)")
                .type_(LineStyleType::Solid)
                .width(1),
        )
        .label(Label::new().formatter("{b}").color("var(--ink-3)").font_size(12))
        .data(at.into_iter().map(MarkLineVariant::Simple).collect::<Vec<_>>())
}

/// What a kind of mark is called.
pub const fn name_of(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::TopUp => "Top-up",
        MarkKind::Allotment => "Allotment",
        MarkKind::Grant => "Grant",
        MarkKind::Expiry => "Expiry",
        MarkKind::CapHit => "Cap hit",
        MarkKind::PlanChange => "Plan change",
    }
}

const fn colour_of(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::TopUp | MarkKind::Allotment | MarkKind::Grant => "var(--ok)",
        MarkKind::Expiry => "var(--warn-fill)",
        MarkKind::CapHit => "var(--danger)",
        MarkKind::PlanChange => "var(--ink-2)",
    }
}

/// A mark with its place in the chart.
struct Placed {
    kind: MarkKind,
    day: String,
    height: Credits,
    label: String,
    labelled: bool,
    /// Which third of the chart, roughly: labels stay inside of it.
    side: Side,
}

/// Where a mark's label stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// At its right, near the left edge.
    Right,
    /// Above it.
    Top,
    /// At its left, near the right edge.
    Left,
}

impl Side {
    const ALL: [Self; 3] = [Self::Right, Self::Top, Self::Left];

    fn of(at: usize, all: usize) -> Self {
        match at * 8 / all.max(1) {
            0 => Self::Right,
            1..6 => Self::Top,
            _ => Self::Left,
        }
    }

    const fn position(self) -> LabelPosition {
        match self {
            Self::Right => LabelPosition::Right,
            Self::Top => LabelPosition::Top,
            Self::Left => LabelPosition::Left,
        }
    }
}

/// Marks at the height of the line that they belong to; labelled where the last label is far enough away.
fn placed(burn_down: &BurnDown) -> Vec<Placed> {
    let spacing = burn_down.days.len() / LABEL_SPACING;
    let mut last_label: Option<usize> = None;
    let place = |mark: &Mark| {
        let at = burn_down.days.iter().position(|day| day.day.date == mark.at.date)?;
        let day = &burn_down.days[at];
        let labelled = last_label.is_none_or(|last| at >= last + spacing);
        if labelled {
            last_label = Some(at);
        }
        Some(Placed {
            kind: mark.kind,
            day: day.day.day.clone(),
            height: day.actual.or(day.forecast).unwrap_or(Credits::ZERO),
            label: mark.label.clone(),
            labelled,
            side: Side::of(at, burn_down.days.len()),
        })
    };
    burn_down.marks.iter().filter_map(place).collect()
}

/// What the tooltip of a day says beside its figures.
fn notes(marks: &[Placed]) -> Value {
    let mut notes = serde_json::Map::new();
    for mark in marks {
        let of_day = notes.entry(mark.day.clone()).or_insert_with(|| json!([]));
        if let Some(list) = of_day.as_array_mut() {
            list.push(json!(mark.label));
        }
    }
    notes.into()
}

fn mark_series(kind: MarkKind, side: Side, marks: &[Placed]) -> Line {
    let points: Vec<DataPointItem> = marks
        .iter()
        .filter(|mark| mark.kind == kind && mark.side == side)
        .map(|mark| {
            let place = CompositeValue::Array(vec![mark.day.clone().into(), number(mark.height).into()]);
            DataPointItem::new(place).name(if mark.labelled { mark.label.as_str() } else { "" })
        })
        .collect();
    Line::new()
        .name(name_of(kind))
        .data(points)
        .show_symbol(true)
        .symbol(Symbol::Circle)
        .symbol_size(9)
        .line_style(LineStyle::new().opacity(0))
        .item_style(
            ItemStyle::new()
                .color(colour_of(kind))
                .border_color("var(--panel)")
                .border_width(2),
        )
        .label(
            Label::new()
                .show(true)
                .formatter("{b}")
                .position(side.position())
                .color("var(--ink-2)")
                .background_color("color-mix(in oklab, var(--panel) 80%, transparent)")
                .padding((1, 3, 1, 3))
                .font_size(12)
                .distance(6),
        )
        .z(5)
}

fn line(
    name: &str,
    days: &[BurnDay],
    colour: &str,
    stroke: LineStyleType,
    value: impl Fn(&BurnDay) -> Option<Credits>,
) -> Line {
    let width = if stroke == LineStyleType::Solid { 2.0 } else { 1.5 };
    Line::new()
        .name(name)
        .data(values(days, value))
        .show_symbol(false)
        .symbol(Symbol::Circle)
        .line_style(LineStyle::new().color(colour).width(width).type_(stroke))
        .item_style(ItemStyle::new().color(colour))
}

/// An edge of the band: it is not seen and answers to nothing.
fn band(name: &str, days: &[BurnDay], value: impl Fn(&BurnDay) -> Option<Credits>) -> Line {
    Line::new()
        .name(name)
        .data(values(days, value))
        .stack("band")
        .symbol(Symbol::None)
        .line_style(LineStyle::new().opacity(0))
        .silent(true)
}

fn values(days: &[BurnDay], value: impl Fn(&BurnDay) -> Option<Credits>) -> Vec<CompositeValue> {
    days.iter().map(|day| value(day).map(number).into()).collect()
}

fn legend(days: &[BurnDay]) -> Vec<Legend> {
    let mut legend = vec![Legend::new(LEFT, "line burn")];
    if days.iter().any(|day| day.pace.is_some()) {
        legend.push(Legend::new(PACE, "line pace"));
    }
    if days.iter().any(|day| day.forecast.is_some()) {
        legend.push(Legend::new("Forecast and its range", "band"));
    }
    legend
}

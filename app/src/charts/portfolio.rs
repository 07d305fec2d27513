//! The portfolio by month: what came and went in each, and what stands at its end.

use charming::Chart;
use charming::datatype::CompositeValue;
use charming::element::{AreaStyle, AxisPointerType, ItemStyle, LineStyle, LineStyleType, Symbol};
use charming::series::{Bar, Line};
use drawdown_domain::{Money, format};
use drawdown_service::portfolio::{PortfolioMonth, PortfolioMonths};
use serde_json::json;

use super::{Drawing, Legend, axes, with_ours};

/// A bar of each month: its name, its colour, how much of it is seen through, and the figure.
type Flow = (
    &'static str,
    &'static str,
    &'static str,
    f64,
    fn(&PortfolioMonth) -> Option<Money>,
);

const FLOWS: [Flow; 4] = [
    ("Cash received", "var(--series-3)", "series-3", 1.0, |month| {
        past(month, month.received)
    }),
    ("Earned by burning", "var(--accent)", "accent", 1.0, |month| {
        past(month, month.earned)
    }),
    ("Went unburned", "var(--series-5)", "series-5", 1.0, |month| {
        past(month, month.broken_worth)
    }),
    (
        "Expected to go unburned",
        "var(--series-5)",
        "series-5 faint",
        0.4,
        |month| Some(month.expected_worth).filter(|worth| worth.minor > 0),
    ),
];

fn past(month: &PortfolioMonth, money: Money) -> Option<Money> {
    (!month.is_to_come).then_some(money)
}

/// Money as a chart's number. Charts are read to three digits: the exact value is in the table.
fn number(money: Money) -> f64 {
    money.to_decimal().to_string().parse().unwrap_or(0.0)
}

/// Cash received, revenue earned, and what goes unburned, a bar each by month.
pub fn flows(portfolio: &PortfolioMonths) -> Drawing {
    let labels = portfolio.months.iter().map(|month| month.name.clone()).collect();
    let mut chart = Chart::new()
        .grid(axes::grid())
        .tooltip(axes::tooltip(AxisPointerType::Shadow))
        .x_axis(axes::time_axis(labels, true))
        .y_axis(axes::money_axis(portfolio.currency.as_str()));
    for (name, colour, _, opacity, value) in FLOWS {
        let values: Vec<CompositeValue> = (portfolio.months.iter())
            .map(|month| value(month).map(number).into())
            .collect();
        let look = ItemStyle::new().color(colour).opacity(opacity);
        chart = chart.series(Bar::new().name(name).item_style(look).data(values));
    }
    let legend = FLOWS
        .iter()
        .map(|(name, _, swatch, ..)| Legend::new(*name, *swatch))
        .collect();
    Drawing {
        id: "portfolio-flows",
        finding: flows_finding(portfolio),
        option: with_ours(&chart, json!({ "unit": portfolio.currency.as_str() })),
        legend,
    }
}

fn flows_finding(portfolio: &PortfolioMonths) -> String {
    let Some(this) = portfolio.this() else {
        return "Nothing is known yet.".to_owned();
    };
    let sum = |value: fn(&PortfolioMonth) -> Money| {
        let minor = portfolio.past().iter().map(|month| value(month).minor).sum();
        format::money(Money::new(minor, portfolio.currency))
    };
    format!(
        "In {} months to {}: {} received, {} earned by burning, {} went unburned.",
        portfolio.past().len(),
        this.name,
        sum(|month| month.received),
        sum(|month| month.earned),
        sum(|month| month.broken_worth),
    )
}

/// Committed money and deferred revenue at the end of each month.
pub fn standing(portfolio: &PortfolioMonths) -> Drawing {
    let months = portfolio.past();
    let labels = months.iter().map(|month| month.name.clone()).collect();
    let line = |name: &str, colour: &str, stroke: LineStyleType, value: fn(&PortfolioMonth) -> Money| {
        Line::new()
            .name(name)
            .data(months.iter().map(|month| number(value(month))).collect::<Vec<_>>())
            .show_symbol(months.len() == 1)
            .symbol(Symbol::Circle)
            .line_style(LineStyle::new().color(colour).width(2.0).type_(stroke))
            .item_style(ItemStyle::new().color(colour))
    };
    let chart = Chart::new()
        .grid(axes::grid())
        .tooltip(axes::tooltip(AxisPointerType::Line))
        .x_axis(axes::time_axis(labels, months.len() == 1))
        .y_axis(axes::money_axis(portfolio.currency.as_str()))
        .series(line("Committed", "var(--ink-3)", LineStyleType::Dashed, |month| {
            month.committed
        }))
        .series(
            line("Deferred revenue", "var(--accent)", LineStyleType::Solid, |month| {
                month.deferred
            })
            .area_style(AreaStyle::new().color("var(--accent)").opacity(0.1)),
        );
    let finding = portfolio.this().map_or_else(
        || "Nothing is known yet.".to_owned(),
        |this| {
            let (committed, deferred) = (format::money(this.committed), format::money(this.deferred));
            format!(
                "In {}: {committed} committed, {deferred} of revenue deferred.",
                this.name
            )
        },
    );
    Drawing {
        id: "portfolio-standing",
        finding,
        option: with_ours(&chart, json!({ "unit": portfolio.currency.as_str() })),
        legend: vec![
            Legend::new("Committed", "line pace"),
            Legend::new("Deferred revenue", "line burn"),
        ],
    }
}

//! The look that all charts share: horizontal hairlines only, few ticks at round values, zero-based.

use charming::component::{Axis, Grid};
use charming::element::{
    AxisLabel, AxisLine, AxisPointer, AxisPointerType, AxisTick, AxisType, LineStyle, SplitLine, TextStyle, Tooltip,
    Trigger,
};

/// Text in charts, in pixels: `--text-12`.
const TEXT_PX: i32 = 12;

/// Where the drawing lies, with room for its labels.
pub(super) fn grid() -> Grid {
    Grid::new().left(0).right(16).top(28).bottom(6).contain_label(true)
}

/// Days or hours from left to right.
pub(super) fn time_axis(labels: Vec<String>, gap: bool) -> Axis {
    Axis::new()
        .type_(AxisType::Category)
        .data(labels)
        .boundary_gap(gap)
        .axis_line(AxisLine::new().show(false))
        .axis_tick(AxisTick::new().show(false))
        .axis_label(label())
}

/// Credits from zero up.
pub(super) fn credits_axis() -> Axis {
    amount_axis("credits").min(0)
}

/// Money, from zero up where nothing is below it.
pub(super) fn money_axis(currency: &str) -> Axis {
    amount_axis(currency)
}

fn amount_axis(unit: &str) -> Axis {
    Axis::new()
        .type_(AxisType::Value)
        .split_number(4)
        .name(unit)
        .name_text_style(TextStyle::new().color("var(--ink-3)").font_size(TEXT_PX).align("left"))
        .name_gap(10)
        .axis_label(label())
        .split_line(SplitLine::new().line_style(LineStyle::new().color("var(--line)")))
}

/// What a pointer shows: all series of one moment.
pub(super) fn tooltip(pointer: AxisPointerType) -> Tooltip {
    Tooltip::new()
        .trigger(Trigger::Axis)
        .axis_pointer(AxisPointer::new().type_(pointer))
}

fn label() -> AxisLabel {
    AxisLabel::new().color("var(--ink-3)").font_size(TEXT_PX)
}

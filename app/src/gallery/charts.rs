//! What the charts of the overview draw: data in, series out.

use super::overview::{example_burn_down, example_usage};
use crate::charts::{burn_down, usage};

#[test]
fn the_burn_down_has_a_series_for_each_meaning() {
    let drawing = burn_down::drawing(&example_burn_down());
    let series = drawing.option["series"].as_array().unwrap();
    let names: Vec<_> = series.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "forecast low",
            "forecast span",
            "Even pace",
            "Forecast",
            "Left",
            "Top-up",
            "Allotment",
            "Allotment",
            "Cap hit"
        ]
    );
    let days = drawing.option["xAxis"][0]["data"]
        .as_array()
        .or(drawing.option["xAxis"]["data"].as_array())
        .unwrap();
    assert_eq!(days.len(), 50);
    let left = series[4]["data"].as_array().unwrap();
    assert!(left[35].is_number() && left[36].is_null(), "the line ends today");
    assert_eq!(series[4]["lineStyle"]["color"], "var(--accent)");
    let marks = series[8]["data"].as_array().unwrap();
    assert_eq!(
        (marks[0]["name"].as_str(), marks[1]["name"].as_str()),
        (Some(""), Some("Cap hit: Renders"))
    );
    assert_eq!(drawing.option["drawdown"]["notes"]["19 Nov"][0], "Cap hit: Renders");
}

#[test]
fn usage_beyond_the_colours_is_drawn_together() {
    let names: Vec<String> = (0..11).map(|at| format!("Agent {at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let report = example_usage(&names);
    let drawing = usage::drawing("usage", &report);
    let series = drawing.option["series"].as_array().unwrap();
    assert_eq!(series.len(), 8);
    assert_eq!(series[7]["name"], "4 others");
    let drawn: f64 = series
        .iter()
        .flat_map(|one| one["data"].as_array().unwrap())
        .map(|v| v.as_f64().unwrap())
        .sum();
    let total: f64 = report.totals.credits.to_string().parse().unwrap();
    assert!((drawn - total).abs() < 0.001, "{drawn} of {total}");
    assert_eq!(drawing.legend.len(), 8);
}

#[test]
fn an_empty_report_says_so() {
    let report = example_usage(&[]);
    let drawing = usage::drawing("usage", &report);
    assert_eq!(drawing.finding, "No usage from 24 Oct to 22 Nov.");
}

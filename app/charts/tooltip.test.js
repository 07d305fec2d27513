// Run by `node --test`.
import assert from "node:assert/strict";
import { test } from "node:test";

import { withColours } from "./colours.js";
import { tooltipRows } from "./tooltip.js";

const point = (seriesName, value) => ({ seriesName, value, color: "red" });

test("series are told in order, with unit and sum", () => {
  const points = [point("Renders", ["2026-11-01", 1200.5]), point("Search", ["2026-11-01", 0.004])];
  assert.deepEqual(
    tooltipRows(points, { unit: "credits", sum: true }).map((row) => [row.name, row.value]),
    [["Renders", "1,200.5 credits"], ["Search", "0.004 credits"], ["Sum", "1,200.5 credits"]],
  );
});

test("places without a value and hidden series are left out, and one series has no sum", () => {
  const points = [point("Actual", 5), point("Pace", "-"), point("Guide", 7)];
  assert.deepEqual(tooltipRows(points, { sum: true, hidden: ["Guide"] }).map((row) => row.name), ["Actual"]);
});

test("a band is told as one line", () => {
  const points = [point("low", 100), point("span", 20)];
  const rows = tooltipRows(points, { bands: [{ name: "Forecast", low: "low", span: "span" }], unit: "credits" });
  assert.deepEqual(rows, [{ name: "Forecast", value: "100 to 120 credits" }]);
});

test("only texts that name a property of the style sheet are resolved", () => {
  const option = { color: ["var(--accent)", "#fff"], series: [{ name: "var", data: [1, null] }] };
  assert.deepEqual(withColours(option, () => "rgba(1, 2, 3, 1)"), {
    color: ["rgba(1, 2, 3, 1)", "#fff"],
    series: [{ name: "var", data: [1, null] }],
  });
});

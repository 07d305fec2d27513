// The tooltip of a chart: every series at the pointed place with its value and unit, and their sum. It is built of
// elements, never of markup, so that names need no escaping and the content security policy holds.

/** A tooltip formatter of ECharts for the "drawdown" part of an option. */
export function tooltipFormatter(ours) {
  return (parameters) => {
    const points = Array.isArray(parameters) ? parameters : [parameters];
    const box = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = points[0]?.axisValueLabel ?? points[0]?.name ?? "";
    const list = document.createElement("dl");
    for (const row of tooltipRows(points, ours)) {
      const name = document.createElement("dt");
      if (row.colour) {
        const swatch = document.createElement("i");
        swatch.style.backgroundColor = row.colour;
        name.append(swatch);
      }
      name.append(row.name);
      const value = document.createElement("dd");
      value.textContent = row.value;
      list.append(name, value);
    }
    box.append(title, list);
    for (const text of ours.notes?.[title.textContent] ?? []) {
      const note = document.createElement("p");
      note.textContent = text;
      box.append(note);
    }
    return box;
  };
}

/** The rows of a tooltip, in the order of the series: `{name, value, colour}`. */
export function tooltipRows(points, { unit = "", digits = 2, sum = false, hidden = [], bands = [] }) {
  const told = (value) => `${formatted(value, digits)}${unit && ` ${unit}`}`;
  const valueOf = new Map(points.map((point) => [point.seriesName, numberOf(point)]));
  const partsOfBands = new Set(bands.flatMap((band) => [band.low, band.span]));

  const rows = [];
  let total = 0;
  let summed = 0;
  for (const point of points) {
    const value = numberOf(point);
    if (value === null || hidden.includes(point.seriesName) || partsOfBands.has(point.seriesName)) continue;
    rows.push({ name: point.seriesName, value: told(value), colour: point.color });
    total += value;
    summed += 1;
  }
  if (sum && summed > 1) {
    rows.push({ name: "Sum", value: told(total) });
  }
  for (const band of bands) {
    const low = valueOf.get(band.low) ?? null;
    const span = valueOf.get(band.span) ?? null;
    if (low !== null && span !== null) {
      rows.push({ name: band.name, value: `${formatted(low, digits)} to ${told(low + span)}` });
    }
  }
  return rows;
}

/** The number of a point, or null where the series has none there. Points are numbers or [place, number]. */
function numberOf(point) {
  const value = Array.isArray(point.value) ? point.value.at(-1) : point.value;
  return value === null || value === undefined || value === "-" || Number.isNaN(Number(value)) ? null : Number(value);
}

/** As the pages write figures: thousands separated, few decimals, more where the value is smaller than those. */
function formatted(value, digits) {
  const small = value !== 0 && Math.abs(value) < 10 ** -digits;
  return value.toLocaleString("en-US", small ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: digits });
}

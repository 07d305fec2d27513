// Reads what pages show: figures by their label, credits to the micro-credit, charts that are drawn, fields that are refused.

import assert from "node:assert/strict";

const WAIT_MS_MAX = 30_000;
const POLL_MS = 50;

/** "12,345.5 credits" or "12345.5" as micro-credits. */
export function toMicros(text) {
  const amount = /-?[\d,]+(?:\.\d+)?/.exec(text)?.[0].replaceAll(",", "");
  assert.ok(amount, `there is no amount in ${JSON.stringify(text)}`);
  const [whole, part = ""] = amount.split(".");
  const micros = BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, "0"));
  return amount.startsWith("-") ? BigInt(whole) * 2_000_000n - micros : micros;
}

/** A figure of a band of figures, by its label. */
export function figure(page, label) {
  return page.locator(`xpath=//dt[normalize-space()="${label}"]/following-sibling::dd[1]`);
}

/** Credits of a figure, exactly: its title says all decimals where the figure does not. */
export async function creditsOf(page, label) {
  const value = figure(page, label).locator("span").first();
  return toMicros((await value.getAttribute("title")) ?? (await value.innerText()));
}

/** Waits until the chart of a panel is drawn: a canvas with more than one colour, and words for those who cannot see it. */
export async function drawnChart(page, panel) {
  const chart = page.getByRole("region", { name: panel }).getByRole("img");
  assert.match((await chart.getAttribute("aria-label")) ?? "", /\w+ .*\w+/, "the chart says its finding");
  const canvas = chart.locator("canvas");
  await canvas.waitFor();
  const painted = async () =>
    canvas.evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size > 8;
    });
  await until(page, painted, "the chart was not drawn");
  return chart;
}

/** The field holds what was typed, says that it is wrong, and its error is told at it and in the summary. */
export async function assertRefused(page, field, typed, told) {
  await page.getByRole("alert").filter({ hasText: told }).waitFor();
  assert.equal(await field.inputValue(), typed, "what was typed is lost");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  const described = (await field.getAttribute("aria-describedby")).split(" ");
  const words = await Promise.all(described.map((id) => page.locator(`[id="${id}"]`).innerText()));
  assert.match(words.join("\n"), told);
  const link = page.getByRole("alert").getByRole("link", { name: told });
  assert.equal(await link.getAttribute("href"), `#${await field.getAttribute("id")}`);
}

/** Waits until `holds()` is true, looking again and again; fails after a while that is long for a busy machine. */
export async function until(page, holds, otherwise) {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, otherwise);
    await page.waitForTimeout(POLL_MS); // bounded poll
  }
}

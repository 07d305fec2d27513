// Asks axe whether a page keeps WCAG 2.2, levels A and AA.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Rows of a table are alike, and axe's time grows with their square.
const ROWS_MAX = 8;

/**
 * What axe finds wrong in a page, one line each; none when all is well. Works with a strict content security policy,
 * because the driver injects the script past it; it needs a page whose scripts run. Afterwards the page has only the
 * first rows of its long tables.
 *
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>}
 */
export async function accessibilityFaults(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await source);
  await page.evaluate((max) => {
    for (const rows of document.querySelectorAll("tbody")) [...rows.rows].slice(max).forEach((row) => row.remove());
  }, ROWS_MAX);
  const violations = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }).then((found) => found.violations),
    TAGS,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")} (${node.failureSummary?.split("\n")[1]?.trim() ?? ""})`),
  );
}

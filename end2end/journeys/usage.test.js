// The usage page says one sum, however the same days are looked at: in its figure, by each grouping, in the file that it
// gives, and in /v1. All of it by links and one form, without scripts, and for a customer whose days begin in Tokyo.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../browser.js";
import { OTHER_CUSTOMER, PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";
import { creditsOf, toMicros } from "../reading.js";

const DAY_MS = 86_400_000;

let page;
const demo = openDemo({
  async ready({ browser, place }) {
    ({ page } = await openPage(browser, { scripts: false, baseUrl: place.url }));
    await signIn(page, place, PEOPLE.tokyo);
  },
});

/** The sum of a file's last column, and how many days it tells of. */
async function downloaded() {
  const link = page.getByRole("link", { name: "Download CSV" });
  const answer = await page.request.get(await link.getAttribute("href"));
  assert.match(answer.headers()["content-type"], /^text\/csv/);
  assert.match(answer.headers()["content-disposition"], /^attachment; filename="usage-hanami-/);
  const [head, ...rows] = (await answer.text()).trimEnd().split("\r\n");
  assert.equal(head, "start,date,group,name,credits");
  const sum = rows.reduce((sum, row) => sum + toMicros(row.split(",").at(-1)), 0n);
  return { sum, days: rows.map((row) => row.split(",")[1]) };
}

test("every grouping of the same days has the same sum, as figure, as file and in /v1", async () => {
  await page.goto("/usage");
  const used = await creditsOf(page, "Used");
  assert.ok(used > 0n);
  for (const group of ["Mode", "Platform", "Subject", "Use case"]) {
    await page.getByRole("navigation", { name: "Group by" }).getByRole("link", { name: group, exact: true }).click();
    await page.getByRole("region", { name: `Totals by ${group.toLowerCase()}` }).waitFor();
    assert.equal(await creditsOf(page, "Used"), used, group);
    const { sum, days } = await downloaded();
    assert.equal(sum, used, group);
    assert.ok(new Set(days).size <= 30);
  }
});

test("chosen days are shown, kept in the address, and counted as /v1 counts them", async () => {
  await page.goto("/usage");
  const last = await page.getByLabel("To", { exact: true }).inputValue();
  const [day, following] = [3, 2].map((ago) => new Date(Date.parse(last) - ago * DAY_MS).toISOString().slice(0, 10));
  await page.getByLabel("From", { exact: true }).fill(day);
  await page.getByLabel("To", { exact: true }).fill(day);
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.waitForURL(new RegExp(`from=${day}&to=${day}`));
  const used = await creditsOf(page, "Used");
  const [from, to] = [day, following].map((date) => encodeURIComponent(`${date}T00:00:00+09:00`));
  const report = await demo.place.api("GET", `/v1/customers/${OTHER_CUSTOMER}/usage?from=${from}&to=${to}&group_by=mode`);
  assert.equal(used, toMicros(report.total.credits));
  const { sum, days } = await downloaded();
  assert.equal(sum, used);
  assert.deepEqual([...new Set(days)], [day]);
});

test("days that are none are told at the form, and nothing is lost", async () => {
  await page.goto("/usage?from=2026-02-31&to=2026-03-01&group=mode");
  await page.getByRole("alert").filter({ hasText: "From" }).waitFor();
  assert.equal(await page.getByLabel("From", { exact: true }).getAttribute("aria-invalid"), "true");
  const chosen = page.getByRole("navigation", { name: "Group by" }).getByRole("link", { name: "Mode", exact: true });
  assert.equal(await chosen.getAttribute("aria-current"), "true");
});

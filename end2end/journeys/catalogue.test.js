// The catalogue's editor builds a rate card and a plan on the pages, quotes, simulates and publishes; with scripts and without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../browser.js";
import { PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";

const demo = openDemo();

for (const scripts of [true, false]) {
  describe(`the catalogue with scripts ${scripts ? "on" : "off"}`, () => {
    const key = scripts ? "with" : "without";
    let page;
    let complaints;

    before(async () => {
      ({ page, complaints } = await openPage(demo.browser, { scripts, baseUrl: demo.place.url }));
      await signIn(page, demo.place, PEOPLE.editor);
    });
    after(() => page?.context().close());

    const press = (name) => page.getByRole("button", { name, exact: true }).click();
    const follow = (name) => page.locator("#main").getByRole("link", { name, exact: true }).first().click();
    const fill = (label, text) => page.getByLabel(label, { exact: true }).fill(text);
    const told = (text) => page.getByText(text).first().waitFor();

    test("an editor begins at the rates, and sees no customers in the rail", async () => {
      assert.equal(new URL(page.url()).pathname, "/manage/rates");
      const rail = page.locator(".rail").getByRole("navigation", { name: "Pages" });
      assert.deepEqual(await rail.getByRole("link").allInnerTexts(), ["Rates", "Plans"]);
      assert.equal((await page.goto("/manage/customers")).status(), 403);
    });

    test("a draft is thrown away and begun anew", async () => {
      await page.goto("/manage/rates/draft");
      // The first to come finds the demo's draft, the second none.
      if (await page.getByRole("link", { name: "Discard" }).count()) {
        await follow("Discard");
        await told(/^Throw the draft away, with its \d+ changes?\.$/);
        await press("Discard the draft");
        await told("The draft is discarded.");
      }
      await page.goto("/manage/rates");
      await press("Write a new version");
      await told("The draft is begun.");
      await told("Nothing yet: it says what is in force.");
    });

    test("modes, platforms, use cases, quantities and exceptions are added by small forms", async () => {
      await follow("Add a mode");
      await fill("Key", "two words");
      await fill("Multiplier on every rate", "0.5.5");
      await press("Save to the draft");
      await page.getByRole("alert").waitFor();
      assert.equal(await page.getByLabel("Key", { exact: true }).inputValue(), "two words");
      await fill("Key", `turbo-${key}`);
      await fill("Multiplier on every rate", "2");
      await press("Save to the draft");
      await told("It is in the draft.");

      await follow("Add a platform");
      await fill("Key", `desk-${key}`);
      await fill("Multiplier on every rate", "1.5");
      await press("Save to the draft");

      await follow("Add a use case");
      await fill("Key", `film-${key}`);
      await fill("Name", `Film ${key}`);
      await page.getByLabel("Runs in").selectOption(`turbo-${key}`);
      await page.getByLabel("then degrades to").first().selectOption("relaxed");
      await page.getByLabel(/^Least that a run costs/).fill("5");
      await press("Save to the draft");
      await told("Draft");
      await told(/It cannot be published yet: use case film-.* counts nothing/);

      const panel = page.getByRole("region", { name: `Film ${key}` });
      await panel.getByRole("link", { name: "Add a metered quantity" }).click();
      await fill("Key", "seconds");
      await fill("Rate", "3");
      await page.getByLabel(/^One unit is called/).fill("second");
      await page.getByLabel(/^Tier 1: above/).fill("10");
      await page.getByLabel(/^then/).first().fill("2");
      await press("Save to the draft");
      await panel.getByRole("link", { name: "Add an exception" }).click();
      await page.getByLabel("Mode").selectOption("relaxed");
      await page.getByLabel("Platform").selectOption(`desk-${key}`);
      await page.getByLabel(/^Price of seconds/).fill("1");
      await press("Save to the draft");
      await told(`use case film-${key}, meter seconds for relaxed on desk-${key}`);
    });

    test("a run is priced by both, line by line", async () => {
      const run = `use_case=film-${key}&mode=turbo-${key}&platform=desk-${key}&q-seconds=30`;
      await page.goto(`/manage/rates/quote?${run}`);
      // (10 × 3 + 20 × 2) × 2 × 1.5
      const draft = page.locator("#draft");
      assert.match(await draft.locator(".quote-total").innerText(), /^210 credits$/);
      assert.equal(await draft.locator("tbody tr").count(), 2);
      await told(/^It has no price: there is no use case/);
      await page.goto("/manage/rates/quote?use_case=render&mode=fast&platform=web&q-images=10");
      await told("By both it costs the same.");
    });

    test("a dearer draft is simulated on the usage of the last days", async () => {
      await page.goto("/manage/rates/draft/meter?use_case=render&key=images");
      const rate = page.getByLabel("Rate", { exact: true });
      await rate.fill(String(Number(await rate.inputValue()) * 2));
      await press("Save to the draft");
      await page.goto("/manage/rates/simulation");
      await page.getByLabel("Usage of").selectOption("90");
      await press("Simulate");
      await page.getByText("Those who would pay most more first.").waitFor();
      const first = page.locator("#customers tbody tr").first();
      assert.match(await first.locator('[data-label="Difference"]').innerText(), /^\+/);
    });

    test("it is published for a later instant, taken back, and published at once", async () => {
      await page.goto("/manage/rates/draft");
      await follow("Publish");
      const effective = page.getByLabel(/^In force from/);
      await effective.fill("2020-01-01T00:00");
      await press("Continue");
      await page.getByRole("alert").waitFor();
      await effective.fill(`${new Date().getUTCFullYear() + 1}-01-01T00:00`);
      await press("Continue");
      await told(/^Price every run from .* by this draft in place of version \d+: \d+ changes\.$/);
      await press("Publish");
      await told(/^Version \d+ is published and scheduled\.$/);
      await page.getByRole("link", { name: /^Take version \d+ back$/ }).first().click();
      await press("Take it back");
      await told(/is taken back: nothing changes at its time/);

      await press("Write a new version");
      await page.goto("/manage/rates/draft/mode");
      await fill("Key", `slow-${key}`);
      await fill("Multiplier on every rate", "0.1");
      await press("Save to the draft");
      await follow("Publish");
      await press("Continue");
      await press("Publish");
      await told(/^Version \d+ is published and in force\.$/);
    });

    test("a plan is begun, written group by group, and published", async () => {
      await page.goto("/manage/plans");
      await follow("New plan");
      await fill("Name", `Pro ${key}`);
      await fill("Key", "studio");
      await press("Begin the draft");
      await told("There is a plan studio already; take another key.");
      await fill("Key", `pro-${key}`);
      await press("Begin the draft");
      await follow("Change: Name, price and length");
      await page.getByLabel(/^Price of an interval/).fill("94.999");
      await press("Save to the draft");
      await page.getByRole("alert").waitFor();
      await page.getByLabel(/^Price of an interval/).fill("94.99");
      await press("Save to the draft");
      await told("It is in the draft.");
      await follow("Add: Allotment");
      await fill("Name", "credits");
      await fill("Credits each time", "10,000");
      await press("Save to the draft");
      await told("10,000 credits each interval");
      await follow("Add: Ceiling on credits");
      await fill("Name", "daily");
      await fill("At most", "500");
      await press("Save to the draft");
      await follow("Publish");
      await press("Publish");
      await told("Version 1 is published.");
    });

    test("a new version moves its customers at their renewal, until that is taken back", async () => {
      await page.goto("/manage/plans/studio");
      if (await page.getByRole("button", { name: "Write a new version" }).count()) await press("Write a new version");
      await page.goto("/manage/plans/studio/draft/basics");
      await page.getByLabel(/^Members included/).fill(scripts ? "12" : "13");
      await press("Save to the draft");
      await follow("Publish");
      const group = page.getByRole("group", { name: "When they move" }).first();
      await group.getByLabel(/^Move at renewal/).check();
      await press("Publish");
      await told(/^Version \d+ is published\. \d+ customers? will move at their renewal\.$/);
      await press("Take the moves back");
      await told(/^Taken back: (1 customer stays where it is|\d+ customers stay where they are)\.$/);
      assert.equal(await page.getByRole("button", { name: "Take the moves back" }).count(), 0);
    });

    test("left the browser nothing to complain about", () => {
      assert.deepEqual(complaints.filter((complaint) => !/status of 40[34]/.test(complaint)), []);
    });
  });
}

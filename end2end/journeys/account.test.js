// What an account manager does on a customer's account: ceilings, a parent, a transfer of unspent credits; and a second person who
// approves from the list of all that waits. With scripts and without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../browser.js";
import { PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";

const demo = openDemo();

for (const scripts of [true, false]) {
  describe(`a customer's account with scripts ${scripts ? "on" : "off"}`, () => {
    let page;
    let complaints;

    before(async () => {
      ({ page, complaints } = await openPage(demo.browser, { scripts, baseUrl: demo.place.url }));
    });
    after(() => page?.context().close());

    const press = (name) => page.getByRole("button", { name, exact: true }).click();
    const open = async (key) => {
      await page.goto(`/manage/customers?search=${key}`);
      const row = page.locator("#customers tbody tr").filter({ has: page.getByText(key, { exact: true }) });
      await row.getByRole("link").first().click();
      await page.waitForURL("**/manage/customers/org_*");
    };

    test("the portfolio stands on top, with its tables and a file", async () => {
      await signIn(page, demo.place, PEOPLE.manager);
      const figures = await page.locator(".figures").innerText();
      for (const figure of ["Committed", "Burned", "Breakage expected", "Cash received", "Deferred revenue"]) {
        assert.ok(figures.includes(figure), figure);
      }
      if (scripts) await page.locator("#portfolio summary").first().click();
      const months = await page.locator("#portfolio table").first().locator("tbody tr").count();
      assert.ok(months >= 4, `${months} months`);
      const file = await page.request.get("/manage/portfolio.csv");
      assert.match(await file.text(), /^month,currency,committed,.*\r\n\d{4}-\d{2},USD,/);
    });

    test("a ceiling is set, changed and removed, each for a reason", async () => {
      await open("atlas");
      await page.getByRole("link", { name: "Set a ceiling" }).click();
      await page.getByLabel("Use case").selectOption("voice");
      await page.getByLabel("Limit", { exact: true }).fill("many");
      await page.getByLabel("Reason").fill("Nobody there uses it");
      await press("Continue");
      await page.getByRole("alert").waitFor();
      assert.equal(await page.getByLabel("Reason").inputValue(), "Nobody there uses it");
      await page.getByLabel("Limit", { exact: true }).fill("500");
      await press("Continue");
      await page.getByText(/^Stop .* at 500 credits a day, from now\.$/).waitFor();
      await press("Set the ceiling");
      await page.getByText("The ceiling is set").waitFor();
      const row = page.locator("#limits tbody tr", { hasText: "500 credits a day" });
      assert.equal(await row.count(), 1);

      await row.getByRole("link", { name: /^Change/ }).click();
      await page.getByLabel("Limit", { exact: true }).fill("600");
      await page.getByLabel("Reason").fill("They asked");
      await press("Continue");
      await press("Change the ceiling");
      const changed = page.locator("#limits tbody tr", { hasText: "600 credits a day" });
      assert.equal(await changed.count(), 1);

      await changed.getByRole("link", { name: /^Remove/ }).click();
      await page.getByLabel("Reason").fill("No longer needed");
      await press("Remove the ceiling");
      await page.getByText("The ceiling is removed.").waitFor();
      assert.equal(await changed.count(), 0);
    });

    test("unspent credits go to a customer of the same parent", async () => {
      await open("atlas");
      assert.match(await page.locator("#charges").innerText(), /fell due/);
      await page.getByRole("link", { name: "Transfer credits" }).click();
      await page.getByLabel("To", { exact: true }).selectOption({ index: 0 });
      await page.getByLabel("Credits", { exact: true }).fill("999,999,999");
      await page.getByLabel("Reason").fill("A bigger experiment");
      await press("Continue");
      await page.getByRole("alert").first().waitFor();
      await page.getByLabel("Credits", { exact: true }).fill("1,000");
      await press("Continue");
      await page.getByText(/^Transfer 1,000 credits of .* from Atlas Robotics to Atlas Robotics Laboratory, from now\.$/).waitFor();
      await press("Transfer the credits");
      await page.getByText("1,000 credits are transferred").waitFor();
      assert.match(await page.locator("#family tbody tr").first().innerText(), /To Atlas Robotics Laboratory/);
      await open("atlas-lab");
      assert.match(await page.locator("#family tbody tr").first().innerText(), /From Atlas Robotics/);
    });

    test("a second person finds what waits in the list, and approves it", async () => {
      if (scripts) await page.goto("/manage/customers");
      await page.locator(".rail").getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(/\/login/);
      await signIn(page, demo.place, PEOPLE.administrator);
      const waits = page.getByText(/adjustments? waits? for a second person|adjustments wait for a second person/);
      if (!scripts) {
        // The one of the demo was approved with scripts on.
        assert.equal(await waits.count(), 0);
        await page.goto("/manage/adjustments");
        await page.getByRole("heading", { name: "Nothing waits", exact: true }).waitFor();
        return;
      }
      await waits.getByRole("link", { name: "Decide" }).click();
      await page.getByText("1 waits, and you may decide on it.").waitFor();
      await page.getByRole("link", { name: /^Decide: Hanami/ }).click();
      await press("Approve and book");
      await page.getByText("Approved and booked: 25,000 credits.").waitFor();
      await page.getByRole("link", { name: "All that wait" }).click();
      await page.getByText("Nothing waits for a second person.").waitFor();
    });

    test("left the browser nothing to complain about", () => {
      assert.deepEqual(complaints, []);
    });
  });
}

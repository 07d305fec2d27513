// An account manager signs in by the same form as everybody, finds customers, and signs out; with scripts and without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../browser.js";
import { CUSTOMER, OTHER_CUSTOMER, PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";

const demo = openDemo();

for (const scripts of [true, false]) {
  describe(`account management with scripts ${scripts ? "on" : "off"}`, () => {
    let page;
    let complaints;

    before(async () => {
      ({ page, complaints } = await openPage(demo.browser, { scripts, baseUrl: demo.place.url }));
    });
    after(() => page?.context().close());

    const rows = () => page.locator("#customers tbody tr");
    const search = async (words) => {
      await page.getByLabel("Name or key").fill(words);
      await page.getByRole("button", { name: "Search" }).click();
    };

    test("staff are led to their customers, and away from members' pages", async () => {
      await signIn(page, demo.place, PEOPLE.manager);
      assert.equal(new URL(page.url()).pathname, "/manage/customers");
      assert.equal(await rows().count(), 13);
      await page.goto("/overview");
      assert.equal(new URL(page.url()).pathname, "/manage/customers");
    });

    test("customers are found by the beginnings of words, and filtered", async () => {
      await search(CUSTOMER.slice(0, 4));
      assert.equal(await rows().count(), 1);
      assert.match(await rows().first().innerText(), new RegExp(CUSTOMER));
      await page.getByLabel("Health").selectOption({ label: "blocked" });
      await search("nobody at all");
      await page.getByRole("heading", { name: "No customer is like this" }).waitFor();
      await page.getByRole("link", { name: "Show all customers" }).click();
      assert.equal(await rows().count(), 13);
    });

    test("a column sorts, and turns round", async () => {
      const names = async () => (await page.locator("#customers tbody tr small:first-of-type").allInnerTexts()).join();
      await page.getByRole("link", { name: "Credits left" }).click();
      const most = await names();
      await page.getByRole("link", { name: "Credits left" }).click();
      assert.notEqual(await names(), most);
    });

    test("a customer's account: a note, credits given and taken back, suspended and resumed", async () => {
      await page.goto(`/manage/customers?search=${OTHER_CUSTOMER}`);
      await page.locator("#customers tbody a").first().click();
      await page.waitForURL("**/manage/customers/org_*");
      const press = (name) => page.getByRole("button", { name }).click();
      const note = `Called, wants more seats ${scripts}`;
      await page.getByLabel("New note").fill(note);
      await press("Add the note");
      await page.getByText("The note is added.").waitFor();
      assert.equal(await page.getByText(note, { exact: true }).count(), 1);

      await page.getByRole("link", { name: "Give credits" }).click();
      await page.getByLabel("Credits", { exact: true }).fill("a lot");
      await page.getByLabel("Reason").fill("  Two days of slow answers");
      await press("Continue");
      await page.getByRole("alert").waitFor();
      assert.equal(await page.getByLabel("Credits", { exact: true }).inputValue(), "a lot");
      assert.equal(await page.getByLabel("Reason").inputValue(), "  Two days of slow answers");
      await page.getByLabel("Credits", { exact: true }).fill("1,234.5");
      await press("Continue");
      await page.getByText(/^Give Hanami .* 1,234.5 credits from now, for 90 days/).waitFor();
      await press("Give the credits");
      await page.getByText("1,234.5 credits are given").waitFor();

      const row = page.locator("#grants tbody tr", { hasText: "Two days of slow answers" });
      await row.getByRole("link", { name: /Take back/ }).click();
      await page.getByText(/^Take 1,234.5 credits back from Hanami/).waitFor();
      await page.getByLabel("Reason").fill("Given twice");
      await press("Take them back");
      await page.getByText("What was unspent is taken back.").waitFor();
      assert.equal(await row.count(), 0);

      for (const [act, notice] of [["Suspend", /is suspended/], ["Resume", /is resumed/]]) {
        await page.getByRole("link", { name: act, exact: true }).click();
        await page.getByLabel("Reason").fill("Unpaid invoice");
        await press(`${act} the customer`);
        await page.getByText(notice).waitFor();
      }
      await page.getByRole("navigation", { name: "Pages of this customer" }).getByRole("link", { name: "Audit log" }).click();
      const log = await page.getByRole("table").locator("tbody").innerText();
      for (const line of ["suspend customer", "resume customer", "void grant", "add note", "look at account"]) {
        assert.ok(log.includes(line), line);
      }
    });

    test("a member's pages are seen as the member sees them, and nothing can be done there", async () => {
      const pages = page.getByRole("navigation", { name: "Pages of this customer" });
      for (const name of ["Overview", "Usage", "Credits", "Limits"]) {
        await pages.getByRole("link", { name, exact: true }).click();
        await page.getByRole("heading", { name, exact: true, level: 1 }).waitFor();
        await page.getByText(/You see what the members of Hanami/).waitFor();
        assert.equal(await page.locator("#main form[method=post]").count(), 0);
        const outside = await page.locator("#main a[href^='/']:not([href^='/manage/customers'])").count();
        assert.equal(outside, 0, `${name} leads away from the customer`);
      }
    });

    test("to a member there is no such page", async () => {
      await page.locator(".rail").getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(/\/login/);
      await signIn(page, demo.place, PEOPLE.owner);
      assert.equal((await page.goto("/manage/customers")).status(), 404);
    });

    test("left the browser nothing to complain about", () => {
      assert.deepEqual(complaints.filter((complaint) => !complaint.includes("status of 404")), []);
    });
  });
}

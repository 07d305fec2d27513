// An account manager signs in by the same form as everybody, finds customers, and signs out; with scripts and without.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage, startBrowser } from "../browser.js";
import { CUSTOMER, PEOPLE, STILL, installDemo, signIn } from "../demo.js";

let place;
let browser;

before(async () => {
  [place, browser] = await Promise.all([installDemo(), startBrowser()]);
  await place.start(STILL);
});
after(async () => {
  await browser?.close();
  await place?.remove();
});

for (const scripts of [true, false]) {
  describe(`account management with scripts ${scripts ? "on" : "off"}`, () => {
    let page;
    let complaints;

    before(async () => {
      ({ page, complaints } = await openPage(browser, { scripts, baseUrl: place.url }));
    });
    after(() => page?.context().close());

    const rows = () => page.getByRole("table").locator("tbody tr");
    const search = async (words) => {
      await page.getByLabel("Name or key").fill(words);
      await page.getByRole("button", { name: "Search" }).click();
    };

    test("staff are led to their customers, and away from members' pages", async () => {
      await signIn(page, place, PEOPLE.manager);
      assert.equal(new URL(page.url()).pathname, "/manage/customers");
      assert.equal(await rows().count(), 4);
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
      assert.equal(await rows().count(), 4);
    });

    test("a column sorts, and turns round", async () => {
      const names = async () => (await page.getByRole("table").locator("tbody tr small:first-of-type").allInnerTexts()).join();
      await page.getByRole("link", { name: "Credits left" }).click();
      const most = await names();
      await page.getByRole("link", { name: "Credits left" }).click();
      assert.notEqual(await names(), most);
    });

    test("to a member there is no such page", async () => {
      await page.locator(".rail").getByRole("button", { name: "Sign out" }).click();
      await page.waitForURL(/\/login/);
      await signIn(page, place, PEOPLE.owner);
      assert.equal((await page.goto("/manage/customers")).status(), 404);
    });

    test("left the browser nothing to complain about", () => {
      assert.deepEqual(complaints.filter((complaint) => !complaint.includes("status of 404")), []);
    });
  });
}

// An account manager signs a contract, says what differs from its plan, and amends it from today and from a later day: each
// change is seen before it is signed, and every version afterwards; with scripts and without.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { openPage } from "../browser.js";
import { dayAfter } from "../days.js";
import { PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";
import { assertRefused } from "../reading.js";
import { fillIn, labelled } from "../schemes/forms.js";
import { story } from "../story.js";

const demo = openDemo();

/** The first instant of such a day, as pages tell it: `Mon 23 Nov 2026, 00:00 Tokyo`. */
function midnight(day) {
  const [weekday, date, month, year] = new Date(day).toUTCString().split(/,? /);
  return `${weekday} ${Number(date)} ${month} ${year}, 00:00 Tokyo`;
}

for (const scripts of [true, false]) {
  describe(`contracts with scripts ${scripts ? "on" : "off"}`, () => {
    const key = scripts ? "kansai" : "kanto";
    const name = `${key} Railways`;
    const step = story();
    let page;
    let complaints;
    let account;
    let today;

    before(async () => {
      // East of UTC, so that its days are not the server's.
      await demo.place.api("PUT", `/v1/customers/${key}`, { name, time_zone: "Asia/Tokyo", plan: "studio" });
      ({ page, complaints } = await openPage(demo.browser, { scripts, baseUrl: demo.place.url }));
      await signIn(page, demo.place, PEOPLE.manager);
      await page.goto(`/manage/customers?search=${key}`);
      await page.locator("#customers").getByRole("link", { name }).click();
      await page.waitForURL("**/manage/customers/org_*");
      account = new URL(page.url()).pathname;
    });
    after(() => page?.context().close());

    const press = (word) => page.getByRole("button", { name: word, exact: true }).click();
    const follow = (word) => page.locator("#main").getByRole("link", { name: word, exact: true }).click();
    const told = (words) => page.getByText(words).first().waitFor();
    const contracts = () => page.getByRole("region", { name: "Contracts", exact: true });

    /** What a step before signing changes: what, before and after. */
    async function changes() {
      const rows = await page.getByRole("table", { name: "Changes" }).locator("tbody tr").all();
      const cells = (row) => ["th", '[data-label="Before"]', '[data-label="After"]'].map((cell) => row.locator(cell).innerText());
      return Promise.all(rows.map((row) => Promise.all(cells(row))));
    }

    /** The versions on the account: number, from when, and what each changes. */
    async function versions() {
      await page.goto(account);
      const rows = await page.getByRole("table", { name: /^Its versions/ }).locator("tbody tr").all();
      const words = (row, cell) => row.locator(cell).innerText();
      const cells = (row) => [words(row, "th"), row.locator("time").getAttribute("title"), words(row, '[data-label="What it changes"]')];
      return Promise.all(rows.map((row) => Promise.all(cells(row))));
    }

    /** The row of a term among what differs from the plan: the term, and whose it is. */
    async function term(what) {
      const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: what, exact: true }) });
      return Promise.all(["Term", "Whose"].map((cell) => row.locator(`[data-label="${cell}"]`).innerText()));
    }

    /** The ceilings on credits that the customer's members see. */
    async function ceilings() {
      await page.goto(`${account}/limits`);
      const found = await page.locator('article[id^="cap-"]').all();
      return (await Promise.all(found.map((one) => one.getAttribute("id")))).sort();
    }

    /** Signs what the forms of what differs have led to. */
    async function signOwn(expected) {
      await told(`Amend the contract with ${name} on Studio, from now.`);
      assert.deepEqual(await changes(), expected);
      await press("Sign the amendment");
      await told("The amendment is signed.");
    }

    step("a contract is signed, once what it will do is told", async () => {
      await contracts().getByRole("link", { name: "Sign a contract" }).click();
      const plan = await page.getByRole("option", { name: /^Studio \(version \d+\)$/ }).textContent();
      await fillIn(page, {
        Plan: plan,
        "Committed for a term": "12,000",
        "Conversion rate": "120",
        Term: "12",
        "Credits are released": "Every quarter, in equal parts",
        "Payments are due": "Every half-year, in equal parts",
      });
      today = await page.getByLabel("Begins").inputValue();
      await press("Continue");
      // 12,000 × 120
      await told(`Sign a contract with ${name} on Studio: 1,440,000 credits from ${midnight(today)} until `);
      await press("Sign");
      await told("The contract is signed.");
      await contracts().getByText("$12,000.00 for 12 months buys 1,440,000 credits").waitFor();
      assert.equal(await page.getByRole("table", { name: /^Its versions/ }).count(), 0, "there is one version");
    });

    step("an amendment from yesterday is refused, and keeps what was typed", async () => {
      await contracts().getByRole("link", { name: "Amend" }).click();
      assert.equal(await page.getByLabel("From", { exact: true }).inputValue(), today);
      const yesterday = dayAfter(today, -1);
      await fillIn(page, { "Committed for a term": "18,000", From: yesterday });
      await press("Continue");
      await assertRefused(page, page.getByLabel("From", { exact: true }), yesterday, /takes effect today or later/);
      assert.equal(await labelled(page, "Committed for a term").inputValue(), "18,000");
    });

    step("an amendment from today is signed, once what it changes is told", async () => {
      await fillIn(page, { From: today });
      await press("Continue");
      // 18,000 × 120
      await told(/ on, amend the contract with .* Railways on Studio: 2,160,000 credits from /);
      const expected = [
        ["committed", "$12,000.00 for 12 months", "$18,000.00 for 12 months"],
        ["buys", "1,440,000 credits", "2,160,000 credits"],
      ];
      assert.deepEqual(await changes(), expected);
      await press("Sign");
      await told("The amendment is signed.");
      await contracts().getByText("$18,000.00 for 12 months buys 2,160,000 credits").waitFor();
      const [second, first] = await versions();
      assert.equal(second[0], "2");
      assert.match(second[2], /^committed\s+\$18,000.00 for 12 months\s*before: \$12,000.00 for 12 months/);
      assert.deepEqual([first[0], first[2]], ["1", "As it was signed"]);
      assert.ok(first[1].startsWith(midnight(today)), first[1]);
    });

    step("a ceiling is refused, keeps what was typed, and is agreed", async () => {
      await contracts().getByRole("link", { name: "What differs from the plan" }).click();
      assert.deepEqual(await term("beyond the credits"), ["owed", "as the plan says"]);
      await follow("Add a ceiling on credits");
      await fillIn(page, { Name: "pilot", "At most": "a lot", In: "A week" });
      await press("Continue");
      await assertRefused(page, labelled(page, "At most"), "a lot", /write it like/i);
      assert.equal(await labelled(page, "Name").inputValue(), "pilot");
      assert.equal(await labelled(page, "In").inputValue(), "week");
      await fillIn(page, { "At most": "500" });
      await press("Continue");
      await signOwn([["cap pilot", "–", "500 credits in a week, every run"]]);
      assert.equal((await term("cap pilot"))[1], "agreed here");
    });

    step("what is beyond the credits, and when credits are low, are agreed", async () => {
      await page.getByRole("link", { name: "Change beyond the credits" }).click();
      await page.getByLabel(/^Block:/).check();
      await press("Continue");
      await signOwn([["beyond the credits", "owed", "owed, and no run until it is settled"]]);
      await follow("When credits are low");
      await fillIn(page, { "Tell when fewer are left than": "150" });
      await press("Continue");
      await assertRefused(page, labelled(page, "Tell when fewer are left than"), "150", /from 1 to 99/);
      await fillIn(page, { "Tell when fewer are left than": "15" });
      await press("Continue");
      await signOwn([["low balance is told below", "–", "15 %"]]);
    });

    step("refund words are agreed, and one use case goes back to those of the plan", async () => {
      const [code, render] = ["A failed run costs nothing.", "An image that cannot be delivered costs nothing."];
      await follow("Failed runs");
      await fillIn(page, { "Coding assistant": "", "Image render": "Half of it comes back." });
      await press("Continue");
      await signOwn([
        ["refunds of render", render, "Half of it comes back."],
        ["refunds of code", code, "–"],
      ]);
      assert.deepEqual(await term("refunds of code"), ["none, other than the plan", "agreed here"]);
      await page.getByRole("link", { name: "As the plan says: refunds of code" }).click();
      await signOwn([["refunds of code", "–", code]]);
      assert.deepEqual(await term("refunds of code"), [code, "as the plan says"]);
      assert.deepEqual(await term("refunds of render"), ["Half of it comes back.", "agreed here"]);
    });

    step("a ceiling of the plan is taken away, and holds again as the plan says", async () => {
      const daily = "8,000 credits in a day, every run";
      await page.getByRole("link", { name: "Take it away: cap daily" }).click();
      await signOwn([["cap daily", daily, "–"]]);
      assert.deepEqual(await term("cap daily"), ["none, other than the plan", "agreed here"]);
      assert.deepEqual(await ceilings(), ["cap-pilot"]);
      await page.goto(account);
      await contracts().getByRole("link", { name: "What differs from the plan" }).click();
      await page.getByRole("link", { name: "As the plan says: cap daily" }).click();
      await signOwn([["cap daily", "–", daily]]);
      assert.deepEqual(await term("cap daily"), [daily, "as the plan says"]);
      assert.deepEqual(await ceilings(), ["cap-daily", "cap-pilot"]);
    });

    step("an amendment from a later day is signed, and every version is told", async () => {
      const later = dayAfter(today, 40);
      await page.goto(account);
      await contracts().getByRole("link", { name: "Amend" }).click();
      await fillIn(page, { "Committed for a term": "24,000", From: later });
      await press("Continue");
      await told(`From ${midnight(later)} on, amend the contract with ${name} on Studio: 2,880,000 credits from `);
      assert.deepEqual((await changes())[0], ["committed", "$18,000.00 for 12 months", "$24,000.00 for 12 months"]);
      await press("Sign");
      await told("The amendment is signed.");
      const all = await versions();
      assert.deepEqual(all.map(([number]) => number), ["10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
      assert.ok(all[0][1].startsWith(midnight(later)), all[0][1]);
      assert.match(all[4][2], /^refunds of render\s+Half of it comes back\./);
    });

    step("the log of all customers tells its days by the customer's calendar", async () => {
      await page.goto("/manage/audit?what=sign+contract");
      const line = page.getByRole("table").locator("tbody tr").filter({ hasText: name });
      assert.match(await line.innerText(), new RegExp(`begins\\s+${midnight(today)}`));
    });

    step("left the browser nothing to complain about", () => assert.deepEqual(complaints, []));
  });
}

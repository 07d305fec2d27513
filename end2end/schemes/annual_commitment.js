// (d) An annual commitment of 1,200,000, paid half-yearly, released by quarter on a ramp, 22 % discount by the conversion rate
// only, 250 seats. The customer lives in Tokyo.

import assert from "node:assert/strict";

import { fillIn } from "./forms.js";

const KEY = "kaisha";
const runs = (count) => ["agents", { mode: "standard", platform: "api", quantity: count }];

export const annualCommitment = {
  name: "an annual commitment",
  customer: KEY,
  plan: { key: "enterprise", name: "Enterprise", kind: "Commitment", currency: "USD" },
  parts: [
    ["basics", {
      fields: { Interval: "Year", "Members included": "50", "Price of one more member": "120" },
    }],
    ["conversion", { fields: { "One USD buys": "78" } }],
    ["included", {
      ticks: { "Use cases": ["Agents"], Modes: ["standard"], Platforms: ["api"] },
      choices: ["Owe:"],
    }],
  ],
  buyer: { name: "Kaisha", plan: "Enterprise (enterprise)", zone: "Asia/Tokyo" },

  // The whole commitment in two halves, 2 × 600,000 = 1,200,000: the 22 % are in the conversion rate and nowhere else. The 250
  // members are included: no price of a further one is added.
  charges: {
    sale: [
      ["1 Jul", "$600,000.00", "to come"],
      ["1 Jan", "$600,000.00", "fell due"],
    ],
    april: [
      ["1 Jul", "$600,000.00", "to come"],
      ["1 Jan", "$600,000.00", "fell due"],
    ],
  },

  /** The agreement beyond the plan. */
  async sign(manager) {
    await manager.goto(`${this.account}/contract`);
    await fillIn(manager, {
      Plan: "Enterprise (version 1)",
      "Committed for a term": "1,200,000",
      "Conversion rate": "100",
      Begins: "2026-01-01",
      Term: "12",
      "Credits are released": "By a table",
      "Table of releases": "0 10\n3 20\n6 30\n9 40",
      "Payments are due": "Every half-year, in equal parts",
      "Members included": "250",
    });
    await manager.getByRole("button", { name: "Continue" }).click();
    // 1,200,000 × 100. For the same money the plan gives 78 where the contract gives 100: 22 % less a credit.
    await manager.getByText(/^Sign a contract with Kaisha on Enterprise.*: 120,000,000 credits from Thu 1 Jan 2026, 00:00 Tokyo until /).waitFor();
    await manager.getByText("22 % under the plan's own rate.").waitFor();
    const told = await this.steps(manager);
    for (const step of [
      ["1 Jan", "12,000,000", "–"], // 10 %
      ["1 Jan", "–", "$600,000.00"], // 1,200,000 / 2
      ["1 Apr", "24,000,000", "–"], // 20 %
      ["1 Jul", "36,000,000", "–"], // 30 %
      ["1 Jul", "–", "$600,000.00"],
      ["1 Oct", "48,000,000", "–"], // 40 %
    ]) {
      assert.ok(told.includes(step.join(" ")), `${step.join(" ")} is told among:\n${told.join("\n")}`);
    }
    await manager.getByRole("button", { name: "Sign", exact: true }).click();
    await manager.getByText("The contract is signed.").waitFor();
    await manager.locator("#contracts dl.agreed > div", { hasText: "seats" }).getByText("250", { exact: true }).waitFor();
  },

  /** What a table of steps says: day, credits, money. */
  async steps(page) {
    const rows = await page.getByRole("table", { name: /What it (will do|does next)/ }).locator("tbody tr").all();
    const cells = (row) => Promise.all([row.locator("time").innerText(), row.locator('[data-label="Credits"]').innerText(), row.locator('[data-label="Due"]').innerText()]);
    return Promise.all(rows.map(async (row) => (await cells(row)).join(" ")));
  },

  days: {
    async sale(shop) {
      await shop.given(KEY, "commitment", 1);
      await shop.left(KEY, "12000000");
      assert.equal(await shop.run(KEY, ...runs("1000")), "2500"); // 1,000 × 2.5
    },

    async january(shop) {
      assert.equal(await shop.report(KEY, ...runs("400000")), "1000000"); // 400,000 × 2.5
    },

    async february(shop) {
      assert.equal(await shop.report(KEY, ...runs("800000")), "2000000"); // 800,000 × 2.5
      await shop.left(KEY, "8997500"); // nothing is released between the quarters
    },

    async march(shop) {
      assert.equal(await shop.run(KEY, ...runs("1200000")), "3000000"); // 1,200,000 × 2.5
      await shop.left(KEY, "5997500");
    },

    async april(shop) {
      await shop.given(KEY, "commitment", 2);
      await shop.left(KEY, "29997500"); // 5,997,500 + 24,000,000
      assert.equal(await shop.run(KEY, ...runs("400")), "1000"); // of the older release
      await shop.left(KEY, "29996500");
      await shop.compareGrants(KEY, [
        ["commitment", "active", "12000000", "5996500", "6003500", "0", "0"],
        ["commitment", "active", "24000000", "24000000", "0", "0", "0"],
      ]);
      const grants = await shop.grants(KEY);
      // 10 % and 20 % of 1,200,000; both to the end of the year in Tokyo, nine hours before UTC's.
      assert.deepEqual(grants.map((grant) => grant.paid.amount), ["120000.00", "240000.00"]);
      assert.deepEqual(grants.map((grant) => grant.expires_at), ["2026-12-31T15:00:00Z", "2026-12-31T15:00:00Z"]);
      // The second half is still to be paid; two releases are to come.
      const manager = await shop.pageOf("manager");
      await manager.goto(annualCommitment.account);
      const next = await annualCommitment.steps(manager);
      assert.deepEqual(next.slice(0, 3), ["1 Jul – $600,000.00", "1 Jul 36,000,000 –", "1 Oct 48,000,000 –"]);
    },
  },
};

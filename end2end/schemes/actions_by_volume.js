// (c) Actions at 0.1 to 5 credits; a credit costs 0.10 down to 0.05 by the amount of one purchase; told below 20 %.

import assert from "node:assert/strict";

const KEY = "volume";
const actions = (quantities) => ["actions", { mode: "standard", platform: "api", quantities }];
const LOW = "Less than 20 % is left of the 1,000 credits that can be burned now.";

export const actionsByVolume = {
  name: "actions by volume",
  customer: KEY,
  plan: { key: "actions", name: "Pay as you go", kind: "Tier", currency: "USD" },
  parts: [
    ["conversion", {
      fields: {
        "One USD buys": "10",
        "1. From": "1,000",
        "2. From": "10,000",
        "one unit buys": ["12.5", "20"],
        "Tell when fewer are left than": "20",
      },
    }],
    ["top-ups", { fields: { "Bought credits are valid for": "12", of: "months" } }],
    ["included", {
      ticks: { "Use cases": ["Actions"], Modes: ["standard"], Platforms: ["api"] },
      choices: ["Block:"],
    }],
  ],
  buyer: { name: "Volume & Co", plan: "Pay as you go (actions)", zone: "UTC" },

  // The plan has no price: what is paid is paid for what is bought.
  charges: { sale: [], april: [] },

  days: {
    async sale(shop) {
      await shop.left(KEY, "0");
      assert.deepEqual((await shop.refused(KEY, ...actions({ lookups: "1" }))).codes, ["insufficient_credits"]);
    },

    async second(shop) {
      const page = await shop.pageOf(KEY);
      await shop.buy(page, "100", "Buy 1,000 credits for $100.00."); // 0.10 each
      assert.equal(await shop.run(KEY, ...actions({ lookups: "50" })), "5"); // 50 × 0.1
      assert.equal(await shop.run(KEY, ...actions({ messages: "295" })), "295"); // 295 × 1
      assert.equal(await shop.run(KEY, ...actions({ reports: "100" })), "500"); // 100 × 5
      // 1,000 - 5 - 295 - 500 = 200 are 20 %, which is not below 20 %.
      await shop.left(KEY, "200");
      await page.goto("/overview");
      assert.equal(await page.getByText(LOW).count(), 0);
      assert.equal(await shop.run(KEY, ...actions({ lookups: "1" })), "0.1");
      await shop.left(KEY, "199.9");
      await page.goto("/overview");
      await page.getByText(LOW).waitFor();
      // 40 × 5 = 200 are 0.1 too many.
      assert.deepEqual((await shop.refused(KEY, ...actions({ reports: "40" }))).codes, ["insufficient_credits"]);
    },

    async january(shop) {
      const page = await shop.pageOf(KEY);
      await shop.offer(page, "999.99", "Buy 9,999.9 credits for $999.99."); // 0.10 each, up to here
      await shop.buy(page, "1000", "Buy 12,500 credits for $1,000.00."); // 0.08 each, all of them
      await shop.left(KEY, "12699.9");
      await page.goto("/overview");
      assert.equal(await page.getByText(/^Less than 20 %/).count(), 0);
    },

    async february(shop) {
      const page = await shop.pageOf(KEY);
      await shop.buy(page, "10000", "Buy 200,000 credits for $10,000.00."); // 0.05 each
      await shop.left(KEY, "212699.9");
    },

    async march(shop) {
      // 2,000 × 5 = 10,000 burn what ends first: 199.9 of the first purchase, 9,800.1 of the second.
      assert.equal(await shop.report(KEY, ...actions({ reports: "2000" })), "10000");
    },

    async april(shop) {
      await shop.left(KEY, "202699.9"); // 2,699.9 + 200,000
      await shop.compareGrants(KEY, [
        ["purchase", "active", "1000", "0", "1000", "0", "0"],
        ["purchase", "active", "12500", "2699.9", "9800.1", "0", "0"],
        ["purchase", "active", "200000", "200000", "0", "0", "0"],
      ]);
      const paid = (await shop.grants(KEY)).map((grant) => grant.paid.amount);
      assert.deepEqual(paid, ["100.00", "1000.00", "10000.00"]);
    },
  },
};

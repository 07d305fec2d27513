// (b) Two meters for 20 euros a month: 500 requests of a large model, without rollover or top-up, and 2,000 credits of agent
// work, which roll over up to twice the allotment and can be bought beside it. The customer lives in Berlin.

import assert from "node:assert/strict";

import { monthly } from "./charges.js";

const KEY = "zweiwerk";
const premium = (requests) => ["premium", { mode: "standard", platform: "api", quantity: requests }];
const agent = (tokens) => ["agent", { mode: "standard", platform: "api", quantity: tokens }];

export const twoMeters = {
  name: "two meters",
  customer: KEY,
  plan: { key: "pro", name: "Pro", kind: "Tier", currency: "EUR" },
  parts: [
    ["basics", { fields: { "Price of an interval": "20", Interval: "Month" } }],
    ["conversion", { fields: { "One EUR buys": "50" } }],
    ["top-ups", { choices: ["Allowed, and burn while they are valid"], ticks: { "They pay for": ["Agent work"] } }],
    ["included", {
      ticks: { "Use cases": ["Large model requests", "Agent work"], Modes: ["standard"], Platforms: ["api"] },
      choices: ["Block:"],
    }],
    ["allotment", {
      fields: { Name: "premium", "Credits each time": "500" },
      ticks: { "They pay for": ["Large model requests"] },
      choices: ["Nothing: what is left ends"],
    }],
    ["allotment", {
      fields: { Name: "agent", "Credits each time": "2,000", "At most so many times the allotment": "2" },
      ticks: { "They pay for": ["Agent work"] },
      choices: ["What is left, at most so many times the allotment"],
    }],
  ],
  buyer: { name: "Zweiwerk", plan: "Pro (pro)", zone: "Europe/Berlin" },

  // Four months by the end: 4 × 20 = 80.
  charges: monthly("€20.00"),

  days: {
    async sale(shop) {
      await shop.left(KEY, "2500"); // 500 + 2,000
      assert.equal(await shop.run(KEY, ...premium("120")), "120");
      assert.equal(await shop.run(KEY, ...agent("600000")), "300"); // 600 × 0.5
      await shop.left(KEY, "2080"); // 380 + 1,700
    },

    async january(shop) {
      assert.equal(await shop.report(KEY, ...premium("200")), "200"); // 180 are left
      assert.equal(await shop.run(KEY, ...agent("400000")), "200"); // 1,500 are left
      await shop.left(KEY, "1680");
    },

    async february(shop) {
      await shop.given(KEY, "allotment", 4);
      await shop.given(KEY, "rollover", 1);
      // 180 requests ended; 1,500 of agent work, less than twice 2,000, were carried over.
      await shop.compareGrants(KEY, [
        ["allotment", "expired", "500", "0", "320", "180", "0"],
        ["allotment", "expired", "2000", "0", "500", "0", "1500"],
        ["rollover", "active", "1500", "1500", "0", "0", "0"],
        ["allotment", "active", "500", "500", "0", "0", "0"],
        ["allotment", "active", "2000", "2000", "0", "0", "0"],
      ]);
      assert.equal(await shop.run(KEY, ...premium("500")), "500");
      // The other meter's 3,500 do not pay for requests, and neither does what is bought.
      assert.deepEqual((await shop.refused(KEY, ...premium("1"))).codes, ["insufficient_credits"]);
      const page = await shop.pageOf(KEY);
      await shop.buy(page, "10", "Buy 500 credits for €10.00."); // 10 × 50
      assert.deepEqual((await shop.refused(KEY, ...premium("1"))).codes, ["insufficient_credits"]);
      assert.equal(await shop.run(KEY, ...agent("200000")), "100"); // of what was carried over, the older
      await shop.left(KEY, "3900"); // 1,400 + 2,000 + 500
    },

    async march(shop) {
      await shop.given(KEY, "allotment", 6);
      await shop.given(KEY, "rollover", 2);
      await shop.left(KEY, "6400"); // carried over 1,400 + 2,000, and 500, 2,000 and 500 bought
      assert.equal(await shop.run(KEY, ...agent("400000")), "200"); // 3,200 + 2,000 of agent work are left
      assert.equal(await shop.report(KEY, ...premium("50")), "50"); // 450 are left
      await shop.left(KEY, "6150");
    },

    async april(shop) {
      await shop.given(KEY, "allotment", 8);
      await shop.given(KEY, "rollover", 3);
      // Of 3,200 + 2,000 twice the allotment is carried over: 3,200, then 800; 1,200 ended.
      // 4,000 + 2,000 of agent work, 500 bought, 500 requests.
      await shop.left(KEY, "7000");
      await shop.compareGrants(KEY, [
        ["allotment", "expired", "500", "0", "320", "180", "0"],
        ["allotment", "expired", "2000", "0", "500", "0", "1500"],
        ["rollover", "expired", "1500", "0", "100", "0", "1400"],
        ["allotment", "expired", "500", "0", "500", "0", "0"],
        ["allotment", "expired", "2000", "0", "0", "0", "2000"],
        ["rollover", "expired", "3400", "0", "200", "0", "3200"],
        ["allotment", "expired", "500", "0", "50", "450", "0"],
        ["allotment", "expired", "2000", "0", "0", "1200", "800"],
        ["rollover", "active", "4000", "4000", "0", "0", "0"],
        ["allotment", "active", "500", "500", "0", "0", "0"],
        ["allotment", "active", "2000", "2000", "0", "0", "0"],
        ["purchase", "active", "500", "500", "0", "0", "0"],
      ]);
      // In Berlin the month began at 22:00 in UTC: summer time came in between.
      const newest = (await shop.grants(KEY)).filter((grant) => grant.state === "active" && grant.kind === "rollover");
      assert.equal(newest[0].effective_at, "2026-03-31T22:00:00Z");
    },
  },
};

// (a) 94.99 a month with 10,000 fast credits that never roll over, relaxed use without limit, top-ups that last twelve
// months, burn second and need an active plan; priced by model × resolution × platform. The customer lives in New York.

import assert from "node:assert/strict";

import { monthly } from "./charges.js";
import { changePlan } from "./forms.js";

const KEY = "lumiere";
const IMAGE = "image-v6";
const VIDEO = "video-v1";

const video = (seconds, mode, platform) => ({ mode, platform, quantity: seconds });
const images = (meter, count, platform) => ({ mode: "fast", platform, quantities: { [meter]: count } });

export const fastAndRelaxed = {
  name: "fast credits and relaxed use",
  customer: KEY,
  plan: { key: "mega", name: "Mega", kind: "Tier", currency: "USD" },
  parts: [
    ["basics", { fields: { "Price of an interval": "94.99", Interval: "Month" } }],
    ["conversion", { fields: { "One USD buys": "100" } }],
    ["top-ups", {
      fields: { "Bought credits are valid for": "12", of: "months" },
      choices: ["Allowed, but rest while there is no active plan"],
    }],
    ["included", {
      ticks: { "Use cases": ["Image model 6", "Video model 1"], Modes: ["fast", "relaxed"], Platforms: ["web", "ios"] },
      choices: ["Owe:", "A run that lacks credits may degrade"],
    }],
    ["allotment", {
      fields: { Name: "fast", "Credits each time": "10,000", Given: "Each interval of the plan" },
      choices: ["Nothing: what is left ends"],
    }],
    ["unlimited", {
      fields: {
        Mode: "relaxed",
        In: "A day",
        "Step 1: above": "500",
        "Step 2: above": "1,500",
        then: ["60", "12"],
        in: ["an hour", "an hour"],
      },
    }],
  ],
  buyer: { name: "Atelier Lumière", plan: "Mega (mega)", zone: "America/New_York" },

  charges: {
    // Four months by the end: 4 × 94.99 = 379.96, whatever was burned.
    ...monthly("$94.99"),
    // Without a plan nothing is to come.
    left: ["1 Mar", "1 Feb", "1 Jan"].map((day) => [day, "$94.99", "fell due"]),
  },

  days: {
    async sale(shop) {
      await shop.left(KEY, "10000");
      // Model × resolution × platform, in fast credits.
      assert.equal(await shop.run(KEY, IMAGE, images("images-1k", "10", "web")), "40"); // 10 × 4
      assert.equal(await shop.run(KEY, IMAGE, images("images-4k", "15", "web")), "200"); // 10 × 14 + 5 × 12
      assert.equal(await shop.run(KEY, IMAGE, images("images-1k", "10", "ios")), "52"); // 10 × 4 × 1.3
      assert.equal(await shop.run(KEY, IMAGE, images("images-4k", "15", "ios")), "300"); // 15 × 20: a price of its own
      assert.equal(await shop.run(KEY, VIDEO, video("100", "fast", "web")), "800"); // 100 × 8
      assert.equal(await shop.run(KEY, VIDEO, video("100", "fast", "ios")), "1040"); // 100 × 8 × 1.3
      // 40 + 200 + 52 + 300 + 800 + 1,040 = 2,432 are burned.
      await shop.left(KEY, "7568");

      // Relaxed runs burn nothing, and count for fair use at what they would have cost.
      assert.equal(await shop.run(KEY, VIDEO, video("100", "relaxed", "web")), "0"); // 100 × 8 × 0.5 = 400
      assert.equal(await shop.run(KEY, VIDEO, video("50", "relaxed", "ios")), "0"); // 50 × 8 × 0.5 × 1.3 = 260
      await standing(shop, "660", 1);
      // Beyond 500 there is one run a minute: the first starts, the next is told to wait.
      assert.equal(await shop.run(KEY, VIDEO, video("10", "relaxed", "web")), "0"); // 10 × 8 × 0.5 = 40
      const { codes, answer } = await shop.refused(KEY, VIDEO, video("10", "relaxed", "web"));
      assert.deepEqual(codes, ["fair_use"]);
      assert.ok(answer.retry_after_s >= 1 && answer.retry_after_s <= 60, `in ${answer.retry_after_s} s`);
      await standing(shop, "700", 1);
      await shop.left(KEY, "7568");

      // What is not in the plan has no way in.
      assert.deepEqual((await shop.refused(KEY, "actions", { mode: "standard", platform: "web", quantities: { messages: "1" } })).codes, [
        "use_case_not_in_plan",
        "mode_not_in_plan",
      ]);
    },

    async second(shop) {
      const page = await shop.pageOf(KEY);
      await shop.buy(page, "50", "Buy 5,000 credits for $50.00."); // 50 × 100
      await shop.left(KEY, "12568"); // 7,568 + 5,000
      const bought = (await shop.grants(KEY)).find((grant) => grant.kind === "purchase");
      // Twelve months from 2 January, to the end of that day in New York, five hours behind UTC.
      assert.equal(bought.expires_at, "2027-01-03T05:00:00Z");
      assert.deepEqual(bought.paid, { amount: "50.00", currency: "USD" });
    },

    async january(shop) {
      // The allotment burns first: 7,568 of 8,800. What was bought burns second: 1,232, and 3,768 stay.
      assert.equal(await shop.report(KEY, VIDEO, video("1100", "fast", "web")), "8800"); // 1,100 × 8
      await shop.compareGrants(KEY, [
        ["allotment", "active", "10000", "0", "10000", "0", "0"],
        ["purchase", "active", "5000", "3768", "1232", "0", "0"],
      ]);
      // A fast run for 8,000 finds 3,768 and degrades to relaxed, which is free; 4,000 count for fair use: two steps down.
      const degraded = await shop.ask(KEY, VIDEO, video("1000", "fast", "web"));
      assert.deepEqual([degraded.allowed, degraded.mode, degraded.credits], [true, "relaxed", "0"]);
      await shop.place.api("POST", `/v1/holds/${degraded.hold.id}/capture`, { quantity: "1000" });
      await standing(shop, "4000", 2);
      await shop.left(KEY, "3768");
    },

    async february(shop) {
      await shop.given(KEY, "allotment", 2);
      await shop.left(KEY, "13768"); // 10,000 + 3,768
      assert.equal(await shop.run(KEY, VIDEO, video("250", "fast", "web")), "2000"); // 250 × 8
      await shop.left(KEY, "11768"); // all of it from the allotment
      await standing(shop, "0", 0);
    },

    async march(shop) {
      await shop.given(KEY, "allotment", 3);
      // February's 8,000 are gone; 10,000 and what was bought are there.
      await shop.left(KEY, "13768");
      assert.equal(await shop.run(KEY, VIDEO, video("900", "fast", "web")), "7200"); // 900 × 8
      await shop.compareGrants(KEY, [
        ["allotment", "expired", "10000", "0", "10000", "0", "0"],
        ["allotment", "expired", "10000", "0", "2000", "8000", "0"],
        ["allotment", "active", "10000", "2800", "7200", "0", "0"],
        ["purchase", "active", "5000", "3768", "1232", "0", "0"],
      ]);
    },

    async left(shop) {
      const manager = await shop.pageOf("manager");
      const words = "End the plan of Atelier Lumière, now.";
      const none = { plan: "No plan: the present one ends", when: "Now", words, button: "End the plan" };
      await changePlan(manager, fastAndRelaxed.account, none);
      // What was bought rests without a plan, and nothing runs; the rest of the allotment keeps its end.
      const customer = await shop.customer(KEY);
      assert.deepEqual([customer.plan, customer.balance], [null, "2800"]);
      for (const mode of ["fast", "relaxed"]) {
        assert.deepEqual((await shop.refused(KEY, VIDEO, video("1", mode, "web"))).codes, ["no_plan"]);
      }
      // Nothing can be bought either.
      const owner = await shop.pageOf(KEY);
      const refused = await owner.goto("/credits/top-up");
      assert.equal(refused.status(), 400);
      await owner.getByText(/without a plan there is no conversion rate/i).first().waitFor();
    },

    async back(shop) {
      const manager = await shop.pageOf("manager");
      const words = "Move Atelier Lumière to Mega (version 1), now.";
      await changePlan(manager, fastAndRelaxed.account, { plan: "Mega (version 1)", when: "Now", words, button: "Change the plan" });
      // In March there is no second allotment; what was bought is awake again.
      await shop.left(KEY, "6568"); // 2,800 + 3,768
      assert.equal(await shop.run(KEY, VIDEO, video("375", "fast", "web")), "3000"); // 2,800 of the allotment, then 200
      await shop.left(KEY, "3568");
    },

    async april(shop) {
      await shop.given(KEY, "allotment", 4);
      await shop.left(KEY, "13568"); // 10,000 + 3,568
      await shop.compareGrants(KEY, [
        ["allotment", "expired", "10000", "0", "10000", "0", "0"],
        ["allotment", "expired", "10000", "0", "2000", "8000", "0"],
        ["allotment", "expired", "10000", "0", "10000", "0", "0"],
        ["allotment", "active", "10000", "10000", "0", "0", "0"],
        ["purchase", "active", "5000", "3568", "1432", "0", "0"],
      ]);
      // Each allotment is what 94.99 a month paid for.
      const paid = (await shop.grants(KEY)).filter((grant) => grant.kind === "allotment").map((grant) => grant.paid.amount);
      assert.deepEqual(paid, ["94.99", "94.99", "94.99", "94.99"]);
    },
  },
};

/** Compares where fair use of relaxed runs stands. */
async function standing(shop, used, step) {
  const { fair_use } = await shop.place.api("GET", `/v1/customers/${KEY}/limits`);
  assert.equal(fair_use.length, 1);
  assert.deepEqual([fair_use[0].scope.mode, fair_use[0].used, fair_use[0].allowance, fair_use[0].step], ["relaxed", used, "500", step]);
}

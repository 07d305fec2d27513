// (e) A trial of 14 days: 100 credits once, 20 a day at most, two use cases only. The customer lives in Kolkata.

import assert from "node:assert/strict";

const KEY = "newcomer";
const WEB = { mode: "standard", platform: "web" };
const tasks = (count) => ["code", { ...WEB, quantity: count }];
const searches = (count) => ["search", { ...WEB, quantity: count }];

export const trial = {
  name: "a trial",
  customer: KEY,
  plan: { key: "trial", name: "Trial", kind: "Trial", currency: "USD" },
  parts: [
    ["basics", { fields: { "Ends by itself after": "14", of: "days" } }],
    ["conversion", { fields: { "One USD buys": "10" } }],
    ["top-ups", { choices: ["Not allowed"] }],
    ["included", {
      fields: { "Forgiven a run, at most": "5" },
      ticks: { "Use cases": ["Coding assistant", "Search"], Modes: ["standard"], Platforms: ["web"] },
      choices: ["Forgive:"],
    }],
    ["allotment", {
      fields: { Name: "trial", "Credits each time": "100", Given: "Once, when the plan begins" },
    }],
    ["cap", {
      fields: { Name: "daily", "At most": "20", of: "credits", In: "A day" },
      choices: ["Stop runs that would go beyond it"],
    }],
  ],
  buyer: { name: "Newcomer", plan: "Trial (trial)", zone: "Asia/Kolkata" },

  charges: { sale: [], april: [] },

  days: {
    async sale(shop) {
      await shop.left(KEY, "100");
      assert.equal(await shop.run(KEY, ...tasks("10")), "20"); // 10 × 2: all of the day
      const { codes, answer } = await shop.refused(KEY, ...searches("1"));
      assert.deepEqual(codes, ["cap_exceeded"]);
      const cap = answer.limits.find((limit) => limit.kind === "cap");
      // Midnight in Kolkata, five and a half hours before UTC's.
      assert.deepEqual([cap.owner, cap.used, cap.limit, cap.requested, cap.reset], ["vendor", "20", "20", "0.5", "2026-01-01T18:30:00Z"]);
    },

    async second(shop) {
      assert.equal(await shop.run(KEY, ...searches("39")), "19.5"); // 39 × 0.5
      assert.deepEqual((await shop.refused(KEY, ...tasks("1"))).codes, ["cap_exceeded"]); // 19.5 + 2
      assert.equal(await shop.run(KEY, ...searches("1")), "0.5"); // 20 to the micro-credit
      await shop.left(KEY, "60");
      // A third use case is not in the plan; nothing can be bought.
      assert.deepEqual((await shop.refused(KEY, "film", { ...WEB, quantity: "0.5" })).codes.slice(0, 1), ["use_case_not_in_plan"]);
      const page = await shop.pageOf(KEY);
      assert.equal((await page.goto("/credits/top-up")).status(), 400);
      await page.getByText(/none can be bought beside it/).first().waitFor();
    },

    async trialsLast(shop) {
      assert.equal(await shop.run(KEY, ...tasks("8")), "16"); // 8 × 2
      await shop.left(KEY, "44");
    },

    async january(shop) {
      await shop.place.until(async () => (await shop.customer(KEY)).plan === null);
      await ended(shop);
    },

    async april(shop) {
      await ended(shop);
    },
  },
};

/** 100 were given, 20 + 20 + 16 burned, and 44 ended with the trial, 14 whole days after the day on which it was begun. */
async function ended(shop) {
  await shop.left(KEY, "0");
  await shop.compareGrants(KEY, [["trial", "expired", "100", "0", "56", "44", "0"]]);
  const [grant] = await shop.grants(KEY);
  assert.equal(grant.expires_at, "2026-01-15T18:30:00Z");
  assert.deepEqual((await shop.refused(KEY, ...tasks("1"))).codes, ["no_plan", "insufficient_credits"]);
}

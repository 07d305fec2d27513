// The main journey, as a customer's owner goes it in a browser and the vendor's product in /v1: sign in, see the chart,
// set a cap, be refused, raise it, be allowed, top up by the sandbox, see the balance rise. With scripts and without;
// both go the same steps, and only the chart is drawn in one and read as a table in the other.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../browser.js";
import { CUSTOMER, PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";
import { creditsOf, drawnChart, toMicros } from "../reading.js";
import { story } from "../story.js";

// A research run costs 25 credits in mode fast on the web; a dollar of this customer buys 125 credits.
const MICROS = 1_000_000n;
const MICROS_OF_500_DOLLARS = 500n * 125n * MICROS;

const demo = openDemo();

for (const scripts of [true, false]) {
  describe(`the main journey with scripts ${scripts ? "on" : "off"}`, () => {
    // Its own agent, so that the cap of one journey does not count what the other ran.
    const agent = `agent-with-scripts-${scripts ? "on" : "off"}`;
    let page;
    let complaints;
    const step = story();

    before(async () => {
      ({ page, complaints } = await openPage(demo.browser, { scripts, baseUrl: demo.place.url }));
    });
    after(() => page?.context().close());

    // The vendor's product: what it asks, and what it reports.
    const run = (quantity) => ({ customer: CUSTOMER, use_case: "research", mode: "fast", platform: "web", subject: agent, quantity });
    const ask = (quantity, more) => demo.place.api("POST", "/v1/authorize", { ...run(quantity), ...more });
    const balance = async () => toMicros((await demo.place.api("GET", `/v1/customers/${CUSTOMER}`)).balance);

    const said = (words) => page.getByText(words).first().waitFor();
    const press = (name) => page.getByRole("button", { name, exact: true }).click();
    const ownCap = () => page.getByRole("region", { name: "Your caps" }).getByRole("article").filter({ hasText: agent });

    step("signs in and sees the burn-down", async () => {
      await page.goto("/");
      await page.waitForURL("**/login?**");
      await signIn(page, demo.place, PEOPLE.owner);
      assert.equal(await creditsOf(page, "Credits left"), await balance());
      const panel = page.getByRole("region", { name: "Burn-down" });
      const days = panel.getByRole("table", { name: /credits left/i });
      if (scripts) {
        await drawnChart(page, "Burn-down");
        assert.equal(await days.isVisible(), false, "the table is one click away");
        await panel.getByText("Show as a table").click();
      }
      await days.getByRole("row").nth(5).waitFor();
    });

    step("sets a cap, which is said in words before it acts", async () => {
      await page.getByRole("link", { name: "Limits", exact: true }).click();
      await page.getByRole("link", { name: "Set a cap" }).click();
      await page.getByLabel("Use case").selectOption({ label: "Research agent" });
      await page.getByLabel("Subject").fill(agent);
      await page.getByLabel("Limit", { exact: true }).fill("100");
      await page.getByLabel("Window").selectOption({ label: "a month" });
      await page.getByLabel("Stop runs that would go beyond it").check();
      await press("Continue");
      await said(`Stop Research agent by ${agent} at 100 credits a month, from now.`);
      assert.equal((await ask("5", { dry_run: true })).allowed, true, "nothing is stopped before it is confirmed");
      await press("Set the cap");
      await said("The cap is set");
      assert.match(await ownCap().innerText(), /100 credits a month/);
    });

    step("is refused beyond it, and told which limit, used, limit and reset", async () => {
      await demo.place.api("POST", "/v1/usage", { events: [{ id: `${agent}-1`, ...run("3") }] });
      const refused = await ask("2");
      assert.equal(refused.allowed, false);
      assert.equal(refused.hold ?? null, null);
      const [reason, ...others] = refused.reasons;
      assert.deepEqual(others, []);
      assert.equal(reason.code, "cap_exceeded");
      const cap = refused.limits.find((limit) => limit.name === reason.limit);
      assert.deepEqual([cap.kind, cap.owner, cap.used, cap.limit, cap.requested], ["cap", "customer", "75", "100", "50"]);
      assert.ok(new Date(cap.reset) > new Date(), "it says when it begins anew");
      assert.match(reason.message, /: 75 of 100 credits used this month, 50 more asked; resets \w+ 1 .+ 00:00 America\/New_York\.$/);
      await page.goto("/limits");
      assert.match(await ownCap().innerText(), /75 used/);
    });

    step("raises it and is allowed", async () => {
      await ownCap().getByRole("link", { name: /^Change the cap/ }).click();
      await page.getByLabel("Limit", { exact: true }).fill("200");
      await press("Continue");
      await said(`Stop Research agent by ${agent} at 200 credits a month, from now.`);
      await said("The limit is 100 credits now.");
      await press("Change the cap");
      await said("The cap is set");
      const allowed = await ask("2");
      assert.equal(allowed.allowed, true);
      await demo.place.api("POST", `/v1/holds/${allowed.hold.id}/capture`, { quantity: "2" });
      await page.goto("/limits");
      assert.match(await ownCap().innerText(), /125 used/);
    });

    /** Chooses $50 and goes to the provider; gives the balance before. */
    async function startTopUp() {
      await page.goto("/credits");
      await page.getByRole("link", { name: "Top up" }).first().click();
      await page.getByLabel(/^\$500\.00\s*62,500 credits/).check();
      await press("Continue");
      await said("Buy 62,500 credits for $500.00.");
      const before = await balance();
      await press("Go and pay $500.00");
      await page.waitForURL("**/sandbox/pay/**");
      await page.getByRole("heading", { name: "$500.00" }).waitFor();
      return before;
    }

    const ends = [
      { act: "Use a card that is declined", heading: "The payment was declined" },
      { act: "Leave without paying", heading: "The payment was left" },
    ];
    for (const { act, heading } of ends) {
      step(`tops up: ${act.toLowerCase()}, and nothing is credited`, async () => {
        const before = await startTopUp();
        await press(act);
        await page.getByRole("heading", { name: heading }).waitFor();
        await said("Nothing was charged and no credits were added.");
        assert.equal(await balance(), before);
        await page.goto("/credits");
        assert.equal(await creditsOf(page, "Left"), before);
        assert.equal(await creditsOf(page, "Pending"), 0n);
      });
    }

    step("tops up: pays, and the balance rises by what was offered", async () => {
      const before = await startTopUp();
      const provider = page.url();
      await page.goto("/credits");
      assert.equal(await creditsOf(page, "Pending"), MICROS_OF_500_DOLLARS, "credits are pending until they are paid");
      assert.equal(await creditsOf(page, "Left"), before);
      await page.goto(provider);
      await press("Pay $500.00");
      await page.getByRole("heading", { name: "Paid, and the credits are there" }).waitFor();
      assert.equal(await balance(), before + MICROS_OF_500_DOLLARS);
      await page.getByRole("link", { name: "See your credits" }).click();
      await page.waitForURL("**/credits");
      assert.equal(await creditsOf(page, "Left"), before + MICROS_OF_500_DOLLARS);
      assert.equal(await creditsOf(page, "Pending"), 0n);
    });

    step("signs out, and the pages are closed", async () => {
      await press("Sign out");
      await said("You are signed out.");
      await page.goto("/credits");
      await page.waitForURL("**/login?**");
    });

    step("left the browser nothing to complain about", () => assert.deepEqual(complaints, []));
  });
}

test("the books are right after all of it", async () => {
  await demo.place.stop();
  await demo.place.command(["verify"]);
});

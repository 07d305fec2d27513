// Forms that are filled in badly come back with what was typed and an error at the field, with scripts and without.
// A payment is made once, however often its form is sent.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openPage } from "../browser.js";
import { CUSTOMER, PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";
import { assertRefused, toMicros } from "../reading.js";

const MICROS_OF_20_DOLLARS = 20n * 125n * 1_000_000n;

const demo = openDemo();

for (const scripts of [true, false]) {
  describe(`forms with scripts ${scripts ? "on" : "off"}`, () => {
    let page;
    let complaints;

    before(async () => {
      ({ page, complaints } = await openPage(demo.browser, { scripts, baseUrl: demo.place.url }));
    });
    after(() => page?.context().close());

    const press = (name) => page.getByRole("button", { name, exact: true }).click();

    test("a wrong password keeps the mail address, and says nothing of who exists", async () => {
      const told = [];
      for (const email of [PEOPLE.viewer, "nobody@nowhere.example"]) {
        await page.goto("/login");
        await page.getByLabel("Mail address").fill(email);
        await page.getByLabel("Password").fill("not the password");
        await press("Sign in");
        told.push(await page.getByRole("alert").innerText());
        assert.equal(await page.getByLabel("Mail address").inputValue(), email);
        assert.equal(await page.getByLabel("Password").inputValue(), "");
        assert.ok(!page.url().includes("not%20the"), "a password is in the address");
      }
      assert.equal(told[0], told[1]);
    });

    test("an amount that cannot be paid comes back to its field", async () => {
      await signIn(page, demo.place, PEOPLE.owner);
      for (const [typed, told] of [
        ["0", /at least \$/i],
        ["-5", /write it like/i],
        ["1e3", /write it like/i],
        ["ten", /write it like/i],
        ["5.001", /at most 2 decimals/i],
        ["999999999", /at most \$/i],
      ]) {
        await page.goto("/credits/top-up");
        await page.getByLabel("Another amount").fill(typed);
        await press("Continue");
        await assertRefused(page, page.getByLabel("Another amount"), typed, told);
      }
    });

    test("a limit that cannot be set comes back to its field, with all that was chosen", async () => {
      const limit = page.getByLabel("Limit", { exact: true });
      for (const [typed, told] of [
        ["-1", /write it like/i],
        ["many", /write it like/i],
        ["1e6", /write it like/i],
        ["0.0000001", /at most six decimals/i],
        ["99999999999999999999", /more than can be counted/i],
        ["1000001", /at most 1,000,000 credits/i],
      ]) {
        await page.goto("/limits/cap");
        await page.getByLabel("Window").selectOption({ label: "a month" });
        await page.getByLabel("Only show it, stop nothing").check();
        await limit.fill(typed);
        await press("Continue");
        if (typed === "1000001") await page.getByLabel("Stop runs that would go beyond it").check().then(() => press("Continue"));
        await assertRefused(page, limit, typed, told);
        assert.equal(await page.getByLabel("Window").inputValue(), "month");
      }
    });

    test("a name that cannot be is told at its field", async () => {
      await page.goto("/limits/cap");
      await page.getByLabel("Subject").fill("two words");
      await page.getByLabel("Limit", { exact: true }).fill("5");
      await press("Continue");
      await assertRefused(page, page.getByLabel("Subject"), "two words", /letters, digits/i);
      assert.equal(await page.getByLabel("Limit", { exact: true }).inputValue(), "5");
    });

    test("what a browser would not send is refused all the same", async () => {
      const answer = await page.request.post("/actions/check-cap", { form: { window: "day", unit: "credits", action: "block" } });
      await page.goto(answer.url());
      await assertRefused(page, page.getByLabel("Limit", { exact: true }), "", /type an amount/i);
      const odd = await page.request.post("/actions/check-top-up", { data: "not a form" });
      assert.ok(odd.status() < 500, `answered ${odd.status()}`);
    });

    test("a top-up whose forms are sent twice is paid once", async () => {
      const balance = async () => toMicros((await demo.place.api("GET", `/v1/customers/${CUSTOMER}`)).balance);
      const payments = async () => {
        await page.goto("/credits");
        return page.getByRole("region", { name: "Payments", exact: true }).getByRole("row").count();
      };
      const [credits, rows] = [await balance(), await payments()];
      await page.goto("/credits/top-up");
      await page.getByLabel("Another amount").fill("20");
      await press("Continue");
      const second = await page.context().newPage();
      await second.goto(page.url());
      for (const one of [page, second]) {
        await one.getByRole("button", { name: "Go and pay $20.00" }).dblclick();
        await one.waitForURL("**/sandbox/pay/**");
      }
      assert.equal(second.url(), page.url());
      for (const one of [page, second]) {
        await one.getByRole("button", { name: "Pay $20.00" }).dblclick();
        await one.getByRole("heading", { name: "Paid, and the credits are there" }).waitFor();
      }
      await second.close();
      assert.equal(await balance(), credits + MICROS_OF_20_DOLLARS);
      assert.equal(await payments(), rows + 1);
    });

    test("left the browser nothing to complain about", () => assert.deepEqual(complaints, []));
  });
}

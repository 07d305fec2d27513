// Five real price schemes: built by staff on the pages, sold to a customer each, used for a quarter on a clock that the
// journey sets, and compared with figures that were worked out by hand, in the comments beside them. Without scripts the same
// forms are filled in and the first two days are used. The schemes are in `schemes/`, one a file.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { startBrowser } from "../browser.js";
import { actionsByVolume } from "../schemes/actions_by_volume.js";
import { annualCommitment } from "../schemes/annual_commitment.js";
import { DAYS } from "../schemes/days.js";
import { fastAndRelaxed } from "../schemes/fast_and_relaxed.js";
import { buildPlan, buildRates, createCustomer } from "../schemes/forms.js";
import { RATES } from "../schemes/rates.js";
import { openShop } from "../schemes/shop.js";
import { trial } from "../schemes/trial.js";
import { twoMeters } from "../schemes/two_meters.js";
import { story } from "../story.js";

const SCHEMES = [fastAndRelaxed, twoMeters, actionsByVolume, annualCommitment, trial];
const BUYERS = [fastAndRelaxed, twoMeters, actionsByVolume, trial];

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

for (const scripts of [true, false]) {
  describe(`five price schemes with scripts ${scripts ? "on" : "off"}`, () => {
    // Time passes the same with scripts and without: once is enough.
    const days = Object.entries(DAYS).slice(0, scripts ? undefined : 2);
    let shop;
    const step = story();

    before(async () => {
      shop = await openShop(browser, scripts);
    });
    after(() => shop?.close());

    step("the rate card is built and published", async () => {
      await shop.at(DAYS.sale);
      await buildRates(await shop.pageOf("editor"), RATES);
    });

    for (const scheme of SCHEMES) {
      step(`${scheme.name}: the plan is built and published`, async () => buildPlan(await shop.pageOf("editor"), scheme.plan, scheme.parts));
    }

    for (const scheme of SCHEMES) {
      step(`${scheme.name}: a customer buys it`, async () => {
        const sold = { key: scheme.customer, ...scheme.buyer };
        scheme.account = await createCustomer(await shop.pageOf("administrator"), sold);
        await scheme.sign?.(await shop.pageOf("manager"));
      });
    }

    for (const [day, instant] of days) {
      step(`the clock shows ${instant}`, async () => {
        if (instant === DAYS.sale) return;
        await shop.rest();
        if (day === "second") for (const { customer } of BUYERS) await shop.makeOwner(customer);
        await shop.at(instant);
      });
      for (const scheme of SCHEMES.filter(({ days }) => days[day])) {
        step(`${scheme.name}: used on ${instant.slice(0, 10)}`, () => scheme.days[day](shop));
      }
      for (const scheme of SCHEMES.filter(({ charges }) => charges[day])) {
        step(`${scheme.name}: charged by ${instant.slice(0, 10)}`, () => shop.compareCharges(scheme.account, scheme.charges[day]));
      }
    }

    step("the books are right after all of it", async () => {
      await shop.rest();
      assert.match(await shop.place.command(["verify"]), /^right: 5 customers, /);
    });

    step("left the browser nothing to complain about", () => {
      assert.deepEqual(shop.complaints.filter((complaint) => !/status of 400/.test(complaint)), []);
    });
  });
}

// Every page, for everybody who sees it differently, on phone, tablet and desktop, in light and dark: axe finds nothing,
// nothing scrolls sideways, the bones are right, the browser has nothing to complain about.

import assert from "node:assert/strict";
import { test } from "node:test";

import { everyPage } from "../addresses.js";
import { openPage } from "../browser.js";
import { COLOURS, faultsOf } from "../inspection.js";
import { openDemo } from "../opening.js";

// Pages that are looked at side by side: the browser and the server have a core each.
const AT_ONCE = 2;

const demo = openDemo();

test("every page", { concurrency: AT_ONCE }, async (every) => {
  const { sessions, addresses } = await everyPage(demo.browser, demo.place);
  const looks = addresses.map(({ name, who, address, status = 200 }, at) =>
    every.test(name, async () => {
      const { page, complaints, close } = await openPage(demo.browser, { baseUrl: demo.place.url, signedIn: sessions[who] });
      const faults = await faultsOf(page, address, { status, colours: COLOURS[at % 2] }).finally(close);
      // A document that is answered with an error is one that the browser tells of.
      const others = complaints.filter((complaint) => status === 200 || !complaint.includes(`status of ${status}`));
      assert.deepEqual([...faults, ...new Set(others)], []);
    }),
  );
  await Promise.all(looks);
});

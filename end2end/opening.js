// What the journeys of the demo begin with: an installation with the demo's data, serving, and a browser.

import { after, before } from "node:test";

import { startBrowser } from "./browser.js";
import { STILL, installDemo } from "./demo.js";

/**
 * Opens both before the first test of the file (or of the `describe`) that calls this, and takes them away after the last.
 *
 * @param {{wanted?: boolean, ready?: (demo: object) => Promise<void>}} wishes `wanted: false` opens nothing; `ready` is what
 *   else is done before the first test, once both are there
 * @returns {{place?: Awaited<ReturnType<typeof installDemo>>, browser?: import("playwright-core").Browser}} filled in once
 *   the tests run
 */
export function openDemo({ wanted = true, ready } = {}) {
  const demo = {};
  before(async () => {
    if (!wanted) return;
    [demo.place, demo.browser] = await Promise.all([installDemo(), startBrowser()]);
    await demo.place.start(STILL);
    await ready?.(demo);
  });
  after(async () => {
    await demo.browser?.close();
    await demo.place?.remove();
  });
  return demo;
}

// Looks a page over as everybody must find it: on phone, tablet and desktop, in light and dark.

import { accessibilityFaults } from "./accessibility.js";
import { until } from "./reading.js";

const TABLET = { width: 768, height: 1024 };

/** Phone, tablet, desktop: width and height in pixels. */
export const SIZES = [{ width: 360, height: 740 }, TABLET, { width: 1280, height: 900 }];

/** The colour schemes. */
export const COLOURS = ["light", "dark"];

/**
 * Opens an address and looks at it at every size and in both colour schemes; gives what is wrong with it, one line each.
 * Axe looks once at each size, in `colours` on tablets and in the other scheme on phones and desktops; from the tablet
 * on with everything open that is folded away.
 *
 * @param {import("playwright-core").Page} page
 * @param {string} address
 * @param {{status?: number, colours?: "light" | "dark"}} expected `status` is the one that it is answered with
 * @returns {Promise<string[]>}
 */
export async function faultsOf(page, address, { status = 200, colours = "dark" } = {}) {
  const faults = [];
  const answer = await page.goto(address);
  if (answer.status() !== status) faults.push(`answered ${answer.status()}`);
  await settled(page);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    faults.push(...(await structureFaults(page)).map((fault) => `${size.width} px: ${fault}`));
  }
  for (const size of SIZES) {
    const scheme = COLOURS.find((one) => (one === colours) === (size === TABLET));
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: scheme });
    if (size === TABLET) await page.evaluate(() => document.querySelectorAll("main details").forEach((one) => (one.open = true)));
    faults.push(...(await accessibilityFaults(page)).map((fault) => `${size.width} px, ${scheme}: ${fault}`));
  }
  return faults;
}

/** Waits until a page is as it stays: its islands are awake and its charts are there. */
export async function settled(page) {
  await until(
    page,
    () =>
      page.evaluate(() => {
        const dot = document.querySelector("[role=status][data-state]");
        const drawings = [...document.querySelectorAll("main [role=img]")];
        return dot?.dataset.state !== "connecting" && drawings.every((drawing) => drawing.querySelector("canvas, svg, path"));
      }),
    "the islands of the page do not wake",
  );
}

/** What is wrong with a page's bones and its width. */
function structureFaults(page) {
  return page.evaluate(() => {
    const faults = [];
    const headings = document.querySelectorAll("h1").length;
    if (headings !== 1) faults.push(`${headings} headings of the first level`);
    if (!/^\S.* · Drawdown$/.test(document.title)) faults.push(`the title is ${JSON.stringify(document.title)}`);
    if (document.documentElement.lang !== "en") faults.push("the document does not say its language");
    const primary = document.querySelectorAll(".button.primary").length;
    if (primary > 1) faults.push(`${primary} primary buttons`);
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth > innerWidth) faults.push(`${scrollWidth} px wide in a window of ${innerWidth} px`);
    for (const control of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      const named = control.labels?.length || control.ariaLabel || control.getAttribute("aria-labelledby");
      if (!named) faults.push(`no label: ${control.outerHTML.slice(0, 120)}`);
    }
    const names = [...document.querySelectorAll("[id]")].map((element) => element.id);
    const twice = names.filter((name, at) => names.indexOf(name) !== at);
    if (twice.length) faults.push(`identifiers given twice: ${twice.join(", ")}`);
    return faults;
  });
}

// How pages load and how they are gone through by keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../browser.js";
import { PEOPLE, signIn } from "../demo.js";
import { settled } from "../inspection.js";
import { openDemo } from "../opening.js";
import { drawnChart } from "../reading.js";

const STEPS_MAX = 120;

let signedIn;
const demo = openDemo({
  async ready({ browser, place }) {
    const { page, close } = await openPage(browser, { baseUrl: place.url });
    await signIn(page, place, PEOPLE.owner);
    signedIn = await page.context().storageState();
    await close();
  },
});

/** What a page asks the server for, beside documents: kind and path, in order. */
async function asked(page, address, ready) {
  const found = [];
  const note = (request) => found.push({ kind: request.resourceType(), path: new URL(request.url()).pathname });
  page.on("request", note);
  await page.goto(address, { waitUntil: "load" });
  await ready(page);
  page.off("request", note);
  return found.filter(({ kind }) => kind !== "document");
}

test("/login loads a style sheet and an icon: no script, no wasm", async () => {
  const { page, close } = await openPage(demo.browser, { baseUrl: demo.place.url });
  const loaded = await asked(page, "/login", () => page.getByRole("button", { name: "Sign in" }).waitFor());
  const others = loaded.filter(({ path }) => !path.endsWith(".css") && !path.endsWith(".svg"));
  assert.deepEqual(others, []);
  assert.equal(await page.locator("script").count(), 0);
  await close();
});

test("the chart script is loaded on pages with a chart, once, after the page is usable", async () => {
  const { page, close } = await openPage(demo.browser, { baseUrl: demo.place.url, signedIn });
  const charts = (loaded) => loaded.filter(({ path }) => path.includes("/charts."));
  for (const address of ["/credits", "/credits/top-up", "/limits", "/limits/cap"]) {
    assert.deepEqual(charts(await asked(page, address, settled)), [], address);
  }
  const loaded = await asked(page, "/overview", () => drawnChart(page, "Burn-down"));
  assert.equal(charts(loaded).length, 1);
  const started = await page.evaluate(() => {
    const script = performance.getEntriesByType("resource").find(({ name }) => name.includes("/charts."));
    const [document] = performance.getEntriesByType("navigation");
    return { script: script.startTime, usable: document.domContentLoadedEventEnd };
  });
  assert.ok(started.script >= started.usable && started.usable > 0, JSON.stringify(started));
  await close();
});

test("everything is compressed, hashed names are kept for ever, pages are not kept", async () => {
  const { page, close } = await openPage(demo.browser, { baseUrl: demo.place.url, signedIn });
  const kept = [];
  page.on("response", async (answer) => {
    const { pathname } = new URL(answer.url());
    if (pathname.startsWith("/pkg/")) kept.push([pathname, answer.headers()["cache-control"]]);
  });
  const answer = await page.goto("/overview");
  await drawnChart(page, "Burn-down");
  assert.match(answer.headers()["cache-control"], /no-cache|no-store/);
  assert.ok(answer.headers()["content-encoding"], "pages are compressed");
  assert.ok(kept.length >= 4, `${kept.length} files of the site`);
  for (const [path, control] of kept) assert.match(control ?? "", /immutable/, path);
  await close();
});

/** What has the focus: its words, and whether it is seen to have it. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === document.body) return null;
    const isMarked = (one) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow !== "none";
    };
    const { top, left, bottom, right, width, height } = element.getBoundingClientRect();
    return {
      words: (element.ariaLabel || element.innerText || element.labels?.[0]?.innerText || element.tagName).trim().split("\n")[0],
      // A choice or a field with its unit is marked as a whole.
      marked: isMarked(element) || isMarked(element.parentElement),
      seen: width > 0 && height > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    };
  });
}

for (const { width, address } of [
  { width: 1280, address: "/overview" },
  { width: 360, address: "/overview" },
  { width: 1280, address: "/usage" },
  { width: 1280, address: "/credits" },
  { width: 1280, address: "/limits" },
  { width: 360, address: "/limits/cap" },
  { width: 1280, address: "/credits/top-up" },
]) {
  test(`${address} at ${width} px by keyboard: the skip link first, and the focus is always seen`, async () => {
    const { page, close } = await openPage(demo.browser, { baseUrl: demo.place.url, signedIn, width });
    await page.goto(address);
    await settled(page);
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).words, "Skip to the content");
    let steps = 0;
    for (let at = await focused(page); at && steps < STEPS_MAX; steps += 1) {
      assert.ok(at.marked, `the focus on ${JSON.stringify(at.words)} is not marked`);
      assert.ok(at.seen, `${JSON.stringify(at.words)} has the focus out of sight`);
      await page.keyboard.press("Tab");
      at = await focused(page);
    }
    assert.ok(steps > 5, `only ${steps} stops`);
    await page.goto(address);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    const inMain = await page.evaluate(() => document.querySelector("main").contains(document.activeElement));
    assert.ok(inMain, "the skip link leads into the content");
    await close();
  });
}

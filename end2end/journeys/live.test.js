// An open page moves by itself: what is reported through /v1 is there without a reload, and the dot beside the title
// says whether the page is live. Without anybody's doing the demo's own usage moves it, too.

import assert from "node:assert/strict";
import { after, before, describe } from "node:test";

import { openPage } from "../browser.js";
import { CUSTOMER, PEOPLE, STILL, signIn } from "../demo.js";
import { openDemo } from "../opening.js";
import { creditsOf, drawnChart, figure, until } from "../reading.js";
import { story } from "../story.js";

const RUN = { customer: CUSTOMER, use_case: "research", mode: "fast", platform: "web", subject: "live-agent", quantity: "4" };
const CREDITS_OF_RUN = 100_000_000n;

describe("an open page", () => {
  const step = story();
  const demo = openDemo();
  let page;
  let complaints;
  const dot = (word) => page.getByRole("status").getByText(word, { exact: true }).or(page.getByText(word, { exact: true }));

  before(async () => {
    ({ page, complaints } = await openPage(demo.browser, { baseUrl: demo.place.url }));
    await signIn(page, demo.place, PEOPLE.owner);
  });

  step("says that it is live", async () => {
    await dot("Live").waitFor();
    await drawnChart(page, "Burn-down");
    await page.evaluate(() => {
      window.openedOnce = true;
    });
  });

  step("shows what was used, without a reload", async () => {
    const [left, burned] = [await creditsOf(page, "Credits left"), await creditsOf(page, "Burned today")];
    await demo.place.api("POST", "/v1/usage", { events: [{ id: "live-1", ...RUN }] });
    const moved = async () => (await creditsOf(page, "Credits left")) === left - CREDITS_OF_RUN;
    await until(page, moved, `credits left stay at ${await figure(page, "Credits left").innerText()}`);
    assert.equal(await creditsOf(page, "Burned today"), burned + CREDITS_OF_RUN);
    const newest = page.getByRole("region", { name: "Newest events" }).getByRole("listitem").first();
    assert.match(await newest.innerText(), /Research agent[\s\S]*100/);
    assert.equal(await page.evaluate(() => window.openedOnce), true, "the page was loaded again");
  });

  step("says that it reconnects when the server is gone, and is live again when it is back", async () => {
    const before = await creditsOf(page, "Credits left");
    await demo.place.stop();
    await dot("Reconnecting").waitFor();
    assert.equal(await creditsOf(page, "Credits left"), before, "figures stay while nobody answers");
    complaints.splice(0, complaints.length);
    await demo.place.start(STILL);
    await dot("Live").waitFor();
    await demo.place.api("POST", "/v1/usage", { events: [{ id: "live-2", ...RUN }] });
    const moved = async () => (await creditsOf(page, "Credits left")) === before - CREDITS_OF_RUN;
    await until(page, moved, "the page does not move after the server was back");
    assert.equal(await page.evaluate(() => window.openedOnce), true, "the page was loaded again");
  });

  step("goes on as usage is played by the demo itself", async () => {
    await demo.place.stop();
    await demo.place.start(["--demo"]);
    await dot("Live").waitFor();
    const before = await figure(page, "Credits left").innerText();
    const moved = async () => (await figure(page, "Credits left").innerText()) !== before;
    await until(page, moved, "nothing moves in a demo");
  });

  step("left the browser nothing to complain about but the server's absence", () => {
    const others = complaints.filter((complaint) => !complaint.includes("net::ERR_"));
    assert.deepEqual(others, []);
  });
});

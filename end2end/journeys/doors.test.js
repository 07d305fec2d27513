// What is closed stays closed: a viewer changes nothing, another organization's things are not there, another site's
// forms are not taken, and nobody gets in without signing in.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "../browser.js";
import { CUSTOMER, OTHER_CUSTOMER, PEOPLE, signIn } from "../demo.js";
import { openDemo } from "../opening.js";

const CAP = { name: "", use_case: "research", window: "day", amount: "1", unit: "credits", action: "block", thresholds: "" };
const THROTTLE = { name: "", use_case: "research", amount: "1", unit: "requests", per: "day", then: "reject" };

const pages = {};
const demo = openDemo({
  async ready({ browser, place }) {
    for (const who of ["owner", "viewer", "tokyo"]) {
      ({ page: pages[who] } = await openPage(browser, { baseUrl: place.url }));
      await signIn(pages[who], place, PEOPLE[who]);
    }
  },
});

const limitsOf = (customer) => demo.place.api("GET", `/v1/customers/${customer}/limits`);
const grantsOf = (customer) => demo.place.api("GET", `/v1/customers/${customer}/grants`);

/** Starts a top-up up to the provider's page; gives the payment and the provider's address. */
async function pendingPayment(page) {
  await page.goto("/credits/top-up");
  await page.getByLabel("Another amount").fill("20");
  await page.getByRole("button", { name: "Continue" }).click();
  const payment = new URL(page.url()).searchParams.get("pay");
  await page.getByRole("button", { name: "Go and pay $20.00" }).click();
  await page.waitForURL("**/sandbox/pay/**");
  return payment;
}

test("a viewer sees no button that changes anything", async () => {
  const page = pages.viewer;
  for (const address of ["/overview", "/credits", "/limits"]) {
    await page.goto(address);
    for (const role of ["button", "link"]) {
      const found = page.getByRole("main").getByRole(role, { name: /^(Top up|Set|Change|Remove|Raise)/, disabled: false });
      assert.deepEqual(await found.allInnerTexts(), [], address);
    }
  }
  for (const address of ["/limits/cap", "/limits/throttle", "/credits/top-up"]) {
    await page.goto(address);
    await page.getByText(/You are signed in as viewer\./).waitFor();
    assert.equal(await page.getByRole("main").getByRole("button").count(), 0, address);
  }
});

test("a viewer's forged forms change nothing and say why", async () => {
  const page = pages.viewer;
  const before = [await limitsOf(CUSTOMER), await grantsOf(CUSTOMER)];
  const payment = `pay_${"0".repeat(20)}1${"0".repeat(11)}`;
  for (const [action, form] of [
    ["put-cap", CAP],
    ["put-throttle", THROTTLE],
    ["remove-cap", { name: "monthly" }],
    ["start-top-up", { payment, amount: "5000" }],
  ]) {
    const answer = await page.request.post(`/actions/${action}`, { form });
    assert.ok(answer.status() < 500, `${action} answered ${answer.status()}`);
    await page.goto(answer.url());
    assert.match(await page.getByRole("main").innerText(), /viewer|role|your plan/i, `${action} says why at ${answer.url()}`);
  }
  assert.deepEqual([await limitsOf(CUSTOMER), await grantsOf(CUSTOMER)], before);
});

test("a vendor's ceiling is not the customer's to change", async () => {
  const before = await limitsOf(CUSTOMER);
  const [ceiling] = before.caps.filter((cap) => cap.owner === "vendor");
  assert.ok(ceiling, "the demo's plan has a ceiling");
  await pages.owner.request.post("/actions/remove-cap", { form: { name: ceiling.name } });
  await pages.owner.request.post("/actions/put-cap", { form: { ...CAP, name: ceiling.name, use_case: "", window: "month", amount: "9000000" } });
  assert.deepEqual(await limitsOf(CUSTOMER), before);
});

test("another organization's things are not there", async () => {
  const page = pages.owner;
  const before = await limitsOf(OTHER_CUSTOMER);
  const payment = await pendingPayment(pages.tokyo);
  for (const address of [
    `/credits/top-up?payment=${payment}`,
    "/limits/cap/remove?name=renders",
    "/limits/throttle/remove?name=research",
    "/credits/postings/999999999",
    "/credits/postings/0",
    "/credits/postings/x",
    "/credits/top-up?payment=pay_1",
  ]) {
    const answer = await page.goto(address);
    assert.equal(answer.status(), 404, address);
    await page.getByRole("heading", { level: 1 }).waitFor();
  }
  await page.request.post("/actions/remove-cap", { form: { name: "renders" } });
  await page.request.post("/actions/start-top-up", { form: { payment, amount: "2000" } });
  assert.deepEqual(await limitsOf(OTHER_CUSTOMER), before);
});

test("forms of another site are refused, whatever they say", async () => {
  const before = await limitsOf(CUSTOMER);
  for (const headers of [
    { origin: "https://elsewhere.example" },
    { origin: "null" },
    { "sec-fetch-site": "cross-site", origin: demo.place.url },
    { "sec-fetch-site": "same-site" },
  ]) {
    const answer = await pages.owner.request.post("/actions/put-cap", { form: CAP, headers, maxRedirects: 0 });
    assert.equal(answer.status(), 403, JSON.stringify(headers));
  }
  const inputs = Object.entries(CAP).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const trap = `<form method="post" action="${demo.place.url}/actions/put-cap">${inputs.join("")}<button>Win</button></form>`;
  const page = pages.owner;
  await page.route("http://elsewhere.example/**", (route) => route.fulfill({ contentType: "text/html", body: trap }));
  await page.goto("http://elsewhere.example/");
  const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "Win" }).click()]);
  assert.equal(answer.status(), 403);
  assert.deepEqual(await limitsOf(CUSTOMER), before);
});

test("nobody gets in without signing in, and is led on to where they wanted to go", async () => {
  const { page, close } = await openPage(demo.browser, { baseUrl: demo.place.url });
  for (const address of ["/overview", "/usage", "/usage.csv", "/credits", "/credits/top-up", "/limits", "/limits/cap"]) {
    await page.goto(address);
    assert.equal(new URL(page.url()).pathname, "/login", address);
  }
  assert.equal((await page.request.get("/live")).status(), 401);
  await page.goto("/limits?x=1");
  await page.getByLabel("Mail address").fill(PEOPLE.owner);
  await page.getByLabel("Password").fill(demo.place.passwordOf(PEOPLE.owner));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/limits?x=1");
  await close();
});

test("a sign-in leads to no other site", async () => {
  for (const next of ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)"]) {
    const form = { email: PEOPLE.owner, password: demo.place.passwordOf(PEOPLE.owner), next };
    const answer = await fetch(`${demo.place.url}/actions/sign-in`, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
    const to = new URL(answer.headers.get("location"), demo.place.url);
    assert.equal(to.origin, demo.place.url, next);
  }
});

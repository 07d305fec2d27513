// Every page there is, by who opens it: the plain addresses, and those that only a form leads to (a step that asks for
// confirmation, a form that was refused, a payment at each of its ends). A new page belongs here; the tests of all pages
// and the screenshots follow.

import { openPage } from "./browser.js";
import { cataloguePages } from "./catalogue_pages.js";
import { dayAfter } from "./days.js";
import { PEOPLE, signIn } from "./demo.js";

/**
 * Signs everybody in and finds the addresses.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {Awaited<ReturnType<import("./demo.js").installDemo>>} place
 * @returns {Promise<{sessions: Record<string, object>, addresses: {name: string, who: string, address: string,
 *   status?: number}[]}>} `sessions` are for `openPage`; nobody's is undefined
 */
export async function everyPage(browser, place) {
  const sessions = {};
  const addresses = [...plain()];
  for (const [who, email] of Object.entries(PEOPLE)) {
    const { page, close } = await openPage(browser, { baseUrl: place.url });
    await signIn(page, place, email);
    if (who === "owner") addresses.push(...(await found(page, who)));
    if (who === "manager") addresses.push(...(await managed(page, who)));
    if (who === "editor") addresses.push(...(await cataloguePages(page, who)));
    sessions[who] = await page.context().storageState();
    await close();
  }
  return { sessions, addresses };
}

function plain() {
  const of = (who, pages) => Object.entries(pages).map(([name, address]) => ({ name: `${who}-${name}`, who, address }));
  const main = { overview: "/overview", usage: "/usage", credits: "/credits", "top-up": "/credits/top-up", limits: "/limits" };
  const forms = { cap: "/limits/cap", throttle: "/limits/throttle" };
  return [
    { name: "login", who: "nobody", address: "/login" },
    { name: "missing", who: "nobody", address: "/nowhere", status: 404 },
    ...of("owner", {
      ...main,
      ...forms,
      "overview-by-mode": "/overview?group=mode",
      "usage-today-by-subject": "/usage?range=today&group=subject",
      "usage-dates": "/usage?from=2020-01-01&to=2020-01-31",
      "usage-bad-dates": "/usage?from=2026-02-31&to=x",
    }),
    { name: "owner-missing-posting", who: "owner", address: "/credits/postings/999999999", status: 404 },
    ...of("tokyo", {
      ...main,
      "cap-change": "/limits/cap?name=renders",
      "cap-remove": "/limits/cap/remove?name=renders",
      "throttle-change": "/limits/throttle?name=research",
      "throttle-remove": "/limits/throttle/remove?name=research",
    }),
    ...of("viewer", { ...main, ...forms }),
    ...of("trial", { overview: "/overview", limits: "/limits" }),
    ...of("newcomer", { ...main, cap: "/limits/cap" }),
    ...of("manager", {
      customers: "/manage/customers",
      "customers-found": "/manage/customers?search=mer&sort=-left",
      "customers-none": "/manage/customers?search=nobody&health=blocked",
      "portfolio-dollars": "/manage/customers?currency=USD",
      audit: "/manage/audit",
      "audit-found": "/manage/audit?customer=hanami&what=add+grant&from=2020-01-01",
      "audit-none": "/manage/audit?person=nobody",
      "audit-refused": "/manage/audit?customer=nowhere&from=soon",
      plans: "/manage/plans",
      plan: "/manage/plans/enterprise",
      quote: "/manage/rates/quote",
    }),
    ...of("administrator", { customers: "/manage/customers", "customer-new": "/manage/customers/new", adjustments: "/manage/adjustments" }),
    { name: "owner-manage", who: "owner", address: "/manage/customers", status: 404 },
    { name: "manager-rates", who: "manager", address: "/manage/rates", status: 403 },
  ];
}

/** Links to postings. (By name they cannot be told from grants, whose identifiers may end in digits alone.) */
const POSTING = 'a[href*="/credits/postings/"]';

/** Walks through the forms to the pages that only they lead to. */
async function found(page, who) {
  const pages = [];
  const press = (name) => page.getByRole("button", { name }).click();
  const keep = (name, of = who) => pages.push({ name: `${of}-${name}`, who: of, address: page.url() });

  await page.goto("/credits");
  await page.locator(POSTING).first().click();
  await page.waitForURL("**/credits/postings/*");
  keep("posting");

  await page.goto("/limits/cap");
  await page.getByLabel("Subject").fill("two words");
  await page.getByLabel("Limit", { exact: true }).fill("many");
  await press("Continue");
  await page.getByRole("alert").waitFor();
  keep("cap-refused");
  await page.getByLabel("Subject").fill("agent-7");
  await page.getByLabel("Limit", { exact: true }).fill("500");
  await press("Continue");
  await page.waitForURL("**/limits/cap/confirm?*");
  keep("cap-confirm");

  await page.goto("/limits/throttle");
  await page.getByLabel("At most").fill("10");
  await press("Continue");
  await page.waitForURL("**/limits/throttle/confirm?*");
  keep("throttle-confirm");

  for (const act of ["Pay $50.00", "Use a card that is declined", "Leave without paying", null]) {
    await page.goto("/credits/top-up?amount=5000");
    await press("Continue");
    await page.waitForURL(/[?&]pay=/);
    const payment = new URL(page.url()).searchParams.get("pay");
    if (!act) keep("top-up-confirm");
    await press("Go and pay $50.00");
    await page.waitForURL("**/sandbox/pay/**");
    const provider = page.url();
    const outcome = `/credits/top-up?payment=${payment}`;
    const end = act ? act.split(" ")[0].toLowerCase() : "pending";
    if (act) await press(act);
    pages.push({ name: `${who}-outcome-${end}`, who, address: outcome });
    if (end === "pay" || !act) pages.push({ name: `sandbox-${end}`, who: "nobody", address: provider });
  }
  await page.goto("/credits/top-up");
  await page.getByLabel("Another amount").fill("1");
  await press("Continue");
  await page.getByRole("alert").waitFor();
  keep("top-up-refused");
  return pages;
}

/** A customer's pages for whoever looks after it, and what its forms lead to. */
async function managed(page, who) {
  const pages = [];
  const keep = (name, address = page.url(), status = 200) =>
    pages.push({ name: `${who}-customer-${name}`, who, address: new URL(address, page.url()).href, status });
  await page.goto("/manage/customers?search=hanami");
  await page.locator("#customers").getByRole("link", { name: /Hanami/ }).click();
  await page.waitForURL("**/manage/customers/org_*");
  const account = new URL(page.url()).pathname;
  keep("account");
  for (const below of ["overview", "usage", "credits", "limits", "audit", "give", "status", "contract", "plan", "ceiling", "rate-ceiling", "parent"]) {
    keep(below, `${account}/${below}`);
  }
  keep("missing", `${account.slice(0, -4)}0000`, 404);

  await page.goto(`${account}/credits`);
  const posting = page.locator(POSTING).first();
  keep("posting", await posting.getAttribute("href"));
  // Of what was paid for, an account manager takes nothing back: of the trial's credits.
  await page.goto("/manage/customers?search=lumen");
  await page.locator("#customers").getByRole("link", { name: /Lumen/ }).click();
  await page.getByRole("link", { name: /^Take back what is left/ }).first().click();
  await page.waitForURL("**/take-back?*");
  keep("take-back");
  await page.goto(`${account}/give`);
  await page.getByLabel("Credits", { exact: true }).fill("many");
  await page.getByLabel("Reason").fill("Two days of slow answers");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").waitFor();
  keep("give-refused");
  await page.getByLabel("Credits", { exact: true }).fill("250");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/give/confirm?*");
  keep("give-confirm");

  await page.goto(`${account}/plan`);
  await page.getByRole("combobox", { name: "Plan" }).selectOption("none");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/plan/confirm?*");
  keep("plan-confirm");

  await page.goto(`${account}/contract`);
  await page.getByLabel("Committed for a term").fill("a lot");
  await page.getByLabel("Conversion rate").fill("128");
  await page.getByLabel("Members included").fill("250");
  await page.getByLabel("Credits are released").selectOption("table");
  await page.getByLabel("Table of releases").fill("0 10\n3 20\n6 30\n9 40");
  await page.getByLabel("Payments are due").selectOption("half_year");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").waitFor();
  keep("contract-refused");
  await page.getByLabel("Committed for a term").fill("1,200,000");
  // A day that is still to come when the page is looked at, though it be midnight meanwhile where the customer is.
  await page.getByLabel("Begins").fill("2029-01-01");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/contract/confirm?*");
  keep("contract-confirm");

  // Another one, long after it, so that the page above stays what it is.
  await page.getByRole("link", { name: "Change it" }).click();
  await page.getByLabel("Begins").fill("2031-01-01");
  await page.getByLabel("After the term").selectOption("same");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/contract/confirm?*");
  await page.getByRole("button", { name: "Sign", exact: true }).click();
  await page.waitForURL(`**${account}**`);
  keep("contract-amend", await page.getByRole("link", { name: "Amend" }).first().getAttribute("href"));
  keep("contract-end", await page.getByRole("link", { name: "End with its term" }).first().getAttribute("href"));
  keep("contract-withdraw", await page.getByRole("link", { name: "Take it back" }).first().getAttribute("href"));
  // Above the limit it becomes a request, which somebody else decides on.
  await page.goto(`${account}/give`);
  await page.getByLabel("Adjustment: makes good what went wrong").check();
  await page.getByLabel("Credits", { exact: true }).fill("25000");
  await page.getByLabel("Reason").fill("Two days of slow answers");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/give/confirm?*");
  keep("give-confirm-second");
  await page.getByRole("button", { name: "Ask for approval" }).click();
  await page.getByRole("link", { name: /^Withdraw: / }).first().click();
  await page.waitForURL("**/adjustments/adjustment_*");
  keep("adjustment");
  pages.push(...(await related(page, who)));
  return pages;
}

/** A customer with a parent and a contract: ceilings and transfers, and what their forms lead to. */
async function related(page, who) {
  const pages = [];
  const keep = (name, address = page.url()) => pages.push({ name: `${who}-atlas-${name}`, who, address: new URL(address, page.url()).href });
  await page.goto("/manage/customers?search=atlas&sort=-left");
  await page.locator("#customers").getByRole("link", { name: "Atlas Robotics", exact: true }).click();
  await page.waitForURL("**/manage/customers/org_*");
  const account = new URL(page.url()).pathname;
  keep("account");
  await page.getByRole("link", { name: "Amend" }).first().click();
  await page.getByLabel("Committed for a term").fill("60,000");
  const from = page.getByLabel("From", { exact: true });
  await from.fill(dayAfter(await from.inputValue(), 1));
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/contract/confirm?*");
  keep("amend-confirm");
  // What its contract says otherwise than the plan.
  await page.goto(account);
  await page.getByRole("link", { name: "What differs from the plan" }).first().click();
  await page.waitForURL("**/contract/own?*");
  keep("own");
  for (const part of ["cap", "throttle", "overage", "refunds"]) keep(`own-${part}`, page.url().replace("/own?", `/own/form?part=${part}&`));
  await page.getByRole("link", { name: "When credits are low" }).click();
  await page.getByLabel(/^Tell when fewer are left than/).fill("150");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").waitFor();
  keep("own-refused");
  await page.getByLabel(/^Tell when fewer are left than/).fill("15");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/own/confirm?*");
  keep("own-confirm");
  // A contract in the audit log, and credits that went to another customer among the grants and postings.
  for (const below of ["audit", "credits", "transfer"]) keep(below, `${account}/${below}`);
  await page.goto(`${account}/transfer`);
  await page.getByLabel("Credits", { exact: true }).fill("many");
  await page.getByLabel("Reason").fill("A bigger experiment");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("alert").waitFor();
  keep("transfer-refused");
  await page.getByLabel("Credits", { exact: true }).fill("1,000");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL("**/transfer/confirm?*");
  keep("transfer-confirm");
  for (const [path, field] of [["ceiling", "Limit"], ["rate-ceiling", "At most"]]) {
    await page.goto(`${account}/${path}`);
    await page.getByLabel(field, { exact: true }).fill("500");
    await page.getByLabel("Reason").fill("They asked for it");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(`**/${path}/confirm?*`);
    keep(`${path}-confirm`);
  }
  await page.goto(account);
  keep("ceiling-remove", await page.locator("#limits").getByRole("link", { name: /^Remove/ }).first().getAttribute("href"));
  return pages;
}

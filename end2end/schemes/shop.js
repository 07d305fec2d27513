// A vendor who sells by several price schemes, on a clock that the journey sets: the installation with its people, the
// browser pages they sit at, and what the vendor's product says in /v1. A day passes by stopping the server and
// starting it on the same database at a later instant, so that what fell due meanwhile is made up for at the start.

import assert from "node:assert/strict";

import { openPage } from "../browser.js";
import { prepare } from "../installation.js";
import { toMicros } from "../reading.js";

/** The vendor's staff, by what each does here. */
const STAFF = {
  editor: ["editor@vendor.example", "Edda Editor", "catalogue_editor"],
  administrator: ["administrator@vendor.example", "Ada Administrator", "administrator"],
  manager: ["manager@vendor.example", "Maro Manager", "account_manager"],
};

/**
 * An installation with staff and a key of the vendor's product, and nothing to sell yet.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {boolean} scripts whether pages may run scripts
 */
export async function openShop(browser, scripts) {
  const place = await prepare("sqlite");
  try {
    await place.command(["migrate"]);
    place.key = (await place.command(["key", "create", "--name", "product", "--scope", "admin"])).trim();
    const shop = new Shop(place, browser, scripts);
    for (const [email, name, role] of Object.values(STAFF)) {
      const words = ["staff", "create", "--email", email, "--name", name, "--role", role];
      shop.passwords.set(email, (await place.command(words)).trim());
    }
    return shop;
  } catch (error) {
    await place.remove();
    throw error;
  }
}

class Shop {
  #events = 0;
  #pages = new Map();

  constructor(place, browser, scripts) {
    Object.assign(this, { place, browser, scripts });
    this.passwords = new Map();
    this.complaints = [];
  }

  /** Lets the clock show an instant, and the server start at it. */
  async at(instant) {
    await this.#closePages();
    await this.place.stop();
    await this.place.start(["--sandbox", "--clock-starts-at", instant]);
  }

  /** Stops the server, for what the command line does. */
  async rest() {
    await this.#closePages();
    await this.place.stop();
  }

  /** The page at which somebody is signed in: one of the staff by what it does, or a customer's owner by the customer's key. */
  async pageOf(who) {
    if (this.#pages.has(who)) return this.#pages.get(who).page;
    const email = STAFF[who]?.[0] ?? `owner@${who}.example`;
    const opened = await openPage(this.browser, { scripts: this.scripts, baseUrl: this.place.url });
    this.#pages.set(who, opened);
    const { page } = opened;
    await page.goto("/login");
    await page.getByLabel("Mail address").fill(email);
    await page.getByLabel("Password").fill(this.passwords.get(email));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(/\/(overview|manage\/customers|manage\/rates)$/);
    return page;
  }

  async #closePages() {
    const opened = [...this.#pages.values()];
    this.#pages.clear();
    for (const { complaints, close } of opened) {
      this.complaints.push(...complaints);
      await close();
    }
  }

  /** Gives a customer an owner who signs in; there is no page for that, so it is the operator's command. */
  async makeOwner(customer) {
    const email = `owner@${customer}.example`;
    const words = ["--customer", customer, "--email", email, "--name", `Owner of ${customer}`, "--role", "owner"];
    this.passwords.set(email, (await this.place.command(["member", "create", ...words])).trim());
  }

  /** Asks for a run, which must be allowed, and captures what was asked for; gives the credits that it cost. */
  async run(customer, use_case, more) {
    const allowed = await this.ask(customer, use_case, more);
    assert.equal(allowed.allowed, true, JSON.stringify(allowed.reasons));
    const { quantity, quantities } = more;
    const captured = await this.place.api("POST", `/v1/holds/${allowed.hold.id}/capture`, { quantity, quantities });
    return captured.credits;
  }

  /** What is answered to a run that asks. */
  ask(customer, use_case, more) {
    return this.place.api("POST", "/v1/authorize", { customer, use_case, ...more });
  }

  /** Asks for a run, which must be refused; gives the codes of the reasons and the answer. */
  async refused(customer, use_case, more) {
    const answer = await this.ask(customer, use_case, more);
    assert.equal(answer.allowed, false, `${use_case} of ${customer} must be refused`);
    assert.equal(answer.hold ?? null, null);
    return { codes: answer.reasons.map((reason) => reason.code), answer };
  }

  /** Reports a run that was not asked for; gives the credits that it cost. */
  async report(customer, use_case, more) {
    this.#events += 1;
    const event = { id: `event-${this.#events}`, customer, use_case, ...more };
    const { results } = await this.place.api("POST", "/v1/usage", { events: [event] });
    assert.equal(results[0].status, "recorded", JSON.stringify(results[0]));
    assert.equal(results[0].owed, "0", "credits cover it");
    return results[0].credits;
  }

  /** The customer as it stands. */
  customer(key) {
    return this.place.api("GET", `/v1/customers/${key}`);
  }

  /** A customer's grants, the oldest first. */
  async grants(key) {
    const { items } = await this.place.api("GET", `/v1/customers/${key}/grants?limit=100`);
    return items.reverse();
  }

  /** Waits until the schedule has given as many grants of a kind as there must be by now. */
  async given(key, kind, count) {
    const there = async () => (await this.grants(key)).filter((grant) => grant.kind === kind).length;
    await this.place.until(async () => (await there()) >= count);
    assert.equal(await there(), count, `${kind}s of ${key}`);
  }

  /** Compares a balance, exactly. */
  async left(key, expected) {
    const customer = await this.customer(key);
    assert.deepEqual([customer.balance, customer.held, customer.owed], [expected, "0", "0"], `what ${key} has left, held and owes`);
  }

  /**
   * Compares every grant of a customer, exactly: `[kind, state, amount, remaining, burned, expired, voided]`, in any order.
   */
  async compareGrants(key, expected) {
    const found = (await this.grants(key)).map((one) =>
      [one.kind, one.state, one.amount, one.remaining, one.burned, one.expired, one.voided].join(" "),
    );
    assert.deepEqual(found.sort(), expected.map((one) => one.join(" ")).sort(), `the grants of ${key}`);
    const left = expected.reduce((sum, [, , , remaining]) => sum + toMicros(remaining), 0n);
    assert.equal(toMicros((await this.customer(key)).balance), left, `the grants of ${key} are its balance`);
  }

  /**
   * Compares what the agreements of a customer make due, as its account tells the staff: `[day, amount, state]`, in order. What
   * fell due is noted within moments of the start.
   */
  async compareCharges(account, expected) {
    const page = await this.pageOf("manager");
    const told = async () => {
      await page.goto(account);
      const rows = await page.locator("#charges tbody tr").all();
      const cells = (row) => [row.locator("th time"), row.locator('[data-label="Amount"]'), row.locator('[data-label="State"]')];
      const texts = (row) => Promise.all(cells(row).map((cell) => cell.textContent()));
      return (await Promise.all(rows.map(texts))).map(([due, amount, state]) => [due.split(",")[0], amount.trim(), state.trim()]);
    };
    const noted = (charges) => charges.filter(([, , state]) => state === "fell due").length;
    await this.place.until(async () => noted(await told()) >= noted(expected));
    assert.deepEqual(await told(), expected, `the charges of ${account}`);
  }

  /** Buys credits as a customer's owner does: chooses, confirms, pays at the sandbox. `words` is what is to be confirmed. */
  async buy(page, amount, words) {
    await this.offer(page, amount, words);
    await page.getByRole("button", { name: /^Go and pay/ }).click();
    await page.waitForURL("**/sandbox/pay/**");
    await page.getByRole("button", { name: /^Pay / }).click();
    await page.getByRole("heading", { name: "Paid, and the credits are there" }).waitFor();
  }

  /** Goes as far as the confirmation. */
  async offer(page, amount, words) {
    await page.goto("/credits/top-up");
    await page.getByLabel(/^Another amount/).fill(amount);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByText(words).first().waitFor();
  }

  /** Ends everything. */
  async close() {
    await this.#closePages().catch(() => {});
    await this.place.remove();
  }
}

// Fills in the forms of /manage as staff do: by labels, one form after the other, each told back as done.

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A field, a choice or a box by its label, whether it may stay empty or not. */
export function labelled(scope, label) {
  const named = scope.getByLabel(new RegExp(`^${escaped(label)}( \\(optional\\))?$`));
  return named.and(scope.locator("input, select, textarea"));
}

/** Fills in what `fields` says: text by label, `[label, text]` of several of that label by place, `true` ticks. */
export async function fillIn(scope, fields) {
  for (const [label, value] of Object.entries(fields)) {
    const places = Array.isArray(value) ? value : [value];
    for (const [place, one] of places.entries()) {
      const field = labelled(scope, label).nth(place);
      if (one === true) await field.check();
      else if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption({ label: one });
      else await field.fill(one);
    }
  }
}

/** Ticks boxes of a group, by their words. */
async function tick(page, group, words) {
  for (const word of words) await page.getByRole("group", { name: group }).getByLabel(word, { exact: true }).check();
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const told = (page, words) => page.getByText(words).first().waitFor();

async function save(page) {
  await press(page, "Save to the draft");
  await told(page, "It is in the draft.");
}

/** The rate card: see `rates.js` for what it says. */
export async function buildRates(page, { modes, platforms, useCases }) {
  await page.goto("/manage/rates");
  await press(page, "Write a new version");
  for (const [word, levers] of [["mode", modes], ["platform", platforms]]) {
    for (const [key, multiplier] of Object.entries(levers)) {
      await page.goto(`/manage/rates/draft/${word}`);
      await fillIn(page, { Key: key, "Multiplier on every rate": multiplier });
      await save(page);
    }
  }
  for (const [key, { name, ladder, minimum, meters, exceptions = [] }] of Object.entries(useCases)) {
    await page.goto("/manage/rates/draft/use-case");
    const [first, ...rest] = ladder;
    await fillIn(page, { Key: key, Name: name, "Runs in": first, "then degrades to": rest });
    if (minimum) await fillIn(page, { "Least that a run costs": minimum });
    await save(page);
    for (const [meter, { credits, per = "1", unit, tier }] of Object.entries(meters)) {
      await page.goto(`/manage/rates/draft/meter?use_case=${key}`);
      await fillIn(page, { Key: meter, Rate: credits, "for so many units": per, "One unit is called": unit });
      if (tier) await fillIn(page, { "Tier 1: above": tier.above, then: tier.credits });
      await save(page);
    }
    for (const { mode, platform, prices } of exceptions) {
      await page.goto(`/manage/rates/draft/exception?use_case=${key}`);
      await fillIn(page, { Mode: mode, Platform: platform });
      for (const [meter, price] of Object.entries(prices)) await fillIn(page, { [`Price of ${meter}`]: price });
      await save(page);
    }
  }
  await page.goto("/manage/rates/draft/publish");
  await press(page, "Continue");
  await press(page, "Publish");
  await told(page, "Version 1 is published and in force.");
}

/** Builds a plan and publishes it: its draft, then group by group what `parts` say. */
export async function buildPlan(page, plan, parts) {
  await beginPlan(page, plan);
  for (const [part, terms] of parts) await putPart(page, plan.key, part, terms);
  await publishPlan(page, plan.key);
}

async function beginPlan(page, { key, name, kind, currency }) {
  await page.goto("/manage/plans/new");
  await fillIn(page, { Name: name, Key: key, Currency: currency });
  await page.getByLabel(new RegExp(`^${kind}:`)).check();
  await press(page, "Begin the draft");
  await told(page, "The draft is begun.");
}

/**
 * Fills in one group of a plan's terms: `fields` by label, `ticks` by group, `choices` by the beginnings of their words.
 */
async function putPart(page, plan, part, { fields = {}, ticks = {}, choices = [] }) {
  await page.goto(`/manage/plans/${plan}/draft/${part}`);
  await fillIn(page, fields);
  for (const [group, words] of Object.entries(ticks)) await tick(page, group, words);
  for (const words of choices) await page.getByLabel(new RegExp(`^${escaped(words)}`)).check();
  await save(page);
}

async function publishPlan(page, plan) {
  await page.goto(`/manage/plans/${plan}/draft/publish`);
  await press(page, "Publish");
  await told(page, "Version 1 is published.");
}

/** Creates a customer on a plan; gives the address of its account. */
export async function createCustomer(page, { key, name, plan, zone }) {
  await page.goto("/manage/customers/new");
  await fillIn(page, { Name: name, Key: key, Plan: plan, "Time zone": zone });
  await press(page, "Create the customer");
  await told(page, "The customer is created.");
  return new URL(page.url()).pathname;
}

/** Changes a customer's plan, once the words of it are right. */
export async function changePlan(page, account, { plan, when, words, button }) {
  await page.goto(`${account}/plan`);
  await fillIn(page, { Plan: plan });
  await page.getByLabel(new RegExp(`^${when}`)).check();
  await press(page, "Continue");
  await told(page, words);
  await press(page, button);
  await told(page, "The plan is changed.");
}

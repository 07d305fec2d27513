// The pages of the rate card and of plans, for whoever edits the catalogue: those that only need an address, and those that a
// form leads to. The demo has a draft of the rate card and one of a plan.

const RATES = "/manage/rates";
const PLAN = "/manage/plans/studio";

/**
 * @param {import("playwright-core").Page} page signed in as the catalogue's editor
 * @param {string} who
 */
export async function cataloguePages(page, who) {
  const pages = [];
  const add = (name, address) => pages.push({ name: `${who}-${name}`, who, address });
  const draft = `${RATES}/draft`;
  add("rates", RATES);
  add("rates-version", `${RATES}/versions/1`);
  add("rates-draft", draft);
  add("rates-mode", `${draft}/mode?key=fast`);
  add("rates-platform-new", `${draft}/platform`);
  add("rates-use-case", `${draft}/use-case?key=voice`);
  add("rates-use-case-new", `${draft}/use-case`);
  add("rates-meter", `${draft}/meter?use_case=render&key=images`);
  add("rates-exception", `${draft}/exception?use_case=search&mode=relaxed&platform=api`);
  add("rates-exception-new", `${draft}/exception?use_case=code`);
  add("rates-publish", `${draft}/publish`);
  add("rates-publish-confirm", `${draft}/publish/confirm`);
  add("rates-discard", `${draft}/discard`);
  add("rates-quote-empty", `${RATES}/quote`);
  add("rates-quote", `${RATES}/quote?use_case=render&mode=fast&platform=ios&q-images=30`);
  add("rates-quote-refused", `${RATES}/quote?use_case=render&mode=fast&platform=ios&q-images=many`);
  add("rates-simulation-empty", `${RATES}/simulation`);
  add("plans", "/manage/plans");
  add("plans-new", "/manage/plans/new");
  add("plan", PLAN);
  add("plan-move", `${PLAN}/move`);
  add("plan-draft", `${PLAN}/draft`);
  add("plan-publish", `${PLAN}/draft/publish`);
  add("plan-discard", `${PLAN}/draft/discard`);
  for (const part of ["basics", "conversion", "top-ups", "included", "refunds", "allotment", "unlimited", "cap", "throttle"]) {
    add(`plan-${part}`, `${PLAN}/draft/${part}`);
  }
  add("plan-cap-change", `${PLAN}/draft/cap?name=daily`);

  await page.goto(`${RATES}/simulation`);
  await page.getByRole("button", { name: "Simulate" }).click();
  await page.waitForURL("**/simulation?*");
  add("rates-simulation", page.url());
  await page.goto(`${draft}/meter?use_case=render`);
  await page.getByLabel("Key").fill("two words");
  await page.getByLabel("Rate", { exact: true }).fill("a lot");
  await page.getByRole("button", { name: "Save to the draft" }).click();
  await page.getByRole("alert").waitFor();
  add("rates-meter-refused", page.url());
  return pages;
}

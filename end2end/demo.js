// The demo's data in an installation whose figures stand still. Beside the demo's customers there is a new one,
// with a long name and without any usage. Also how people sign in.

import { prepare } from "./installation.js";

/** Who signs in, by what they are to a journey. */
export const PEOPLE = {
  owner: "owner@meridian.example",
  billing: "billing@meridian.example",
  viewer: "viewer@meridian.example",
  // East of UTC, with a long name.
  tokyo: "aiko@hanami.example",
  // With few credits left.
  trial: "owner@lumen.example",
  // Of an organization that has nothing yet.
  newcomer: "owner@new.example",
  // Of the vendor's staff.
  manager: "manager@acme.example",
  editor: "editor@acme.example",
  administrator: "admin@acme.example",
};

/** The owner's organization, by the vendor's key. */
export const CUSTOMER = "meridian";

/** Another organization, which has caps and postings of its own. */
export const OTHER_CUSTOMER = "hanami";

const DEMO_PASSWORD = "demo-credits";
const NEW_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

/** Words for `drawdown serve` that serve the data as they are. */
export const STILL = ["--demo", "--demo-still"];

/**
 * Makes the installation. `start(STILL)` serves it; `start(["--demo"])` plays usage as well.
 *
 * @param {"sqlite" | "postgres"} database
 */
export async function installDemo(database = "sqlite") {
  const place = await prepare(database);
  try {
    await place.start(STILL);
    await place.stop();
    place.key = (await place.command(["key", "create", "--name", "journeys", "--scope", "admin"])).trim();
    await place.command(["customer", "create", "new", "--name", NEW_NAME, "--plan", "trial"]);
    const member = ["--customer", "new", "--email", PEOPLE.newcomer, "--name", "Nora Neumann", "--role", "owner"];
    const newcomer = (await place.command(["member", "create", ...member])).trim();
    place.passwordOf = (email) => (email === PEOPLE.newcomer ? newcomer : DEMO_PASSWORD);
    return place;
  } catch (error) {
    await place.remove();
    throw error;
  }
}

/**
 * Signs in by the form and waits for the page that it leads to.
 *
 * @param {import("playwright-core").Page} page
 * @param {Awaited<ReturnType<typeof installDemo>>} place
 * @param {string} email
 */
export async function signIn(page, place, email) {
  await page.goto("/login");
  await page.getByLabel("Mail address").fill(email);
  await page.getByLabel("Password").fill(place.passwordOf(email));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(overview|manage\/customers|manage\/rates)$/);
}

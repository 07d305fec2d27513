// Opens Chromium for a journey. Pages are watched: whatever the browser complains about (errors in scripts, violations
// of the content security policy, failed requests to our own server) fails the journey that met it.

import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// Long enough for a busy machine; a page that is well answers in milliseconds.
const WAIT_MS_MAX = 60_000;

/** Starts the browser that `cargo xtask test` found. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.DRAWDOWN_CHROMIUM || "/usr/bin/chromium", args: FLAGS });
}

/**
 * A page of its own context.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {{scripts?: boolean, width?: number, height?: number, colours?: "light" | "dark", baseUrl?: string,
 *   signedIn?: object}} wishes `signedIn` is what another page's `context().storageState()` gave
 * @returns {Promise<{page: import("playwright-core").Page, complaints: string[], close: () => Promise<void>}>}
 */
export async function openPage(
  browser,
  { scripts = true, width = 1280, height = 900, colours = "light", baseUrl, signedIn } = {},
) {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width, height },
    colorScheme: colours,
    reducedMotion: "reduce",
    baseURL: baseUrl,
    storageState: signedIn,
  });
  context.setDefaultTimeout(WAIT_MS_MAX);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  return { page, complaints, close: () => context.close() };
}

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

/** Starts the browser that `cargo xtask test` found. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.DRAWDOWN_CHROMIUM || "/usr/bin/chromium", args: FLAGS });
}

/**
 * A page of its own context.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {{scripts?: boolean, width?: number, height?: number, colours?: "light" | "dark", baseUrl?: string}} wishes
 * @returns {Promise<{page: import("playwright-core").Page, complaints: string[], close: () => Promise<void>}>}
 */
export async function openPage(browser, { scripts = true, width = 1280, height = 900, colours = "light", baseUrl } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    viewport: { width, height },
    colorScheme: colours,
    reducedMotion: "reduce",
    baseURL: baseUrl,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  return { page, complaints, close: () => context.close() };
}

// Takes a picture of every page at every size, light and dark, for people who judge the look:
//
//   DRAWDOWN_BINARY=… DRAWDOWN_SITE=… node end2end/screenshots.js FOLDER [WORD]
//
// WORD takes only the pages whose name contains it. The folder must not lie in the repository.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { everyPage } from "./addresses.js";
import { openPage, startBrowser } from "./browser.js";
import { STILL, installDemo } from "./demo.js";
import { COLOURS, SIZES, settled } from "./inspection.js";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));

const [folder, word = ""] = process.argv.slice(2);
if (!folder || `${resolve(folder)}/`.startsWith(REPOSITORY)) {
  console.error("usage: node screenshots.js FOLDER [WORD], with a folder outside the repository");
  process.exit(2);
}
await mkdir(folder, { recursive: true });
const [place, browser] = await Promise.all([installDemo(), startBrowser()]);
try {
  await place.start(STILL);
  const { sessions, addresses } = await everyPage(browser, place);
  for (const { name, who, address } of addresses.filter(({ name }) => name.includes(word))) {
    const { page, close } = await openPage(browser, { baseUrl: place.url, signedIn: sessions[who] });
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await page.goto(address);
      await settled(page);
      for (const colours of COLOURS) {
        await page.emulateMedia({ colorScheme: colours });
        await page.screenshot({ path: join(folder, `${name}-${size.width}-${colours}.png`), fullPage: true });
      }
    }
    await close();
    console.log(name);
  }
} finally {
  await browser.close();
  await place.remove();
}

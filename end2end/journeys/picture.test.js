// The picture of the overview in README.md: made where it is missing, or where DRAWDOWN_PICTURE=write asks for a new one.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { openPage } from "../browser.js";
import { PEOPLE, signIn } from "../demo.js";
import { settled } from "../inspection.js";
import { openDemo } from "../opening.js";
import { drawnChart } from "../reading.js";

const PICTURE = fileURLToPath(new URL("../overview.png", import.meta.url));
const WIDTH = 1280;
const HEIGHT = 1080;
const BYTES_MAX = 200_000;
const PNG_SIGNATURE = "89504e470d0a1a0a";
const WIDTH_AT = 16;

const wanted = process.env.DRAWDOWN_PICTURE === "write" || !existsSync(PICTURE);
const demo = openDemo({ wanted });

test("the overview is taken", { skip: wanted ? false : "it is there; DRAWDOWN_PICTURE=write makes a new one" }, async () => {
  const { page } = await openPage(demo.browser, { baseUrl: demo.place.url, width: WIDTH, height: HEIGHT });
  await signIn(page, demo.place, PEOPLE.owner);
  await settled(page);
  await drawnChart(page, "Burn-down");
  await page.screenshot({ path: PICTURE });
});

test("README.md's picture is one of its width, and small", async () => {
  const picture = await readFile(PICTURE);
  assert.equal(picture.subarray(0, 8).toString("hex"), PNG_SIGNATURE);
  assert.equal(picture.readUInt32BE(WIDTH_AT), WIDTH);
  assert.ok(picture.length < BYTES_MAX, `${picture.length} bytes`);
  const readme = await readFile(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
  assert.match(readme, /\(end2end\/overview\.png\)/);
});

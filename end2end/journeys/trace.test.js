// A real trace, burned to the micro-credit: the coding trace of shared/data is replayed through the server, and what it
// burned is compared with a computation that shares no code with the server. Then it is replayed again, killed half-way
// (once the player, once the server) and repeated: the sum stays, and `verify` passes. On both databases.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { BOTH_DATABASES, install } from "../installation.js";

const TRACE = fileURLToPath(new URL("../../../shared/data/azure-llm-inference-2023-code.csv", import.meta.url));
const MADE_UP_ROWS = 500;

const CATALOGUE = `
[modes]
fast = "1"
[platforms]
api = "1"
[use_cases.code]
name = "Coding assistant"
[use_cases.code.meters.context_tokens]
per = "1000"
credits = "2"
[use_cases.code.meters.generated_tokens]
per = "1000"
credits = "8"
[plans.open]
name = "Open"
kind = "tier"
currency = "USD"
conversion_rate = "100"
overage = "owe"
`;

/** The trace of shared/data, or, where it is not beside the checkout, one that we make up and say so. */
async function trace(folder) {
  if (existsSync(TRACE)) return { path: TRACE, text: await readFile(TRACE, "utf8") };
  console.warn(`${TRACE} is missing: a made-up trace of ${MADE_UP_ROWS} rows stands in for it`);
  const rows = Array.from({ length: MADE_UP_ROWS }, (_, row) => {
    const second = String(row % 60).padStart(2, "0");
    const minute = String(Math.floor(row / 60) % 60).padStart(2, "0");
    return `2023-11-16 18:${minute}:${second}.${String(row).padStart(7, "0")},${((row * 7919) % 8000) + 1},${(row * 104729) % 900}`;
  });
  const text = ["TIMESTAMP,ContextTokens,GeneratedTokens", ...rows, ""].join("\n");
  const path = join(folder, "made-up.csv");
  await writeFile(path, text);
  return { path, text };
}

/** What the trace costs, in micro-credits: 2 credits per 1 000 context tokens and 8 per 1 000 generated ones. */
function priceInMicros(text) {
  const rows = text.trim().split(/\r?\n/).slice(1).map((line) => line.split(","));
  const micros = rows.reduce((sum, [, context, generated]) => sum + BigInt(context) * 2_000n + BigInt(generated) * 8_000n, 0n);
  return { rows: rows.length, micros };
}

/** "12.5" as micro-credits. */
function toMicros(credits) {
  const [whole, part = ""] = credits.split(".");
  return BigInt(whole) * 1_000_000n + BigInt(part.padEnd(6, "0"));
}

for (const database of BOTH_DATABASES) {
  describe(`the coding trace on ${database}`, () => {
    let place;
    let data;
    const GRANTED = 1_000_000_000_000n;

    before(async () => {
      place = await install(database, { catalogue: CATALOGUE });
      await place.start();
      data = await trace(place.folder);
    });
    after(() => place?.remove());

    async function customer(key) {
      await place.api("PUT", `/v1/customers/${key}`, { name: `Trace ${key}`, time_zone: "UTC", plan: "open" });
      await place.api("POST", `/v1/customers/${key}/grants`, { kind: "purchase", credits: "1000000" });
    }

    async function burned(key) {
      const { balance, held, owed } = await place.api("GET", `/v1/customers/${key}`);
      assert.equal(held, "0");
      assert.equal(owed, "0");
      return GRANTED - toMicros(balance);
    }

    async function usageTotal(key) {
      const report = await place.api(
        "GET",
        `/v1/customers/${key}/usage?from=2023-11-16T00:00:00Z&to=2023-11-17T00:00:00Z&group_by=use_case&bucket=day`,
      );
      return toMicros(report.total.credits);
    }

    const replay = (key, ...more) => ["replay", data.path, "--customer", key, "--use-case", "code", "--platform", "api", ...more];

    test("burns exactly the independently computed sum, once", async () => {
      await customer("whole");
      const { rows, micros } = priceInMicros(data.text);
      await place.command(replay("whole", "--speed", "0"));
      assert.equal(await burned("whole"), micros);
      assert.equal(await usageTotal("whole"), micros);
      const again = await place.command(replay("whole", "--speed", "0"));
      assert.match(again, new RegExp(`${rows.toLocaleString("en-US")} (were )?duplicate|${rows} (were )?duplicate`));
      assert.equal(await burned("whole"), micros);
      assert.equal(await usageTotal("whole"), micros);
    });

    test("ends the same when the player is killed half-way and started again", async () => {
      await customer("player-killed");
      const { micros } = priceInMicros(data.text);
      const player = place.spawn(replay("player-killed", "--speed", "120"));
      await place.until(async () => (await burned("player-killed")) > micros / 50n);
      player.kill("SIGKILL");
      await player.ended;
      assert.ok((await burned("player-killed")) < micros, "the player was killed before its end");
      await place.command(replay("player-killed", "--speed", "0"));
      assert.equal(await burned("player-killed"), micros);
    });

    test("ends the same when the server is killed half-way and started again", async () => {
      await customer("server-killed");
      const { micros } = priceInMicros(data.text);
      const player = place.spawn(replay("server-killed", "--speed", "120"));
      await place.until(async () => (await burned("server-killed")) > micros / 50n);
      await place.kill();
      player.kill("SIGKILL");
      await player.ended;
      await place.start();
      assert.ok((await burned("server-killed")) < micros, "the server was killed before the end");
      await place.command(replay("server-killed", "--speed", "0"));
      assert.equal(await burned("server-killed"), micros);
    });

    test("verify finds nothing wrong", async () => {
      await place.stop();
      await place.command(["verify"]);
    });
  });
}

// Starts the built server for one journey: on a free port, with an embedded database in a folder of its own and, where
// asked for, demo data. `cargo xtask test` names the binary and the site folder; nothing here knows how they are built.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;
const POLL_MS = 50;

/**
 * Starts a server and waits until it is ready.
 *
 * @param {{demo?: boolean, arguments?: string[]}} wishes
 * @returns {Promise<{url: string, databaseUrl: string, output: () => string, stop: () => Promise<void>}>}
 */
export async function startServer({ demo = true, arguments: more = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "drawdown-journey-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const databaseUrl = `sqlite:${join(folder, "drawdown.db")}`;
  const said = [];
  const child = spawn(
    required("DRAWDOWN_BINARY"),
    [
      "serve",
      ...(demo ? ["--demo"] : []),
      "--listen", `127.0.0.1:${port}`,
      "--public-url", url,
      "--site", required("DRAWDOWN_SITE"),
      "--database-url", databaseUrl,
      ...more,
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise((resolve) => child.once("close", resolve));
  for (const pipe of [child.stdout, child.stderr]) {
    pipe.setEncoding("utf8").on("data", (text) => said.push(text));
  }
  const output = () => said.join("");
  // A journey that dies must not leave its server behind.
  const killed = () => child.kill("SIGKILL");
  process.once("exit", killed);

  const stop = async () => {
    process.off("exit", killed);
    child.kill("SIGTERM");
    const overdue = setTimeout(killed, STOP_MS_MAX);
    await ended;
    clearTimeout(overdue);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(url, child, output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, databaseUrl, output, stop };
}

async function ready(url, child, output) {
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`the server ended with ${child.exitCode}:\n${output()}`);
    }
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await pause(POLL_MS);
  }
  throw new Error(`the server was not ready in time:\n${output()}`);
}

/** A port that is free on the loopback address. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A variable that `cargo xtask test` sets. */
export function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set: run the journeys by \`cargo xtask test --only end2end\``);
  }
  return value;
}

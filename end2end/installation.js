// An installation of Drawdown in a folder of its own, on SQLite or on PostgreSQL: set up by the command line as an
// operator does, started, killed, spoken to through /v1. `cargo xtask test` names the binary, the site folder and the
// PostgreSQL server; each installation there gets a database of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import pg from "pg";

import { freePort, required } from "./server.js";

/** The databases on which a story must end the same. */
export const BOTH_DATABASES = ["sqlite", "postgres"];

const WAIT_MS_MAX = 60_000;
const POLL_MS = 50;

/**
 * A folder, an empty database and a free port: nothing is set up and nothing runs yet.
 *
 * @param {"sqlite" | "postgres"} database
 */
export async function prepare(database) {
  const folder = await mkdtemp(join(tmpdir(), "drawdown-installation-"));
  const { url: databaseUrl, drop } = await makeDatabase(database, folder);
  return new Installation(folder, databaseUrl, drop, await freePort());
}

/**
 * Sets an installation up: its database, the catalogue and an admin key. The server is not started yet.
 *
 * @param {"sqlite" | "postgres"} database
 * @param {{catalogue: string}} setup
 */
export async function install(database, { catalogue }) {
  const place = await prepare(database);
  const file = join(place.folder, "catalogue.toml");
  await writeFile(file, catalogue);
  await place.command(["migrate"]);
  await place.command(["catalogue", "apply", file]);
  place.key = (await place.command(["key", "create", "--name", "end to end", "--scope", "admin"])).trim();
  return place;
}

async function makeDatabase(database, folder) {
  if (database === "sqlite") return { url: `sqlite:${join(folder, "drawdown.db")}`, drop: async () => {} };
  const server = required("DRAWDOWN_TEST_POSTGRES_URL");
  const name = `journey_${randomBytes(6).toString("hex")}`;
  const ask = async (statement) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await ask(`CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => ask(`DROP DATABASE ${name} WITH (FORCE)`) };
}

class Installation {
  #child = null;

  constructor(folder, databaseUrl, drop, port) {
    this.folder = folder;
    this.databaseUrl = databaseUrl;
    this.drop = drop;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts the server, with more words for `drawdown serve` where there are, and waits until it is ready. */
  async start(more = []) {
    this.#child = this.spawn(["serve", "--listen", `127.0.0.1:${this.port}`, "--public-url", this.url, ...more]);
    await this.until(async () => {
      assert.equal(this.#child.exitCode, null, `the server ended:\n${this.#child.said()}`);
      return (await fetch(`${this.url}/readyz`).catch(() => null))?.ok;
    });
  }

  /** Stops the server as an operator does. */
  stop() {
    return this.#end("SIGTERM");
  }

  /** Kills the server as a power cut does. */
  kill() {
    return this.#end("SIGKILL");
  }

  async #end(signal) {
    this.#child?.kill(signal);
    await this.#child?.ended;
    this.#child = null;
  }

  /** Starts a command of the binary; it goes on by itself. Has `ended` and `said()`. */
  spawn(words) {
    const child = spawn(required("DRAWDOWN_BINARY"), words, {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        DATABASE_URL: this.databaseUrl,
        DRAWDOWN_SITE: required("DRAWDOWN_SITE"),
        DRAWDOWN_URL: this.url,
        ...(this.key ? { DRAWDOWN_KEY: this.key } : {}),
      },
    });
    const said = [];
    child.out = [];
    child.stdout.setEncoding("utf8").on("data", (text) => child.out.push(text) && said.push(text));
    child.stderr.setEncoding("utf8").on("data", (text) => said.push(text));
    child.said = () => said.join("");
    child.ended = new Promise((resolve) => child.once("close", resolve));
    const killed = () => child.kill("SIGKILL");
    process.once("exit", killed);
    child.once("close", () => process.off("exit", killed));
    return child;
  }

  /** Runs a command of the binary to its end; gives all it said on standard output, or fails with all it said. */
  async command(words) {
    const child = this.spawn(words);
    const code = await child.ended;
    assert.equal(code, 0, `drawdown ${words.join(" ")} ended with ${code}:\n${child.said()}`);
    return child.out.join("");
  }

  /** Asks /v1 and gives the answer, which must be a success. */
  async api(method, path, body) {
    const { status, json } = await this.ask(method, path, body);
    assert.ok(status < 300, `${method} ${path} answered ${status}: ${JSON.stringify(json)}`);
    return json;
  }

  /** Asks /v1 and gives status and body, whatever they are. */
  async ask(method, path, body) {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, ...(body ? { "content-type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    return { status: answer.status, json: text ? JSON.parse(text) : null };
  }

  /** Waits until `holds()` is true; fails after a minute. */
  async until(holds) {
    const deadline = Date.now() + WAIT_MS_MAX;
    while (!(await holds())) {
      assert.ok(Date.now() < deadline, `waited too long:\n${this.#child?.said() ?? ""}`);
      await pause(POLL_MS);
    }
  }

  /** Ends what runs, and removes the folder and the database. */
  async remove() {
    await this.kill();
    await this.drop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

// A server as an operator runs it: `treehouse serve` from a configuration, and `treehouse steward`
// beside it.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { build, letters, texts } from "./demo.mjs";

const REGISTERS = new URL("../crates/server/src/registers/demonstration.toml", import.meta.url);

/**
 * A port that nobody listens on, below those that systems give to connections: one of them would else
 * have it now and then before the server does.
 */
export async function freePort() {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const port = 24_000 + Math.floor(Math.random() * 8_000);
    const server = createServer();
    const listens = new Promise((resolve) => {
      server.once("listening", () => resolve(true)).once("error", () => resolve(false));
    });
    server.listen(port, "127.0.0.1");
    if (!(await listens)) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error("127.0.0.1 has no free port from 24000 to 31999");
}

const config = (folder, port, further) => `
[server]
deployment = "journeys.example"
listen = "127.0.0.1:${port}"
public_url = "https://localhost:${port}"
[store]
folder = "${folder}/store"
[blobs]
kind = "disk"
folder = "${folder}/blobs"
[mail]
kind = "outbox"
folder = "${folder}/mail"
from = "treehouse@journeys.example"
[sms]
kind = "outbox"
folder = "${folder}/sms"
[root_key]
kind = "file"
path = "${folder}/store/root.key"
passphrase_file = "${folder}/secrets/passphrase"
[operator]
name = "Journeys"
address = ["1 Example Street"]
email = "operator@journeys.example"
[verification]
call = "+1 800 555 0100"
[registers]
file = "${folder}/registers.toml"
${further}`;

/** Starts it, for some journeys with further sections; answers when it listens. */
export async function startServed(further = () => "") {
  const folder = await mkdtemp(join(tmpdir(), "treehouse-e2e-"));
  const [program, port, file] = [build(), await freePort(), join(folder, "treehouse.toml")];
  await mkdir(join(folder, "secrets"));
  await mkdir(join(folder, "mail"));
  await writeFile(join(folder, "secrets/passphrase"), "five words chosen by dice\n", { mode: 0o600 });
  await copyFile(fileURLToPath(REGISTERS), join(folder, "registers.toml"));
  await writeFile(file, config(folder, port, await further(join(folder, "secrets"))));
  const start = () => listening(program, ["serve", "--json", "--config", file]);
  let server = await start();
  const origin = `https://localhost:${port}`;
  const ask = (command, ...words) =>
    JSON.parse(execFileSync(program, [command, "--json", "--config", file, ...words]).toString());
  const steward = (name, ...words) => ask("steward", "--as", name, ...words);
  return {
    origin,
    token: letters(join(folder, "mail"), origin),
    code: texts(join(folder, "sms")),
    steward,
    incident: (...words) => ask("incident", "--as", "grace", ...words),
    backup: () => ask("backup", "--data", join(folder, "backup/data"), "--keys", join(folder, "backup/keys")),
    /** What was handed out, as `treehouse scope` finds it. */
    scope: (...words) => ask("scope", ...words),
    /** Publishes a notice of a breach with these texts, for what `scope` finds. */
    async tell(texts, ...words) {
      const said = join(folder, "said.toml");
      await writeFile(said, texts);
      return ask("scope", "--tell", said, "--publish", ...words);
    },
    /** A pass for the console. */
    pass: (name) => steward(name, "pass", "--reason", "a pass for a journey").pass,
    /** Adds to the registers; they count from the next start on. */
    register: (text) => appendFile(join(folder, "registers.toml"), text),
    /** Stops it and starts it again, on what it has stored. */
    async restart() {
      await stop(server);
      server = await start();
    },
    /** Stops it, and sets it up anew: nothing is left of what it had stored, its keys least of all. */
    async renew() {
      await stop(server);
      for (const kept of ["store", "blobs"]) await rm(join(folder, kept), { recursive: true, force: true });
      server = await start();
    },
    async close() {
      await stop(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(program, options) {
  const server = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });
  const first = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  if ((await first.next()).done) throw new Error("the server has ended; its complaint stands above");
  return server;
}

async function stop(server) {
  server.kill("SIGTERM");
  if (server.exitCode === null) await once(server, "exit");
}

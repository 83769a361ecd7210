// The whole product under the browser: `treehouse demo`, with its letters in a folder.

import { once } from "node:events";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
// With the features that the tests of the workspace have: then nothing is compiled a second time.
const BUILD = "build --quiet --locked --workspace --bin treehouse --example fire".split(" ");
const WHERE = ["metadata", "--format-version=1", "--no-deps", "--locked"];
const LETTER_S_MAX = 30;

/** Builds the program, and answers where it is. */
export function build() {
  execFileSync("cargo", BUILD, { cwd: root, stdio: "inherit" });
  const told = execFileSync("cargo", WHERE, { cwd: root, maxBuffer: 1 << 26 });
  return join(JSON.parse(told).target_directory, "debug", "treehouse");
}

/** Builds and starts it; answers when its story was told and it plays on. */
export async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), "treehouse-e2e-"));
  const options = ["demo", "--json", "--families", "0", "--listen", "127.0.0.1:0", "--folder", folder];
  const server = spawn(build(), options, { stdio: ["ignore", "pipe", "inherit"] });
  let origin;
  for await (const line of createInterface({ input: server.stdout })) {
    const { event, text } = JSON.parse(line);
    if (event === "started") origin = text;
    if (event === "playing") break;
  }
  if (!origin) throw new Error("the demo has ended; its complaint stands above");
  return {
    origin,
    token: letters(join(folder, "mail"), origin),
    async close() {
      server.kill("SIGINT");
      if (server.exitCode === null) await once(server, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Reads the token of the last letter to an address with a link of a kind. */
export function letters(folder, origin) {
  return async (to, kind) => {
    for (let second = 0; second < LETTER_S_MAX; second += 1) {
      const found = await newest(folder, to, `${origin}/${kind}#`);
      if (found) return found;
      await pause(1_000);
    }
    throw new Error(`no letter to ${to} has a link to ${kind}`);
  };
}

/** Reads the code of the text message to a number. */
export function texts(folder) {
  return async (to) => {
    for (let second = 0; second < LETTER_S_MAX; second += 1) {
      for (const name of await readdir(folder)) {
        const text = name.endsWith(".txt") ? await readFile(join(folder, name), "utf8") : "";
        const found = text.match(/^To: (\+\d+)\n\n.*your code is (\d{4} \d{4})\./);
        if (found?.[1] === to) return found[2];
      }
      await pause(1_000);
    }
    throw new Error(`nobody has texted ${to}`);
  };
}

async function newest(folder, to, start) {
  const letters = [];
  for (const name of await readdir(folder)) {
    // It gets this name when it's whole.
    if (!name.endsWith(".eml")) continue;
    const path = join(folder, name);
    letters.push({ path, at: (await stat(path)).mtimeMs });
  }
  letters.sort((one, other) => other.at - one.at);
  for (const { path } of letters) {
    const text = (await readFile(path, "utf8")).replaceAll("=\r\n", "");
    const at = text.indexOf(start);
    if (text.includes(to) && at >= 0) return text.slice(at + start.length).match(/^\S+/)[0];
  }
  return undefined;
}

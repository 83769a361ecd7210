// The native side of the journeys: an example of the protocol crate that talks in lines of JSON.

import { once } from "node:events";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const EXAMPLE = ["run", "--quiet", "--locked", "-p", "treehouse-protocol", "--example", "native_peer"];

/** Builds and starts it. Requests are answered one after the other, in their order. */
export async function startNative() {
  const peer = spawn("cargo", EXAMPLE, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  let last = Promise.resolve();
  return {
    /** Asks with a text in JSON; answers with one. */
    ask(request) {
      const answer = last.then(async () => {
        peer.stdin.write(`${request.replaceAll("\n", " ")}\n`);
        const { value, done } = await lines.next();
        if (done) throw new Error("the native side has ended; its complaint stands above");
        return value;
      });
      last = answer.catch(() => {});
      return answer;
    },
    async close() {
      peer.stdin.end();
      if (peer.exitCode === null) await once(peer, "exit");
    },
  };
}

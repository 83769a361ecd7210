// An outside verifier as docs/verifier.md describes one, on this machine: it makes questions, grades answers, and
// shows a page where a document is "shown" by pressing a button. Then it tells the server, signed.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { request } from "node:https";
import { once } from "node:events";

export const KEY = "vk_of_a_journey";
export const SECRET = "a signing secret that every journey knows";

/** What it tells is signed with the second in which it does. */
function signature(body) {
  const at = Math.floor(Date.now() / 1000);
  return `t=${at},v1=${createHmac("sha256", SECRET).update(`${at}.${body}`).digest("hex")}`;
}

/** Tells the server; its certificate is its own. */
async function tell(back, event) {
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", "treehouse-signature": signature(body) };
  const asked = request(new URL("/v1/verifier/events", back), { method: "POST", headers, rejectUnauthorized: false });
  asked.end(body);
  const [answer] = await once(asked, "response");
  answer.resume();
  return answer.statusCode;
}

export async function startVerifier() {
  const checks = new Map();
  let made = 0;
  const answers = {
    "/v1/questions": ({ reference }) => {
      const questions = [0, 1, 2, 3, 4].map((n) => ({
        text: `Where did you live ${n + 2} years ago?`,
        choices: ["Ash", "Birch", "Cedar", "Elm", "Fir"].map((tree) => `${n + 1} ${tree} Street`),
      }));
      return { reference, set: `set${++made}`, questions };
    },
    "/v1/checks": ({ reference, kind, back }) => {
      const check = `check${++made}`;
      checks.set(check, { reference, kind, back });
      return { reference, check, page: `${origin}/show/${check}` };
    },
  };
  /** Whoever was asked about has always lived in Elm Street. */
  const graded = (set, { reference, chosen }) => {
    const right = chosen.filter((choice) => choice === 3).length;
    return { reference, set, report: `of-${set}`, right, of: chosen.length, adult: true };
  };

  async function shown(check, answer) {
    const { reference, back } = checks.get(check);
    const found = { authentic: true, adult: true, matched: true };
    const status = await tell(back, { reference, check, ...found, deleted_ms: Date.now(), review_at: null });
    answer.writeHead(303, { location: status === 204 ? back : `/refused/${status}` }).end();
  }

  const server = createServer(async (asked, answer) => {
    const [, first, check] = asked.url.split("/");
    if (first === "show" && asked.method === "GET") {
      answer.writeHead(200, { "content-type": "text/html" });
      answer.end("<!doctype html><title>Verifier</title><form method=post><button>This is my document</button></form>");
      return;
    }
    if (first === "show") return shown(check, answer);
    if (asked.headers.authorization !== `Bearer ${KEY}`) return answer.writeHead(401).end();
    let text = "";
    for await (const part of asked) text += part;
    const set = /^\/v1\/questions\/(\w+)\/answers$/.exec(asked.url)?.[1];
    const given = set ? graded(set, JSON.parse(text)) : answers[asked.url]?.(JSON.parse(text));
    answer.writeHead(given ? 200 : 404, { "content-type": "application/json" });
    answer.end(JSON.stringify(given ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { origin, close: () => server.close() };
}

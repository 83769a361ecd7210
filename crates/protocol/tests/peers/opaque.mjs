// An independent OPAQUE (RFC 9807), for tests/peer_opaque.rs. It reads one request a line on
// standard input and writes one answer a line to standard output:
//
//   {"op": "client.startLogin", "params": {"password": "..."}}
//   {"ok": {"clientLoginState": "...", "startLoginRequest": "..."}}
//
// The params and results are those of @serenity-kit/opaque, binary values in base64url without
// padding. It keeps no state: what a side must remember is in the answers. A log-in that the
// client refuses is {"ok": null}; anything thrown is {"error": "..."}.

import { createInterface } from "node:readline";
import * as opaque from "@serenity-kit/opaque";

const operations = {
  "client.startRegistration": opaque.client.startRegistration,
  "client.finishRegistration": opaque.client.finishRegistration,
  "client.startLogin": opaque.client.startLogin,
  "client.finishLogin": opaque.client.finishLogin,
  "server.createSetup": opaque.server.createSetup,
  "server.getPublicKey": opaque.server.getPublicKey,
  "server.createRegistrationResponse": opaque.server.createRegistrationResponse,
  "server.startLogin": opaque.server.startLogin,
  "server.finishLogin": opaque.server.finishLogin,
};

function answer(line) {
  try {
    const { op, params } = JSON.parse(line);
    if (!Object.hasOwn(operations, op)) {
      return { error: "unknown op" };
    }
    return { ok: operations[op](params) ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}

await opaque.ready;
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(line))}\n`);
}

// A client of TH/1 for tests/peer_reader.rs, written from docs/protocol.md and the golden vectors;
// README.md beside it says where they weren't enough and the code was looked at. It reads one request a
// line on standard input and writes one answer a line to standard output:
//
//   {"op": "make", "params": {"file": "records", "vector": {"name": "...", "inputs": {...}}}}
//   {"ok": {"steps": {...}, "outputs": {...}}}      what it came to from the inputs
//   {"op": "read", "params": {"file": "records", "vector": {...}}}
//   {"ok": true}                                    it read what the vector holds, as its owner would
//
// What it refuses is {"ok": null, "why": "..."}; anything else that goes wrong is {"error": "..."}.

import { createInterface } from "node:readline";
import * as blobs from "./reader/blobs.mjs";
import { Refused } from "./reader/cbor.mjs";
import * as chain from "./reader/chain.mjs";
import { invite, kit, pairing } from "./reader/codes.mjs";
import * as contacts from "./reader/contacts.mjs";
import * as contents from "./reader/contents.mjs";
import * as grants from "./reader/grants.mjs";
import * as ground from "./reader/ground.mjs";
import * as outer from "./reader/outer.mjs";
import * as proofs from "./reader/proofs.mjs";
import * as records from "./reader/records.mjs";
import * as sign1 from "./reader/sign1.mjs";
import * as slot from "./reader/slot.mjs";
import * as trust from "./reader/trust.mjs";
import { vector as vectorOf } from "./reader/vectors.mjs";

const files = {
  blobs,
  chain,
  contacts,
  contents,
  grants,
  ground,
  invite,
  kit,
  outer,
  pairing,
  proofs,
  records,
  sign1,
  slot,
  trust,
};

/** Bytes as the vectors print them. */
function printed(value) {
  if (Buffer.isBuffer(value)) {
    return value.toString("hex");
  }
  if (Array.isArray(value)) {
    return value.map(printed);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, printed(item)]));
  }
  return value;
}

/**
 * A vector names the items of an array in their order, and the test's JSON sorts names: this takes
 * the order, and nothing else, from the file.
 */
function inOrder(value, like) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return value;
  }
  const names = Object.keys(like ?? value).filter((name) => Object.hasOwn(value, name));
  return Object.fromEntries(names.map((name) => [name, inOrder(value[name], like?.[name])]));
}

const operations = {
  make: async (file, vector) => printed(await files[file].make(vector)),
  read: async (file, vector) => (await files[file].read(vector), true),
};

async function answer(line) {
  try {
    const { op, params } = JSON.parse(line);
    if (!Object.hasOwn(operations, op) || !Object.hasOwn(files, params.file)) {
      return { error: "unknown op or file" };
    }
    const { file, vector } = params;
    return { ok: await operations[op](file, inOrder(vector, vectorOf(file, vector.name))) };
  } catch (error) {
    if (error instanceof Refused) {
      return { ok: null, why: error.message };
    }
    return { error: String(error?.stack ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}

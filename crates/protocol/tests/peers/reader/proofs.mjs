// Receipts, leaves of the log and tombstones: sections 9 and 12 of docs/protocol.md.

import { encode, require, spelled } from "./cbor.mjs";
import { hex, same, sha256, signingKey } from "./crypto.mjs";
import { codes } from "./registry.mjs";
import {
  Structure,
  among,
  ascending,
  day,
  hash,
  id,
  listOf,
  optional,
  text,
  tuple,
  uint,
  version,
} from "./shape.mjs";
import { message, payloadOf, statement } from "./sign1.mjs";

const DAY_MS = 86_400_000;
const RELEASED_RECORDS_MAX = 100;
const TOMBSTONE = 7;

const cat = among(codes("cat"));
const word = text(/^[a-z-]{1,32}$/);

const RECEIPT = new Structure("TH-RECEIPT/1", {
  fid: id,
  link: hash,
  cid: optional(id),
  categories: ascending(cat, codes("cat").length),
  records: uint,
  blobs: uint,
  outer_keys: uint,
  day,
});

const WHAT = {
  1: tuple(id, uint, hash),
  2: tuple(id, hash),
  3: tuple(id, word, id, hash),
  4: tuple(id, word),
  5: tuple(id, hash, hash),
  6: tuple(id, id, cat, id, optional(hash), listOf(id, RELEASED_RECORDS_MAX), optional(id)),
  8: tuple(uint, uint),
  9: tuple(word, uint, hash),
};

const EVENT = new Structure(
  "TH-EVENT/1",
  { ms: uint, kind: among(Object.keys(WHAT).map(Number)), what: () => {} },
  ({ kind, what }) => WHAT[kind](what),
);

const LEAF = new Structure("TH-LEAF/1", { salt: hash, event: (value) => void EVENT.read(value) });

const GONE = {
  1: [id, id],
  2: [id, id, cat, version],
  3: [id, id, cat, id],
  4: [id, hash],
  5: [id, id],
  6: [id],
};

const ENTRY = new Structure("TH-ENTRY/1", {
  kind: among([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  day,
  commitment: hash,
});

/** The entry of a leaf: kind and day of its event, and a hash that its salt hides. */
function entryOf(leaf) {
  const { ms, kind } = EVENT.read(LEAF.decode(leaf).event);
  return { kind, day: Math.floor(ms / DAY_MS), commitment: sha256(leaf) };
}

export function make({ name, inputs }) {
  if (name === "receipt") {
    const cbor = RECEIPT.encode(RECEIPT.spelled(inputs.fields));
    const key = signingKey(hex(inputs.signer_ed25519_seed));
    return { outputs: { cbor, cose: statement(key, cbor).bytes() } };
  }
  if (name === "sequence") {
    const entries = inputs.entries.map((entry) => ENTRY.encode(ENTRY.decode(hex(entry))));
    return { outputs: { sequence: Buffer.concat(entries) } };
  }
  if (inputs.gone) {
    const gone = spelled(inputs.gone);
    tuple((type) => require(type === "TH-GONE/1", "type"), uint, ...GONE[gone[1]])(gone);
    const cbor = encode(gone);
    const entry = { kind: TOMBSTONE, day: inputs.day, commitment: sha256(cbor) };
    return { steps: { cbor }, outputs: { entry_cbor: ENTRY.encode(entry) } };
  }
  const cbor = LEAF.encode(LEAF.spelled(inputs.leaf));
  const entry = entryOf(cbor);
  const steps = { cbor, entry: ENTRY.shown(entry) };
  return { steps, outputs: { entry_cbor: ENTRY.encode(entry) } };
}

export function read({ name, inputs, steps, outputs }) {
  if (name.startsWith("receipt")) {
    RECEIPT.decode(hex(inputs.cbor ?? outputs.cbor));
    if (outputs) {
      const { pk } = signingKey(hex(inputs.signer_ed25519_seed));
      require(same(payloadOf(message(hex(outputs.cose)), pk), hex(outputs.cbor)), "payload");
    }
  } else if (inputs.cbor) {
    entryOf(hex(inputs.cbor));
  } else if (outputs.entry_cbor) {
    // Whoever was given the leaf, or holds what is gone, proves what the entry is.
    const cbor = hex(steps.cbor);
    const entry = ENTRY.decode(hex(outputs.entry_cbor));
    const expected = inputs.leaf ? ENTRY.encode(entryOf(cbor)) : hex(outputs.entry_cbor);
    require(same(entry.commitment, sha256(cbor)), "commitment");
    require(same(expected, hex(outputs.entry_cbor)), "entry");
  }
}

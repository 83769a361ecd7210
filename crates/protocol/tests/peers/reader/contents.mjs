// What lies in records, and what guardians ask: sections 7, 8 and 13 of docs/protocol.md.

import { REFERENCE } from "./blobs.mjs";
import { decode, require, spelled } from "./cbor.mjs";
import { invitedProof } from "./codes.mjs";
import { admitSealing, hex, same, sha256 } from "./crypto.mjs";
import { admitEdwards } from "./points.mjs";
import {
  Structure,
  among,
  ascending,
  bytes,
  hash,
  id,
  listOf,
  optional,
  signature,
  signed,
  tuple,
  uint,
  within,
} from "./shape.mjs";
import { BUNDLE, SLOT } from "./slot.mjs";
import { vector } from "./vectors.mjs";

const SUITE = 2;
const SLOTS_MAX = 8;
const DAY_MINUTES = 24 * 60;
const KINDS = [1, 2, 3, 4, 5];

/** A text that people read: so long, and nothing in it that a terminal or a page would obey. */
const printable = (length, most) => (value) => {
  require(typeof value === "string" && !/\p{Cc}/u.test(value), "not printable");
  within(1, most)(length(value));
};
const inBytes = (text) => Buffer.byteLength(text);
const inCharacters = (text) => [...text].length;

const nested = (structure) => (value) => void structure.read(value);
const blob = nested(REFERENCE);
const minutes = within(0, DAY_MINUTES);
const minute = within(0, DAY_MINUTES - 1);
const pk_sig = (value) => void (hash(value), admitEdwards(value));
const pk_kem = (value) => void (bytes(value), admitSealing(SUITE, value));

const school = (value) => {
  tuple(within(1, 127), minute, minute, ascending(among(KINDS), KINDS.length))(value);
  require(value[1] < value[2], "over midnight");
};

function limited(value) {
  listOf(tuple(among(KINDS), minutes), KINDS.length)(value);
  ascending(among(KINDS), KINDS.length)(value.map(([kind]) => kind));
}

const STRUCTURES = [
  new Structure("TH-PROFILE/1", { nickname: printable(inBytes, 160), age_band: within(1, 3) }),
  new Structure("TH-NAME/1", { name: printable(inBytes, 80) }),
  new Structure("TH-PHOTO/1", {
    taken_ms: optional(uint),
    width: uint,
    height: uint,
    full: blob,
    mid: blob,
    thumbnail: blob,
  }),
  new Structure("TH-VOICE/1", { taken_ms: optional(uint), duration_ms: uint, sound: blob }),
  new Structure("TH-VIDEO/1", {
    taken_ms: optional(uint),
    duration_ms: uint,
    width: uint,
    height: uint,
    film: blob,
    poster: optional(blob),
  }),
  new Structure("TH-LIMITS/1", {
    day_minutes: optional(minutes),
    bedtime: optional(tuple(minute, minute)),
    school: optional(school),
    kinds: limited,
  }),
  new Structure("TH-LOST/1", { toy: id, text: optional(printable(inCharacters, 120)) }),
  new Structure("TH-ANSWER/1", {
    pk_sig,
    suite: among([SUITE]),
    pk_kem,
    vpc: bytes,
    accept_sig: signature,
    mac: hash,
  }),
  new Structure("TH-BACK-G/1", {
    genesis: hash,
    pk_kem,
    slots: (value) => {
      listOf(nested(SLOT), SLOTS_MAX)(value);
      require(value.length > 0, "no slot");
    },
  }),
  new Structure("TH-BACK-T/1", {
    genesis: hash,
    kid: id,
    pk_sig,
    pk_kem,
    vpc: signed,
    accept_sig: signature,
  }),
  new Structure("TH-KEPT/1", { bundle: nested(BUNDLE), slot: nested(SLOT) }),
];

function structureOf(type) {
  const found = STRUCTURES.find((structure) => structure.type === type);
  require(found, "type");
  return found;
}

/** What both sides of a request show. */
const codeOf = (cbor) => sha256(cbor).toString("hex").slice(0, 20).match(/.{4}/g).join(" ");

export function make({ inputs }) {
  const structure = structureOf(spelled(Object.values(inputs.fields)[0]));
  const cbor = structure.encode(structure.spelled(inputs.fields));
  return { outputs: { cbor, code: codeOf(cbor) } };
}

export function read({ inputs, outputs }) {
  const cbor = hex(inputs.cbor ?? outputs.cbor);
  const value = decode(cbor);
  const fields = structureOf(value[0]).read(value);
  require(!outputs?.code || outputs.code === codeOf(cbor), "code");
  if (fields.mac) {
    const { fid, genesis, secret } = vector("invite", "invitation").inputs;
    const keys = { pk_sig: fields.pk_sig.toString("hex"), pk_kem: fields.pk_kem.toString("hex") };
    require(same(invitedProof(hex(secret), { fid, genesis, ...keys }), fields.mac), "mac");
  }
}

// The bodies of links and who may sign them: section 3 of docs/protocol.md and
// docs/generated/rules.md.

import { require } from "./cbor.mjs";
import { admitSealing } from "./crypto.mjs";
import { bodyOf } from "./grants.mjs";
import { admitEdwards, admitX25519 } from "./points.mjs";
import { LISTS, code, codes } from "./registry.mjs";
import {
  among,
  ascending,
  bytes,
  day,
  hash,
  id,
  listOf,
  optional,
  signature,
  signed,
  sized,
  tuple,
  uint,
  version,
  within,
} from "./shape.mjs";

const CARER_CHILDREN_MAX = 32;
const COSIGNERS_MAX = 8;
const REVOKED_MAX = 256;
const CAPS_END = 32;
const MODES_END = 16;
export const CAN_RECOVER = 16;
const WRAPPED_BYTES = 48;

const bits = (least, end) => (value) =>
  require(Number.isInteger(value) && value >= least && value < end, "bits");
const cat = among(codes("cat"));
const suite = among(codes("suite"));
const strongest = among([2]);

const newKey = (allowed) => ({ pk_sig: hash, suite: allowed, pk_kem: bytes });
const keyVersion = tuple(cat, version, hash, sized(32), optional(sized(WRAPPED_BYTES)));

/** Bodies of one shape each. */
const SHAPES = {
  genesis: { kind: among([1, 2]), ...newKey(strongest), vpc: signed },
  "guardian-add": {
    ...newKey(strongest),
    vpc: signed,
    role: among(codes("role")),
    children: ascending(id, CARER_CHILDREN_MAX),
    accept_sig: signature,
  },
  "device-add": {
    ...newKey(suite),
    cid: optional(id),
    caps: bits(0, CAPS_END),
    accept_sig: signature,
  },
  "device-remove": { kid: id },
  "child-add": { cid: id },
  "child-remove": { cid: id },
  "key-version": { cid: id, versions: listOf(keyVersion, codes("cat").length) },
  grant: { enc: bytes, pairs: () => {} },
  revoke: { hashes: ascending(hash, REVOKED_MAX) },
  "recovery-set": { anchors: ascending(among(codes("anchor")), codes("anchor").length) },
  policy: { quorum: within(1, 8), timelock_days: within(14, 90), toy_recovery: among([0, 1]) },
  promote: { cid: id, ...newKey(strongest), accept_sig: signature },
  erase: { cid: id, categories: ascending(cat, codes("cat").length) },
  freeze: { kid: optional(id), until: day, reason: among(codes("reason")) },
  "contact-approve": {
    cid: id,
    other_fid: id,
    other_genesis: hash,
    peer_kind: among([1, 2]),
    peer_id: id,
    modes: bits(1, MODES_END),
    expires: day,
    co_pk: hash,
    co_sig: signature,
  },
  "contact-revoke": { hash },
  purge: { hash, receipt: hash, service: optional(id) },
};

/** Bodies whose first item says which shape they have. */
const STAGES = {
  "guardian-remove": {
    1: { stage: uint, kid: id },
    2: { stage: uint, kid: id, signatures: listOf(tuple(id, signature), COSIGNERS_MAX) },
    3: { stage: uint, hash },
  },
  recover: {
    1: { stage: uint, kid: id, ...newKey(strongest), vpc: signed, accept_sig: signature },
    2: { stage: uint, hash, grant: () => {} },
  },
};

export const wordOf = (type) => LISTS.type.find((item) => item.code === type)?.word;

/** Reads a body. Keys are admitted here, before anything is verified with them. */
export function readBody(word, value) {
  require(Array.isArray(value), "body");
  const shape = SHAPES[word] ?? STAGES[word][value[0]];
  require(shape, "stage");
  tuple(...Object.values(shape))(value);
  const body = Object.fromEntries(Object.keys(shape).map((name, index) => [name, value[index]]));
  if (body.pk_sig) {
    admitEdwards(body.pk_sig);
    admitSealing(body.suite, body.pk_kem);
  }
  switch (word) {
    case "grant":
      return { ...body, grant: bodyOf(value) };
    case "recover":
      return { ...body, grant: body.grant && bodyOf(body.grant) };
    case "key-version":
      require(body.versions.length > 0, "no key");
      ascending(cat, codes("cat").length)(body.versions.map(([category]) => category));
      body.versions.forEach(([, , , dropPk]) => admitX25519(dropPk));
      return body;
    case "revoke":
      require(body.hashes.length > 0, "nothing to revoke");
      return body;
    case "guardian-add":
      require((body.role === code("role", "carer")) === body.children.length > 0, "children");
      return body;
    default:
      return body;
  }
}

const rule = (effect, owner, carer, teen, device, server) => ({
  effect,
  reach: { owner, carer, teen, device, server },
});

/** docs/generated/rules.md, its columns in their order. */
export const RULES = {
  genesis: rule("widens"),
  "guardian-add": rule("widens", "family"),
  "guardian-remove": rule("governs", "family", "itself"),
  "device-add": rule("widens", "family", "own", "own"),
  "device-remove": rule("reduces", "family", "own", "own", null, "all"),
  "child-add": rule("widens", "family", "own", "itself"),
  "child-remove": rule("reduces", "family", "own", "own", null, "all"),
  "key-version": rule("widens", "family", "own", "own"),
  grant: rule("widens", "family", "own", "own"),
  revoke: rule("reduces", "family", "own", "own", null, "all"),
  "recovery-set": rule("governs", "itself", null, "itself"),
  policy: rule("governs", "family"),
  promote: rule("widens", "family"),
  erase: rule("reduces", "family", "own", "own", null, "all"),
  freeze: rule("reduces", null, null, null, null, "all"),
  "contact-approve": rule("widens", "family", "own", "own"),
  "contact-revoke": rule("reduces", "family", "own", "own", null, "all"),
  purge: rule("tells", null, null, null, null, "all"),
  recover: rule("widens", null, null, null, "family"),
};

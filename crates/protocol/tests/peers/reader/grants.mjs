// Grants: section 5 of docs/protocol.md.

import { decode, encode, require } from "./cbor.mjs";
import { hex, principal, recipient, same, sender, sha256 } from "./crypto.mjs";
import { READ, RESHARE, RIGHTS, code, codes, fits } from "./registry.mjs";
import { Structure, among, bytes, day, hash, id, listOf, optional, tuple, version } from "./shape.mjs";
import { vector } from "./vectors.mjs";

const HEADERS_MAX = 64;
const DAYS_MAX = 365;
const SEALED_KEY_BYTES = 48;
const SEALED_NOTHING_BYTES = 16;

const kind = (word) => code("grantee_kind", word);

export const HEADER = new Structure(
  "TH-GRANT/1",
  {
    suite: among(codes("suite")),
    fid: id,
    cid: id,
    cat: among(codes("cat")),
    v: version,
    grantee_kind: among(codes("grantee_kind")),
    grantee_kid: id,
    rights: among(RIGHTS),
    purpose: among(codes("purpose")),
    notice_hash: hash,
    not_before: day,
    expires: optional(day),
    nonce: id,
  },
  ({ grantee_kind, rights, purpose, not_before, expires }) => {
    const shares = [kind("guardian"), kind("teen")].includes(grantee_kind);
    require(!(rights & RESHARE) || shares, "rights");
    require(grantee_kind !== kind("third-party") || rights === READ, "rights");
    require(fits(grantee_kind, purpose), "purpose");
    require(expires === null || expires > not_before, "expires");
    const ends = [kind("service"), kind("third-party")].includes(grantee_kind);
    require(!ends || (expires !== null && expires - not_before <= DAYS_MAX), "expires");
  },
);

const bodyShape = tuple(bytes, listOf(tuple(() => {}, bytes), HEADERS_MAX));
const keyOf = ({ cid, cat, v }) => `${cid.toString("hex")} ${cat} ${v}`;

/** The body of a link of type grant: one encapsulation, and what is sealed under it. */
export function bodyOf(value) {
  bodyShape(value);
  const [enc, pairs] = value;
  const headers = pairs.map(([header]) => HEADER.read(header));
  require(headers.length > 0, "headers");
  const first = headers[0];
  require(new Set(headers.map(keyOf)).size === headers.length, "a key twice");
  headers.forEach((header, index) => {
    const alike = ["suite", "grantee_kind"].every((name) => header[name] === first[name]);
    require(alike && same(header.grantee_kid, first.grantee_kid), "two grantees");
    require(same(header.fid, first.fid), "two families");
    const length = header.rights & READ ? SEALED_KEY_BYTES : SEALED_NOTHING_BYTES;
    require(pairs[index][1].length === length, "ct");
  });
  require(enc.length === (first.suite === 1 ? 32 : 1120), "enc");
  const grants = headers.map((header, index) => {
    const encoded = encode(pairs[index][0]);
    return { header, encoded, hash: sha256(encoded), ct: pairs[index][1] };
  });
  return { enc, suite: first.suite, grants, info: sha256(...grants.map(({ encoded }) => encoded)) };
}

/** The keys in a grant, and null where it lets write only. */
export async function opened({ enc, suite, grants, info }, privateKey) {
  const context = await recipient(suite, privateKey, enc, info);
  const keys = [];
  for (const { header, encoded, ct } of grants) {
    const plain = await context.open(ct, encoded);
    require(plain.length === (header.rights & READ ? 32 : 0), "ck");
    keys.push(plain.length ? plain : null);
  }
  return keys;
}

export async function make({ name, inputs }) {
  if (name === "header") {
    const cbor = HEADER.encode(HEADER.spelled(inputs.fields));
    return { outputs: { cbor, hash: sha256(cbor) } };
  }
  const headers = inputs.headers.map(hex);
  const { suite } = HEADER.decode(headers[0]);
  const info = sha256(...headers);
  const grantee = await principal(hex(inputs.grantee_seed), suite);
  require(same(grantee.pkKem, hex(inputs.grantee_pk_kem)), "grantee");
  require(same(grantee.kem, hex(inputs.grantee_kem_private)), "grantee");
  const context = await sender(suite, grantee.pkKem, info, hex(inputs.randomness));
  const ct = [];
  for (const [index, header] of headers.entries()) {
    const ck = inputs.ck[index] ?? "";
    ct.push(await context.seal(hex(ck), header));
  }
  const pairs = headers.map((header, index) => [decode(header), ct[index]]);
  return { steps: { info }, outputs: { enc: context.enc, ct, body: encode([context.enc, pairs]) } };
}

export async function read({ name, inputs, outputs }) {
  if (inputs.cbor ?? outputs?.cbor) {
    HEADER.decode(hex(inputs.cbor ?? outputs.cbor));
    // What is spelled out must be refused too, not only its encoding.
    HEADER.encode(HEADER.spelled(inputs.fields ?? HEADER.shown(HEADER.decode(hex(inputs.cbor)))));
    return;
  }
  const grant = bodyOf(decode(hex(inputs.body ?? outputs.body)));
  const example = vector("grants", grant.suite === 1 ? "grant, x25519" : "grant, x-wing").inputs;
  const key = name.endsWith("somebody else") ? Buffer.alloc(32, 1) : hex(example.grantee_kem_private);
  const keys = await opened(grant, key);
  keys.forEach((ck, index) => require((ck?.toString("hex") ?? null) === example.ck[index], "ck"));
}

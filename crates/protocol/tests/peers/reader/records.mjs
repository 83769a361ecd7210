// Records, padding, franking and a reader's memory: section 6 of docs/protocol.md.

import { decode, encode, require, show } from "./cbor.mjs";
import {
  NONCE_ZERO,

  categoryKey,
  hex,
  hkdf,
  hmac,
  label,
  open,
  recipient,
  same,
  seal,
  sender,
  sha256,
  signingKey,
} from "./crypto.mjs";
import { code, codes } from "./registry.mjs";
import {
  Structure,
  among,
  bytes,
  day,
  hash,
  id,
  listOf,
  optional,
  tuple,
  uint,
  version,
} from "./shape.mjs";
import { message, payloadOf, statement } from "./sign1.mjs";
import { vector } from "./vectors.mjs";

const BLOCK_BYTES = 256;
const BLOCKS_BYTES_MAX = 4096;
const PLAIN_BYTES_MAX = 65536;
const TAG_BYTES = 16;
const SALT_BYTES = 32;
const FRANKING_KEY_BYTES = 32;

export const HEADER = new Structure("TH-REC/1", {
  fid: id,
  cid: id,
  cat: among(codes("cat")),
  v: version,
  rid: id,
  ver: version,
  writer_kid: id,
  day,
  seq: uint,
});

const NAMES = ["hdr", "salt", "C", "ct", "enc", "frank"];
const header = (value) => HEADER.read(value);
const bodyShape = tuple(header, hash, hash, bytes, optional(hash), optional(hash));

/** The length to which so many bytes and the 0x80 are padded. */
export function padded(length) {
  const least = length + 1;
  let step = BLOCK_BYTES;
  if (Math.ceil(least / step) * step > BLOCKS_BYTES_MAX) {
    const exponent = Math.floor(Math.log2(least));
    step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  }
  return Math.ceil(least / step) * step;
}

const pad = (plain) => Buffer.concat([plain, Buffer.of(0x80)], padded(plain.length));

function unpad(bytes) {
  const end = bytes.findLastIndex((byte) => byte !== 0);
  require(end >= 0 && bytes[end] === 0x80, "padding");
  require(padded(end) === bytes.length, "padding of another length");
  return bytes.subarray(0, end);
}

const frankTag = (key, f, { writer_kid, rid, day }) => {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(day);
  return { day: four, tag: hmac(key, f, writer_kid, rid, four) };
};

const dropInfo = (header) => Buffer.concat([label("TH-DROP/1"), header]);

function keysOf(root, salt, header) {
  return {
    content: hkdf(root, salt, label("TH-REC/1 key"), header),
    commitment: hkdf(root, salt, label("TH-REC/1 com"), header),
  };
}

async function sealed({ ck, header, plain, randomness, dropBox, franked, writer }) {
  const encoded = HEADER.encode(header);
  let [root, enc, rest] = [ck, null, randomness];
  if (dropBox) {
    const { dropPk } = await categoryKey(ck);
    const context = await sender(1, dropPk, dropInfo(encoded), rest.subarray(0, 32));
    [root, enc, rest] = [await context.exported("rec root"), context.enc, rest.subarray(32)];
  }
  const salt = rest.subarray(0, SALT_BYTES);
  const kf = franked ? rest.subarray(SALT_BYTES) : null;
  const { content, commitment } = keysOf(root, salt, encoded);
  const text = pad(Buffer.concat([kf ?? Buffer.alloc(0), plain]));
  const ct = seal(content, NONCE_ZERO, text, encoded);
  const body = [decode(encoded), salt, commitment, ct, enc, kf && hmac(kf, plain)];
  const record = statement(writer, encode(body)).bytes();
  return { encoded, root, content, commitment, kf, text, body, record };
}

/** A record that a reader asked for by its names. */
export async function read1({ ck, pk, expected, record }) {
  const value = decode(payloadOf(message(record), pk));
  bodyShape(value);
  const [hdr, salt, C, ct, enc, f] = value;
  const header = HEADER.read(hdr);
  const encoded = encode(hdr);
  const writer = message(record).head.subarray(-16);
  require(same(header.writer_kid, writer), "another writer");
  for (const name of ["fid", "cid", "rid"]) {
    require(same(header[name], expected[name]), name);
  }
  require(header.cat === expected.cat && header.v === expected.v, "another key");
  let root = ck;
  if (enc) {
    const { pair } = await categoryKey(ck);
    const context = await recipient(1, pair, enc, dropInfo(encoded));
    root = await context.exported("rec root");
  }
  const { content, commitment } = keysOf(root, salt, encoded);
  require(same(commitment, C), "C");
  const text = ct.length - TAG_BYTES;
  require(text > 0 && text <= padded(PLAIN_BYTES_MAX + FRANKING_KEY_BYTES), "longer than any");
  require(padded(text - 1) === text, "no padded length");
  const plain = unpad(open(content, NONCE_ZERO, ct, encoded));
  if (f === null) {
    return { header, plain, kf: null, f };
  }
  require(plain.length >= FRANKING_KEY_BYTES, "no franking key");
  const kf = plain.subarray(0, FRANKING_KEY_BYTES);
  const franked = plain.subarray(FRANKING_KEY_BYTES);
  require(same(hmac(kf, franked), f), "f");
  return { header, plain: franked, kf, f };
}

const MEMORY_RECORDS_MAX = 65536;

const HEADS = new Structure(
  "TH-HEADS/1",
  {
    fid: id,
    cid: id,
    cat: among(codes("cat")),
    heads: listOf(tuple(id, version, uint, hash), MEMORY_RECORDS_MAX),
  },
  ({ heads }) =>
    heads.slice(1).forEach(([rid], index) => {
      require(Buffer.compare(heads[index][0], rid) < 0, "doesn't ascend");
    }),
);

const example = () => vector("records", "record by a reader").inputs;

export async function make({ name, inputs, outputs }) {
  if (name === "padding") {
    const lengths = outputs.lengths.map(({ plain }) => ({ plain, padded: padded(plain) }));
    return { outputs: { lengths } };
  }
  if (name === "memory") {
    return { outputs: { cbor: HEADS.encode(HEADS.spelled(inputs.fields)) } };
  }
  if (name === "report") {
    return report(inputs);
  }
  if (name.startsWith("memory: ")) {
    return { outputs: { memory: remembered(inputs) } };
  }
  const from = { ...example(), plain: "", ...inputs };
  const made = await sealed({
    ck: hex(from.ck),
    header: HEADER.spelled(from.header),
    plain: hex(from.plain),
    randomness: hex(from.randomness),
    dropBox: name.includes("drop-box"),
    franked: name.includes("franked"),
    writer: signingKey(hex(from.writer_ed25519_seed)),
  });
  return name === "record of nothing" ? { outputs: { record: made.record } } : shown(made);
}

function shown({ encoded, root, content, commitment, kf, text, body, record }) {
  const shownBody = Object.fromEntries(NAMES.map((name, index) => [name, show(body[index])]));
  const { fid, cid, cat, v, rid, writer_kid, day } = HEADER.decode(encoded);
  return {
    steps: {
      header_cbor: encoded,
      root,
      content_key: content,
      commitment,
      frank_key: kf,
      padded: text,
    },
    outputs: {
      body: shownBody,
      record,
      hash: sha256(record),
      blob_context: encode(["TH-REC/1", fid, cid, cat, v, rid, writer_kid, day]),
    },
  };
}

/** A record as somebody without its key reads it. */
export function unopened(record, pk) {
  const value = decode(payloadOf(message(record), pk));
  bodyShape(value);
  return HEADER.read(value[0]);
}

/** A memory with one record more, if it's not older than what was seen. */
function remembered({ memory, pk_sig, record }) {
  const heads = HEADS.decode(hex(memory));
  const header = unopened(hex(record), hex(pk_sig));
  for (const name of ["fid", "cid"]) {
    require(same(header[name], heads[name]), name);
  }
  require(header.cat === heads.cat, "cat");
  const next = [header.rid, header.ver, header.seq, sha256(hex(record))];
  const seen = heads.heads.find(([rid]) => same(rid, header.rid));
  if (seen) {
    require(header.ver >= seen[1], "ver");
    require(header.ver > seen[1] || same(seen[3], next[3]), "another of one version");
    require(header.cat !== code("cat", "settings") || header.seq >= seen[2], "seq");
  }
  const others = heads.heads.filter((head) => head !== seen);
  const all = [...others, next].sort(([one], [other]) => Buffer.compare(one, other));
  return HEADS.encode({ ...heads, heads: all });
}

/** What the server, which has no key, checks of a report. */
function report({ record, plain, kf, k_srv, tag: claimed }) {
  const value = decode(message(hex(record)).payload);
  bodyShape(value);
  const f = value[5];
  require(f && same(hmac(hex(kf), hex(plain)), f), "plain text");
  const { day, tag } = frankTag(hex(k_srv), f, HEADER.read(value[0]));
  require(claimed === undefined || same(tag, hex(claimed)), "tag");
  return { steps: { day }, outputs: { frank: f, tag } };
}

export async function read({ name, inputs, outputs }) {
  if (name.startsWith("report")) {
    report({ ...inputs, tag: inputs.tag ?? outputs.tag });
  } else if (name.startsWith("memory: ")) {
    const memory = remembered(inputs);
    require(!outputs || same(memory, hex(outputs.memory)), "another memory");
  } else if (name === "memory") {
    HEADS.decode(hex(outputs.cbor));
  } else if (name !== "padding") {
    const known = example();
    const pk = inputs.pk_sig ? hex(inputs.pk_sig) : signingKey(hex(known.writer_ed25519_seed)).pk;
    const expected = HEADER.spelled(known.header);
    const record = hex(inputs.record ?? outputs.record);
    const { plain } = await read1({ ck: hex(inputs.ck), pk, expected, record });
    if (outputs) {
      require(plain.toString("hex") === (inputs.plain ?? ""), "another plain text");
    }
  }
}

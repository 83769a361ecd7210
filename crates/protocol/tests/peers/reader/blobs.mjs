// Blobs: section 6 of docs/protocol.md; and the outer layer, section 10.

import { encode, require } from "./cbor.mjs";
import { hex, hkdf, label, open, same, seal, sha256 } from "./crypto.mjs";
import { HEADER } from "./records.mjs";
import { Structure, day, hash, id, optional, text, uint, version } from "./shape.mjs";
import { vector } from "./vectors.mjs";

const START = hex("5448423101100000");
const SALT_BYTES = 32;
const CHUNK_BYTES = 65536;
const TAG_BYTES = 16;
const PART_BYTES = 8 * 1024 * 1024;
const PLAIN_BYTES_MAX = 2 ** 31;
// The plain text of the vectors' large blobs counts to this, over and over.
const COUNTED = 251;

export const REFERENCE = new Structure(
  "TH-BLOB/1",
  {
    blob_id: id,
    key: hash,
    plain_len: uint,
    media_type: text(/^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/),
    hash: optional(hash),
    v: version,
    writer_kid: id,
    day,
  },
  ({ plain_len }) => require(plain_len <= PLAIN_BYTES_MAX, "plain_len"),
);

const nonce = (counter, isLast) => {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(counter), 3);
  bytes[11] = isLast ? 1 : 0;
  return bytes;
};

const chunksOf = (length) => Math.max(1, Math.ceil(length / CHUNK_BYTES));
const sealedLength = (length) =>
  START.length + SALT_BYTES + length + TAG_BYTES * chunksOf(length);
const keyOf = (key, salt, context) => hkdf(key, salt, label("TH-BLOB/1"), START, context);

function sealed(key, salt, context, plain) {
  const contentKey = keyOf(key, salt, context);
  const count = chunksOf(plain.length);
  const chunks = Array.from({ length: count }, (_, index) => {
    const chunk = plain.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const used = nonce(index, index === count - 1);
    return { nonce: used, plain_len: chunk.length, bytes: seal(contentKey, used, chunk) };
  });
  const blob = Buffer.concat([START, salt, ...chunks.map(({ bytes }) => bytes)]);
  return { contentKey, chunks, blob };
}

/** The length is the reference's; a blob of another length is none of its. */
function opened(key, context, length, blob) {
  require(blob.length === sealedLength(length), "length");
  require(same(blob.subarray(0, START.length), START), "start");
  const salt = blob.subarray(START.length, START.length + SALT_BYTES);
  const contentKey = keyOf(key, salt, context);
  const body = blob.subarray(START.length + SALT_BYTES);
  const [count, step] = [chunksOf(length), CHUNK_BYTES + TAG_BYTES];
  const chunks = Array.from({ length: count }, (_, index) => {
    const chunk = body.subarray(index * step, (index + 1) * step);
    return open(contentKey, nonce(index, index === count - 1), chunk);
  });
  return Buffer.concat(chunks);
}

/** What the record at hand and the reference say together. */
function contextOf(reference) {
  const record = HEADER.spelled(vector("records", "record by a reader").inputs.header);
  const { fid, cid, cat, rid } = record;
  const { v, writer_kid, day } = reference;
  return encode(["TH-REC/1", fid, cid, cat, v, rid, writer_kid, day]);
}

const plainOf = ({ plain, plain_len }) =>
  plain === undefined
    ? Buffer.from(Uint8Array.from({ length: plain_len }, (_, index) => index % COUNTED))
    : hex(plain);

function layout(length) {
  const [count, bytes] = [chunksOf(length), sealedLength(length)];
  return {
    plain_len: length,
    sealed_len: bytes,
    chunks: count,
    parts: Math.ceil(bytes / PART_BYTES),
    last_nonce: nonce(count - 1, true),
  };
}

export function make({ name, inputs, outputs }) {
  if (name === "layouts") {
    return { outputs: { rows: outputs.rows.map((row) => layout(row.plain_len)) } };
  }
  if (name === "reference") {
    const fields = REFERENCE.spelled(inputs.fields);
    require(same(fields.key, hex(inputs.dek)), "key");
    return { outputs: { cbor: REFERENCE.encode(fields), context: contextOf(fields) } };
  }
  const plain = plainOf(inputs);
  if (inputs.plain_sha256) {
    require(same(sha256(plain), hex(inputs.plain_sha256)), "plain text");
  }
  const made = sealed(hex(inputs.dek), hex(inputs.salt), hex(inputs.context), plain);
  const { contentKey, chunks, blob } = made;
  const steps = chunks.map(({ nonce, plain_len, bytes }) => ({
    nonce,
    plain_len,
    sealed_sha256: sha256(bytes),
  }));
  const short = inputs.plain !== undefined;
  return {
    steps: { content_key: contentKey, chunks: steps },
    outputs: short ? { sealed: blob } : { sealed_len: blob.length, sealed_sha256: sha256(blob) },
  };
}

export function read({ name, inputs, outputs }) {
  if (name === "layouts") {
    return;
  }
  if (name.startsWith("reference")) {
    REFERENCE.decode(hex(inputs.cbor ?? outputs.cbor));
    return;
  }
  const valid = inputs.context ? inputs : vector("blobs", "blob of 100 bytes").inputs;
  const plain = plainOf(valid);
  const context = hex(valid.context);
  const blob =
    inputs.sealed ?? outputs.sealed
      ? hex(inputs.sealed ?? outputs.sealed)
      : sealed(hex(valid.dek), hex(valid.salt), context, plain).blob;
  require(same(opened(hex(inputs.dek), context, plain.length, blob), plain), "another plain text");
}

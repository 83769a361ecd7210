// The outer layer: section 10 of docs/protocol.md.

import { require } from "./cbor.mjs";
import { NONCE_ZERO, hex, hkdf, label, open, same, seal } from "./crypto.mjs";

const VERSION = Buffer.of(1);
const SALT_BYTES = 32;
const TAG_BYTES = 16;

export function make({ inputs }) {
  const [ok, place, salt] = [inputs.ok, inputs.place, inputs.randomness].map(hex);
  const key = hkdf(ok, salt, label("TH-OUTER/1"), place);
  const sealed = seal(key, NONCE_ZERO, hex(inputs.bytes));
  const outputs = { sealed: Buffer.concat([VERSION, salt, sealed]) };
  return { steps: { content_key: key }, outputs };
}

export function read({ inputs, outputs }) {
  const bytes = hex(inputs.sealed ?? outputs.sealed);
  require(bytes.length >= VERSION.length + SALT_BYTES + TAG_BYTES, "length");
  require(bytes[0] === VERSION[0], "version");
  const [salt, sealed] = [bytes.subarray(1, 1 + SALT_BYTES), bytes.subarray(1 + SALT_BYTES)];
  const key = hkdf(hex(inputs.ok), salt, label("TH-OUTER/1"), hex(inputs.place));
  const plain = open(key, NONCE_ZERO, sealed);
  require(!outputs || same(plain, hex(inputs.bytes)), "another plain text");
}

// Signed statements: Ed25519 in COSE_Sign1 (RFC 9052), section 1 of docs/protocol.md.

import { Signed, decode, encode, require } from "./cbor.mjs";
import { hex, kidOf, same, signingKey, verified } from "./crypto.mjs";
import { VPC } from "./trust.mjs";

const HEAD = hex("a201320450");
const EMPTY = Buffer.alloc(0);

const toBeSigned = (head, payload) => encode(["Signature1", head, EMPTY, payload]);

/** `Sign1_x([...])`, from the encoded structure. */
export function statement(key, payload) {
  const head = Buffer.concat([HEAD, key.kid]);
  return new Signed(head, payload, key.sign(toBeSigned(head, payload)));
}

export function message(bytes) {
  const signed = decode(bytes);
  require(signed instanceof Signed, "not COSE_Sign1");
  return signed;
}

/** Who says that it signed. */
export function signerOf(signed) {
  const { head } = signed;
  require(head.length === HEAD.length + 16 && head.indexOf(HEAD) === 0, "protected header");
  return head.subarray(HEAD.length);
}

/** The payload of what a key signed. */
export function payloadOf(signed, pk) {
  require(same(signerOf(signed), kidOf(pk)), "kid");
  require(signed.signature.length === 64, "signature");
  verified(pk, toBeSigned(signed.head, signed.payload), signed.signature);
  return signed.payload;
}

export function make({ inputs }) {
  const key = signingKey(hex(inputs.ed25519_seed));
  const signed = statement(key, hex(inputs.payload));
  const { head, payload, signature } = signed;
  const shown = [head, payload, signature].map((bytes) => `h'${bytes.toString("hex")}'`);
  return {
    steps: {
      pk_sig: key.pk,
      kid: key.kid,
      protected: head,
      to_be_signed: toBeSigned(head, payload),
      signature,
    },
    outputs: {
      cose: signed.bytes(),
      diagnostic: `18([${shown[0]}, {}, ${shown[1]}, ${shown[2]}])`,
    },
  };
}

export function read({ inputs, outputs }) {
  const pk = inputs.pk_sig ? hex(inputs.pk_sig) : signingKey(hex(inputs.ed25519_seed)).pk;
  VPC.decode(payloadOf(message(hex(inputs.cose ?? outputs.cose)), pk));
}

// The primitives of section 1 and the keys of sections 2 and 4 of docs/protocol.md, with Node's own
// cryptography and @hpke.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import { Aes256Gcm, CipherSuite, HkdfSha256, HpkeError } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";
import { XWing } from "@hpke/hybridkem-x-wing";
import { Refused, encode, require } from "./cbor.mjs";
import { admitEdwards, admitMlKem, admitX25519, refuseLowOrder } from "./points.mjs";

const TAG_BYTES = 16;
export const NONCE_ZERO = Buffer.alloc(12);

export const hex = (text) => Buffer.from(text, "hex");
export const ascii = (text) => Buffer.from(text);
export const label = (text) => Buffer.from(`${text}\0`);
export const same = (one, other) => one.length === other.length && timingSafeEqual(one, other);

export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
export const hmac = (key, ...parts) =>
  createHmac("sha256", key).update(Buffer.concat(parts)).digest();
export const hkdf = (secret, salt, ...info) =>
  Buffer.from(hkdfSync("sha256", secret, salt, Buffer.concat(info), 32));
export const kidOf = (key) => sha256(key).subarray(0, 16);

export function seal(key, nonce, plain, aad = Buffer.alloc(0)) {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

export function open(key, nonce, sealed, aad = Buffer.alloc(0)) {
  require(sealed.length >= TAG_BYTES, "shorter than a tag");
  const cipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  cipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = cipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    return Buffer.concat([plain, cipher.final()]);
  } catch {
    throw new Refused("tag");
  }
}

// What stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SPKI (RFC 8410).
const PKCS8 = hex("302e020100300506032b657004220420");
const SPKI = hex("302a300506032b6570032100");

/** A signing key from the seed of RFC 8032. */
export function signingKey(seed) {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const pk = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(SPKI.length);
  return { pk, kid: kidOf(pk), sign: (message) => sign(null, message, key) };
}

/** Strict verification: OpenSSL takes canonical S only, and compares without the cofactor. */
const IDENTITY = Buffer.concat([Buffer.of(1)], 32);

export function verified(pk, message, signature) {
  admitEdwards(pk);
  // All that R can be of low order, where it's computed again and compared.
  require(!same(signature.subarray(0, 32), IDENTITY), "R");
  const key = createPublicKey({ key: Buffer.concat([SPKI, pk]), format: "der", type: "spki" });
  require(verify(null, message, key, signature), "signature");
}

const suiteOf = (kem) => new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const suites = { 1: suiteOf(new DhkemX25519HkdfSha256()), 2: suiteOf(new XWing()) };
const PUBLIC_BYTES = { 1: 32, 2: 1216 };
const ENC_BYTES = { 1: 32, 2: 1120 };
const ML_KEM_PUBLIC_BYTES = 1184;

export function admitSealing(suite, pk) {
  require(pk.length === PUBLIC_BYTES[suite], "length of a sealing key");
  if (suite === 2) {
    admitMlKem(pk.subarray(0, ML_KEM_PUBLIC_BYTES));
  }
  admitX25519(pk.subarray(-32));
}

/** With a point of low order everybody would know the secret; X-Wing has a second one. */
export function admitEncapsulation(suite, enc) {
  require(enc.length === ENC_BYTES[suite], "length of an encapsulation");
  if (suite === 1) {
    refuseLowOrder(enc);
  }
}

/** @hpke answers with errors of its own; here they're refusals. */
async function refusing(deed) {
  try {
    return Buffer.from(await deed());
  } catch (error) {
    throw error instanceof HpkeError ? new Refused(error.message) : error;
  }
}

export async function sender(suite, pk, info, ekm) {
  admitSealing(suite, pk);
  const { kem } = suites[suite];
  const recipientPublicKey = await kem.deserializePublicKey(pk);
  const context = await suites[suite].createSenderContext({ recipientPublicKey, info, ekm });
  return {
    enc: Buffer.from(context.enc),
    seal: (plain, aad) => refusing(() => context.seal(plain, aad)),
    exported: (text) => refusing(() => context.export(ascii(text), 32)),
  };
}

export async function recipient(suite, key, enc, info) {
  admitEncapsulation(suite, enc);
  const { kem } = suites[suite];
  const recipientKey = key.privateKey ?? (await kem.deserializePrivateKey(key));
  const context = await suites[suite].createRecipientContext({ recipientKey, enc, info });
  return {
    open: (sealed, aad) => refusing(() => context.open(sealed, aad)),
    exported: (text) => refusing(() => context.export(ascii(text), 32)),
  };
}

const made = new Map();

/** Section 2: the keys that follow from a seed. Remembered, for X-Wing's take a while. */
export async function principal(seed, suite) {
  const name = `${suite} ${seed.toString("hex")}`;
  if (!made.has(name)) {
    const sig = signingKey(hkdf(seed, "", ascii("TH-KEY/1 sig")));
    const kem = hkdf(seed, "", ascii("TH-KEY/1 kem"));
    const own = hkdf(seed, "", ascii("TH-KEY/1 own"));
    const pkKem = await publicOf(suite, kem);
    made.set(name, { suite, sig, kem, own, pkKem, kemKid: kidOf(pkKem) });
  }
  return made.get(name);
}

async function publicOf(suite, key) {
  if (suite === 1) {
    const der = Buffer.concat([hex("302e020100300506032b656e04220420"), key]);
    const own = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" }));
    return own.export({ format: "der", type: "spki" }).subarray(-32);
  }
  const { kem } = suites[2];
  const pair = await kem.generateKeyPairDerand(new Uint8Array(key));
  return Buffer.from(await kem.serializePublicKey(pair.publicKey));
}

/** Section 4: what the chain says of a category key, and the private half of its drop-box. */
export async function categoryKey(ck) {
  const { kem } = suites[1];
  const ikm = hkdf(ck, "", ascii("TH-DROP/1 ikm"));
  const pair = await kem.deriveKeyPair(ikm);
  const dropPk = Buffer.from(await kem.serializePublicKey(pair.publicKey));
  return { kc: sha256(ascii("TH-KC/1"), ck), dropPk, ikm, pair };
}

/** Section 4: the maker's own copy of a category key. */
export function wrap(own, header, ck) {
  const aad = encode(header);
  const key = hkdf(own, "", aad);
  return { aad, key, wrapped: seal(key, NONCE_ZERO, ck, aad) };
}

export function unwrap(own, header, wrapped) {
  const aad = encode(header);
  return open(hkdf(own, "", aad), NONCE_ZERO, wrapped, aad);
}

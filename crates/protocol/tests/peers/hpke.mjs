// An independent HPKE (RFC 9180, with X-Wing), for tests/peer_hpke.rs; and sections 4 to 6 of
// docs/protocol.md, written from that page alone. It reads one request a line on standard input
// and writes one answer a line to standard output:
//
//   {"op": "openGrant", "params": {"suite": 1, "privateKey": "...", "enc": "...", "headers": [...], "sealed": [...]}}
//   {"ok": ["...", ""]}
//
// Bytes are texts in base64url without padding. What the peer can't open is {"ok": null};
// anything else that goes wrong is {"error": "..."}.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { createInterface } from "node:readline";
import { Aes256Gcm, CipherSuite, HkdfSha256, OpenError } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";
import { XWing } from "@hpke/hybridkem-x-wing";

const TAG_BYTES = 16;
const NONCE_ZERO = Buffer.alloc(12);
// The longest text that this writer pads; above it section 6 asks for Padmé.
const PADDED_BYTES_MAX = 4096;

const suiteOf = (kem) => new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const suites = { 1: suiteOf(new DhkemX25519HkdfSha256()), 2: suiteOf(new XWing()) };

const read = (text) => Buffer.from(text, "base64url");
const show = (bytes) => Buffer.from(bytes).toString("base64url");
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const hkdf = (secret, salt, ...info) =>
  Buffer.from(hkdfSync("sha256", secret, salt, Buffer.concat(info), 32));
const label = (text) => Buffer.from(`${text}\0`);

// Section 2: the sealing key of a principal, from its seed.
function sealingKey({ seed }) {
  return { privateKey: show(hkdf(read(seed), "", Buffer.from("TH-KEY/1 kem"))) };
}

// Section 4: what the chain says of a category key.
async function categoryKey({ key }) {
  const { publicKey } = await dropBox(read(key));
  return {
    commitment: show(sha256(Buffer.from("TH-KC/1"), read(key))),
    dropBox: show(await suites[1].kem.serializePublicKey(publicKey)),
  };
}

function dropBox(key) {
  return suites[1].kem.deriveKeyPair(hkdf(key, "", Buffer.from("TH-DROP/1 ikm")));
}

// Section 5: seals keys to a grantee; an empty key for a header that only lets write.
async function sealGrant({ suite, publicKey, headers, keys }) {
  const { kem } = suites[suite];
  const sender = await suites[suite].createSenderContext({
    recipientPublicKey: await kem.deserializePublicKey(read(publicKey)),
    info: sha256(...headers.map(read)),
  });
  const sealed = [];
  for (const [index, header] of headers.entries()) {
    sealed.push(show(await sender.seal(read(keys[index]), read(header))));
  }
  return { enc: show(sender.enc), sealed };
}

// Section 5: opens them, in order.
async function openGrant({ suite, privateKey, enc, headers, sealed }) {
  const { kem } = suites[suite];
  const recipient = await suites[suite].createRecipientContext({
    recipientKey: await kem.deserializePrivateKey(read(privateKey)),
    enc: read(enc),
    info: sha256(...headers.map(read)),
  });
  const keys = [];
  for (const [index, header] of headers.entries()) {
    keys.push(show(await recipient.open(read(sealed[index]), read(header))));
  }
  return keys;
}

// Section 6: seals a record, through the drop-box or under the category key.
async function sealRecord({ dropBox, key, header, plain }) {
  let enc = null;
  let root = key && read(key);
  if (dropBox) {
    const { kem } = suites[1];
    const sender = await suites[1].createSenderContext({
      recipientPublicKey: await kem.deserializePublicKey(read(dropBox)),
      info: Buffer.concat([label("TH-DROP/1"), read(header)]),
    });
    enc = show(sender.enc);
    root = Buffer.from(await sender.export(Buffer.from("rec root"), 32));
  }
  const salt = randomBytes(32);
  const { content, commitment } = recordKeys(root, salt, read(header));
  const cipher = createCipheriv("aes-256-gcm", content, NONCE_ZERO).setAAD(read(header));
  const sealed = [cipher.update(pad(read(plain))), cipher.final(), cipher.getAuthTag()];
  return { salt: show(salt), commitment: show(commitment), sealed: show(Buffer.concat(sealed)), enc };
}

// Section 6: opens a record with the category key.
async function openRecord({ key, header, salt, commitment, sealed, enc }) {
  let root = read(key);
  if (enc) {
    const recipient = await suites[1].createRecipientContext({
      recipientKey: (await dropBox(root)).privateKey,
      enc: read(enc),
      info: Buffer.concat([label("TH-DROP/1"), read(header)]),
    });
    root = Buffer.from(await recipient.export(Buffer.from("rec root"), 32));
  }
  const keys = recordKeys(root, read(salt), read(header));
  if (!timingSafeEqual(keys.commitment, read(commitment))) {
    return null;
  }
  const bytes = read(sealed);
  const cipher = createDecipheriv("aes-256-gcm", keys.content, NONCE_ZERO);
  cipher.setAAD(read(header)).setAuthTag(bytes.subarray(-TAG_BYTES));
  const padded = [cipher.update(bytes.subarray(0, -TAG_BYTES)), cipher.final()];
  return { plain: show(unpad(Buffer.concat(padded))) };
}

function recordKeys(root, salt, header) {
  return {
    content: hkdf(root, salt, label("TH-REC/1 key"), header),
    commitment: hkdf(root, salt, label("TH-REC/1 com"), header),
  };
}

function pad(plain) {
  const length = Math.ceil((plain.length + 1) / 256) * 256;
  if (length > PADDED_BYTES_MAX) {
    throw new RangeError("too long for this writer");
  }
  return Buffer.concat([plain, Buffer.from([0x80])], length);
}

function unpad(padded) {
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== 0x80) {
    throw new RangeError("no padding");
  }
  return padded.subarray(0, end);
}

const operations = { sealingKey, categoryKey, sealGrant, openGrant, sealRecord, openRecord };

async function answer(line) {
  try {
    const { op, params } = JSON.parse(line);
    if (!Object.hasOwn(operations, op)) {
      return { error: "unknown op" };
    }
    return { ok: await operations[op](params) };
  } catch (error) {
    return error instanceof OpenError ? { ok: null } : { error: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}

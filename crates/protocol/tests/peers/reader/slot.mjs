// The sealed bundle and the key slots: section 8 of docs/protocol.md.

import { encode, require, show, spelled } from "./cbor.mjs";
import {
  NONCE_ZERO,
  ascii,
  hex,
  hkdf,
  label,
  open,
  principal,
  recipient,
  same,
  seal,
  sender,
} from "./crypto.mjs";
import { code, codes } from "./registry.mjs";
import { Structure, among, bytes, hash, id, optional, sized } from "./shape.mjs";
import { vector } from "./vectors.mjs";

const SUITE = 2;
// BK, seq, head and the tag.
const SLOT_CT_BYTES = 32 + 8 + 32 + 16;
const BUNDLE_CT_BYTES = 32 + 16;
const TOY = code("anchor", "toy");
const SEALED_TO_OTHERS = ["guardian", "service"].map((word) => code("anchor", word));

export const BUNDLE = new Structure("TH-GB/1", { fid: id, kid: id, salt: hash, ct: sized(BUNDLE_CT_BYTES) });

export const SLOT = new Structure(
  "TH-SLOT/1",
  {
    slot_id: id,
    anchor: among(codes("anchor").filter((anchor) => anchor !== TOY)),
    recipient: optional(id),
    salt: optional(hash),
    enc: optional(bytes),
    ct: sized(SLOT_CT_BYTES),
  },
  ({ anchor, recipient, salt, enc }) => {
    const others = SEALED_TO_OTHERS.includes(anchor);
    const present = [recipient, enc].every((item) => (item !== null) === others);
    require(present && (salt === null) === others, "anchor");
  },
);

const headerOf = ({ slot_id, anchor, recipient }, { fid, kid }) =>
  ["TH-SLOT/1", slot_id, anchor, recipient, fid, kid];

const kekOf = (secret, word) => hkdf(secret, "", ascii(`TH-KEK/${word}/1`));
const slotKey = (kek, salt, header) => hkdf(kek, salt, label("TH-SLOT/1"), header);

async function bundle({ gb, fid, randomness }) {
  const drawn = hex(randomness);
  const [bk, salt] = [drawn.subarray(0, 32), drawn.subarray(32)];
  const { kid } = (await principal(hex(gb), SUITE)).sig;
  const aad = encode(["TH-GB/1", hex(fid), kid]);
  const key = hkdf(bk, salt, label("TH-GB/1"), aad);
  const fields = { fid: hex(fid), kid, salt, ct: seal(key, NONCE_ZERO, hex(gb), aad) };
  return {
    steps: { kid, aad, sealing_key: key },
    outputs: { fields: BUNDLE.shown(fields), cbor: BUNDLE.encode(fields) },
  };
}

/** Whose slots these are, and what they all hold; the vectors of slots don't say it again. */
async function owner() {
  const { gb, fid } = vector("slot", "sealed bundle").inputs;
  const { kid } = (await principal(hex(gb), SUITE)).sig;
  const { header, plain } = vector("slot", "slot opaque").steps;
  return { fid: hex(fid), kid, slot_id: spelled(header)[1], plain: hex(plain) };
}

export async function make({ name, inputs }) {
  if (name === "sealed bundle") {
    return bundle(inputs);
  }
  const word = name.split(" ").at(-1);
  const mine = await owner();
  const { slot_id } = mine;
  const plain = inputs.plain ? hex(inputs.plain) : mine.plain;
  const slot = { slot_id, anchor: code("anchor", word), recipient: null, salt: null, enc: null };
  const drawn = hex(inputs.randomness);
  let steps;
  if (SEALED_TO_OTHERS.includes(slot.anchor)) {
    const to = await principal(hex(inputs.recipient_gb), SUITE);
    require(same(to.kemKid, hex(inputs.recipient_kid)), "recipient");
    slot.recipient = to.kemKid;
    const info = encode(headerOf(slot, mine));
    const context = await sender(SUITE, to.pkKem, info, drawn);
    Object.assign(slot, { enc: context.enc, ct: await context.seal(plain, Buffer.alloc(0)) });
    steps = { info };
  } else {
    slot.salt = drawn;
    const header = headerOf(slot, mine);
    const encoded = encode(header);
    const kek = kekOf(hex(inputs.secret), word);
    const key = slotKey(kek, drawn, encoded);
    slot.ct = seal(key, NONCE_ZERO, plain, encoded);
    steps = { kek, header: show(header), header_cbor: encoded, sealing_key: key, plain };
  }
  return { steps, outputs: { fields: SLOT.shown(slot), cbor: SLOT.encode(slot) } };
}

async function opened(slot, mine, word, key) {
  require(slot.anchor === code("anchor", word), "anchor");
  const header = encode(headerOf(slot, mine));
  if (slot.enc) {
    const { kem, kemKid } = await principal(key, SUITE);
    require(same(slot.recipient, kemKid), "recipient");
    const context = await recipient(SUITE, kem, slot.enc, header);
    return context.open(slot.ct, Buffer.alloc(0));
  }
  return open(slotKey(kekOf(key, word), slot.salt, header), NONCE_ZERO, slot.ct, header);
}

async function openedBundle({ gb, randomness }, cbor) {
  const { fid, kid, salt, ct } = BUNDLE.decode(cbor);
  const aad = encode(["TH-GB/1", fid, kid]);
  const bk = hex(randomness).subarray(0, 32);
  const seed = open(hkdf(bk, salt, label("TH-GB/1"), aad), NONCE_ZERO, ct, aad);
  require(same(seed, hex(gb)), "another seed");
  require(same((await principal(seed, SUITE)).sig.kid, kid), "kid");
}

export async function read({ name, inputs, outputs }) {
  const cbor = hex(inputs.cbor ?? outputs.cbor);
  if (name === "sealed bundle") {
    await openedBundle(inputs, cbor);
    return;
  }
  const mine = await owner();
  // What must be refused is tried as the slot of a passkey.
  const word = inputs.prf ? "prf" : name.split(" ").at(-1);
  const key = hex(inputs.prf ?? inputs.secret ?? inputs.recipient_gb);
  const whose = inputs.kid ? { fid: hex(inputs.fid), kid: hex(inputs.kid) } : mine;
  const plain = await opened(SLOT.decode(cbor), whose, word, key);
  require(same(plain, inputs.plain ? hex(inputs.plain) : mine.plain), "another plain text");
}

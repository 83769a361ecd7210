// What people carry from one screen to another: the kit (section 8), invitations and the pairing of
// a toy (section 7 of docs/protocol.md).

import { encode, require } from "./cbor.mjs";
import { admitSealing, ascii, hex, hkdf, hmac, label, same, sha256 } from "./crypto.mjs";
import { admitEdwards } from "./points.mjs";
import { vector } from "./vectors.mjs";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const VALUE_BYTES = 20;
const VALUE_CHARACTERS = 32;
const CHECK_CHARACTERS = 4;

const base32 = (bits, count) =>
  Array.from({ length: count }, (_, index) => {
    const shift = BigInt(5 * (count - 1 - index));
    return CROCKFORD[Number((bits >> shift) & 31n)];
  }).join("");

const number = (bytes) => BigInt(`0x${bytes.toString("hex")}`);

/** 160 bits, and the first 20 of a hash over them. */
function checkedText(value, checksum) {
  const first = number(checksum.subarray(0, 3)) >> 4n;
  return base32(number(value), VALUE_CHARACTERS) + base32(first, CHECK_CHARACTERS);
}

function checkedValue(text, checksumOf) {
  require(/^[0-9A-HJKMNP-TV-Z]{36}$/.test(text), "code");
  const digits = [...text.slice(0, VALUE_CHARACTERS)].map((letter) => CROCKFORD.indexOf(letter));
  const bits = digits.reduce((sum, digit) => (sum << 5n) | BigInt(digit), 0n);
  const value = hex(bits.toString(16).padStart(2 * VALUE_BYTES, "0"));
  require(checkedText(value, checksumOf(value)) === text, "checksum");
  return value;
}

const kitSum = (value) => sha256(ascii("TH-KIT/1"), value);
const KIT_PICTURE = "TREEHOUSE-KIT:";

/** As people type it: in either case, with or without groups, o for 0 and i or l for 1. */
function kitValue(text) {
  const code = text.startsWith(KIT_PICTURE) ? text.slice(KIT_PICTURE.length) : text;
  const plain = code.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return checkedValue(plain, kitSum);
}

export const kit = {
  make({ inputs }) {
    const value = hex(inputs.value);
    const text = checkedText(value, kitSum(value)).match(/.{4}/g).join("-");
    const outputs = { text, qr_text: KIT_PICTURE + text };
    return { steps: { checksum_hash: kitSum(value) }, outputs };
  },
  read({ inputs, outputs }) {
    const texts = outputs ? [outputs.text, outputs.qr_text, ...outputs.also_read] : [inputs.text];
    for (const text of texts) {
      const value = kitValue(text);
      require(!outputs || same(value, hex(inputs.value)), "another value");
    }
  },
};

const LINK_BYTES = 16 + 32 + 16;

function invitation(link) {
  require(link.startsWith("1."), "version of an invitation");
  const text = link.slice(2);
  const bytes = Buffer.from(text, "base64url");
  // Node skips what it doesn't know, so what it read must spell the same text.
  require(bytes.length === LINK_BYTES && bytes.toString("base64url") === text, "link");
  const [fid, genesis, secret] = [[0, 16], [16, 48], [48]].map((part) => bytes.subarray(...part));
  return { fid, genesis, secret };
}

const SUITE = 2;

/** What proves that keys are those of whoever was handed the invitation. */
export function invitedProof(secret, { fid, genesis, pk_sig, pk_kem }) {
  const said = ["TH-INVITE/1", hex(fid), hex(genesis), hex(pk_sig), SUITE, hex(pk_kem)];
  return hmac(hkdf(secret, "", ascii("TH-INVITE/1")), encode(said));
}

export const invite = {
  make({ inputs }) {
    const [fid, genesis, secret] = [inputs.fid, inputs.genesis, inputs.secret].map(hex);
    const link = `1.${Buffer.concat([fid, genesis, secret]).toString("base64url")}`;
    return { outputs: { link, mac: invitedProof(secret, inputs) } };
  },
  read({ inputs, outputs }) {
    const link = inputs.link ?? outputs?.link;
    // A proof that is to be refused stands without the link: it's of the invitation above.
    const { secret } = invitation(link ?? vector("invite", "invitation").outputs.link);
    const mac = inputs.mac ?? outputs?.mac;
    if (mac) {
      admitEdwards(hex(inputs.pk_sig));
      admitSealing(SUITE, hex(inputs.pk_kem));
      require(same(invitedProof(secret, inputs), hex(mac)), "mac");
    }
  },
};

const TOY_PICTURE = "TREEHOUSE-TOY:";
const NO_BIAS_BELOW = 240;
const PICTURES = 64;

function drawnCode(randomness) {
  const letters = [...randomness].filter((byte) => byte < NO_BIAS_BELOW).slice(0, 8);
  const text = letters.map((byte) => CODE_LETTERS[byte % CODE_LETTERS.length]).join("");
  return `${text.slice(0, 4)}-${text.slice(4)}`;
}

const toySum = (code, ...parts) => sha256(ascii("TH-TOY/1"), ascii(code), ...parts);

function toyPicture(text) {
  const parts = text.split(":");
  require(parts.length === 4 && `${parts[0]}:` === TOY_PICTURE, "QR");
  require(new RegExp(`^[${CODE_LETTERS}]{4}-[${CODE_LETTERS}]{4}$`).test(parts[1]), "code");
  const fingerprint = checkedValue(parts[2], (value) => toySum(parts[1], value));
  const secret = checkedValue(parts[3], (value) => toySum(parts[1], fingerprint, value));
  return { code: parts[1], fingerprint, secret };
}

function scanned(inputs) {
  const [secret, fingerprint, genesis] = ["secret", "fingerprint", "genesis"].map((name) =>
    hex(inputs[name]),
  );
  const key = hkdf(secret, "", ascii("TH-PAIR/1 scanned"));
  return hmac(key, Buffer.concat([fingerprint, genesis])).subarray(0, 16);
}

const committed = (nonce, fingerprint) => sha256(label("TH-PAIR/1 commit"), nonce, fingerprint);

function pictures(inputs) {
  const parts = ["toy_nonce", "guardian_nonce", "fingerprint", "genesis"].map((name) =>
    hex(inputs[name]),
  );
  const hash = sha256(label("TH-PAIR/1 pictures"), ...parts);
  return [...hash.subarray(0, 3)].map((byte) => byte % PICTURES);
}

const names = () => vector("pairing", "pictures").outputs.names;

export const pairing = {
  make({ name, inputs, outputs }) {
    if (name === "pictures") {
      require(new Set(outputs.names).size === PICTURES, "pictures");
      return { outputs: { names: names() } };
    }
    const fingerprint = hex(inputs.fingerprint);
    if (inputs.randomness) {
      const code = drawnCode(hex(inputs.randomness));
      const sum = toySum(code, fingerprint);
      const secret = hex(inputs.secret);
      const parts = [checkedText(fingerprint, sum)];
      parts.push(checkedText(secret, toySum(code, fingerprint, secret)));
      const text = `${TOY_PICTURE}${code}:${parts.join(":")}`;
      return { steps: { checksum_hash: sum }, outputs: { code, qr_text: text } };
    }
    if (inputs.secret) {
      return { outputs: { answer: scanned(inputs) } };
    }
    const indices = pictures(inputs);
    return {
      steps: { commitment: committed(hex(inputs.toy_nonce), fingerprint) },
      outputs: { indices, pictures: indices.map((index) => names()[index]) },
    };
  },
  read({ inputs, outputs }) {
    const text = inputs?.qr_text ?? outputs?.qr_text;
    if (text) {
      const shown = toyPicture(text);
      for (const name of ["fingerprint", "secret"]) {
        require(!outputs || same(shown[name], hex(inputs[name])), `another ${name}`);
      }
    } else if (inputs?.commitment) {
      const expected = committed(hex(inputs.toy_nonce), hex(inputs.fingerprint));
      require(same(expected, hex(inputs.commitment)), "nonce");
    }
  },
};

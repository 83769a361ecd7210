// ground.json: ids, registries, CBOR, keys.

import { encode, require, spelled } from "./cbor.mjs";
import {
  admitSealing,
  ascii,
  categoryKey,
  hex,
  hkdf,
  kidOf,
  principal,
  same,
  sha256,
  unwrap,
  wrap,
} from "./crypto.mjs";
import { HEADER } from "./grants.mjs";
import { admitEdwards } from "./points.mjs";
import { all } from "./registry.mjs";

const FINGERPRINT_BYTES = 20;

export const fingerprint = (pkSig, pkKem) => sha256(pkSig, pkKem).subarray(0, FINGERPRINT_BYTES);

export async function make({ name, inputs }) {
  switch (name) {
    case "names": {
      const bytes = hex(inputs.bytes);
      return { outputs: { kid: kidOf(bytes), hash: sha256(bytes), none: Buffer.alloc(32) } };
    }
    case "registries":
      return { outputs: all() };
    case "cbor":
      return { outputs: { cbor: encode(spelled(inputs.diagnostic)) } };
    case "category key": {
      const { kc, dropPk, ikm } = await categoryKey(hex(inputs.ck));
      return { steps: { drop_ikm: ikm }, outputs: { kc, drop_pk: dropPk } };
    }
    case "own copy":
      return ownCopy(inputs);
    default:
      return keys(inputs);
  }
}

async function keys({ seed, suite }) {
  const { sig, kem, pkKem, kemKid } = await principal(hex(seed), suite);
  return {
    steps: { ed25519_seed: hkdf(hex(seed), "", ascii("TH-KEY/1 sig")), kem_private: kem },
    outputs: {
      pk_sig: sig.pk,
      pk_kem: pkKem,
      kid: sig.kid,
      kem_kid: kemKid,
      fingerprint: fingerprint(sig.pk, pkKem),
    },
  };
}

function ownCopy({ gb, ck, header }) {
  const own = hkdf(hex(gb), "", ascii("TH-KEY/1 own"));
  const { aad, key, wrapped } = wrap(own, spelled(header), hex(ck));
  const steps = { header_cbor: aad, own_copies_key: own, wrapping_key: key };
  return { steps, outputs: { wrapped } };
}

export async function read({ name, inputs, outputs }) {
  if (inputs?.cbor !== undefined) {
    HEADER.decode(hex(inputs.cbor));
  } else if (inputs?.pk_sig) {
    admitEdwards(hex(inputs.pk_sig));
  } else if (inputs?.pk_kem) {
    admitSealing(inputs.suite, hex(inputs.pk_kem));
  } else if (name === "own copy") {
    const own = hkdf(hex(inputs.gb), "", ascii("TH-KEY/1 own"));
    const ck = unwrap(own, spelled(inputs.header), hex(outputs.wrapped));
    require(same(ck, hex(inputs.ck)), "another key");
  } else if (outputs?.pk_sig) {
    admitEdwards(hex(outputs.pk_sig));
    admitSealing(inputs.suite, hex(outputs.pk_kem));
    require(same(kidOf(hex(outputs.pk_sig)), hex(outputs.kid)), "kid");
  }
}

// What a verifier knows before it reads a chain: section 2 of docs/protocol.md.

import { require } from "./cbor.mjs";
import { admitEdwards } from "./points.mjs";
import { admitSealing, hex, same, signingKey } from "./crypto.mjs";
import { code, codes, fits } from "./registry.mjs";
import { Structure, among, bytes, day, hash, id, text } from "./shape.mjs";
import { message, payloadOf, statement } from "./sign1.mjs";

const LISTING_DAYS_MAX = 396;
const LISTED = ["service", "third-party"].map((word) => code("grantee_kind", word));

export const VPC = new Structure("TH-VPC/1", {
  account: id,
  pk_sig: hash,
  method: among(codes("method")),
  evidence_hash: hash,
  day,
});

export const SVC = new Structure(
  "TH-SVC/1",
  {
    kind: among(LISTED),
    name: text(/^.{1,64}$/su),
    purpose: among(codes("purpose")),
    pk_sig: hash,
    suite: among([2]),
    pk_kem: bytes,
    not_before: day,
    expires: day,
  },
  ({ kind, name, purpose, pk_sig, suite, pk_kem, not_before, expires }) => {
    require(Buffer.byteLength(name) <= 64, "name");
    require(fits(kind, purpose), "purpose");
    admitEdwards(pk_sig);
    admitSealing(suite, pk_kem);
    const days = expires - not_before;
    require(days > 0 && days <= LISTING_DAYS_MAX, "expires");
  },
);

/** An attestation for exactly this key, from not after the day of the link that shows it. */
export function attested(signed, attester, pk, linkDay) {
  const vpc = VPC.decode(payloadOf(signed, attester));
  require(same(vpc.pk_sig, pk), "attested for another key");
  require(vpc.day <= linkDay, "attested after the link");
  return vpc;
}

export function make({ name, inputs }) {
  const structure = name === "listing" ? SVC : VPC;
  const cbor = structure.encode(structure.spelled(inputs.fields));
  const key = signingKey(hex(inputs.signer_ed25519_seed));
  return { outputs: { cbor, cose: statement(key, cbor).bytes() } };
}

export function read({ name, inputs, outputs }) {
  if (inputs.trusted_attester) {
    const [attester, pk] = [hex(inputs.trusted_attester), hex(inputs.pk_sig)];
    attested(message(hex(inputs.cose)), attester, pk, inputs.day_of_link);
    return;
  }
  const structure = name.startsWith("listing") ? SVC : VPC;
  structure.decode(hex(inputs.cbor ?? outputs.cbor));
  if (outputs) {
    const { pk } = signingKey(hex(inputs.signer_ed25519_seed));
    require(same(payloadOf(message(hex(outputs.cose)), pk), hex(outputs.cbor)), "another payload");
  }
}

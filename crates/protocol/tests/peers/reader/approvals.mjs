// What two guardians of different families sign: section 11 of docs/protocol.md.

import { encode, require } from "./cbor.mjs";
import { same, verified } from "./crypto.mjs";

const CONTACT_DAYS_MAX = 366;

/** `[fid, genesis hash, peer_kind, peer_id]`, the side with the smaller encoding first. */
export function statementOf(sides, modes, expires) {
  const sorted = [...sides].sort((one, other) => Buffer.compare(encode(one), encode(other)));
  return encode(["TH-CONTACT/1", ...sorted, modes, expires]);
}

export const CHILD = 1;

/** The other family's signature under what this family puts into its chain. */
export function approved(family, { body, day }) {
  const { cid, other_fid, other_genesis, peer_kind, peer_id, modes, expires, co_pk, co_sig } = body;
  require(!same(other_fid, family.fid), "other_fid");
  require(expires > day && expires - day <= CONTACT_DAYS_MAX, "expires");
  const sides = [
    [family.fid, family.genesis, CHILD, cid],
    [other_fid, other_genesis, peer_kind, peer_id],
  ];
  verified(co_pk, statementOf(sides, modes, expires), co_sig);
}

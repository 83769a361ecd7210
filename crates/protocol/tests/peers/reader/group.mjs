// Who may sit in a group: section 11 of docs/protocol.md.

import { require } from "./cbor.mjs";
import { hex, kidOf, same } from "./crypto.mjs";
import { CHILD } from "./approvals.mjs";
import { trust } from "./chain.mjs";
import { Family, name } from "./replay.mjs";

const SEATS_MAX = 64;
const GUARDIANS = ["owner", "carer"];

const isChild = ({ peer_kind }) => peer_kind === CHILD;
const alike = (one, other) =>
  ["fid", "peer_kind", "peer_id"].every((field) => one[field] === other[field]);

/** A guardian who decides for a child there; a teen watches over itself. */
function watches(families, seat, ward) {
  const family = families.get(ward.fid);
  const child = family?.children.get(ward.peer_id);
  if (seat.fid !== ward.fid || !isChild(ward) || child?.span.until !== null) {
    return false;
  }
  if (isChild(seat)) {
    return alike(seat, ward) && child.teen !== null;
  }
  const member = family.members.get(seat.peer_id);
  return member?.span.until === null && family.decides(member, child);
}

const standing = (family, today) =>
  [...family.contacts.values()].filter(({ open, body }) => open && today < body.expires);

const lives = (family, kid) => {
  const member = family.members.get(kid);
  return member?.span.until === null && GUARDIANS.includes(member.standing);
};

/** Whether what one family approved holds against the other's chain. */
function holds(own, { body }, other, today) {
  const signer = name(kidOf(body.co_pk));
  const standingOf = other.members.get(signer)?.standing;
  if (!same(body.other_genesis, other.genesis) || ![...GUARDIANS, "teen"].includes(standingOf)) {
    return false;
  }
  if (body.peer_kind !== CHILD) {
    return lives(other, signer) && lives(other, name(body.peer_id));
  }
  return standing(other, today).some(
    ({ body: theirs }) =>
      same(theirs.cid, body.peer_id) &&
      same(theirs.other_fid, own.fid) &&
      same(theirs.other_genesis, own.genesis) &&
      theirs.peer_kind === CHILD &&
      same(theirs.peer_id, body.cid) &&
      theirs.modes === body.modes &&
      theirs.expires === body.expires,
  );
}

function arePair(families, child, other, today) {
  const [own, theirs] = [families.get(child.fid), families.get(other.fid)];
  return standing(own, today).some(
    (contact) =>
      name(contact.body.cid) === child.peer_id &&
      name(contact.body.other_fid) === other.fid &&
      contact.body.peer_kind === other.peer_kind &&
      name(contact.body.peer_id) === other.peer_id &&
      holds(own, contact, theirs, today),
  );
}

/** How many seats a group has that holds. */
export function group({ one_chain, other_chain, seats, today }) {
  const replayed = [one_chain, other_chain].map((chain) =>
    Family.replayed(chain.map(hex), trust(), today),
  );
  const families = new Map(replayed.map((family) => [name(family.fid), family]));
  require(seats.length <= SEATS_MAX && seats.every(({ fid }) => families.has(fid)), "seats");
  for (const child of seats.filter(isChild)) {
    require(seats.some((seat) => watches(families, seat, child)), "oversight");
    for (const other of seats.filter(({ fid }) => fid !== child.fid)) {
      const there = !isChild(other) && seats.some((ward) => watches(families, other, ward));
      require(there || arePair(families, child, other, today), "clique");
    }
  }
  return seats.length;
}

// Who had the right to write a record: section 6 of docs/protocol.md, "the right at link seq".

import { require } from "./cbor.mjs";
import { kidOf, same, sha256 } from "./crypto.mjs";
import { unopened } from "./records.mjs";
import { code } from "./registry.mjs";
import { name } from "./replay.mjs";
import { message, signerOf } from "./sign1.mjs";

const WRITE = 2;
const GRANTEES = { owner: "guardian", carer: "guardian", device: "device", teen: "teen" };

const heldAt = ({ since, until }, seq) => since <= seq && (until === null || seq < until);

/** Whoever signs by this kid: a member of any time, or somebody listed. */
function whose({ members, trust }, kid) {
  const member = members.get(name(kid));
  const listed = trust.listings.filter(({ pk_sig }) => same(kidOf(pk_sig), kid));
  require(member || listed.length, "writer_kid");
  return { member, listed, pk: (member ?? listed[0]).pk_sig };
}

/** By which sealing keys, as what kind of grantee, the writer was there at that link. */
function places({ member, listed }, { seq, day }) {
  if (member) {
    require(heldAt(member.span, seq), "no member at that link");
    return [[code("grantee_kind", GRANTEES[member.standing]), member.kemKid]];
  }
  const then = listed.filter(({ not_before, expires }) => not_before <= day && day < expires);
  require(then.length, "not listed on that day");
  return then.map(({ kind, pk_kem }) => [kind, name(kidOf(pk_kem))]);
}

/** The hash of a record that its writer had the right to write. */
export function written(family, record) {
  const writer = whose(family, signerOf(message(record)));
  const header = unopened(record, writer.pk);
  const { fid, cid, cat, v, writer_kid, day, seq } = header;
  require(same(writer_kid, kidOf(writer.pk)), "another writer");
  require(same(fid, family.fid) && seq <= family.seq, "seq");
  const its = places(writer, header);
  const child = family.children.get(name(cid));
  const key = child?.keys.find((key) => key.cat === cat && key.v === v);
  require(key && heldAt(key.span, seq), "v");
  require(key.dueSince === undefined || seq < key.dueSince, "due");
  const promoted = child.teen && family.members.get(child.teen).span.since;
  const lapsed = child.teen && child.teen !== name(writer_kid) && promoted <= seq;
  const counts = ({ span, header: grant }) =>
    heldAt(span, seq) &&
    grant.rights & WRITE &&
    same(grant.cid, cid) &&
    grant.cat === cat &&
    grant.v === v &&
    grant.not_before <= day &&
    (grant.expires === null || day < grant.expires) &&
    its.some(([kind, kid]) => kind === grant.grantee_kind && kid === name(grant.grantee_kid));
  const made = key.maker === name(writer_kid) && !lapsed;
  require(made || [...family.grants.values()].some(counts), "no right to write");
  return sha256(record);
}

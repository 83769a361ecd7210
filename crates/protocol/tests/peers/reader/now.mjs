// What holds after some links, as chain.json says it beside the story: who belongs, what stands.

import { name } from "./replay.mjs";

const living = ({ span }) => span.until === null;
const byName = (field) => (one, other) => (one[field] < other[field] ? -1 : 1);

const members = (family) =>
  [...family.members.values()]
    .filter(living)
    .map(({ kid, standing, children, frozen_until }) => ({ kid, standing, children, frozen_until }))
    .sort(byName("kid"));

function children(family) {
  const rows = [...family.children.values()].filter(living).map(({ cid, teen, keys }) => {
    const current = keys.filter((key) => key.current && key.span.until === null);
    const current_keys = current.map(({ cat, v }) => ({ cat, v }));
    return { cid, teen, current_keys: current_keys.sort((one, other) => one.cat - other.cat) };
  });
  return rows.sort(byName("cid"));
}

function liveGrants(family, today) {
  const counts = ({ span, header: { not_before, expires } }) =>
    span.until === null && not_before <= today && (expires === null || today < expires);
  return [...family.grants.values()].filter(counts).map(({ hash }) => name(hash)).sort();
}

/** In the order of their links; a recovery may move who announced, or is meant by, a removal. */
function announcements(family) {
  const standing = [...family.announced].filter(([, { open }]) => open);
  return standing.map(([hash, { by, removes, recovers }]) => ({
    hash,
    what: removes ? "removal" : "recovery",
    kid: removes ?? recovers,
    by,
  }));
}

function contacts(family, today) {
  const stand = [...family.contacts].filter(([, { open, body }]) => open && today < body.expires);
  const rows = stand.sort(([one], [other]) => (one < other ? -1 : 1));
  return rows.map(([, { body }]) => ({
    cid: name(body.cid),
    other_fid: name(body.other_fid),
    peer_kind: body.peer_kind,
    peer_id: name(body.peer_id),
    modes: body.modes,
    expires: body.expires,
  }));
}

export function dueNow(family) {
  const rows = family.due().map(({ child, key }) => ({ cid: child.cid, cat: key.cat }));
  const order = (one, other) => one.cid.localeCompare(other.cid) || one.cat - other.cat;
  return rows.sort(order);
}

export function now(family, today) {
  const { seq, head, frozen_until } = family;
  return {
    seq,
    head,
    members: members(family),
    children: children(family),
    frozen_until: frozen_until && today < frozen_until ? frozen_until : null,
    live_grants: liveGrants(family, today),
    announcements: announcements(family),
    contacts: contacts(family, today),
    due: dueNow(family),
  };
}

// What each type of link does to a family, and on which conditions beyond who signed it: section 3
// of docs/protocol.md.

import { encode, require } from "./cbor.mjs";
import { kidOf, same, verified } from "./crypto.mjs";
import { approved } from "./approvals.mjs";
import { CAN_RECOVER } from "./bodies.mjs";
import { LISTS, READ, code } from "./registry.mjs";

const FREEZE_DAYS_MAX = 90;
const RECOVERY_DAYS = 3;
const GRANT_AHEAD_DAYS_MAX = 31;
const CONTACTS_MAX = 8;

const name = (bytes) => bytes.toString("hex");
const hexed = (text) => Buffer.from(text, "hex");
const roleOf = (role) => LISTS.role.find((item) => item.code === role).word;

function genesis(family, at) {
  const { kind } = at.body;
  const admitted = family.admit(at, { kind: "guardian" });
  family.join(at, admitted, kind === 1 ? "owner" : "teen", []);
}

function addGuardian(family, at) {
  const admitted = family.admit(at, { kind: "guardian" });
  const children = at.body.children.map((cid) => family.child(cid));
  family.join(at, admitted, roleOf(at.body.role), children.map(({ cid }) => cid));
}

function removeGuardian(family, at) {
  [null, leaveOrAnnounce, removeAgreed, removeDue][at.body.stage](family, at);
}

function goes(family, at, member) {
  const owners = family.owners();
  require(member.standing !== "owner" || owners.length > 1, "the last owner");
  family.leave(member, at.seq);
}

const guardian = (family, kid) => {
  const member = family.living(name(kid));
  require(["owner", "carer"].includes(member.standing), "not a guardian");
  return member;
};

function leaveOrAnnounce(family, at) {
  const member = guardian(family, at.body.kid);
  const itself = member.kid === at.signer.kid;
  require(itself || at.signer.standing === "owner", "signer");
  if (itself || member.standing === "carer") {
    goes(family, at, member);
    return;
  }
  const due = at.day + family.policy.timelock_days;
  announce(family, at, { by: at.signer.kid, removes: member.kid, due, open: true });
}

/** One announcement of its kind stands at a time, so that nobody can pile them up. */
function announce(family, at, made) {
  const { by, removes, recovers } = made;
  const before = [...family.announced.values()].some(
    (old) => old.open && old.by === by && old.removes === removes && old.recovers === recovers,
  );
  require(!before, "announced already");
  family.announced.set(name(at.hash), made);
}

function removeAgreed(family, at) {
  const member = guardian(family, at.body.kid);
  require(at.signer.standing === "owner", "signer");
  const { signatures } = at.body;
  require(signatures.length > 0, "signatures");
  // Whoever signs the link, too, came before the one to be removed, or a time lock ago.
  const settled = ({ span, day }) =>
    span.since < member.came || day + family.policy.timelock_days < at.day;
  require(settled(family.living(at.signer.kid)), "signer came later");
  signatures.slice(1).forEach(([kid], index) => {
    require(Buffer.compare(signatures[index][0], kid) < 0, "doesn't ascend");
  });
  const said = encode(["TH-REMOVE/1", family.fid, at.body.kid, at.prev]);
  const accounts = [at.signer.account];
  for (const [kid, signature] of signatures) {
    const other = family.living(name(kid));
    require(other.standing === "owner", "co-signer");
    require(!accounts.some((account) => same(account, other.account)), "one account twice");
    require(!family.isFrozen(other, at.day), "frozen");
    require(settled(other), "co-signer came later");
    verified(other.pk_sig, said, signature);
    accounts.push(other.account);
  }
  require(accounts.length - 1 >= family.policy.quorum, "quorum");
  goes(family, at, member);
}

/** A time lock has run out on the day after its last. */
function ripe(family, at, what) {
  const announced = family.announced.get(name(at.body.hash));
  require(announced?.open && announced[what], "no such announcement");
  require(at.day > announced.due, "day");
  announced.open = false;
  return announced;
}

function removeDue(family, at) {
  require(at.signer.standing === "owner", "signer");
  const announced = ripe(family, at, "removes");
  goes(family, at, family.living(announced.removes));
}

function addDevice(family, at) {
  const { cid, caps } = at.body;
  const admitted = family.admit(at, { kind: "device" });
  require(!(caps & CAN_RECOVER) || at.signer.standing === "owner", "signer");
  const child = cid && family.child(cid);
  require(child || at.signer.standing === "owner", "signer");
  if (child) {
    family.reaches(at, child);
  }
  family.join(at, admitted, "device", child ? [child.cid] : []);
}

function removeDevice(family, at) {
  const device = family.living(name(at.body.kid));
  require(device.standing === "device", "not a device");
  require(device.children.length || ["owner", "server"].includes(at.signer.standing), "signer");
  device.children.forEach((cid) => family.reaches(at, family.child(hexed(cid))));
  family.leave(device, at.seq);
}

function addChild(family, at) {
  const cid = name(at.body.cid);
  require(!family.children.has(cid), "cid");
  const member = family.members.get(at.signer.kid);
  const teen = member.standing === "teen" ? member.kid : null;
  require(!teen || member.children.length === 0, "signer");
  const span = { since: at.seq, until: null };
  family.children.set(cid, { cid, teen, erased: 0, span, keys: [] });
  // A child that a carer adds is in its care; a teen adds itself.
  if (member.standing !== "owner") {
    member.children = [...member.children, cid];
  }
}

/** All data of a child ends, and with it the places of its devices and its own. */
function removeChild(family, at) {
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  const { seq } = at;
  lapseAll(family, child, seq, () => true);
  child.span.until = seq;
  for (const contact of family.contacts.values()) {
    contact.open &&= name(contact.body.cid) !== child.cid;
  }
  for (const member of family.members.values()) {
    const its = member.children.includes(child.cid) && member.span.until === null;
    if (its && (member.standing === "device" || member.kid === child.teen)) {
      family.leave(member, seq);
    }
  }
  return child;
}

function lapseAll(family, child, seq, ofCategory) {
  const grants = [...family.grants.values()].filter(({ header }) => name(header.cid) === child.cid);
  grants
    .filter(({ header }) => ofCategory(header.cat))
    .forEach((grant) => family.lapse(grant, seq));
  const keys = child.keys.filter(({ cat, current }) => current && ofCategory(cat));
  keys.forEach((key) => {
    family.makeDue(key, seq);
    key.span.until ??= seq;
  });
}

function erase(family, at) {
  const { categories } = at.body;
  if (categories.length === 0) {
    removeChild(family, at).erased = 1;
    return;
  }
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  lapseAll(family, child, at.seq, (cat) => categories.includes(cat));
}

function makeKeys(family, at) {
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  for (const [cat, v, kc, dropPk, wrapped] of at.body.versions) {
    const before = child.keys.filter((key) => key.cat === cat);
    require(v === before.length + 1, "v");
    require(!family.commitments.has(name(kc)), "kc");
    family.commitments.add(name(kc));
    for (const key of before) {
      key.span.until ??= at.seq;
      key.current = false;
    }
    const span = { since: at.seq, until: null };
    const made = { cat, v, maker: at.signer.kid, kc, dropPk, wrapped, span };
    child.keys.push({ ...made, current: true, due: false });
  }
}

const GRANTEES = { owner: "guardian", carer: "guardian", device: "device", teen: "teen" };

const LISTED = ["service", "third-party"].map((word) => code("grantee_kind", word));

/** Who is granted: a living member, for the children that it's there for, or who is listed. */
function grantee(family, header, day) {
  const kid = name(header.grantee_kid);
  if (LISTED.includes(header.grantee_kind)) {
    listed(family, header, kid, day);
    return;
  }
  const members = [...family.members.values()];
  const member = members.find(({ kemKid, span }) => kemKid === kid && span.until === null);
  require(member, "grantee_kid");
  require(code("grantee_kind", GRANTEES[member.standing]) === header.grantee_kind, "kind");
  require(member.suite === header.suite, "suite");
  const { standing, children } = member;
  const all = standing === "owner" || (standing === "device" && !children.length);
  require(all || member.children.includes(name(header.cid)), "of another child");
}

function listed({ trust }, header, kid, day) {
  const stands = ({ pk_kem, not_before, expires }) =>
    name(kidOf(pk_kem)) === kid && not_before <= day && day < expires;
  const listings = trust.listings.filter(stands);
  const alike = listings.filter(({ kind }) => kind === header.grantee_kind);
  require(alike.length, "grantee_kid");
  const fits = ({ purpose, suite }) => purpose === header.purpose && suite === header.suite;
  require(alike.some(fits), "purpose");
}

function keep(family, at, { header, hash }, key) {
  require(same(header.fid, family.fid), "fid");
  const ahead = header.not_before - at.day;
  require(!family.grants.has(name(hash)), "a grant that was there already");
  require(ahead >= 0 && ahead <= GRANT_AHEAD_DAYS_MAX, "not_before");
  grantee(family, header, at.day);
  require(key.current, "v");
  const span = { since: at.seq, until: null };
  const kid = name(header.grantee_kid);
  family.grants.set(name(hash), { hash, by: at.signer.kid, kid, header, span });
}

function grant(family, at) {
  for (const item of at.body.grant.grants) {
    const child = family.child(item.header.cid);
    family.reaches(at, child);
    const key = family.key(item);
    keep(family, at, item, key);
    require(!key.due, "v");
  }
}

function revoke(family, at) {
  for (const hash of at.body.hashes) {
    const grant = family.grants.get(name(hash));
    if (grant) {
      require(grant.span.until === null, "hashes");
      family.reaches(at, family.child(grant.header.cid));
      family.lapse(grant, at.seq);
    } else {
      callOff(family, at, family.announced.get(name(hash)));
    }
  }
}

/** Removals by who announced them, recoveries by an owner, whose key it is, or the server. */
function callOff(family, at, announced) {
  require(announced?.open, "hashes");
  const { standing, kid } = at.signer;
  const may = announced.removes
    ? kid === announced.by
    : ["owner", "server"].includes(standing) || kid === announced.recovers;
  require(may, "signer");
  announced.open = false;
}

function setAnchors(family, at) {
  family.members.get(at.signer.kid).anchors = at.body.anchors.length;
}

function setPolicy(family, at) {
  family.policy = { ...at.body };
}

function promote(family, at) {
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  const admitted = family.admit(at, { kind: "teen" });
  const kind = code("grantee_kind", "guardian");
  const theirs = [...family.grants.values()].filter(
    ({ header }) => name(header.cid) === child.cid && header.grantee_kind === kind,
  );
  theirs.forEach((grant) => family.lapse(grant, at.seq));
  child.keys.forEach((key) => family.makeDue(key, at.seq));
  child.teen = admitted.kid;
  family.join(at, admitted, "teen", [child.cid]);
}

function freeze(family, at) {
  const { kid, until } = at.body;
  require(until > at.day && until - at.day <= FREEZE_DAYS_MAX, "until");
  const frozen = kid ? guardian(family, kid) : family;
  frozen.frozen_until = Math.max(frozen.frozen_until ?? 0, until);
}

function approveContact(family, at) {
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  approved(family, at);
  const pair = ({ body }) => ["cid", "other_fid", "peer_id"].map((field) => name(body[field])).join();
  const standing = [...family.contacts.values()].filter(
    (contact) => contact.open && contact.body.expires > at.day && pair(contact) === pair(at),
  );
  require(standing.length < CONTACTS_MAX, "contacts");
  family.contacts.set(name(at.hash), { body: at.body, open: true });
}

function revokeContact(family, at) {
  const contact = family.contacts.get(name(at.body.hash));
  require(contact?.open, "hash");
  family.reaches(at, family.child(contact.body.cid));
  contact.open = false;
}

const DESTROYING = ["revoke", "child-remove", "erase"];

/** The server tells of what somebody asked to be destroyed. */
function purge(family, at) {
  const asked = family.links.get(name(at.body.hash));
  require(asked && DESTROYING.includes(asked.word), "hash");
}

function recover(family, at) {
  (at.body.stage === 1 ? announceRecovery : completeRecovery)(family, at);
}

function announceRecovery(family, at) {
  require(family.policy.toy_recovery === 1 && at.signer.caps & CAN_RECOVER, "signer");
  const lost = guardian(family, at.body.kid);
  const admitted = family.admit(at, { kind: "guardian", account: lost.account });
  const due = at.day + RECOVERY_DAYS;
  announce(family, at, { by: at.signer.kid, recovers: lost.kid, due, open: true, at, admitted });
}

function completeRecovery(family, at) {
  const announced = ripe(family, at, "recovers");
  require(announced.by === at.signer.kid, "signer");
  const lost = family.living(announced.recovers);
  const { body } = announced.at;
  const anew = family.join({ ...at, body }, announced.admitted, lost.standing, lost.children);
  anew.frozen_until = lost.frozen_until;
  anew.came = lost.came;
  // A new key is no way out of a removal that was announced, and no end of what it announced.
  for (const other of family.announced.values()) {
    if (other.removes) {
      other.removes = other.removes === lost.kid ? anew.kid : other.removes;
      other.by = other.by === lost.kid ? anew.kid : other.by;
    }
  }
  for (const item of at.body.grant?.grants ?? []) {
    handOver(family, at, item, anew);
  }
  family.leave(lost, at.seq);
}

/** A device hands over what it may read itself. */
function handOver(family, at, item, anew) {
  const { header } = item;
  const child = family.child(header.cid);
  require(name(header.grantee_kid) === anew.kemKid && family.decides(anew, child), "grantee_kid");
  const key = family.key(item);
  require(!key.due, "v");
  const reads = [...family.grants.values()].some(
    (grant) =>
      grant.kid === at.signer.kemKid &&
      grant.span.until === null &&
      grant.header.rights & READ &&
      family.key(grant) === key,
  );
  require(reads, "what the device can't read");
  keep(family, at, item, key);
}

export const DEEDS = {
  genesis,
  "guardian-add": addGuardian,
  "guardian-remove": removeGuardian,
  "device-add": addDevice,
  "device-remove": removeDevice,
  "child-add": addChild,
  "child-remove": removeChild,
  "key-version": makeKeys,
  grant,
  revoke,
  "recovery-set": setAnchors,
  policy: setPolicy,
  promote,
  erase,
  freeze,
  "contact-approve": approveContact,
  "contact-revoke": revokeContact,
  purge,
  recover,
};

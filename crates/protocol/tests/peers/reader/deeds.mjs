// What each type of link does to a family, and on which conditions beyond who signed it: section 3
// of docs/protocol.md.

import { encode, require } from "./cbor.mjs";
import { kidOf, same, verified } from "./crypto.mjs";
import { approved } from "./approvals.mjs";
import { CAN_RECOVER, RULES } from "./bodies.mjs";
import { LISTS, READ, code } from "./registry.mjs";

const FREEZE_DAYS_MAX = 90;
const RECOVERY_DAYS = 3;
const GRANT_AHEAD_DAYS_MAX = 31;
const CONTACTS_MAX = 8;

const name = (bytes) => bytes.toString("hex");
const roleOf = (role) => LISTS.role.find((item) => item.code === role).word;

function genesis(family, at) {
  const { kind } = at.body;
  const admitted = family.admit(at, { kind: "guardian" });
  family.join(at, admitted, kind === 1 ? "owner" : "teen", []);
}

function addGuardian(family, at) {
  const admitted = family.admit(at, { kind: "guardian" });
  const children = at.body.children.map((cid) => family.child(cid));
  children.forEach((child) => family.reaches(at, child));
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
  family.announced.set(name(at.hash), { by: at.signer.kid, removes: member.kid, due, open: true });
}

function removeAgreed(family, at) {
  const member = guardian(family, at.body.kid);
  require(at.signer.standing === "owner" && member.kid !== at.signer.kid, "signer");
  const said = encode(["TH-REMOVE/1", family.fid, at.body.kid, at.prev]);
  const accounts = [at.signer.account];
  for (const [kid, signature] of at.body.signatures) {
    const other = family.living(name(kid));
    require(other.standing === "owner" && other.kid !== member.kid, "co-signer");
    require(!accounts.some((account) => same(account, other.account)), "one account twice");
    require(other.frozen_until === null || at.day >= other.frozen_until, "frozen");
    const old = other.day + family.policy.timelock_days < at.day;
    require(other.span.since < member.span.since || old, "co-signer came later");
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
  device.children.forEach((cid) => family.reaches(at, family.children.get(cid)));
  family.leave(device, at.seq);
}

function addChild(family, at) {
  const cid = name(at.body.cid);
  require(!family.children.has(cid), "cid");
  const member = family.members.get(at.signer.kid);
  const teen = member.standing === "teen" ? member.kid : null;
  require(!teen || member.children.length === 0, "signer");
  const span = { since: at.seq, until: null };
  family.children.set(cid, { cid, teen, erased: new Set(), span, keys: [] });
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
  for (const member of family.members.values()) {
    const its = member.children.includes(child.cid) && member.span.until === null;
    if (its && (member.standing === "device" || member.kid === child.teen)) {
      family.leave(member, seq);
    }
  }
}

function lapseAll(family, child, seq, ofCategory) {
  const grants = [...family.grants.values()].filter(({ header }) => name(header.cid) === child.cid);
  const open = ({ span }) => span.until === null;
  grants.filter((grant) => open(grant) && ofCategory(grant.header.cat)).forEach((grant) => {
    grant.span.until = seq;
  });
  child.keys.filter((key) => open(key) && ofCategory(key.cat)).forEach((key) => {
    key.span.until = seq;
  });
}

function erase(family, at) {
  const { categories } = at.body;
  if (categories.length === 0) {
    removeChild(family, at);
    return;
  }
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  lapseAll(family, child, at.seq, (cat) => categories.includes(cat));
  categories.forEach((cat) => child.erased.add(cat));
}

function makeKeys(family, at) {
  const child = family.child(at.body.cid);
  family.reaches(at, child);
  for (const [cat, v, kc, dropPk, wrapped] of at.body.versions) {
    const before = child.keys.filter((key) => key.cat === cat);
    require(v === before.length + 1, "v");
    require(!family.commitments.has(name(kc)), "kc");
    family.commitments.add(name(kc));
    before.filter(({ span }) => span.until === null).forEach((key) => {
      key.span.until = at.seq;
    });
    const span = { since: at.seq, until: null };
    child.keys.push({ cat, v, maker: at.signer.kid, kc, dropPk, wrapped, span, due: false });
  }
}

const GRANTEES = { owner: "guardian", carer: "guardian", device: "device", teen: "teen" };

/** Who is granted: a living member, or somebody whom the directory lists. */
function grantee(family, header, day) {
  const kid = name(header.grantee_kid);
  const members = [...family.members.values()];
  const member = members.find(({ kemKid, span }) => kemKid === kid && span.until === null);
  if (member) {
    require(code("grantee_kind", GRANTEES[member.standing]) === header.grantee_kind, "kind");
    require(member.suite === header.suite, "suite");
    return;
  }
  const listing = family.trust.listings.find((listing) => name(kidOf(listing.pk_kem)) === kid);
  require(listing && listing.kind === header.grantee_kind, "grantee_kid");
  require(listing.purpose === header.purpose && listing.suite === header.suite, "purpose");
  require(listing.not_before <= day && day < listing.expires, "a listing that is over");
}

function keep(family, at, { header, hash }, key) {
  require(same(header.fid, family.fid), "fid");
  const ahead = header.not_before - at.day;
  require(!family.grants.has(name(hash)), "a grant that was there already");
  require(ahead >= 0 && ahead <= GRANT_AHEAD_DAYS_MAX, "not_before");
  grantee(family, header, at.day);
  require(key.span.until === null, "v");
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
      family.reaches(at, family.children.get(name(grant.header.cid)));
      family.lapse(grant, at.seq);
    } else {
      callOff(family, at, family.announced.get(name(hash)));
    }
  }
}

/** Removals by the announcer or another owner, recoveries by an owner, whose key it is, or the server. */
function callOff(family, at, announced) {
  require(announced?.open, "hashes");
  const { standing, kid } = at.signer;
  const may = announced.removes
    ? standing === "owner" && kid !== announced.removes
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
  const guardians = [...family.members.values()].filter(({ standing }) =>
    ["owner", "carer"].includes(standing),
  );
  const kids = guardians.map(({ kemKid }) => kemKid);
  const theirs = [...family.grants.values()].filter(
    ({ header, kid }) => name(header.cid) === child.cid && kids.includes(kid),
  );
  theirs.forEach((grant) => family.lapse(grant, at.seq));
  child.keys.forEach((key) => family.makeDue(key));
  child.teen = admitted.kid;
  family.join(at, admitted, "teen", [child.cid]);
}

function freeze(family, at) {
  const { kid, until } = at.body;
  require(until > at.day && until - at.day <= FREEZE_DAYS_MAX, "until");
  const all = [...family.members.values()];
  const frozen = kid
    ? [guardian(family, kid)]
    : all.filter(({ standing, span }) => ["owner", "carer"].includes(standing) && span.until === null);
  frozen.forEach((member) => {
    member.frozen_until = Math.max(member.frozen_until ?? 0, until);
  });
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
  family.reaches(at, family.children.get(name(contact.body.cid)));
  contact.open = false;
}

/** The server tells of what somebody asked for: of a link that took something away. */
function purge(family, at) {
  const asked = family.links.get(name(at.body.hash));
  require(asked && RULES[asked.word].effect === "reduces", "hash");
}

function recover(family, at) {
  (at.body.stage === 1 ? announceRecovery : completeRecovery)(family, at);
}

function announceRecovery(family, at) {
  require(family.policy.toy_recovery === 1 && at.signer.caps & CAN_RECOVER, "signer");
  const lost = guardian(family, at.body.kid);
  const admitted = family.admit(at, { kind: "guardian", account: lost.account });
  const due = at.day + RECOVERY_DAYS;
  const announced = { by: at.signer.kid, recovers: lost.kid, due, open: true, at, admitted };
  family.announced.set(name(at.hash), announced);
}

function completeRecovery(family, at) {
  const announced = ripe(family, at, "recovers");
  require(announced.by === at.signer.kid, "signer");
  const lost = family.living(announced.recovers);
  family.leave(lost, at.seq);
  const { body } = announced.at;
  const anew = family.join({ ...at, body }, announced.admitted, lost.standing, lost.children);
  anew.frozen_until = lost.frozen_until;
  for (const other of family.announced.values()) {
    other.removes = other.removes === lost.kid ? anew.kid : other.removes;
  }
  for (const item of at.body.grant?.grants ?? []) {
    handOver(family, at, item, anew);
  }
}

/** A device hands over what it may read itself, due or not: nobody else is there to. */
function handOver(family, at, item, anew) {
  const { header } = item;
  const child = family.child(header.cid);
  require(name(header.grantee_kid) === anew.kemKid && family.decides(anew, child), "grantee_kid");
  const key = family.key(item);
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

// A family's chain, replayed: section 3 of docs/protocol.md. Members and children are named by the
// hexadecimal of their ids. A family that refused a link is thrown away by whoever replays it.

import { encode, require } from "./cbor.mjs";
import { kidOf, same, sha256, verified } from "./crypto.mjs";
import { RULES, readBody, wordOf } from "./bodies.mjs";
import { DEEDS } from "./deeds.mjs";
import { READ, code } from "./registry.mjs";
import { Structure, day, hash, id, uint } from "./shape.mjs";
import { message, payloadOf, signerOf } from "./sign1.mjs";
import { attested } from "./trust.mjs";

const AHEAD_DAYS = 1;

export const name = (bytes) => bytes.toString("hex");

export const LINK = new Structure("TH-LINK/1", {
  fid: id,
  seq: uint,
  prev: hash,
  day,
  link_type: uint,
  body: () => {},
});

export class Family {
  /** What a verifier knows before it reads a chain: `{attester, server, listings}`. */
  constructor(trust) {
    this.trust = trust;
    this.messages = [];
    this.links = new Map();
    this.members = new Map();
    this.children = new Map();
    this.grants = new Map();
    this.announced = new Map();
    this.contacts = new Map();
    this.commitments = new Set();
    this.keys = new Set();
    this.frozen_until = null;
    this.policy = { quorum: 1, timelock_days: 14, toy_recovery: 0 };
    this.seq = -1;
    this.head = Buffer.alloc(32);
    this.day = 0;
  }

  static replayed(messages, trust, today) {
    const family = new Family(trust);
    messages.forEach((bytes) => family.apply(bytes, today));
    return family;
  }

  apply(bytes, today) {
    const signed = message(bytes);
    const link = LINK.decode(signed.payload);
    const word = wordOf(link.link_type);
    require(word, "type");
    require(link.seq === this.seq + 1, "seq");
    require(same(link.prev, this.head), "prev");
    require(link.day >= this.day && link.day <= today + AHEAD_DAYS, "day");
    require((link.seq === 0) === (word === "genesis"), "genesis");
    const body = readBody(word, link.body);
    const signer = this.signer(signed, body, link);
    payloadOf(signed, signer.pk);
    this.fid ??= link.fid;
    require(same(link.fid, this.fid), "fid");
    const at = { ...link, word, body, signer, hash: sha256(bytes), raw: link.body };
    if (link.seq > 0) {
      this.permitted(at);
    }
    DEEDS[word](this, at);
    this.links.set(name(at.hash), at);
    this.messages.push(bytes);
    Object.assign(this, { seq: link.seq, head: at.hash, day: link.day });
    this.genesis ??= at.hash;
  }

  /** The first link is signed by the key in it; the server's key is the server's everywhere. */
  signer(signed, { pk_sig }, { seq }) {
    const kid = signerOf(signed);
    if (same(kid, kidOf(this.trust.server))) {
      return { pk: this.trust.server, kid: name(kid), standing: "server" };
    }
    if (seq === 0) {
      return { pk: pk_sig, kid: name(kidOf(pk_sig)), standing: "founder" };
    }
    const member = this.members.get(name(kid));
    require(member && member.span.until === null, "not a living member");
    return { ...member, pk: member.pk_sig };
  }

  permitted({ word, day, signer }) {
    const { effect, reach } = RULES[word];
    require(reach[signer.standing], "signer");
    const stops = ["widens", "governs"].includes(effect);
    require(!(stops && this.isFrozen(signer, day)), "frozen");
  }

  /** Until the day before that of the freeze: on that day it's over. */
  isFrozen(member, day) {
    return [this.frozen_until, member?.frozen_until].some((until) => until && day < until);
  }

  living(kid) {
    const member = this.members.get(kid);
    require(member && member.span.until === null, "kid");
    return member;
  }

  child(cid) {
    const child = this.children.get(name(cid));
    require(child && child.span.until === null, "cid");
    return child;
  }

  /** How far the signer's say reaches: the cells of docs/generated/rules.md. */
  reaches({ word, signer }, child) {
    const reach = RULES[word].reach[signer.standing];
    const own = signer.children?.includes(child.cid) && (!child.teen || child.teen === signer.kid);
    const holds = { all: true, family: child.teen === null, own, itself: own };
    require(holds[reach], "signer");
  }

  decides(member, child) {
    const own = member.children.includes(child.cid);
    const cares = member.standing === "owner" || (member.standing === "carer" && own);
    return child.teen ? child.teen === member.kid : cares;
  }

  /** A key comes in once, and proves that its owner holds it. */
  admit({ body, raw, link_type, fid, day }, { kind, account }) {
    const kid = name(kidOf(body.pk_sig));
    const kemKid = name(kidOf(body.pk_kem));
    require(!this.keys.has(kid) && !this.keys.has(kemKid), "a key that came in already");
    // A key that waits to come back is nobody else's.
    const waits = [...this.announced.values()].filter(({ open, recovers }) => open && recovers);
    const taken = waits.flatMap(({ admitted }) => [admitted.kid, admitted.kemKid]);
    require(!taken.includes(kid) && !taken.includes(kemKid), "a key that waits to come back");
    require(!same(body.pk_sig, this.trust.server), "the server's key");
    if (body.accept_sig) {
      const said = sha256(encode(raw.slice(0, -1)));
      verified(body.pk_sig, encode(["TH-ACCEPT/1", fid, link_type, said]), body.accept_sig);
    }
    if (body.vpc) {
      const vpc = attested(body.vpc, this.trust.attester, body.pk_sig, day);
      require(!account || same(vpc.account, account), "another account");
      return { kid, kemKid, account: vpc.account };
    }
    require(kind !== "guardian", "vpc");
    return { kid, kemKid, account: null };
  }

  join(at, admitted, standing, children) {
    const { pk_sig, pk_kem, suite, caps } = at.body;
    const { kid, kemKid, account } = admitted;
    [kid, kemKid].forEach((key) => this.keys.add(key));
    const span = { since: at.seq, until: null };
    const member = { kid, kemKid, account, pk_sig, pk_kem, suite, caps, standing, children, span };
    const fresh = { anchors: 0, frozen_until: null, day: at.day, came: at.seq };
    this.members.set(kid, { ...member, ...fresh });
    return this.members.get(kid);
  }

  /** A reader that goes takes its grants with it, and what it could read is due. */
  leave(member, seq) {
    const { kid, kemKid, span } = member;
    span.until = seq;
    member.anchors = 0;
    for (const announced of this.announced.values()) {
      const gone = [announced.by, announced.removes, announced.recovers].includes(kid);
      announced.open &&= !gone;
    }
    const members = ["guardian", "device", "teen"].map((word) => code("grantee_kind", word));
    [...this.grants.values()]
      .filter((grant) => grant.kid === kemKid && members.includes(grant.header.grantee_kind))
      .forEach((grant) => this.lapse(grant, seq));
    const made = [...this.children.values()].flatMap(({ keys }) => keys);
    made.filter(({ maker }) => maker === kid).forEach((key) => this.makeDue(key, seq));
  }

  lapse(grant, seq) {
    if (grant.span.until !== null) {
      return;
    }
    grant.span.until = seq;
    const key = this.key(grant);
    if (grant.header.rights & READ) {
      this.makeDue(key, seq);
    }
  }

  /** Only what is current: older versions were replaced already. */
  makeDue(key, seq) {
    key.dueSince ??= key.current ? seq : undefined;
    key.due ||= key.current;
  }

  key({ header: { cid, cat, v } }) {
    const key = this.children.get(name(cid)).keys.find((key) => key.cat === cat && key.v === v);
    require(key, "no such key");
    return key;
  }

  owners() {
    const members = [...this.members.values()];
    return members.filter(({ standing, span }) => standing === "owner" && span.until === null);
  }

  due() {
    return [...this.children.values()].flatMap((child) =>
      child.keys
        .filter((key) => key.due && key.current && child.span.until === null)
        .map((key) => ({ child, key })),
    );
  }
}

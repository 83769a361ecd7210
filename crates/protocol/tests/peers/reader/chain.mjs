// chain.json: a whole chain, link by link, what its replay comes to, and what must be refused.

import { decode, encode, require, show, spelled } from "./cbor.mjs";
import {
  categoryKey,
  hex,
  kidOf,
  principal,
  same,
  sender,
  sha256,
  signingKey,
  unwrap,
  verified,
} from "./crypto.mjs";
import { wordOf } from "./bodies.mjs";
import { opened } from "./grants.mjs";
import { dueNow, now } from "./now.mjs";
import { READ } from "./registry.mjs";
import { Family, LINK, name } from "./replay.mjs";
import { message, payloadOf, statement } from "./sign1.mjs";
import { SVC } from "./trust.mjs";
import { file, vector } from "./vectors.mjs";
import { written } from "./written.mjs";

const BATCH_LINKS_MAX = 128;
// A toy of the cast with keys of suite 1; all others have suite 2.
const SMALL = "camera";

const cast = () => vector("chain", "cast").inputs;
const linksOf = () => file("chain").filter(({ steps }) => steps?.link);

async function actor(who) {
  const { people, devices, service } = cast();
  const seed = people[who] ?? devices[who] ?? (who === "service" ? service : undefined);
  require(seed, "nobody of the cast");
  return principal(hex(seed), who === SMALL ? 1 : 2);
}

const signerOf = async (who) =>
  who === "server" ? signingKey(hex(cast().server)) : (await actor(who)).sig;

export function trust() {
  const { attester, server, root, listing } = cast();
  const publicOf = (seed) => signingKey(hex(seed)).pk;
  const listed = SVC.decode(payloadOf(message(hex(listing)), publicOf(root)));
  return { attester: publicOf(attester), server: publicOf(server), listings: [listed] };
}

/** The first links of the chain, all of which count on the last one's day. */
function family(count, upTo = 0) {
  const messages = linksOf().slice(0, count).map(({ outputs }) => hex(outputs.cose));
  return Family.replayed(messages, trust(), upTo || Number.MAX_SAFE_INTEGER);
}

async function link({ inputs, steps }) {
  const header = LINK.names.slice(1, -1).map((field) => spelled(steps.link[field]));
  const body = Object.values(steps.body).map(spelled);
  const payload = encode(["TH-LINK/1", ...header, body]);
  const signed = statement(await signerOf(inputs.signer), payload);
  return { outputs: { cose: signed.bytes(), hash: sha256(signed.bytes()) } };
}

const spanOf = ({ since, until }) => ({ since, until });
const byName = (field) => (one, other) => (one[field] < other[field] ? -1 : 1);

function shownMembers(members) {
  return [...members.values()]
    .map(({ kid, kemKid, standing, children, anchors, frozen_until, span }) => ({
      kid,
      kem_kid: kemKid,
      standing,
      children,
      anchors,
      frozen_until,
      span: spanOf(span),
    }))
    .sort(byName("kid"));
}

function shownChildren(children) {
  return [...children.values()]
    .map(({ cid, teen, erased, span, keys }) => ({
      cid,
      teen,
      erased,
      span: spanOf(span),
      keys: keys
        .map(({ cat, v, maker, kc, span }) => ({ cat, v, maker, kc, span: spanOf(span) }))
        .sort((one, other) => one.cat - other.cat || one.v - other.v),
    }))
    .sort(byName("cid"));
}

function shownGrants(grants) {
  const rows = [...grants.values()].map(({ hash, by, kid, header, span }) => {
    const { cat, v, rights } = header;
    return { hash: name(hash), by, grantee_kid: kid, cat, v, rights, span: spanOf(span) };
  });
  return rows.sort(byName("hash"));
}

function state(title) {
  const replayed = family(Number(title.match(/\d+/)[0]));
  const { fid, genesis, seq, head, members, children, grants, policy } = replayed;
  return {
    fid,
    genesis,
    seq,
    head,
    members: shownMembers(members),
    children: shownChildren(children),
    grants: shownGrants(grants),
    policy,
    due: dueNow(replayed),
  };
}

export async function make(vector) {
  if (vector.name === "cast") {
    return {};
  }
  if (vector.name.startsWith("signed beside")) {
    const statement = signedBeside(vector.inputs.seq);
    return { outputs: { diagnostic: show(decode(statement)), statement } };
  }
  if (vector.name.startsWith("written: ")) {
    return { outputs: { hash: written(family(vector.inputs.after_links), hex(vector.inputs.record)) } };
  }
  if (vector.name.startsWith("taken: ")) {
    return { outputs: { now: now(beside(vector), vector.inputs.today) } };
  }
  return vector.steps ? link(vector) : { outputs: { family: state(vector.name) } };
}

/** What the new key of a link signed, or whoever agreed to it. */
function signedBeside(seq) {
  const { fid, prev, link_type, body } = LINK.decode(message(hex(linksOf()[seq].outputs.cose)).payload);
  return wordOf(link_type) === "guardian-remove"
    ? encode(["TH-REMOVE/1", fid, body[1], prev])
    : encode(["TH-ACCEPT/1", fid, link_type, sha256(encode(body.slice(0, -1)))]);
}

/** The story's first links, and then those that stand in the vector. */
function beside({ inputs }) {
  const replayed = family(inputs.after_links);
  inputs.links.forEach((bytes) => replayed.apply(hex(bytes), inputs.today));
  return replayed;
}

/** All links but the last one are right; only that is to be refused. */
function lastRefused(before, batch, today) {
  try {
    batch.slice(0, -1).forEach((bytes) => before.apply(bytes, today));
  } catch (cause) {
    throw new Error(`a link that is right was refused: ${cause.message}`, { cause });
  }
  before.apply(batch.at(-1), today);
}

/** Every key in a grant, for those of the cast to whom it's made. */
async function openedGrants(replayed, { body }, known) {
  const { enc, suite, grants, info } = body.grant;
  const everybody = [...Object.keys(cast().people), ...Object.keys(cast().devices), "service"];
  const all = await Promise.all(everybody.map(actor));
  const grantee = all.find(({ kemKid }) => same(kemKid, grants[0].header.grantee_kid));
  const keys = await opened({ enc, suite, grants, info }, grantee.kem);
  for (const [index, ck] of keys.entries()) {
    const { header } = grants[index];
    require((ck === null) === !(header.rights & READ), "ck");
    if (ck) {
      const said = replayed.key(grants[index]);
      const { kc, dropPk } = await categoryKey(ck);
      require(same(kc, said.kc) && same(dropPk, said.dropPk), "another key than the chain's");
      require(known.includes(name(ck)), "a key that nobody made");
    }
  }
  return grantee;
}

/** Whoever made keys finds them again in its own copies, where it keeps any. */
async function ownCopies(replayed, { body, fid }, who, known) {
  const { own } = await actor(who);
  for (const [cat, v, kc, dropPk, wrapped] of body.versions) {
    const made = await Promise.all(known.map((ck) => categoryKey(hex(ck))));
    const index = made.findIndex((key) => same(key.kc, kc) && same(key.dropPk, dropPk));
    require(index >= 0, "a key that nobody made");
    const header = ["TH-OWN/1", fid, body.cid, cat, v, kc];
    require(wrapped === null || name(unwrap(own, header, wrapped)) === known[index], "own copy");
  }
}

/**
 * What a grant drew: at the end of its batch's randomness stand the encapsulations, in the order of
 * the links. A hand-over drew from elsewhere.
 */
function drawnBy({ seq, word, body }) {
  if (word !== "grant") {
    return null;
  }
  const links = linksOf();
  const first = links.slice(0, seq + 1).findLastIndex(({ inputs }) => inputs.randomness);
  const { randomness, links_in_batch } = links[first].inputs;
  const batch = links.slice(first, first + links_in_batch);
  const after = batch.slice(seq - first).filter(({ name }) => name.endsWith(": grant")).length;
  const size = 32 * body.grant.suite;
  const drawn = hex(randomness);
  return drawn.subarray(drawn.length - after * size, drawn.length - (after - 1) * size);
}

/** What is sealed anew with the same randomness is the same. */
async function sealedAgain({ body }, grantee, randomness) {
  const { enc, suite, grants, info } = body.grant;
  const context = await sender(suite, grantee.pkKem, info, randomness);
  require(same(context.enc, enc), "enc");
  const keys = await opened(body.grant, grantee.kem);
  for (const [index, { encoded, ct }] of grants.entries()) {
    require(same(await context.seal(keys[index] ?? Buffer.alloc(0), encoded), ct), "ct");
  }
}

async function readLink({ inputs, outputs }) {
  const cose = hex(outputs.cose);
  const { seq } = LINK.decode(message(cose).payload);
  const replayed = family(seq);
  replayed.apply(cose, Number.MAX_SAFE_INTEGER);
  require(same(sha256(cose), hex(outputs.hash)), "hash");
  const last = replayed.links.get(outputs.hash);
  const known = Object.values(cast().category_keys);
  if (last.word === "key-version") {
    await ownCopies(replayed, last, inputs.signer, known);
  }
  if (last.body.grant) {
    const grantee = await openedGrants(replayed, last, known);
    const drawn = drawnBy(last);
    if (drawn) {
      await sealedAgain(last, grantee, drawn);
    }
  }
}

/** A new key stands behind what else a body begins with; signing keys have 32 bytes. */
const newKeyOf = (body) => body.find((item) => Buffer.isBuffer(item) && item.length === 32);

const keyOf = (kid) => family(linksOf().length).members.get(name(kid)).pk_sig;

const dueOf = (family) => family.due().map(({ key }) => name(key.kc));
const TAKING_OUT = ["guardian-remove", "revoke", "device-remove"];
const DATED_TODAY = ["guardian-remove", "recover"];

/** What a server takes: section 3, "Order" and "Rotation". */
function appended(before, batch, today) {
  require(batch.length > 0 && batch.length <= BATCH_LINKS_MAX, "batch");
  const after = Family.replayed(before.messages, before.trust, today);
  const owed = new Set();
  for (const bytes of batch) {
    const due = dueOf(after);
    after.apply(bytes, today);
    const { word, day, signer } = after.links.get(name(after.head));
    require(day <= today && day >= (DATED_TODAY.includes(word) ? today : today - 1), "day");
    const maker = after.members.get(signer.kid);
    const able = maker?.span.until === null && !after.isFrozen(maker, day);
    if (able && signer.standing !== "server" && TAKING_OUT.includes(word)) {
      const fresh = after.due().filter(({ key }) => !due.includes(name(key.kc)));
      const its = fresh.filter(({ child }) => after.decides(maker, child));
      its.forEach(({ key }) => owed.add(name(key.kc)));
    }
  }
  require(!dueOf(after).some((kc) => owed.has(kc)), "rotation");
}

export async function read(vector) {
  const { name: title, shows, inputs, outputs } = vector;
  if (title === "cast") {
    trust();
    const kem = (await actor("service")).kemKid;
    require(same(kem, kidOf(trust().listings[0].pk_kem)), "listing");
    for (const [label, ck] of Object.entries(inputs.category_keys)) {
      const [, cid, cat, v] = label.match(/^child ([0-9a-f]{32}), cat (\d+), v (\d+)$/);
      const child = family(linksOf().length).children.get(cid);
      const key = child.keys.find((key) => key.cat === Number(cat) && key.v === Number(v));
      require(same((await categoryKey(hex(ck))).kc, key.kc), "kc");
    }
  } else if (vector.steps) {
    await readLink(vector);
  } else if (title.startsWith("written: ")) {
    const hash = written(family(inputs.after_links), hex(inputs.record));
    require(!outputs || same(hash, hex(outputs.hash)), "hash");
  } else if (title.startsWith("signed beside")) {
    const { body } = LINK.decode(message(hex(linksOf()[inputs.seq].outputs.cose)).payload);
    const said = hex(outputs.statement);
    const proofs = Array.isArray(body[2]) ? body[2] : [[kidOf(newKeyOf(body)), body.at(-1)]];
    for (const [kid, signature] of proofs) {
      verified(keyOf(kid), said, signature);
    }
  } else if (title.startsWith("taken: ")) {
    require(name(beside(vector).head) === outputs.now.head, "head");
  } else if (outputs) {
    require(JSON.stringify(outputs.family.head) === JSON.stringify(name(state(title).head)), "head");
  } else {
    const before = family(inputs.after_links);
    const batch = inputs.links.map(hex);
    if (shows.includes("by the server")) {
      appended(before, batch, inputs.today);
    } else {
      lastRefused(before, batch, inputs.today);
    }
  }
}

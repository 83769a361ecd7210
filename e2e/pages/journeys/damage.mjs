// What was changed on its way is refused, and the page learns which structure and which field.

import * as core from "/core/face.js";

import {
  CAMERA,
  attested,
  bytes,
  complaint,
  hex,
  keysJson,
  native,
  refusal,
  trustOfNative,
  utf8,
} from "./native.mjs";

export async function damage() {
  const { trust, day } = await trustOfNative();
  const story = await native({ do: "found" });
  const [pinned, id, child] = [story.pinned, story.family, story.child].map(bytes);
  const links = story.links.map(bytes);
  const replay = (changed) => core.Family.replay(pinned, changed, trust, day);
  const family = replay(links);
  const { guardian, vpc } = await attested();
  const toy = new core.Device(2, crypto.getRandomValues(new Uint8Array(32)));
  const letIn = await native({
    do: "letIn",
    device: { ...keysJson(toy.publicKeys()), accept: hex(toy.accept(id, child, CAMERA)) },
    guardian: {
      ...keysJson(guardian.publicKeys()),
      vpc: hex(vpc),
      accept: hex(guardian.acceptInvitation(id, vpc, "owner", [])),
    },
  });
  const batch = letIn.links.map(bytes);
  const untouched = family.seen();
  const inLink = refusal(() => replay([...links.slice(0, -1), flipped(links.at(-1), -1)]));
  const damaged = [...batch.slice(0, -1), flipped(batch.at(-1), 400)];
  const inGrant = refusal(() => family.append(damaged, trust, day));
  const afterwards = JSON.stringify(family.seen()) === JSON.stringify(untouched);

  const whole = family.append(batch, trust, day);
  const seen = whole.seen();
  return {
    inLink,
    inGrant,
    afterwards,
    inPin: refusal(() => core.Family.replay(flipped(pinned, 0), links, trust, day)),
    rolledBack: refusal(() => family.checkSeen(seen.seq, seen.head)),
    forked: refusal(() => whole.checkSeen(seen.seq, flipped(seen.head, 0))),
    withoutRotation: refusal(() => remove(whole, guardian, trust, toy, day)),
    inWords: complaint(() => remove(whole, guardian, trust, toy, day)),
    ...(await damagedData({ whole, trust, guardian, child, day })),
  };
}

function remove(family, guardian, trust, toy, day) {
  const pen = new core.Pen(family, guardian, trust, guardian.openGrants(family, day), day);
  pen.deviceRemove(toy.kid);
  family.append(pen.finish(), trust, day);
}

async function damagedData({ whole, trust, guardian, child, day }) {
  const keyring = guardian.openGrants(whole, day);
  const sealed = await native({ do: "seal" });
  const setting = bytes(sealed.setting);
  const photo = core.Record.check(bytes(sealed.photo), whole, trust);
  const reference = core.BlobRef.fromBytes(photo.open(keyring, child, "photos").plain);
  const blob = bytes(sealed.blob);
  const prefix = blob.slice(0, 40);
  const [start, end] = reference.layout.sealedRange(2, 3);
  const chunk = flipped(blob.slice(start, end), 0);
  const raw = reference.contentKey(prefix, photo);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: reference.layout.nonce(2) };
  return {
    inRecord: refusal(() => core.Record.check(flipped(setting, 300), whole, trust)),
    otherPlace: refusal(() => photo.open(keyring, child, "photos", core.freshId())),
    noKey: refusal(() => core.Record.check(setting, whole, trust).open(keyring, child, "voice")),
    inChunk: refusal(() => reference.openChunk(prefix, photo, 2, chunk)),
    inChunkForTheBrowser: await crypto.subtle.decrypt(how, key, chunk).catch(({ name }) => name),
    noDay: refusal(() => whole.summary(Number.NaN)),
    noCategory: refusal(() => new core.Heads(whole.id, child, "thoughts")),
    noTerms: refusal(() => {
      const pen = new core.Pen(whole, guardian, trust, keyring, day);
      pen.consent(guardian.kid, [{ child, category: "photos", rights: 1, purpose: "care" }]);
    }),
    kit: refusal(() => core.KitCode.parse("0000")),
    invite: refusal(() => core.InviteLink.parse("1.AAAA")),
    noPasswords: refusal(() => new core.Registration(utf8(""))),
  };
}

function flipped(data, at) {
  const changed = Uint8Array.from(data);
  changed[at < 0 ? data.length + at : at] ^= 1;
  return changed;
}

// A native family lets the browser in, as a toy with suite 1 and as a guardian with suite 2.

import * as core from "/core/face.js";

import {
  CAMERA,
  attested,
  bytes,
  hex,
  keysIn,
  keysJson,
  native,
  textOf,
  trustOfNative,
} from "./native.mjs";

export async function household(timed) {
  const { trust, day } = await trustOfNative();
  const story = await native({ do: "found" });
  const [pinned, id, child] = [story.pinned, story.family, story.child].map(bytes);
  const links = story.links.map(bytes);
  const family = await timed("replay", () => core.Family.replay(pinned, links, trust, day));
  const before = family.seen();

  const toy = new core.Device(1, crypto.getRandomValues(new Uint8Array(32)));
  const { guardian, vpc } = await attested();
  const letIn = await native({
    do: "letIn",
    device: { ...keysJson(toy.publicKeys()), accept: hex(toy.accept(id, child, CAMERA)) },
    guardian: {
      ...keysJson(guardian.publicKeys()),
      vpc: hex(vpc),
      accept: hex(guardian.acceptInvitation(id, vpc, "owner", [])),
    },
  });
  for (const link of letIn.links) family.apply(bytes(link), trust, day);
  family.checkSeen(before.seq, before.head);

  const toys = await timed("openSuite1", () => toy.openGrants(family, day));
  const guardians = await timed("openSuite2", () => guardian.openGrants(family, day));
  const honest = story.keys.filter((key) => !key.startsWith("voice")).join();
  const sealed = await native({ do: "seal" });
  return {
    standings: family.summary(day).members.map(({ kind }) => kind).sort(),
    toyHolds: keysIn(toys).join() === honest,
    guardianHolds: keysIn(guardians).join() === honest,
    falseKeys: [...toys.refused(), ...guardians.refused()].map(
      ({ structure, field }) => `${structure}, ${field}`,
    ),
    ...(await opened({ family, trust, toys, guardians, child, sealed, timed })),
  };
}

async function opened({ family, trust, toys, guardians, child, sealed, timed }) {
  const setting = core.Record.check(bytes(sealed.setting), family, trust);
  const { plain, frankingKey } = setting.open(guardians, child, "settings", setting.id);
  const photo = core.Record.check(bytes(sealed.photo), family, trust);
  const reference = core.BlobRef.fromBytes(photo.open(toys, child, "photos").plain);
  const blob = bytes(sealed.blob);
  const prefix = blob.slice(0, reference.layout.sealedRange(0, 1)[0]);
  const film = await timed("blob", () => openBlob(reference, photo, prefix, blob));
  const [start, end] = reference.layout.sealedRange(1, 2);
  const inCore = reference.openChunk(prefix, photo, 1, blob.slice(start, end));
  const from = reference.layout.plainStart(1);
  return {
    setting: textOf(plain),
    frankingKeyBytes: frankingKey.length,
    throughDropBox: [setting.isDropBox, photo.isDropBox],
    mediaType: reference.mediaType,
    blobIsWhole: hex(core.hashOf(film)) === sealed.plainHash,
    coreAgrees: hex(inCore) === hex(film.slice(from, from + inCore.length)),
  };
}

/** Opens a blob as a client does: keys and nonces from the core, the bulk by the browser. */
async function openBlob(reference, record, prefix, blob) {
  const { layout } = reference;
  const raw = reference.contentKey(prefix, record);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const film = new Uint8Array(layout.plainLength);
  for (let chunk = 0; chunk < layout.chunkCount; chunk += 1) {
    const [start, end] = layout.sealedRange(chunk, chunk + 1);
    const how = { name: "AES-GCM", iv: layout.nonce(chunk) };
    const plain = await crypto.subtle.decrypt(how, key, blob.slice(start, end));
    film.set(new Uint8Array(plain), layout.plainStart(chunk));
  }
  return film;
}

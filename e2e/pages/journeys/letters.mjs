// How others are let in: an invitation, a toy's code, and three pictures. And how blobs are sealed.

import * as core from "/core/face.js";

import { attested, hex, refusal, trustOfNative, utf8 } from "./native.mjs";

export async function letters() {
  const { trust, day } = await trustOfNative();
  const { guardian, vpc } = await attested();
  const genesis = guardian.foundFamily(vpc, day);
  const family = core.Family.replay(core.hashOf(genesis), [genesis], trust, day);
  return { ...invited(family), ...paired(family), ...(await filmed(family, guardian, trust, day)) };
}

function invited(family) {
  const link = core.InviteLink.generate(family);
  const received = core.InviteLink.parse(link.text());
  const keys = core.Guardian.generate().publicKeys();
  link.verify(keys, received.mac(keys));
  const others = core.Guardian.generate().publicKeys();
  return {
    pinned: hex(received.genesis) === hex(family.genesis),
    sameFamily: hex(received.family) === hex(family.id),
    otherKeys: refusal(() => link.verify(others, received.mac(keys))),
  };
}

function paired(family) {
  const toy = new core.Device(1, new Uint8Array(32));
  const { fingerprint } = toy.publicKeys();
  const [onToy, scanned] = [new core.ToyCheck(fingerprint), new core.ToyCheck(fingerprint)];
  const shown = core.PairingQr.parse(onToy.qr("bcdf ghjk").text());
  const answer = scanned.qr("bcdfghjk").answer(family.genesis);
  const onPhone = new core.GuardianCheck(onToy.commitment, shown.fingerprint, family.genesis);
  const pictures = onToy.reveal(onPhone.nonce, family.genesis);
  const other = new core.GuardianCheck(onToy.commitment, shown.fingerprint, family.genesis);
  return {
    code: shown.code,
    typed: core.userCode("bcdfghjk"),
    pictures: pictures.length,
    picturesOfScanned: scanned.reveal(answer, family.genesis) ?? "none",
    samePictures: pictures.join() === onPhone.finish(onToy.nonce).join(),
    otherNonce: refusal(() => other.finish(new Uint8Array(16))),
    twice: refusal(() => onToy.reveal(new Uint8Array(16), family.genesis)),
  };
}

/** Seals a blob with the browser's AES and opens it with the core's. */
async function filmed(family, guardian, trust, day) {
  const pen = new core.Pen(family, guardian, trust, guardian.openGrants(family, day), day);
  const child = pen.childAdd();
  pen.makeKeys(child, ["video"]);
  const grown = family.append(pen.finish(), trust, day);
  const keyring = guardian.openGrants(grown, day);
  const header = new core.RecordHeader(grown, child, "video", core.freshId(), 1, guardian.kid, day);
  const film = utf8("a very short film");
  const layout = core.Layout.ofPlain(film.length);
  const [blobKey, prefix] = [core.BlobKey.generate(), core.freshBlobPrefix()];
  const raw = blobKey.contentKey(prefix, header);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const how = { name: "AES-GCM", iv: layout.nonce(0) };
  const chunk = new Uint8Array(await crypto.subtle.encrypt(how, key, film));
  const reference = new core.BlobRef(blobKey, layout, "video/webm", header);
  reference.sealedHash = core.hashOf(Uint8Array.from([...prefix, ...chunk]));
  const sealed = guardian.sealRecord(header, keyring, reference.toBytes());
  const record = core.Record.check(sealed, grown, trust);
  const found = core.BlobRef.fromBytes(record.open(keyring, child, "video").plain);
  return {
    film: new TextDecoder().decode(found.openChunk(prefix, record, 0, chunk)),
    sealedLength: found.layout.sealedLength === prefix.length + chunk.length,
    hashed: hex(found.sealedHash) === hex(reference.sealedHash),
    parts: [found.layout.partCount, found.layout.partRange(0)],
    tooLong: refusal(() => core.Layout.ofPlain(2 ** 31 + 1)),
  };
}

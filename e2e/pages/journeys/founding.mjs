// The browser founds a family and lets a native toy (suite 1) and guardian (suite 2) in.

import * as core from "/core/face.js";

import {
  CAMERA,
  attested,
  bytes,
  hex,
  keysIn,
  keysOf,
  native,
  textOf,
  trustOfNative,
  utf8,
} from "./native.mjs";

export async function founding(timed) {
  const { trust, day } = await trustOfNative();
  const { guardian, vpc } = await attested();
  const genesis = guardian.foundFamily(vpc, day);
  const pinned = core.hashOf(genesis);
  const links = [genesis];
  let family = core.Family.replay(pinned, links, trust, day);

  const noKeys = guardian.openGrants(family, day);
  const naming = new core.Pen(family, guardian, trust, noKeys, day);
  const child = naming.childAdd();
  const door = { family: hex(family.id), child: hex(child) };
  const visitors = await native({ do: "knock", suite: 1, ...door });
  const toyKeys = keysOf(visitors.device);
  const friendKeys = keysOf(visitors.guardian);
  naming.deviceAdd(toyKeys, child, CAMERA, bytes(visitors.deviceAccept));
  const friendVpc = bytes(visitors.guardianVpc);
  naming.guardianAdd(friendKeys, friendVpc, "carer", [child], bytes(visitors.guardianAccept));
  await timed("makeKeys", () => naming.makeKeys(child, ["photos", "voice"]));
  const hashes = await timed("consent", () => grant(naming, child, toyKeys, friendKeys, day));
  const batch = naming.finish();
  family = family.append(batch, trust, day);
  links.push(...batch);

  const theirs = await native({ do: "enter", pinned: hex(pinned), links: links.map(hex) });
  const keyring = guardian.openGrants(family, day);
  const mine = keysIn(keyring);
  const talk = await conversation({ family, trust, guardian, keyring, child, day });
  const live = family.summary(day).grants.map(({ hash }) => hex(hash));
  const sameGrants = live.sort().join() === hashes.map(hex).sort().join();
  return {
    sameGrants,
    toyHolds: theirs.device.join() === mine[1],
    guardianHolds: theirs.guardian.join() === mine.join(),
    ...talk,
    ...(await timed("rotation", () => parting({ family, trust, guardian, keyring, toyKeys, day }))),
  };
}

function grant(pen, child, toyKeys, friendKeys, day) {
  const noticeHash = core.hashOf(utf8("the notice that was shown"));
  const play = { child, purpose: "play", noticeHash };
  const care = { child, rights: 7, purpose: "care", noticeHash, expires: day + 30 };
  return [
    ...pen.consent(toyKeys.kid, [
      { ...play, category: "photos", rights: 2 },
      { ...play, category: "voice", rights: 3 },
    ]),
    ...pen.consent(friendKeys.kid, [
      { ...care, category: "photos" },
      { ...care, category: "voice" },
    ]),
  ];
}

/** The browser seals a record; the native guardian opens it, and the native toy answers. */
async function conversation({ family, trust, guardian, keyring, child, day }) {
  const record = core.freshId();
  const header = new core.RecordHeader(family, child, "photos", record, 1, guardian.kid, day);
  const sealed = guardian.sealReportable(header, keyring, utf8("can you hear me?"));
  const { plain, reply } = await native({ do: "reply", record: hex(sealed) });
  const answer = core.Record.check(bytes(reply), family, trust);
  const heads = new core.Heads(family.id, child, "photos");
  heads.admit(core.Record.check(sealed, family, trust));
  heads.admit(answer);
  return {
    said: textOf(bytes(plain)),
    answered: textOf(answer.open(keyring, child, "photos").plain),
    remembered: core.Heads.fromBytes(heads.toBytes()).count,
  };
}

/** The toy, which could read the voice, goes; the key is made anew and granted on. */
function parting({ family, trust, guardian, keyring, toyKeys, day }) {
  const pen = new core.Pen(family, guardian, trust, keyring, day);
  pen.deviceRemove(toyKeys.kid);
  pen.rotate();
  const after = family.append(pen.finish(), trust, day);
  const held = guardian.openGrants(after, day).list();
  const versions = held.map(({ category, version }) => `${category} ${version}`);
  return {
    versions: versions.sort(),
    due: after.summary(day).due.length,
    stillGranted: after.summary(day).grants.filter(({ version }) => version === 2).length,
  };
}

// A guardian keeps its keys behind a password, a passkey, a printed kit and another guardian, and
// finds them again by each. The password server is native.

import * as core from "/core/face.js";

import { attested, bytes, hex, native, refusal, trustOfNative, utf8 } from "./native.mjs";

const PASSWORD = "höchst geheim".normalize("NFC");

export async function password(timed) {
  const { trust, day, deployment, serverKey } = await trustOfNative();
  const { guardian, vpc } = await attested();
  const genesis = guardian.foundFamily(vpc, day);
  const family = core.Family.replay(core.hashOf(genesis), [genesis], trust, day);
  const safe = core.GuardianSafe.seal(guardian, family);

  const registered = await timed("register", () => register(deployment));
  const kit = core.KitCode.generate();
  const paper = kit.text();
  const prf = crypto.getRandomValues(new Uint8Array(32));
  const friend = core.Guardian.generate();
  const slots = {
    opaque: safe.slot(registered.kek()),
    kit: safe.slot(kit.kek()),
    prf: safe.slot(core.Kek.fromPrf(prf)),
    guardian: safe.slotFor("guardian", friend.publicKeys()),
  };
  const kept = [family.id, guardian.kid, safe.bundle()];
  const { fingerprint } = guardian;
  const sameServer = hex(registered.serverKey) === serverKey;
  for (const handle of [safe, guardian, kit, registered]) handle.free();

  const loggedIn = await timed("login", () => login(deployment, PASSWORD));
  const { sessionKey } = await native({ do: "finishLogin", message: hex(loggedIn.message) });
  const open = (slot, kek) => core.GuardianSafe.open(...kept, slot, kek);
  const found = [
    open(slots.opaque, loggedIn.kek()),
    open(slots.kit, core.KitCode.parse(paper.toLowerCase()).kek()),
    open(slots.prf, core.Kek.fromPrf(prf)),
    core.GuardianSafe.openAs(...kept, slots.guardian, friend),
  ];
  return {
    sameServer,
    sameSession: hex(loggedIn.sessionKey()) === sessionKey,
    same: found.map((one) => hex(one.guardian().fingerprint) === hex(fingerprint)),
    anchors: Object.values(slots).map((slot) => core.slotFacts(slot).anchor),
    ...moved(family, trust, day, { safe: found[0], kek: loggedIn.kek(), slot: slots.opaque, open }),
    wrongPassword: await wrong(deployment),
    noPassword: refusal(() => new core.Registration(utf8(""))),
    wrongKit: refusal(() => open(slots.kit, core.KitCode.generate().kek())),
    wrongWay: refusal(() => open(slots.kit, loggedIn.kek())),
    prfSalt: new TextDecoder().decode(core.prfSalt()),
  };
}

/** The family goes on; the slot learns it, and from then on a shorter chain is refused. */
function moved(family, trust, day, { safe, kek, slot, open }) {
  const guardian = safe.guardian();
  const pen = new core.Pen(family, guardian, trust, guardian.openGrants(family, day), day);
  pen.recoverySet(["kit", "opaque"]);
  const later = family.append(pen.finish(), trust, day);
  safe.advance(later);
  const { id } = core.slotFacts(slot);
  const resealed = open(safe.slot(kek, id), kek);
  const { seq, head } = resealed.seen();
  later.checkSeen(seq, head);
  return { seen: seq, rolledBack: refusal(() => family.checkSeen(seq, head)) };
}

async function register(deployment) {
  const registration = new core.Registration(utf8(PASSWORD));
  const { response } = await native({ do: "register", request: hex(registration.request) });
  const registered = registration.finish(bytes(response), deployment);
  await native({ do: "keepRecord", record: hex(registered.record) });
  return registered;
}

async function login(deployment, text) {
  const attempt = new core.Login(utf8(text));
  const { response } = await native({ do: "login", request: hex(attempt.request) });
  return attempt.finish(bytes(response), deployment);
}

async function wrong(deployment) {
  const attempt = new core.Login(utf8("guessed"));
  const { response } = await native({ do: "login", request: hex(attempt.request) });
  return refusal(() => attempt.finish(bytes(response), deployment));
}

// contacts.json: what two guardians sign, and what a leaf of a group carries; section 11 of
// docs/protocol.md.

import { require, show, decode } from "./cbor.mjs";
import { hex, principal, same, sha256, verified } from "./crypto.mjs";
import { CHILD, statementOf } from "./approvals.mjs";
import { trust } from "./chain.mjs";
import { Family, name } from "./replay.mjs";
import { Structure, among, day, hash, id } from "./shape.mjs";
import { message, payloadOf, signerOf, statement } from "./sign1.mjs";
import { group } from "./group.mjs";
import { vector } from "./vectors.mjs";

const ADULT = 2;
const CREDENTIAL_DAYS_MAX = 366;

const CREDENTIAL = new Structure("TH-CRED/1", {
  fid: id,
  role: among([CHILD, ADULT]),
  subject: id,
  device_kid: id,
  leaf_sig_key: hash,
  not_after: day,
});

const replayed = (chain) => Family.replayed(chain.map(hex), trust(), Number.MAX_SAFE_INTEGER);

/** Each family's only child is its side. */
function sideOf(family) {
  const [cid] = family.children.keys();
  return [family.fid, family.genesis, CHILD, hex(cid)];
}

const founder = (family) => [...family.members.values()].find(({ span }) => span.since === 0);

/** Bundles stand where somebody of the vectors' cast signs. */
async function signing(family) {
  const { people } = vector("chain", "cast").inputs;
  const all = await Promise.all(Object.values(people).map((seed) => principal(hex(seed), 2)));
  return all.find(({ sig }) => name(sig.kid) === founder(family).kid)?.sig;
}

export async function make({ name: title, inputs }) {
  if (title === "approval") {
    const families = [inputs.one_chain, inputs.other_chain].map(replayed);
    const said = statementOf(families.map(sideOf), inputs.modes, inputs.expires);
    const [one, other] = await Promise.all(families.map(signing));
    return {
      steps: { diagnostic: show(decode(said)) },
      outputs: {
        statement: said,
        hash: sha256(said),
        signature_of_one: one.sign(said),
        signature_of_other: other.sign(said),
      },
    };
  }
  if (title.startsWith("group: ")) {
    return { outputs: { seats: group(inputs) } };
  }
  const cbor = CREDENTIAL.encode(CREDENTIAL.spelled(inputs.fields));
  const { sig } = await principal(hex(inputs.signer_gb), 2);
  return { outputs: { cbor, cose: statement(sig, cbor).bytes() } };
}

/** A leaf of a group, seen by somebody who knows the family's chain. */
function credential(family, bytes, leafKey, today) {
  const signed = message(bytes);
  const signer = family.living(name(signerOf(signed)));
  const said = CREDENTIAL.decode(payloadOf(signed, signer.pk_sig));
  require(same(said.fid, family.fid), "fid");
  const device = family.living(name(said.device_kid));
  const familys = device.standing === "device" && device.children.length === 0;
  if (said.role === CHILD) {
    require(family.decides(signer, family.child(said.subject)), "subject");
    const its = device.children.includes(name(said.subject)) || familys;
    require(["device", "teen"].includes(device.standing) && its, "device_kid");
  } else {
    const guardian = ["owner", "carer"].includes(signer.standing);
    require(guardian && name(said.subject) === signer.kid, "subject");
    require(familys || device.kid === signer.kid, "device_kid");
  }
  require(!family.isFrozen(signer, today), "frozen");
  require(same(said.leaf_sig_key, leafKey), "leaf_sig_key");
  const left = said.not_after - today;
  require(left >= 0 && left <= CREDENTIAL_DAYS_MAX, "not_after");
}

export async function read({ name: title, inputs, outputs }) {
  if (title === "approval") {
    const families = [inputs.one_chain, inputs.other_chain].map(replayed);
    const [said, one, other] = ["statement", "signature_of_one", "signature_of_other"].map((field) =>
      hex(outputs[field]),
    );
    require(same(said, statementOf(families.map(sideOf), inputs.modes, inputs.expires)), "statement");
    require(same(sha256(said), hex(outputs.hash)), "hash");
    verified(founder(families[0]).pk_sig, said, one);
    verified(founder(families[1]).pk_sig, said, other);
    return;
  }
  if (title.startsWith("group: ")) {
    require(group(inputs) === (outputs?.seats ?? inputs.seats.length), "seats");
    return;
  }
  const valid = vector("contacts", "credential").inputs;
  const family = replayed(inputs.chain ?? valid.chain);
  const fields = CREDENTIAL.spelled(inputs.fields ?? valid.fields);
  const leafKey = inputs.leaf_sig_key ? hex(inputs.leaf_sig_key) : fields.leaf_sig_key;
  credential(family, hex(inputs.cose ?? outputs.cose), leafKey, inputs.today ?? family.day);
}

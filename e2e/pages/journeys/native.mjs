import * as core from "/core/face.js";

export const CAMERA = 1;

/** Asks the native side. */
export async function native(request) {
  const response = await fetch("/native", { method: "POST", body: JSON.stringify(request) });
  const answer = await response.json();
  if (answer.error) throw new Error(`the native side refused: ${answer.error}`);
  return answer;
}

/** Whose word the native side wants to be taken, and on which day. */
export async function trustOfNative() {
  const { attester, day, ...more } = await native({ do: "trust" });
  const trust = new core.Trust();
  trust.addAttester(bytes(attester));
  return { trust, day, ...more };
}

/** A guardian with the attester's word. */
export async function attested() {
  const guardian = core.Guardian.generate();
  const { vpc } = await native({ do: "attest", key: hex(guardian.publicKeys().sig) });
  return { guardian, vpc: bytes(vpc) };
}

export function keysJson(keys) {
  return { sig: hex(keys.sig), suite: keys.suite, kem: hex(keys.kem) };
}

export function keysOf({ sig, suite, kem }) {
  return new core.PublicKeys(bytes(sig), suite, bytes(kem));
}

/** What a keyring holds, as the native side tells it. */
export function keysIn(keyring) {
  const texts = keyring.list().map(
    ({ category, version, commitment }) => `${category} ${version} ${hex(commitment)}`,
  );
  return texts.sort();
}

export function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytes(text) {
  const pairs = text.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

export const utf8 = (text) => new TextEncoder().encode(text);
export const textOf = (data) => new TextDecoder().decode(data);

/** What a call throws: its fields, as one text. */
export function refusal(work) {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error)) return `not an Error: ${error}`;
    const { name, structure, field, seq, linkType } = error;
    return [name, structure, field, seq, linkType].filter((part) => part !== undefined).join(", ");
  }
  return "nothing was refused";
}

/** The message of what a call throws. */
export function complaint(work) {
  try {
    work();
  } catch (error) {
    return error.message;
  }
  return "nothing was refused";
}

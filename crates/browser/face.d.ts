// The types of `face.js`. Every call throws a `Refused` when the core refuses something.

import type {
  Hash, Category, Role, Anchor, Refused, Seen, Terms, HeldKey, Summary, OpenedRecord, SlotFacts,
} from "./types.js";

export type * from "./types.js";

/** What lives in the core; here is only its number. */
declare class Kept {
  /** Wipes it, now instead of when the browser finds it unused. */
  free(): void;
  [Symbol.dispose](): void;
}

/** The key of a new blob, before there is a reference to it. */
export class BlobKey extends Kept {
  private constructor();
  /** The 32 bytes for `crypto.subtle.importKey`, to seal a blob for the record of `header`. */
  contentKey(prefix: Uint8Array, header: RecordHeader): Uint8Array;
  /** A fresh key. */
  static generate(): BlobKey;
}

/** What a record says of a blob: all that it takes to fetch and open it. */
export class BlobRef extends Kept {
  /**
   * The 32 bytes for `crypto.subtle.importKey`, to open the blob; `record` is the one in which
   * this reference stood.
   */
  contentKey(prefix: Uint8Array, record: Record): Uint8Array;
  /** The reference in a record's plain text. */
  static fromBytes(bytes: Uint8Array): BlobRef;
  /** A reference to a blob that was sealed for the record of `header`, with a fresh id. */
  constructor(key: BlobKey, layout: Layout, mediaType: string, header: RecordHeader);
  /** Opens one chunk in here, for places without the browser's own AES, and for tests. */
  openChunk(prefix: Uint8Array, record: Record, chunk: number, sealed: Uint8Array): Uint8Array;
  /** The reference, for a record's plain text. The key is in it. */
  toBytes(): Uint8Array;
  /** The blob's id. */
  readonly id: Uint8Array;
  /** Where things are in it. */
  readonly layout: Layout;
  /** What is in it. */
  readonly mediaType: string;
  /** The SHA-256 of the sealed blob, where a forgery by another reader matters. */
  get sealedHash(): Uint8Array | undefined;
  /** Fixes the SHA-256 of the sealed blob. */
  set sealedHash(value: Uint8Array);
}

/** A device's keys, from the 32 bytes that it keeps. */
export class Device extends Kept {
  /** The proof that this device wants to be linked: an `accept_sig`. */
  accept(family: Uint8Array, child: Uint8Array | null | undefined, caps: number): Uint8Array;
  /** The device of suite 1 or 2 with this seed. */
  constructor(suite: number, seed: Uint8Array);
  /** All category keys that this device can open today. */
  openGrants(family: Family, today: number): Keyring;
  /** The public keys. */
  publicKeys(): PublicKeys;
  /** Seals a record for those who hold its category key, as one of them. */
  sealRecord(header: RecordHeader, keyring: Keyring, plain: Uint8Array): Uint8Array;
  /** Seals a record that the device itself can't open again, to the drop-box. */
  sealToDropBox(header: RecordHeader, family: Family, plain: Uint8Array): Uint8Array;
  /** A bare Ed25519 signature. */
  sign(message: Uint8Array): Uint8Array;
  /** The id by which the device is named. */
  readonly kid: Uint8Array;
}

/** A replayed chain, with its links. */
export class Family extends Kept {
  private constructor();
  /** Checks a batch as the server does before it stores it. Answers the family after it. */
  append(batch: Uint8Array[], trust: Trust, today: number): Family;
  /** Reads one more link. If it's refused, nothing has changed. */
  apply(link: Uint8Array, trust: Trust, today: number): void;
  /** Refuses a chain that lacks a place that was seen: rolled back, or another history. */
  checkSeen(seq: number, head: Uint8Array): void;
  /** Replays a chain from its first link, whose hash was pinned. */
  static replay(pinned: Uint8Array, links: Uint8Array[], trust: Trust, today: number): Family;
  /** The place of the last link, to be remembered. */
  seen(): Seen;
  /** All that the chain amounts to, as a plain object. */
  summary(today: number): Summary;
  /** The hash of its first link. */
  readonly genesis: Uint8Array;
  /** Its id. */
  readonly id: Uint8Array;
}

/** A guardian's keys. They never leave; */
export class Guardian extends Kept {
  private constructor();
  /** The proof that this guardian wants in, for whoever invites: an `accept_sig`. */
  acceptInvitation(
    family: Uint8Array, vpc: Uint8Array, role: Role, children: Uint8Array[],
  ): Uint8Array;
  /** The proof that this teen wants to stand for itself: an `accept_sig`. */
  acceptPromotion(family: Uint8Array, child: Uint8Array): Uint8Array;
  /** Agrees that another guardian is removed by the very next link. */
  agreeToRemoval(family: Family, guardian: Uint8Array): Uint8Array;
  /**
   * Founds a family with the operator's word that this is a verified adult. Answers the first
   * link, whose hash everybody pins; the family's id is in it.
   */
  foundFamily(vpc: Uint8Array, today: number): Uint8Array;
  /** Somebody new. */
  static generate(): Guardian;
  /** All category keys that this guardian can open today. */
  openGrants(family: Family, today: number): Keyring;
  /** The public keys. */
  publicKeys(): PublicKeys;
  /** Seals a record for those who hold its category key. */
  sealRecord(header: RecordHeader, keyring: Keyring, plain: Uint8Array): Uint8Array;
  /** The same, so that any reader can prove what was said. */
  sealReportable(header: RecordHeader, keyring: Keyring, plain: Uint8Array): Uint8Array;
  /** A bare Ed25519 signature. */
  sign(message: Uint8Array): Uint8Array;
  /** What a screen shows of the keys. */
  readonly fingerprint: Uint8Array;
  /** The id by which the guardian is named. */
  readonly kid: Uint8Array;
}

/** The guardian's side of the three-picture check. */
export class GuardianCheck extends Kept {
  /**
   * Takes the toy's nonce. Answers the numbers of the three pictures to show; vectors/pairing.json
   * names them. Uses itself up.
   */
  finish(toyNonce: Uint8Array): Uint8Array;
  /** Begins once the toy's commitment has arrived. */
  constructor(commitment: Uint8Array, fingerprint: Uint8Array, genesis: Uint8Array);
  /** To be sent to the toy. */
  readonly nonce: Uint8Array;
}

/** A guardian's sealed bundle together with what its slots hold. */
export class GuardianSafe extends Kept {
  private constructor();
  /** Moves on to the place where the family is now. A chain without the old place is refused. */
  advance(family: Family): void;
  /** The sealed bundle, for the server. */
  bundle(): Uint8Array;
  /** The guardian inside. */
  guardian(): Guardian;
  /** Opens another guardian's slot as its recipient. */
  static openAs(
    family: Uint8Array, guardian: Uint8Array, bundle: Uint8Array, slot: Uint8Array, recipient:
    Guardian,
  ): GuardianSafe;
  /** Opens a guardian's slot with what the guardian holds. */
  static open(
    family: Uint8Array, guardian: Uint8Array, bundle: Uint8Array, slot: Uint8Array, kek: Kek,
  ): GuardianSafe;
  /**
   * Seals a guardian's bundle with a fresh key, at the place where the family is now. Slots that
   * were made before open another bundle.
   */
  static seal(guardian: Guardian, family: Family): GuardianSafe;
  /**
   * The place in the chain that the guardian had seen. Whoever opened a slot replays the chain,
   * calls `family.checkSeen` with it, then `advance`, and makes the slot anew.
   */
  seen(): Seen;
  /** A slot for another guardian or for the recovery service. */
  slotFor(anchor: Anchor, recipient: PublicKeys, slot?: Uint8Array | null): Uint8Array;
  /** A slot for what the guardian holds, in the place of the slot with this id, or a new one. */
  slot(kek: Kek, slot?: Uint8Array | null): Uint8Array;
}

/** The newest version seen of each record of one child and category. */
export class Heads extends Kept {
  /** Remembers a record, unless it's older than what was seen. */
  admit(record: Record): void;
  /** Refuses a log, or a list of all records, that lacks what was seen. */
  checkView(logSeq: number, listed: Uint8Array[]): void;
  /** Forgets a record that was erased. */
  forget(record: Uint8Array): void;
  /** What `toBytes` gave. */
  static fromBytes(bytes: Uint8Array): Heads;
  /** A memory of nothing yet. */
  constructor(family: Uint8Array, child: Uint8Array, category: Category);
  /** To be kept, sealed. */
  toBytes(): Uint8Array;
  /** How many records are remembered. */
  readonly count: number;
  /** The longest log that a writer of these records had seen. */
  readonly seq: number;
}

/** What the fragment of an invitation's link says. */
export class InviteLink extends Kept {
  private constructor();
  /** A fresh invitation into a family. */
  static generate(family: Family): InviteLink;
  /** The proof that these keys belong to whoever was handed the link. */
  mac(keys: PublicKeys): Uint8Array;
  /** Reads the text of a fragment, without `#`. */
  static parse(text: string): InviteLink;
  /** The text of the fragment, without `#`. */
  text(): string;
  /** Checks that proof. */
  verify(keys: PublicKeys, mac: Uint8Array): void;
  /** The family. */
  readonly family: Uint8Array;
  /** The hash of its first link, by which the invited one pins the chain. */
  readonly genesis: Uint8Array;
}

/**
 * What a way back comes down to: a key that opens slots. `free()` wipes it. A password's comes from
 * `Registered` and `LoggedIn`.
 */
export class Kek extends Kept {
  private constructor();
  /** From what a passkey gave for `prfSalt()`. */
  static fromPrf(output: Uint8Array): Kek;
  /** Which way back. */
  readonly anchor: Anchor;
}

/** Category keys. They never leave; */
export class Keyring extends Kept {
  private constructor();
  /** Which keys are on it. */
  list(): HeldKey[];
  /** Why grants or copies that ought to have given a key gave none. */
  refused(): Refused[];
}

/** The code on a printed kit. */
export class KitCode extends Kept {
  private constructor();
  /** A fresh code. */
  static generate(): KitCode;
  /** The key that opens the kit's slot. */
  kek(): Kek;
  /** A code that somebody typed or scanned. */
  static parse(text: string): KitCode;
  /** The code as the QR picture holds it. */
  qrText(): string;
  /** The code as the paper shows it. */
  text(): string;
}

/** Where things are in a blob. Lengths are at most 2 GiB, and so are plain numbers. */
export class Layout extends Kept {
  private constructor();
  /** Bytes of plain text in a chunk. */
  chunkLength(chunk: number): number;
  /** The chunks that hold this range of the plain text, the last one exclusive. */
  chunksOf(start: number, end: number): [number, number];
  /** The nonce of a chunk. */
  nonce(chunk: number): Uint8Array;
  /** The layout of a blob with this much plain text. */
  static ofPlain(length: number): Layout;
  /** The layout of a sealed blob with this many bytes. */
  static ofSealed(length: number): Layout;
  /** Where a part of an upload stands in the sealed blob. */
  partRange(part: number): [number, number];
  /** Where the plain text of a chunk starts. */
  plainStart(chunk: number): number;
  /** Where these chunks stand in the sealed blob: what to ask a server for. */
  sealedRange(start: number, end: number): [number, number];
  /** How many chunks there are. */
  readonly chunkCount: number;
  /** How many parts an upload has. */
  readonly partCount: number;
  /** Bytes of plain text. */
  readonly plainLength: number;
  /** Bytes of the sealed blob. */
  readonly sealedLength: number;
}

/** What a log-in gives. */
export class LoggedIn extends Kept {
  private constructor();
  /** Opens the password's slot. */
  kek(): Kek;
  /** A key that only this client and the server know. */
  sessionKey(): Uint8Array;
  /** The last message, which proves to the server that the password was right. */
  readonly message: Uint8Array;
  /** The server's public key: proven. */
  readonly serverKey: Uint8Array;
}

/** A log-in that waits for the server's answer. */
export class Login extends Kept {
  /** Takes the server's answer, and stretches the password. Uses itself up. */
  finish(response: Uint8Array, deployment: string): LoggedIn;
  /** Begins to log in with a password: UTF-8 in NFC. */
  constructor(password: Uint8Array);
  /** What the server has to see. */
  readonly request: Uint8Array;
}

/** What the QR picture on a toy's screen says. */
export class PairingQr extends Kept {
  /** What a camera saw, or what somebody typed from under the picture. */
  static parse(text: string): PairingQr;
  /** What the picture holds. */
  text(): string;
  /** The code, to find the toy's request on the server. */
  readonly code: string;
  /** The fingerprint that the toy's keys must have, whatever the server says. */
  readonly fingerprint: Uint8Array;
  /** What tells the toy, in the place of a nonce, which family has scanned it. */
  answer(genesis: Uint8Array): Uint8Array;
}

/**
 * Continues a family with links that a guardian signs. Each is checked as everybody else will; one
 * that is refused was not written. The server takes the batch as a whole or not at all.
 */
export class Pen extends Kept {
  /** Names a new child. Answers its id. */
  childAdd(): Uint8Array;
  /** Takes a child out of the family. */
  childRemove(child: Uint8Array): Uint8Array;
  /**
   * Consents: grants these terms on the current keys to one principal, named by its signing key.
   * Answers the hash of each grant, by which it is revoked.
   */
  consent(grantee: Uint8Array, terms: Terms[]): Hash[];
  /** Links a device that has accepted. */
  deviceAdd(
    keys: PublicKeys, child: Uint8Array | null | undefined, caps: number, proof: Uint8Array,
  ): Uint8Array;
  /** Unlinks a device. If it could read, `rotate` must follow. */
  deviceRemove(device: Uint8Array): Uint8Array;
  /** Has categories of a child destroyed; none means everything. */
  erase(child: Uint8Array, categories: Category[]): Uint8Array;
  /** The links, to be sent as a whole. The pen is used up. */
  finish(): Uint8Array[];
  /** Lets a guardian in who has accepted. */
  guardianAdd(
    keys: PublicKeys, vpc: Uint8Array, role: Role, children: Uint8Array[], proof: Uint8Array,
  ): Uint8Array;
  /** Removes an owner with the signatures of others, each in the place of its key id. */
  guardianRemoveAgreed(
    guardian: Uint8Array, owners: Uint8Array[], signatures: Uint8Array[],
  ): Uint8Array;
  /** Completes the removal that this link announced, when its time lock has run out. */
  guardianRemoveDue(announcement: Uint8Array): Uint8Array;
  /** Leaves, removes a carer, or announces that an owner is to be removed. */
  guardianRemove(guardian: Uint8Array): Uint8Array;
  /** Makes the first or the next key of some categories of a child. The pen can grant them. */
  makeKeys(child: Uint8Array, categories: Category[]): void;
  /** A pen for a guardian who holds these keys. */
  constructor(family: Family, guardian: Guardian, trust: Trust, keyring: Keyring, today: number);
  /** Changes how the family decides. */
  policy(quorum: number, timelockDays: number, toyRecovery: boolean): Uint8Array;
  /** Makes a child its own principal, with keys that have accepted. */
  promote(child: Uint8Array, keys: PublicKeys, proof: Uint8Array): Uint8Array;
  /** Tells which ways back to its keys this guardian has. */
  recoverySet(anchors: Anchor[]): Uint8Array;
  /** Ends grants, by the hashes of their headers, or calls announcements off. */
  revoke(hashes: Uint8Array[]): Uint8Array;
  /** Replaces the keys that are due, and grants the new ones again to whoever still may. */
  rotate(): void;
}

/** The two public keys of somebody, admitted. */
export class PublicKeys extends Kept {
  /** Admits a signing key and a sealing key of suite 1 or 2. */
  constructor(sig: Uint8Array, suite: number, kem: Uint8Array);
  /** What a QR code shows of both. */
  readonly fingerprint: Uint8Array;
  /** The sealing key. */
  readonly kem: Uint8Array;
  /** The id by which their holder is named. */
  readonly kid: Uint8Array;
  /** The signing key. */
  readonly sig: Uint8Array;
  /** The suite of the sealing key. */
  readonly suite: number;
}

/** A record whose signature and whose writer's right were checked. What is in it stays sealed. */
export class Record extends Kept {
  private constructor();
  /** Checks a record against the chain of its family. */
  static check(signed: Uint8Array, family: Family, trust: Trust): Record;
  /**
   * Opens it with a key of the ring, if it's of the child and category that were asked for, and
   * the record that was asked for, if one was.
   */
  open(
    keyring: Keyring, child: Uint8Array, category: Category, record?: Uint8Array | null,
  ): OpenedRecord;
  /** The category. */
  readonly category: Category;
  /** The child. */
  readonly child: Uint8Array;
  /** When. */
  readonly day: number;
  /** The SHA-256 of the signed record. */
  readonly hash: Uint8Array;
  /** Which record. */
  readonly id: Uint8Array;
  /** Whether it came through the drop-box. */
  readonly isDropBox: boolean;
  /** The version of the category key. */
  readonly keyVersion: number;
  /** The last link that its writer had seen. */
  readonly seq: number;
  /** The version of the record. */
  readonly ver: number;
  /** Who wrote it. */
  readonly writer: Uint8Array;
}

/** What stands before a record that is about to be sealed under the current key. */
export class RecordHeader extends Kept {
  /** Version `ver` (from 1) of a record of `writer`, who has seen this much of the chain. */
  constructor(
    family: Family, child: Uint8Array, category: Category, record: Uint8Array, ver: number,
    writer: Uint8Array, today: number,
  );
}

/** What a registration gives. */
export class Registered extends Kept {
  private constructor();
  /** Opens the password's slot. */
  kek(): Kek;
  /** For the server to keep. */
  readonly record: Uint8Array;
  /** The server's public key. */
  readonly serverKey: Uint8Array;
}

/** A registration that waits for the server's answer. */
export class Registration extends Kept {
  /** Takes the server's answer, and stretches the password. Uses itself up. */
  finish(response: Uint8Array, deployment: string): Registered;
  /** Begins to register a password: UTF-8 in NFC. */
  constructor(password: Uint8Array);
  /** What the server has to see. */
  readonly request: Uint8Array;
}

/** The toy's side of the three-picture check. */
export class ToyCheck extends Kept {
  /** Begins a check of the toy's own keys. */
  constructor(fingerprint: Uint8Array);
  /**
   * Takes the guardian's nonce and the genesis hash of its family, once. Answers the
   * numbers of the pictures to show; none if the toy was scanned by somebody of this family.
   */
  reveal(guardianNonce: Uint8Array, genesis: Uint8Array): Uint8Array | undefined;
  /** What the toy shows that was given this code, until it reveals its nonce. */
  qr(code: string): PairingQr;
  /** To be sent first. */
  readonly commitment: Uint8Array;
  /** The toy's nonce, which may be told once the guardian's is known. */
  readonly nonce: Uint8Array | undefined;
}

/** Whose word counts: attesters, the server, and who is listed in the directory. */
export class Trust extends Kept {
  /** Takes this key's word for who is a verified adult. */
  addAttester(key: Uint8Array): void;
  /** Takes a listing of the directory that `root` signed. */
  addListing(listing: Uint8Array, root: Uint8Array): void;
  /** Takes this key's word as the server's, which may only take access away. */
  addServer(key: Uint8Array): void;
  /** Nobody's yet. */
  constructor();
}

/** What stands before the first chunk of a new blob. */
export function freshBlobPrefix(): Uint8Array;

/** A fresh id of 16 bytes. */
export function freshId(): Uint8Array;

/** The SHA-256 of a link, a notice or a sealed blob. */
export function hashOf(bytes: Uint8Array): Uint8Array;

/** What to give a passkey as `prf.eval.first`. */
export function prfSalt(): Uint8Array;

/** What a slot says of itself. */
export function slotFacts(slot: Uint8Array): SlotFacts;

/** A code as a guardian types it, in its one form: `XXXX-XXXX`. */
export function userCode(text: string): string;

/** Loads the core; the page says where the wasm file is. */
export default function init(options: {
  module_or_path: RequestInfo | URL | Response | BufferSource | WebAssembly.Module;
}): Promise<unknown>;

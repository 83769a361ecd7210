// The plain objects that `face.js` takes and gives.

/** 16 bytes. */
export type Id = Uint8Array;
/** 32 bytes: a SHA-256. */
export type Hash = Uint8Array;
/** Days since 1970-01-01 UTC. */
export type Day = number;

export type Category = "profile" | "photos" | "voice" | "video" | "activity" | "downloads"
| "location" | "contacts" | "settings" | "avatar" | "messages";
export type Purpose = "care" | "play" | "chat" | "library" | "world" | "moderation" | "recovery"
| "support" | "third-party" | "export";
export type GranteeKind = "guardian" | "device" | "service" | "third-party" | "teen";
export type Role = "owner" | "carer";
export type Anchor = "opaque" | "prf" | "kit" | "guardian" | "service" | "toy";
/** 1 read, 2 write, 3 both, 5 read and re-share, 7 all. */
export type Rights = 1 | 2 | 3 | 5 | 7;

/** What every call throws when the core refuses something. */
export interface Refused extends Error {
  readonly name: "Refused" | "ChainRefused";
  readonly structure: string;
  readonly field: string;
  readonly rule: string;
}
/** The first link of a chain that breaks a rule. */
export interface ChainRefused extends Refused {
  readonly seq: number;
  /** Missing if the link couldn't be read so far. */
  readonly linkType?: string;
}

/** A place in a chain: what a client remembers. */
export interface Seen { seq: number; head: Hash; }

/** One thing that a grantee shall be allowed. */
export interface Terms {
  child: Id;
  category: Category;
  rights: Rights;
  purpose: Purpose;
  /** The hash of exactly the notice that the guardian saw. */
  noticeHash: Hash;
  /** The first day on which it no longer counts. */
  expires?: Day;
}

export interface KeyName { child: Id; category: Category; version: number; }
export interface HeldKey extends KeyName { commitment: Hash; }
export interface KeyVersion {
  version: number; commitment: Hash; dropBox: Uint8Array; maker: Id; since: number; until?: number;
}
export interface Member {
  /** The id of its signing key, by which it is named. */
  kid: Id;
  /** The id of its sealing key, by which grants name it. */
  sealingKid: Id;
  kind: "owner" | "carer" | "device" | "teen";
  account?: Id; children?: Id[]; child?: Id; caps?: number;
  fingerprint: Uint8Array;
  /** The links that let it in and took it out. */
  since: number; until?: number;
  frozenUntil?: Day;
  /** How many ways back to its keys it has told of. */
  anchors: number;
}
export interface Child {
  id: Id; since: number; until?: number; teen?: Id; erased: boolean;
  keys: { category: Category; due: boolean; versions: KeyVersion[] }[];
}
export interface LiveGrant extends KeyName {
  /** What `revoke` takes. */
  hash: Hash;
  /** The id of the grantee's sealing key. */
  grantee: Id;
  granteeKind: GranteeKind; rights: Rights; purpose: Purpose; noticeHash: Hash;
  notBefore: Day; expires?: Day; by: Id; since: number;
}
/** What a chain amounts to. */
export interface Summary {
  id: Id; genesis: Hash; seen: Seen;
  /** All that ever were; those with `until` have gone. */
  members: Member[]; children: Child[];
  /** The grants that hold today. */
  grants: LiveGrant[];
  /** Keys that must be replaced before anything more is granted or written under them. */
  due: { child: Id; category: Category }[];
  /** These, and the keys of grants that have run out. */
  rotationAdvised: { child: Id; category: Category }[];
  policy: { quorum: number; timelockDays: number; toyRecovery: boolean };
}

export interface OpenedRecord {
  plain: Uint8Array;
  /** What a report must reveal beside the text. */
  frankingKey?: Uint8Array;
}
export interface SlotFacts { id: Id; anchor: Anchor; recipient?: Id; }

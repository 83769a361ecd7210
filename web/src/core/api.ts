// What pages may ask of the core, which is the Rust client in a worker: keys, chains and proofs
// never leave it. Everything that crosses is plain data. Ids are hexadecimal, times milliseconds
// since 1970, days count from 1970-01-01.

/** What went wrong, as a word that pages have a text for, and one in English for the rest. */
export interface Trouble {
  kind:
    | 'unreachable' // the server can't be reached; what was asked for didn't happen
    | 'other-keys' // another server, or one that was set up anew
    | 'impostor' // a history that was rewritten, or an answer that no server of ours gives
    | 'swapped' // what a device shows isn't what the server passed on
    | 'wrong-password'
    | 'locked' // the keys aren't unlocked
    | 'not-now' // it doesn't fit how things stand
    | 'refused' // the server says no: `status` and `title` say why
    | 'unproven' // the log doesn't prove what the server claims
    | 'invalid' // what was given isn't well formed
    | 'limit' // the child's limits forbid it now
    | 'picture' // a picture that can't be taken
    | 'recording' // a voice message or a film that can't be taken
    | 'lost' // the toy is in lost mode
    | 'local'; // this device can't keep something
  text: string;
  status?: number;
  title?: string;
  retryAfterS?: number;
}

export type Category =
  | 'profile' | 'photos' | 'voice' | 'video' | 'activity' | 'downloads'
  | 'location' | 'contacts' | 'settings' | 'avatar' | 'messages';
export type Purpose =
  | 'care' | 'play' | 'chat' | 'library' | 'world' | 'moderation'
  | 'recovery' | 'support' | 'third-party' | 'export';
export type Rights = 'read' | 'write' | 'read-write' | 'drop';
export type AgeBand = '0-5' | '6-9' | '10-12';

export interface Deployment {
  name: string;
  url: string;
  /** The words of the methods by which a parent may be verified there. */
  methods: string[];
  /** The kinds of a child's data that may be collected there. */
  kinds: Category[];
}

export interface Standing {
  signedIn: boolean;
  account?: string;
  /** Whether the keys are unlocked in this tab. */
  unlocked: boolean;
  /** Whether the account has a family whose chain was read. */
  family?: string;
  role?: 'owner' | 'carer' | 'teen';
}

export type PlayKind = 'pictures' | 'play' | 'learn' | 'watch' | 'chat';

/** From one minute of the day until before another; over midnight if the second isn't later. */
export interface Hours {
  from: number;
  until: number;
}

/** What a child's toys obey; one signed record a child. */
export interface Limits {
  dayMinutes?: number;
  bedtime?: Hours;
  /** `weekdays`: one bit a day, Monday the lowest; `kinds`: what stays allowed. */
  school?: { weekdays: number; hours: Hours; kinds: PlayKind[] };
  /** Minutes a day; 0 is never. */
  kinds: { kind: PlayKind; minutes: number }[];
}

/** What a toy's clock shows: days since 1970-01-01 by the local calendar, and the minute. */
export type LocalTime = [day: number, minute: number];

/** What the limits say of a kind now. */
export interface Verdict {
  yes: boolean;
  /** Minutes that are left, unless it may go on until midnight. */
  left?: number;
  why?: 'bedtime' | 'school' | 'day' | 'kind' | 'never';
  /** The minute of the day until which that holds. */
  until?: number;
  /** Minutes that were spent today. */
  spent: { own: number; all: number };
}

export interface Verification {
  id: string;
  method: string;
  /** What stands on the form, or is read out to the staff. */
  code?: string;
  /** Where the staff is reached: a number, or an address. */
  reachedAt?: string;
  /** The payment provider's page, once it is made, and what is paid there. */
  payAt?: string;
  price?: string;
  /** The verifier's page where a document is shown, once it is made. */
  showAt?: string;
  state: 'asked' | 'submitted' | 'recommended' | 'attested' | 'declined';
}

/** What an outside verifier asks of a parent. */
export interface Questions {
  questions: { text: string; choices: string[] }[];
  /** Until when they may be answered, in milliseconds since 1970. */
  until_ms: number;
}

export interface Child {
  id: string;
  nickname?: string;
  ageBand?: AgeBand;
  /** Kinds of data for which the family has keys. */
  categories: Category[];
  grants: Grant[];
}

export interface Grant {
  link: string;
  child: string;
  categories: Category[];
  /** The member's signing key, hexadecimal. */
  grantee: string;
  rights: Rights;
  purpose: Purpose;
  notice: string;
  /** The first day on which it no longer counts. */
  expires?: number;
}

export interface Guardian {
  key: string;
  role: 'owner' | 'carer' | 'teen';
  self: boolean;
  /** How the operator verified that this is an adult. */
  verified?: string;
}

export interface Toy {
  key: string;
  child?: string;
  state: 'linked' | 'to-be-wiped' | 'wiped';
  name?: string;
  /** What it shows, if a guardian marked it as lost. */
  lost?: string | null;
}

export interface Family {
  id: string;
  children: Child[];
  guardians: Guardian[];
  toys: Toy[];
  /** Days since 1970-01-01, by the server's calendar. */
  today: number;
  links: number;
}

export interface Picture {
  record: string;
  child: string;
  takenMs?: number;
  width: number;
  height: number;
  /** The writer's signing key. */
  writer: string;
}

/** A voice message or a film. */
export interface Recording {
  record: string;
  kind: 'voice' | 'video';
  child: string;
  takenMs?: number;
  durationMs: number;
  /** Of a film, in pixels. */
  width: number;
  height: number;
  /** Whether a picture is shown before it's played. */
  poster: boolean;
  mediaType: string;
  /** The writer's signing key. */
  writer: string;
}

export interface LogLine {
  place: number;
  atMs: number;
  /** `release`, `link`, `erasure`, `verification`, … */
  what: string;
  /** Who did it: `toy`, `guardian`, `steward`, `server`, with the key or account if known. */
  who: string;
  child?: string;
  category?: Category;
  /** The leaf's own words, one fact a line. */
  facts: string[];
}

export interface Activity {
  lines: LogLine[];
  /** Links of the chain that the log doesn't show. */
  unlogged: number[];
  /** Links that the log proves, and that the chain lacks as the server shows it. */
  unshown: number[];
  /** The newest checkpoint, a signed note; and who cosigned it. */
  checkpoint?: string;
  cosigned: string[];
}

export interface Receipt {
  link: string;
  atMs: number;
  items: string[];
  /** Where the log holds it; absent until it is published there. */
  place?: number;
}

/** What was published last under a word, and where the log holds it. */
export interface Publication {
  version: number;
  hash: string;
  atMs: number;
  place?: number;
  /** Who has cosigned the log that holds it, of those that were pinned. */
  witnesses: string[];
}

/** The public log, as this browser has just checked it. */
export interface LogStatus {
  size: number;
  checkpoint?: string | null;
  cosigned: string[];
}

/** A deployment's public keys, as they were at the first contact; only what pages show. */
export interface Pinned {
  deployment: string;
  log: string;
  witnesses: string[];
  witnesses_needed: number;
}

/** What a toy can take in, of what its family's chain names. */
export type ToySense = 'camera' | 'microphone' | 'location';

export interface ToyPairing {
  id: string;
  toy: string;
  /** What the toy says that it can do: guardians are asked about nothing else. */
  can: ToySense[];
}

/** Three small pictures, as numbers of the protocol's list, to be compared on both screens. */
export type Compare = { kind: 'scanned' } | { kind: 'compare'; pictures: string[] };

/** A guardian's side. One a tab; keys live in the worker's memory only. */
export interface Core {
  deployment(): Promise<Deployment>;
  standing(): Promise<Standing>;

  askLink(email: string, reset: boolean): Promise<void>;
  register(token: string, password: string): Promise<Standing>;
  /** Takes up the session that this browser still holds; its keys are locked. */
  resume(): Promise<Standing>;
  signIn(email: string, password: string): Promise<Standing>;
  signOut(everywhere: boolean): Promise<void>;
  sessions(): Promise<{ id: string; current: boolean }[]>;
  changePassword(fresh: string): Promise<void>;
  closeAccount(): Promise<void>;

  /** Makes the guardian's keys; answers the recovery kit's code, to be printed at once. */
  makeKeys(invitation?: string): Promise<string>;
  unlock(): Promise<Standing>;
  unlockWithKit(code: string): Promise<Standing>;

  /** How many passkeys open the keys. */
  passkeys(): Promise<number>;
  /** `output`: what a passkey gave for the salt of the protocol; it's wiped afterwards. */
  addPasskey(output: Uint8Array): Promise<void>;
  removePasskeys(): Promise<void>;
  unlockWithPasskey(output: Uint8Array): Promise<Standing>;

  /** `number`: a mobile number, for `text-plus` alone. */
  askVerification(method: string, notice: string, number?: string): Promise<Verification>;
  /** The code of the text message. */
  typeCode(id: string, code: string): Promise<void>;
  /** Has an outside verifier make questions about somebody. */
  askQuestions(id: string, person: { name: string; born_on: string; address: string }): Promise<Questions>;
  /** Answers them: of each the place of a choice. */
  answerQuestions(id: string, chosen: number[]): Promise<Verification>;
  verification(id: string): Promise<Verification>;
  confirm(token: string): Promise<void>;
  form(id: string): Promise<Uint8Array>;
  sendForm(id: string, scan: Uint8Array): Promise<void>;

  foundFamily(verification: string): Promise<Family>;
  family(): Promise<Family>;
  addChild(nickname: string, ageBand: AgeBand): Promise<Family>;
  setProfile(child: string, nickname: string, ageBand: AgeBand): Promise<Family>;
  limits(child: string): Promise<Limits | undefined>;
  setLimits(child: string, limits: Limits): Promise<void>;
  /** Withdraws a purpose; answers the link that the receipt will name. */
  withdraw(purpose: Purpose, child?: string): Promise<string>;
  /** Consents under this notice to what these live grants allow already. */
  agreeAgain(grants: string[], notice: string): Promise<Family>;
  /** Erases a child, or only some kinds of its data. It can't be undone. */
  erase(child: string, categories: Category[]): Promise<string>;
  eraseFamily(): Promise<string[]>;
  receipt(link: string): Promise<Receipt | undefined>;

  /** Begins to link a toy: `qr` as scanned or typed. */
  linkToy(qrOrCode: string, child: string): Promise<ToyPairing>;
  /** Whether the toy has accepted, and what must be compared; `undefined` while it hasn't. */
  toyAccepted(pairing: string): Promise<Compare | undefined>;
  /** Links it, with what it may do: by default pictures to drop, settings to read. */
  finishLink(pairing: string, rights: [Category, Rights][], notice: string): Promise<Family>;
  nameToy(toy: string, name: string): Promise<Family>;
  /** Marks it as lost: from its next contact on it hides everything, and shows this text. */
  markLost(toy: string, text: string): Promise<Family>;
  markFound(toy: string): Promise<Family>;
  wipeToy(toy: string): Promise<void>;
  removeToy(toy: string): Promise<Family>;

  album(child: string): Promise<Picture[]>;
  /** The bytes of a picture, opened: JPEG. */
  picture(record: string, size: 'thumbnail' | 'mid' | 'full'): Promise<Uint8Array>;
  deletePicture(record: string): Promise<void>;
  /** The voice messages and films of a child. */
  recordings(child: string): Promise<Recording[]>;
  /** The bytes of a recording, or of its picture, opened and proven to be whole. */
  recording(record: string, what: 'whole' | 'poster', mediaType: string): Promise<Blob>;
  deleteRecording(record: string): Promise<void>;

  invite(role: 'owner' | 'carer', children: string[]): Promise<{ id: string; url: string }>;
  answerInvitation(url: string, verification: string): Promise<void>;
  /** Lets in who answered, with the notice that was read; unchanged while nobody has. */
  admit(invitation: string, notice: string): Promise<Family>;

  activity(): Promise<Activity>;
  /** Reads the newest checkpoint, and has it proven that the log only grew. */
  logStatus(): Promise<LogStatus>;
  pinned(): Promise<Pinned>;
  /** A kind of notice, `registers` or `bundle`; the proof was checked. Nobody must sign in. */
  publication(word: string): Promise<Publication>;
  /** Everything of the family, as files by name, to be saved by the guardian. */
  exportAll(): Promise<{ name: string; bytes: Uint8Array }[]>;

  /** Calls back whenever there is something to fetch; answers how to stop. */
  live(ring: () => void): () => void;
}

/** A toy in the browser, with keys of its own; state is sealed in this browser's storage. */
export interface ToyCore {
  create(kind: 'watch' | 'camera' | 'tablet'): Promise<ToyState>;
  open(id: string): Promise<ToyState>;
  forget(): Promise<void>;
  /** `caps`: what it can do, as bits of the protocol. */
  askCode(caps: number): Promise<{ code: string; qr: string }>;
  progress(): Promise<{ state: 'waiting' | 'proposed' | 'accepted' | 'linked'; pictures?: string[] }>;
  accept(): Promise<void>;
  refresh(): Promise<ToyState>;
  /** Keeps a picture, sealed, until the next sync; unless the limits forbid it. */
  snap(jpeg: Uint8Array, now: LocalTime, takenMs?: number): Promise<ToyState>;
  /** The same for a voice message, and for a film with a picture of it. */
  say(sound: Uint8Array, now: LocalTime, takenMs?: number): Promise<ToyState>;
  film(film: Uint8Array, poster: Uint8Array, now: LocalTime, takenMs?: number): Promise<ToyState>;
  /** What the limits say now; works offline. */
  may(kind: PlayKind, now: LocalTime): Promise<Verdict>;
  /** Spends minutes on something, unless the limits forbid it. */
  spend(kind: PlayKind, now: LocalTime, minutes: number): Promise<Verdict>;
  sync(): Promise<{ sent: number; waiting: number }>;
  /** What lies in the outbox as it goes over the wire: the first bytes of each sealed part. */
  wire(): Promise<{ name: string; bytes: number; head: Uint8Array }[]>;
}

export interface ToyState {
  id: string;
  linked: boolean;
  wiped: boolean;
  child?: string;
  waiting: number;
  /** What it shows while it's lost. */
  lost?: string | null;
  /** What it may do, as its own replay of the chain says. */
  may: [Category, Rights][];
}

// The classes of the core. They are a table, because all of them do the same: say which operation
// is meant and with what, in CBOR. `face.d.ts` says what each takes and gives.

import init, { call } from "./core.js";

export default init;

// One operation after the other, as `operations.rs` lists them. `.` gets, and some get several
// things at once; `=` sets, `+` belongs to the class, and behind a colon stands the class or the
// shape of what comes back.
const OPERATIONS = `core +free +hashOf +freshId +freshBlobPrefix +userCode +prfSalt +slotFacts:SlotFacts
PublicKeys new .kid,sig,suite,kem,fingerprint
Trust new addAttester addServer addListing
Guardian +generate:Guardian publicKeys:PublicKeys .kid,fingerprint sign foundFamily
 acceptInvitation acceptPromotion agreeToRemoval openGrants:Keyring sealRecord sealReportable
Device new publicKeys:PublicKeys .kid sign accept openGrants:Keyring sealRecord sealToDropBox
Family +replay:Family apply append:Family .id,genesis seen:Seen checkSeen summary:Summary
Pen new childAdd childRemove deviceAdd deviceRemove guardianAdd guardianRemove
 guardianRemoveAgreed guardianRemoveDue makeKeys consent revoke rotate recoverySet policy promote
 erase finish
Keyring list:*HeldKey refused:*Refused
RecordHeader new
Record +check:Record open:OpenedRecord
 .id,child,category,keyVersion,ver,writer,day,seq,hash,isDropBox:?
Heads new +fromBytes:Heads toBytes admit .seq .count checkView forget
Layout +ofPlain:Layout +ofSealed:Layout .plainLength,sealedLength,chunkCount,partCount
 plainStart chunkLength nonce chunksOf sealedRange partRange
BlobKey +generate:BlobKey contentKey
BlobRef new +fromBytes:BlobRef toBytes .id,mediaType,sealedHash .layout:Layout =sealedHash
 contentKey openChunk
InviteLink +generate:InviteLink +parse:InviteLink text .family,genesis mac verify
PairingQr +parse:PairingQr text .code .fingerprint answer
GuardianCheck new .nonce finish
ToyCheck new .commitment qr:PairingQr reveal .nonce
Kek +fromPrf:Kek .anchor
KitCode +generate:KitCode +parse:KitCode text qrText kek:Kek
GuardianSafe +seal:GuardianSafe +open:GuardianSafe +openAs:GuardianSafe guardian:Guardian bundle
 seen:Seen advance slot slotFor
Registration new .request finish:Registered
Registered .record kek:Kek .serverKey
Login new .request finish:LoggedIn
LoggedIn .message kek:Kek .serverKey sessionKey`;

// What the items of an array are called. `*` stands for a list, `?` for yes or no.
const SHAPES = `SlotFacts id anchor recipient
Seen seq head
Terms child category rights purpose noticeHash expires
Key child category
HeldKey child category version commitment
OpenedRecord plain frankingKey
Summary id genesis seen:Seen members:*Member children:*Child grants:*Grant due:*Key
 rotationAdvised:*Key policy:Policy
Member kid sealingKid kind account children child caps fingerprint since until frozenUntil anchors
Child id since until teen erased:? keys:*Line
Line category due:? versions:*Version
Version version commitment dropBox maker since until
Grant child category since until hash version grantee granteeKind rights purpose noticeHash
 notBefore expires by
Policy quorum timelockDays toyRecovery:?`;

const rows = (table) => table.split(/\n(?! )/).map((row) => row.split(/\s+/));
const typed = (word) => word.split(":");

const shapes = {};
for (const [name, ...fields] of rows(SHAPES)) shapes[name] = fields.map(typed);

const classes = {};
const handles = new WeakMap();
const gone = new FinalizationRegistry((handle) => ask(0, [handle]));

function hold(object, handle) {
  handles.set(object, handle);
  gone.register(object, handle, object);
  return object;
}

/** What an answer stands for. */
function made(type, value) {
  if (!type || value === undefined) return value;
  if (type === "?") return value > 0;
  if (type[0] === "*") return value.map((item) => made(type.slice(1), item));
  if (type === "Refused") return refused(value);
  if (classes[type]) return hold(Object.create(classes[type].prototype), value);
  const fields = shapes[type].map(([name, of], at) => [name, made(of, value[at])]);
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

function refused([structure, field, rule, seq, linkType]) {
  const link = seq === undefined ? "" : `link ${seq}${linkType ? ` (${linkType})` : ""}: `;
  const error = new Error(`${link}${structure}: ${field} ${rule}`);
  error.name = link ? "ChainRefused" : "Refused";
  Object.assign(error, { structure, field, rule });
  if (link) error.seq = seq;
  if (linkType) error.linkType = linkType;
  return error;
}

/** Has an operation carried out. Of some, the last argument may be missing: hence one more. */
function ask(operation, args) {
  const parts = [];
  for (const item of [operation, ...args, undefined]) write(parts, item);
  const request = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    request.set(part, end);
    end += part.length;
  }
  const answer = call(request);
  // Either may hold a secret; what the page needs of it was copied.
  request.fill(0);
  const reader = { bytes: answer, at: 0 };
  const [code, value] = [read(reader), read(reader)];
  answer.fill(0);
  if (code) throw refused(value);
  return value;
}

function head(major, value) {
  const kind = major << 5;
  if (value < 24) return [kind | value];
  return [kind | 26, value >>> 24, value >>> 16, value >>> 8, value];
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

/** What CBOR of the core can't say is sent as `undefined`, and the core refuses it by its field. */
function write(parts, item) {
  if (handles.has(item)) write(parts, handles.get(item));
  else if (item === undefined || item === null) parts.push([0xf6]);
  else if (typeof item === "boolean") parts.push(head(0, Number(item)));
  else if (item === item >>> 0) parts.push(head(0, item));
  else if (item instanceof Uint8Array) parts.push(head(2, item.length), item);
  else if (typeof item === "string") {
    const bytes = utf8.encode(item);
    parts.push(head(3, bytes.length), bytes);
  } else if (Array.isArray(item)) {
    parts.push(head(4, item.length));
    for (const one of item) write(parts, one);
  } else if (typeof item === "object") write(parts, shapes.Terms.map(([name]) => item[name]));
  else parts.push([0xf7]);
}

function read(reader) {
  const { bytes } = reader;
  const first = bytes[reader.at];
  reader.at += 1;
  let size = first & 31;
  if (size > 23 && first < 0xe0) {
    let left = 1 << (size - 24);
    for (size = 0; left > 0; left -= 1) {
      size = size * 256 + bytes[reader.at];
      reader.at += 1;
    }
  }
  const start = reader.at;
  switch (first >> 5) {
    case 0:
      return size;
    case 2:
      reader.at += size;
      return bytes.slice(start, reader.at);
    case 3:
      reader.at += size;
      return text.decode(bytes.subarray(start, reader.at));
    case 4:
      return Array.from({ length: size }, () => read(reader));
    default:
      return undefined;
  }
}

class Kept {
  free() {
    gone.unregister(this);
    ask(0, [this]);
  }
}
if (Symbol.dispose) Kept.prototype[Symbol.dispose] = Kept.prototype.free;

let operations = 0;
for (const [name, ...members] of rows(OPERATIONS)) {
  let first;
  classes[name] = class extends Kept {
    constructor(...args) {
      super();
      hold(this, ask(first, args));
    }
  };
  for (const member of members) {
    const operation = operations;
    operations += 1;
    const [, sign, rest] = member.match(/^([.=+]?)(.*)/);
    const words = rest.split(",").map(typed);
    const how = { ".": "get", "=": "set" }[sign] ?? "value";
    const target = sign === "+" ? classes[name] : classes[name].prototype;
    if (member === "new") first = operation;
    else words.forEach(([word, type], at) => {
      const work = function (...args) {
        const answer = ask(operation, sign === "+" ? args : [this, ...args]);
        return made(type, words.length > 1 ? answer[at] : answer);
      };
      Object.defineProperty(target, word, { configurable: true, [how]: work });
    });
  }
}

export const {
  PublicKeys, Trust, Guardian, Device, Family, Pen, Keyring, RecordHeader, Record, Heads, Layout,
  BlobKey, BlobRef, InviteLink, PairingQr, GuardianCheck, ToyCheck, Kek, KitCode, GuardianSafe,
  Registration, Registered, Login, LoggedIn,
} = classes;
export const { hashOf, freshId, freshBlobPrefix, userCode, prfSalt, slotFacts } = classes.core;

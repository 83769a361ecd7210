// The closed lists of docs/generated/registry.md.

const words = (...list) => list.map((word, index) => ({ code: index + 1, word }));

export const LISTS = {
  suite: words("x25519", "x-wing"),
  type: words(
    "genesis", "guardian-add", "guardian-remove", "device-add", "device-remove", "child-add",
    "child-remove", "key-version", "grant", "revoke", "recovery-set", "policy", "promote", "erase",
    "freeze", "contact-approve", "contact-revoke", "purge", "recover",
  ),
  cat: words(
    "profile", "photos", "voice", "video", "activity", "downloads", "location", "contacts",
    "settings", "avatar", "messages",
  ),
  purpose: words(
    "care", "play", "chat", "library", "world", "moderation", "recovery", "support", "third-party",
    "export",
  ),
  grantee_kind: words("guardian", "device", "service", "third-party", "teen"),
  method: words(
    "e-mail-plus", "text-plus", "signed-form", "payment-card", "call", "video", "questions",
    "government-id", "face-match", "wallet",
  ),
  role: words("owner", "carer"),
  anchor: words("opaque", "prf", "kit", "guardian", "service", "toy"),
  reason: words("legal-demand", "dispute", "takeover"),
};

export const codes = (list) => LISTS[list].map(({ code }) => code);
export const code = (list, word) => LISTS[list].find((item) => item.word === word).code;

const KINDS_OF_PURPOSES = [
  ["guardian", "teen"], ["device"], ["device", "teen"], ["device", "service"],
  ["device", "service"], ["service"], ["service"], ["service"], ["third-party"],
  ["guardian", "teen"],
];

export const fits = (kind, purpose) =>
  KINDS_OF_PURPOSES[purpose - 1].some((word) => code("grantee_kind", word) === kind);

// Writing is 2; a replay asks nothing of it.
export const READ = 1;
export const RESHARE = 4;
// Re-sharing goes with reading only.
export const RIGHTS = [1, 2, 3, 4, 5, 6, 7].filter((bits) => bits & READ || !(bits & RESHARE));

export function all() {
  const rows = KINDS_OF_PURPOSES.map((kinds, index) => ({
    purpose: index + 1,
    grantee_kinds: kinds.map((word) => code("grantee_kind", word)),
  }));
  return { ...LISTS, rights: RIGHTS, grantees_of_purposes: rows };
}

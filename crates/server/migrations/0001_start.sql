-- Accounts: who may sign in. The address is kept twice, and never in clear: sealed, so that the
-- mailer can write to it, and as a keyed hash, so that it can be found.
CREATE TABLE account (
  account_id {blob} NOT NULL PRIMARY KEY,
  email_index {blob} NOT NULL,
  email_sealed {blob} NOT NULL,
  opaque_record {blob} NOT NULL,
  family_id {blob},
  created_ms {int} NOT NULL
) {strict};

CREATE TABLE address (
  email_index {blob} NOT NULL PRIMARY KEY,
  account_id {blob} NOT NULL
) {strict};

-- Links that were mailed: to open an account, or to set a new password.
CREATE TABLE mail_link (
  token_hash {blob} NOT NULL PRIMARY KEY,
  purpose {int} NOT NULL,
  email_index {blob} NOT NULL,
  email_sealed {blob} NOT NULL,
  expires_ms {int} NOT NULL
) {strict};

CREATE TABLE session (
  session_hash {blob} NOT NULL PRIMARY KEY,
  session_id {blob} NOT NULL,
  account_id {blob} NOT NULL,
  created_ms {int} NOT NULL,
  expires_ms {int} NOT NULL
) {strict};
CREATE INDEX session_account ON session (account_id, created_ms);

-- A guardian's keys: the sealed bundle, and the slots that open it.
CREATE TABLE bundle (
  account_id {blob} NOT NULL PRIMARY KEY,
  family_id {blob} NOT NULL,
  key_id {blob} NOT NULL,
  sealed {blob} NOT NULL
) {strict};

CREATE TABLE slot (
  account_id {blob} NOT NULL,
  slot_id {blob} NOT NULL,
  anchor {int} NOT NULL,
  sealed {blob} NOT NULL,
  PRIMARY KEY (account_id, slot_id)
) {strict};

-- Verifications of a parent, and what came of them. The evidence stays; scans don't.
CREATE TABLE verification (
  account_id {blob} NOT NULL,
  verification_id {blob} NOT NULL,
  method {int} NOT NULL,
  state {int} NOT NULL,
  signing_key {blob} NOT NULL,
  notice_hash {blob} NOT NULL,
  code {text},
  token_hash {blob},
  scan_hash {blob},
  evidence {blob},
  attestation {blob},
  recommended_by {blob},
  created_ms {int} NOT NULL,
  expires_ms {int} NOT NULL,
  PRIMARY KEY (account_id, verification_id)
) {strict};
CREATE UNIQUE INDEX verification_id ON verification (verification_id);
CREATE UNIQUE INDEX verification_code ON verification (code);
CREATE INDEX verification_token ON verification (token_hash);
CREATE INDEX verification_state ON verification (state, created_ms);
CREATE INDEX verification_expires ON verification (state, expires_ms);

-- Forms that came back, until two stewards have decided.
CREATE TABLE scan (
  account_id {blob} NOT NULL,
  verification_id {blob} NOT NULL,
  content_type {text} NOT NULL,
  sealed {blob} NOT NULL,
  PRIMARY KEY (account_id, verification_id)
) {strict};

CREATE TABLE family (
  family_id {blob} NOT NULL PRIMARY KEY,
  genesis {blob} NOT NULL,
  seq {int} NOT NULL,
  head {blob} NOT NULL,
  feed {int} NOT NULL,
  bytes_used {int} NOT NULL,
  erased_ms {int}
) {strict};

CREATE TABLE link (
  family_id {blob} NOT NULL,
  seq {int} NOT NULL,
  signed {blob} NOT NULL,
  PRIMARY KEY (family_id, seq)
) {strict};

-- What must be destroyed because a link says so; gone once a receipt was signed.
CREATE TABLE destruction (
  family_id {blob} NOT NULL,
  link_hash {blob} NOT NULL,
  state {int} NOT NULL,
  plan {blob} NOT NULL,
  receipt {blob},
  created_ms {int} NOT NULL,
  PRIMARY KEY (family_id, link_hash)
) {strict};
CREATE INDEX destruction_state ON destruction (state, created_ms);

CREATE TABLE record (
  family_id {blob} NOT NULL,
  record_id {blob} NOT NULL,
  child_id {blob} NOT NULL,
  category {int} NOT NULL,
  version {int} NOT NULL,
  ver {int} NOT NULL,
  writer {blob} NOT NULL,
  feed {int} NOT NULL,
  hash {blob} NOT NULL,
  sealed {blob},
  frank_tag {blob},
  received_day {int} NOT NULL,
  PRIMARY KEY (family_id, record_id)
) {strict};
CREATE INDEX record_feed ON record (family_id, feed);
CREATE INDEX record_child ON record (family_id, child_id, category, feed);

CREATE TABLE blob (
  family_id {blob} NOT NULL,
  blob_id {blob} NOT NULL,
  child_id {blob} NOT NULL,
  category {int} NOT NULL,
  version {int} NOT NULL,
  writer {blob} NOT NULL,
  sealed_bytes {int} NOT NULL,
  state {int} NOT NULL,
  created_ms {int} NOT NULL,
  PRIMARY KEY (family_id, blob_id)
) {strict};
CREATE INDEX blob_child ON blob (family_id, child_id, category);
CREATE INDEX blob_state ON blob (state, created_ms);

CREATE TABLE blob_part (
  family_id {blob} NOT NULL,
  blob_id {blob} NOT NULL,
  part {int} NOT NULL,
  hash {blob} NOT NULL,
  PRIMARY KEY (family_id, blob_id, part)
) {strict};

-- Toys that ask to be linked; gone when they are, or after ten minutes.
CREATE TABLE pairing (
  device_code_hash {blob} NOT NULL PRIMARY KEY,
  code_hash {blob} NOT NULL,
  state {int} NOT NULL,
  keys {blob} NOT NULL,
  commitment {blob} NOT NULL,
  family_id {blob},
  pairing_id {blob},
  proposal {blob},
  toy_nonce {blob},
  accept_sig {blob},
  created_ms {int} NOT NULL,
  expires_ms {int} NOT NULL,
  UNIQUE (code_hash)
) {strict};
CREATE INDEX pairing_family ON pairing (family_id, pairing_id);
CREATE INDEX pairing_expires ON pairing (expires_ms);

CREATE TABLE toy (
  family_id {blob} NOT NULL,
  key_id {blob} NOT NULL,
  token_hash {blob} NOT NULL,
  state {int} NOT NULL,
  name_sealed {blob},
  last_contact_day {int} NOT NULL,
  linked_ms {int} NOT NULL,
  PRIMARY KEY (family_id, key_id)
) {strict};
CREATE INDEX toy_token ON toy (token_hash);

-- Invitations of a further guardian.
CREATE TABLE invitation (
  family_id {blob} NOT NULL,
  invitation_id {blob} NOT NULL,
  state {int} NOT NULL,
  offer {blob} NOT NULL,
  invited_by {blob} NOT NULL,
  answer {blob},
  answered_by {blob},
  created_ms {int} NOT NULL,
  expires_ms {int} NOT NULL,
  PRIMARY KEY (family_id, invitation_id)
) {strict};
CREATE INDEX invitation_id ON invitation (invitation_id);

-- Letters that wait for the mailer; the whole letter is sealed.
CREATE TABLE letter (
  letter_id {blob} NOT NULL PRIMARY KEY,
  sealed {blob} NOT NULL,
  due_ms {int} NOT NULL,
  tries {int} NOT NULL
) {strict};
CREATE INDEX letter_due ON letter (due_ms);

-- Staff, and every act of theirs with its reason.
CREATE TABLE steward (
  steward_id {blob} NOT NULL PRIMARY KEY,
  name {text} NOT NULL,
  token_hash {blob} NOT NULL,
  expires_ms {int} NOT NULL
) {strict};
CREATE UNIQUE INDEX steward_name ON steward (name);
CREATE INDEX steward_token ON steward (token_hash);

CREATE TABLE steward_act (
  act_id {blob} NOT NULL PRIMARY KEY,
  steward_id {blob} NOT NULL,
  act {text} NOT NULL,
  subject {blob} NOT NULL,
  reason {text} NOT NULL,
  at_ms {int} NOT NULL
) {strict};
CREATE INDEX steward_act_at ON steward_act (at_ms, act_id);
CREATE INDEX steward_act_subject ON steward_act (subject, at_ms);

-- Answers to requests that a client may send again.
CREATE TABLE idempotency (
  asker {blob} NOT NULL,
  key_hash {blob} NOT NULL,
  request_hash {blob} NOT NULL,
  status {int} NOT NULL,
  body {blob} NOT NULL,
  expires_ms {int} NOT NULL,
  PRIMARY KEY (asker, key_hash)
) {strict};
CREATE INDEX idempotency_expires ON idempotency (expires_ms);

-- Guardians who lost their keys, and ask another guardian or a toy for a way back. What they say
-- is public keys and what is sealed to others; the server only carries it.
CREATE TABLE recovery (
  family_id {blob} NOT NULL,
  account_id {blob} NOT NULL,
  request {blob} NOT NULL,
  kept {blob} NOT NULL,
  answer {blob},
  answered_by {blob},
  created_ms {int} NOT NULL,
  expires_ms {int} NOT NULL,
  PRIMARY KEY (family_id, account_id)
) {strict};
CREATE INDEX recovery_expires ON recovery (expires_ms);

-- So that what was mailed to an address can go with the account.
CREATE INDEX mail_link_address ON mail_link (email_index);

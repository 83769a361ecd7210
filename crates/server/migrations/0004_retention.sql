-- When an account was last used, so that one that nobody uses can end: its holder is warned first.
ALTER TABLE account ADD COLUMN seen_day {int} NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN warned_ms {int} NOT NULL DEFAULT 0;
UPDATE account SET seen_day = created_ms / 86400000;
CREATE INDEX account_unused ON account (warned_ms, seen_day);

-- A letter that nobody takes isn't kept.
ALTER TABLE letter ADD COLUMN written_ms {int} NOT NULL DEFAULT 0;
UPDATE letter SET written_ms = due_ms;
CREATE INDEX letter_written ON letter (written_ms);

-- So that what has ended can be found.
CREATE INDEX mail_link_expires ON mail_link (expires_ms);
CREATE INDEX session_expires ON session (expires_ms);
CREATE INDEX invitation_expires ON invitation (expires_ms);
CREATE INDEX toy_gone ON toy (state, last_contact_day);

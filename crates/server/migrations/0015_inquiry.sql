-- What an outside verifier was asked about a parent: that it was, by which method, and how far it has come. The
-- verifier's words for it are sealed while they are needed. Nothing of questions, answers, documents or faces.
-- A row stays for a while after it has ended, so that nobody is shown one set of questions after another.
CREATE TABLE inquiry (
  account_id {blob} NOT NULL,
  verification_id {blob} NOT NULL,
  method {int} NOT NULL,
  reference {blob} NOT NULL,
  state {int} NOT NULL,
  sealed {blob},
  asked_ms {int} NOT NULL,
  PRIMARY KEY (account_id, verification_id)
) {strict};
CREATE UNIQUE INDEX inquiry_reference ON inquiry (reference);
CREATE INDEX inquiry_asked ON inquiry (asked_ms);

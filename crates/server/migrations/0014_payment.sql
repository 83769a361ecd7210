-- Payments by which parents are verified: from before the provider is asked for a page until it has given the
-- money back. No key binds a row to its account: what was taken goes back even if the account is closed.
-- What the provider calls page and payment is sealed: whoever can write here alone has no other payment
-- given back.
CREATE TABLE payment (
  account_id {blob} NOT NULL,
  verification_id {blob} NOT NULL,
  reference {blob} NOT NULL,
  state {int} NOT NULL,
  amount {int} NOT NULL,
  currency {text} NOT NULL,
  sealed {blob},
  payment_hash {blob},
  refusals {int} NOT NULL,
  tries {int} NOT NULL,
  asked_ms {int} NOT NULL,
  next_ms {int} NOT NULL,
  created_ms {int} NOT NULL,
  PRIMARY KEY (account_id, verification_id)
) {strict};
CREATE UNIQUE INDEX payment_reference ON payment (reference);
CREATE UNIQUE INDEX payment_once ON payment (payment_hash);
CREATE INDEX payment_next ON payment (next_ms);
CREATE INDEX payment_created ON payment (created_ms);

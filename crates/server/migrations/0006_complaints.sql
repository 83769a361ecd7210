-- What people complain about, and what they were answered: sealed, and kept as long as the data map
-- says. Nothing leads from a complaint to an account.
CREATE TABLE complaint (
  complaint_id {blob} NOT NULL PRIMARY KEY,
  received_ms {int} NOT NULL,
  state {text} NOT NULL,
  sealed {blob} NOT NULL,
  answer_sealed {blob},
  answered_ms {int}
) {strict};
CREATE INDEX complaint_received ON complaint (received_ms);
CREATE INDEX complaint_state ON complaint (state, received_ms);

-- That a tripwire was touched, without of whom: that stands in the letter to the operator alone.
CREATE TABLE alarm (
  alarm_id {blob} NOT NULL PRIMARY KEY,
  word {text} NOT NULL,
  at_ms {int} NOT NULL
) {strict};
CREATE INDEX alarm_at ON alarm (at_ms);

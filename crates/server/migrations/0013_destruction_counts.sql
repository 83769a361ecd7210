-- What there was when a destruction began, for its receipt: a turn that was cut off leaves less to count. And
-- state 2: the receipt is signed, and the chain doesn't tell of it yet.
ALTER TABLE destruction ADD COLUMN records {int};
ALTER TABLE destruction ADD COLUMN blobs {int};
ALTER TABLE destruction ADD COLUMN outer_keys {int};

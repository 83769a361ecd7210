-- What happened, each with its salt, and its place in the log once it has one (docs/log.md). The
-- owner is a family, an account, or all zeros for the deployment. Erasing a row unlinks the entry.
CREATE TABLE leaf (
  owner_id {blob} NOT NULL,
  leaf_id {blob} NOT NULL,
  child_id {blob},
  at_ms {int} NOT NULL,
  leaf {blob} NOT NULL,
  place {int},
  PRIMARY KEY (owner_id, leaf_id)
) {strict};
CREATE INDEX leaf_waiting ON leaf (at_ms) WHERE place IS NULL;
CREATE INDEX leaf_own ON leaf (owner_id, place);
CREATE INDEX leaf_at ON leaf (at_ms, owner_id, leaf_id);

-- Entries that have a place and are not yet in the log's published files.
CREATE TABLE log_entry (
  place {int} NOT NULL PRIMARY KEY,
  entry {blob} NOT NULL
) {strict};

-- How far the log has come, and who numbers its entries: one row.
CREATE TABLE log_state (
  id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
  size {int} NOT NULL,
  published {int} NOT NULL,
  holder {blob} NOT NULL,
  lease_until_ms {int} NOT NULL
) {strict};

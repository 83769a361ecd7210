-- Every version of every notice, and of the operator's registers, that was ever published: its
-- bytes, and their hash, which the public log holds.
CREATE TABLE notice (
  kind {text} NOT NULL,
  version {int} NOT NULL,
  hash {blob} NOT NULL,
  at_ms {int} NOT NULL,
  program {text} NOT NULL,
  document {blob} NOT NULL,
  PRIMARY KEY (kind, version)
) {strict};

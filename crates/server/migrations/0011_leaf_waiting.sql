-- Leaves wait for their places in a queue, so that what is told changes the end of one table and no
-- index (docs/adr/0016). An entry alone, of which nothing is told any more, has no owner. The name is
-- what a leaf is looked up by, if it ever is looked up alone.
DROP INDEX leaf_waiting;
DROP INDEX leaf_own;
DROP INDEX leaf_at;
DROP INDEX leaf_token;
DROP INDEX leaf_untold;
ALTER TABLE leaf RENAME TO leaf_before;

CREATE TABLE leaf_waiting (
  at_ms {int} NOT NULL,
  leaf_id {blob} NOT NULL,
  owner_id {blob},
  child_id {blob},
  leaf {blob} NOT NULL,
  token_hash {blob},
  name {blob},
  PRIMARY KEY (at_ms, leaf_id)
) {strict};

-- What has a place, in the order of the log.
CREATE TABLE leaf (
  place {int} NOT NULL PRIMARY KEY,
  owner_id {blob} NOT NULL,
  leaf_id {blob} NOT NULL,
  child_id {blob},
  at_ms {int} NOT NULL,
  leaf {blob} NOT NULL,
  token_hash {blob},
  name {blob}
) {strict};

-- An entry has at most 64 bytes, and every leaf has more. Until now the row's id was the name of a
-- receipt's leaf and of the deployment's own, which belong to no family and to no account.
INSERT INTO leaf_waiting (at_ms, leaf_id, owner_id, child_id, leaf, token_hash, name)
  SELECT at_ms, leaf_id, CASE WHEN length(leaf) > 64 THEN owner_id END, child_id, leaf, token_hash,
    CASE WHEN length(leaf) > 64 AND (
      EXISTS (SELECT 1 FROM destruction d
        WHERE d.family_id = owner_id AND substr(d.link_hash, 1, 16) = leaf_id)
      OR (NOT EXISTS (SELECT 1 FROM family f WHERE f.family_id = owner_id)
        AND NOT EXISTS (SELECT 1 FROM account a WHERE a.account_id = owner_id))
    ) THEN leaf_id END
  FROM leaf_before WHERE place IS NULL ORDER BY at_ms, leaf_id;
INSERT INTO leaf (place, owner_id, leaf_id, child_id, at_ms, leaf, token_hash, name)
  SELECT place, owner_id, leaf_id, child_id, at_ms, leaf, token_hash,
    CASE WHEN
      EXISTS (SELECT 1 FROM destruction d
        WHERE d.family_id = owner_id AND substr(d.link_hash, 1, 16) = leaf_id)
      OR (NOT EXISTS (SELECT 1 FROM family f WHERE f.family_id = owner_id)
        AND NOT EXISTS (SELECT 1 FROM account a WHERE a.account_id = owner_id))
    THEN leaf_id END
  FROM leaf_before WHERE place IS NOT NULL ORDER BY place;
DROP TABLE leaf_before;

CREATE INDEX leaf_own ON leaf (owner_id, place);
CREATE INDEX leaf_at ON leaf (at_ms, leaf_id);
CREATE INDEX leaf_token ON leaf (token_hash, at_ms, leaf_id) WHERE token_hash IS NOT NULL;
CREATE INDEX leaf_untold ON leaf (at_ms) WHERE child_id IS NOT NULL AND token_hash IS NULL;
CREATE INDEX leaf_name ON leaf (owner_id, name) WHERE name IS NOT NULL;

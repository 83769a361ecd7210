-- A leaf that waits for its place isn't looked for by it: two changes of the index less for each.
DROP INDEX leaf_own;
CREATE INDEX leaf_own ON leaf (owner_id, place) WHERE place IS NOT NULL;

-- The deployment's own secrets, under the root key.
CREATE TABLE deployment (
  name {text} NOT NULL PRIMARY KEY,
  wrapped {blob} NOT NULL
) {strict};

-- The outer keys of what families store, each sealed under the deployment's key for them.
-- Deleting a row makes every copy of what it sealed unreadable.
CREATE TABLE outer_key (
  family_id {blob} NOT NULL,
  child_id {blob} NOT NULL,
  category {int} NOT NULL,
  version {int} NOT NULL,
  sealed {blob} NOT NULL,
  PRIMARY KEY (family_id, child_id, category, version)
) {strict};

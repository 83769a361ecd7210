-- What one token was handed, found without reading the whole log; and what was handed out before it
-- was noted under which token.
CREATE INDEX leaf_token ON leaf (token_hash, at_ms) WHERE token_hash IS NOT NULL;
CREATE INDEX leaf_untold ON leaf (at_ms) WHERE child_id IS NOT NULL AND token_hash IS NULL;

-- Under which token something was handed out, by its hash: what a stolen one took. None for what else
-- happens, and for what was handed out before this column was there.
ALTER TABLE leaf ADD COLUMN token_hash {blob};

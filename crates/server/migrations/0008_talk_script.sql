-- The script that was followed in a talk, by its hash: the one who decides may run a program that has a
-- newer one.
ALTER TABLE verification ADD COLUMN script_hash {blob};

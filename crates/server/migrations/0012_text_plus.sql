-- The mobile number of a parent who is texted, sealed, until the code was typed; and how many were typed.
ALTER TABLE verification ADD COLUMN number_sealed {blob};
ALTER TABLE verification ADD COLUMN codes_typed {int} NOT NULL DEFAULT 0;

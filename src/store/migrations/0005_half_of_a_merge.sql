-- Of half a merge: what the body's base says of this side once the half is seen to have arrived, because the text that is sent
-- also says what the other side does not say yet. NULL: what is sent is what both sides agree on.
ALTER TABLE in_flight ADD COLUMN half_value TEXT;

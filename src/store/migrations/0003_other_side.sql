-- What the other side's body said when this one was sent: once this one is seen to have arrived, the two agree, whatever either
-- side became since. NULL: they do not agree by this write alone, or it is no body.
ALTER TABLE in_flight ADD COLUMN other_value TEXT;

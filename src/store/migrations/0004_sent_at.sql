-- It was not sent before that, by the clock of the side it was sent to (µs since 1970): what happened there later may come of it.
-- NULL: not known.
ALTER TABLE in_flight ADD COLUMN sent_at INTEGER;

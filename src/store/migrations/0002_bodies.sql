-- Bodies: a page's content is read by a request of its own, and only when it may have changed.

-- Notion's clock when the content was last read. NULL: not since it was sent with the page's creation, so that its base is
-- provisional; 0: to be read again, because a write to it was cut off.
ALTER TABLE pair ADD COLUMN body_read INTEGER;

-- Whether the issue was made for the page, so that its body ends with the page's marker.
ALTER TABLE pair ADD COLUMN marked INTEGER NOT NULL DEFAULT 0 CHECK (marked IN (0, 1));

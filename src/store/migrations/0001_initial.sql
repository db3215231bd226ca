-- Marks the file as tandem's ('tndm'), so that no other program's database is ever migrated.
PRAGMA application_id = 1953391725;

-- Times are microseconds since 1970, UTC. Values are JSON. Sides are 'github' or 'notion'.
-- Items are written as on the command line: owner/name#12 or a page id; NOCASE because
-- repositories are compared without case.

CREATE TABLE sync (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- One issue and one page that are the same work item. Ids are never used twice (history names them).
CREATE TABLE pair (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  sync           INTEGER NOT NULL REFERENCES sync (id),
  repo           TEXT    NOT NULL COLLATE NOCASE,
  number         INTEGER NOT NULL,
  issue_id       INTEGER NOT NULL,              -- 0: not known
  repo_id        INTEGER NOT NULL,              -- 0: not known
  page           TEXT    NOT NULL,
  gone_side      TEXT CHECK (gone_side IN ('github', 'notion')),  -- NULL: linked
  gone_why       TEXT,
  title          TEXT    NOT NULL,              -- for messages
  own_github     INTEGER,                       -- time our own last write returned
  own_notion     INTEGER,
  digest_github  INTEGER,                       -- of what that side showed when the base was committed
  digest_notion  INTEGER,
  CHECK ((gone_side IS NULL) = (gone_why IS NULL))
) STRICT;
CREATE UNIQUE INDEX pair_issue    ON pair (repo, number, sync);
CREATE UNIQUE INDEX pair_page     ON pair (page, sync);
CREATE UNIQUE INDEX pair_issue_id ON pair (issue_id, sync) WHERE issue_id <> 0;
CREATE INDEX        pair_sync     ON pair (sync);

-- What both sides showed when they last agreed: one row per pair, because a full scan reads them all.
-- {"title": {"f": mapping fingerprint, "g": GitHub's value, "n": Notion's, when it is another}, ...}
CREATE TABLE base (
  pair   INTEGER PRIMARY KEY REFERENCES pair (id) ON DELETE CASCADE,
  fields TEXT NOT NULL
) STRICT;

-- Written before a create is sent. The same page may be an intent of two syncs, hence the key.
CREATE TABLE intent (
  sync   INTEGER NOT NULL REFERENCES sync (id),
  uuid   TEXT    NOT NULL,
  target TEXT    NOT NULL CHECK (target IN ('github', 'notion')),
  source TEXT    NOT NULL COLLATE NOCASE,
  at     INTEGER NOT NULL,                      -- the target server's clock
  lost   INTEGER,                               -- the target server's clock, when the outcome was found to be unknown
  made   TEXT    COLLATE NOCASE,                -- what was made, where it cannot be paired
  PRIMARY KEY (sync, uuid)
) STRICT, WITHOUT ROWID;

-- Written before a field is written.
CREATE TABLE in_flight (
  pair       INTEGER NOT NULL REFERENCES pair (id) ON DELETE CASCADE,
  side       TEXT    NOT NULL CHECK (side IN ('github', 'notion')),
  field      TEXT    NOT NULL,
  from_value TEXT    NOT NULL,
  to_value   TEXT    NOT NULL,
  PRIMARY KEY (pair, side, field)
) STRICT, WITHOUT ROWID;

-- Every value that was replaced. No foreign keys: history outlives what it tells about.
CREATE TABLE history (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  at    INTEGER NOT NULL,                       -- our clock, for people
  item  TEXT    NOT NULL COLLATE NOCASE,
  page  TEXT,
  pair  INTEGER,
  side  TEXT    NOT NULL CHECK (side IN ('github', 'notion')),
  field TEXT    NOT NULL,
  lost  TEXT    NOT NULL,
  kept  TEXT,
  rule  TEXT    NOT NULL,
  cycle INTEGER NOT NULL
) STRICT;
CREATE INDEX history_item ON history (item);
CREATE INDEX history_page ON history (page) WHERE page IS NOT NULL;
CREATE INDEX history_pair ON history (pair) WHERE pair IS NOT NULL;

-- Kept by triggers, so that `status` need not read years of history to tell its size.
CREATE TABLE history_size (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  rows  INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO history_size VALUES (1, 0, 0);
CREATE TRIGGER history_grows AFTER INSERT ON history BEGIN
  UPDATE history_size SET rows = rows + 1,
    bytes = bytes + octet_length(new.lost) + coalesce(octet_length(new.kept), 0);
END;
CREATE TRIGGER history_shrinks AFTER DELETE ON history BEGIN
  UPDATE history_size SET rows = rows - 1,
    bytes = bytes - octet_length(old.lost) - coalesce(octet_length(old.kept), 0);
END;
CREATE TRIGGER history_never_changes BEFORE UPDATE ON history BEGIN
  SELECT raise(ABORT, 'history is append-only');
END;

-- Up to where each side has been read: key is a repository or a data source.
CREATE TABLE cursor (
  sync INTEGER NOT NULL REFERENCES sync (id),
  side TEXT    NOT NULL CHECK (side IN ('github', 'notion')),
  key  TEXT    NOT NULL COLLATE NOCASE,
  at   INTEGER NOT NULL,                        -- that server's clock
  etag TEXT,
  PRIMARY KEY (sync, side, key)
) STRICT, WITHOUT ROWID;

-- Items to look at again although no cursor names them.
CREATE TABLE pending (
  sync     INTEGER NOT NULL REFERENCES sync (id),
  item     TEXT    NOT NULL COLLATE NOCASE,
  reason   TEXT    NOT NULL,
  waits    INTEGER NOT NULL CHECK (waits IN (0, 1)),
  due      INTEGER,                             -- the clock of `side`
  side     TEXT    NOT NULL CHECK (side IN ('github', 'notion')),
  attempts INTEGER NOT NULL,
  PRIMARY KEY (sync, item)
) STRICT, WITHOUT ROWID;

-- What is set aside. A person's hold and tandem's own may lie on the same thing.
CREATE TABLE hold (
  sync      INTEGER NOT NULL REFERENCES sync (id),
  item      TEXT    NOT NULL COLLATE NOCASE,
  field     TEXT    NOT NULL,                   -- '': the whole item
  by_person INTEGER NOT NULL CHECK (by_person IN (0, 1)),
  pair      INTEGER REFERENCES pair (id) ON DELETE CASCADE,
  side      TEXT    NOT NULL CHECK (side IN ('github', 'notion')),
  value     TEXT,
  reason    TEXT    NOT NULL,
  digest    TEXT    NOT NULL,
  attempts  INTEGER NOT NULL,
  next_try  INTEGER,                            -- the clock of `side`
  since     INTEGER NOT NULL,
  PRIMARY KEY (sync, item, field, by_person)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_pair ON hold (pair) WHERE pair IS NOT NULL;

CREATE TABLE cycle (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  sync    INTEGER NOT NULL REFERENCES sync (id),
  started INTEGER NOT NULL,                     -- our clock
  ended   INTEGER,
  outcome TEXT,
  fresh   INTEGER CHECK (fresh IN (0, 1)),
  counts  TEXT
) STRICT;
CREATE INDEX cycle_sync ON cycle (sync);

-- The plan a person let go, until the cycle that executes it.
CREATE TABLE release (
  sync   INTEGER PRIMARY KEY REFERENCES sync (id),
  digest TEXT NOT NULL
) STRICT;

-- The brake that is on.
CREATE TABLE brake (
  sync    INTEGER PRIMARY KEY REFERENCES sync (id),
  digest  TEXT    NOT NULL,
  reasons TEXT    NOT NULL,
  since   INTEGER NOT NULL
) STRICT;

-- What is read again only when an answer contradicts it. scope 0: shared by all syncs.
CREATE TABLE cache (
  scope INTEGER NOT NULL,
  key   TEXT    NOT NULL,
  value TEXT    NOT NULL,
  PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;

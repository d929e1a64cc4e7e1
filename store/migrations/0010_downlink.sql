-- The feed of the central store (store/feed.h). How far it was read is `feed_cursor` in meta.
CREATE TABLE feed_seen ( -- items that were dealt with: each takes effect once
    key BLOB PRIMARY KEY CHECK (length(key) = 32), -- of its source and id
    at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_seen_at ON feed_seen (at);

CREATE TABLE feed_kept ( -- items that took no effect here, for a person to look at
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    type        TEXT NOT NULL,
    subject     TEXT, -- a case code
    reason      TEXT NOT NULL,
    body_sealed BLOB NOT NULL -- the item as it came
) STRICT;
CREATE INDEX feed_kept_at ON feed_kept (at);

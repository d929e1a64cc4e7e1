-- What must be known of modems and their SIMs after a restart.

-- A PIN that is being tried, or was tried without success. `digest` is keyed, over SIM and PIN: nobody finds a PIN of four digits from it without
-- the key file. `link` is the modem whose person may have it tried once more.
CREATE TABLE pin_guard (
    digest   BLOB PRIMARY KEY CHECK (length(digest) = 16),
    link     TEXT NOT NULL,
    tried_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pin_guard_of ON pin_guard (link);

-- Alarms of modems that are raised now.
CREATE TABLE modem_alarm (
    link      TEXT NOT NULL,
    name      TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    detail    TEXT NOT NULL,
    PRIMARY KEY (link, name)
) STRICT, WITHOUT ROWID;

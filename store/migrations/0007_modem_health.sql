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

-- How modems were, summed up in buckets of a minute (kept for a day), ten minutes (7 days) and an hour (30 days). The time stands in front of the link:
-- what is new goes to one end of each step, what is too old is taken from the other. t0 … t9: submissions by how long they took (modem_history.h).
CREATE TABLE modem_history (
    step       INTEGER NOT NULL, -- ms
    at         INTEGER NOT NULL, -- the bucket's beginning
    link       TEXT NOT NULL,
    samples    INTEGER NOT NULL, -- looks in that time, and in how many of them it was up, registered, told its signal
    up         INTEGER NOT NULL,
    registered INTEGER NOT NULL,
    signals    INTEGER NOT NULL,
    signal_sum INTEGER NOT NULL,
    slots_used INTEGER NOT NULL, -- the most, in percent
    sent       INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    unknown    INTEGER NOT NULL,
    t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, t2 INTEGER NOT NULL, t3 INTEGER NOT NULL, t4 INTEGER NOT NULL,
    t5 INTEGER NOT NULL, t6 INTEGER NOT NULL, t7 INTEGER NOT NULL, t8 INTEGER NOT NULL, t9 INTEGER NOT NULL,
    PRIMARY KEY (step, at, link)
) STRICT, WITHOUT ROWID;

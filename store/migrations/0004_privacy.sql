-- Requests of data subjects with the deadlines of Decree 356/2025/NĐ-CP, exports that two officers stand for, security incidents.

ALTER TABLE data_request ADD COLUMN act_day INTEGER NOT NULL DEFAULT 0; -- by which what was asked is to be done
ALTER TABLE data_request ADD COLUMN answered_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE data_request ADD COLUMN extended_at INTEGER NOT NULL DEFAULT 0; -- act_day was moved, once
ALTER TABLE data_request ADD COLUMN outcome INTEGER NOT NULL DEFAULT 0;
ALTER TABLE data_request ADD COLUMN reason_sealed BLOB; -- why it was extended, or restricted
UPDATE data_request SET act_day = (at + 25200000) / 86400000 + iif(kind = 1, 20, 10);

CREATE TABLE export_request (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    asker_id      INTEGER NOT NULL REFERENCES officer (id),
    scope         INTEGER NOT NULL,
    case_id       INTEGER REFERENCES cases (id),
    subscriber_id INTEGER REFERENCES subscriber (id),
    from_day      INTEGER NOT NULL DEFAULT 0,
    to_day        INTEGER NOT NULL DEFAULT 0,
    state         INTEGER NOT NULL DEFAULT 0,
    decider_id    INTEGER REFERENCES officer (id),
    decided_at    INTEGER NOT NULL DEFAULT 0,
    expires_at    INTEGER NOT NULL DEFAULT 0,
    fetched_at    INTEGER NOT NULL DEFAULT 0,
    reason_sealed BLOB NOT NULL
) STRICT;

CREATE TABLE incident (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL, -- when it was found out: the 72 hours begin
    by            TEXT NOT NULL,
    from_day      INTEGER NOT NULL DEFAULT 0,
    to_day        INTEGER NOT NULL DEFAULT 0,
    told_at       INTEGER NOT NULL DEFAULT 0, -- the authority was told
    told_by       TEXT,
    reason_sealed BLOB NOT NULL
) STRICT;
CREATE INDEX incident_open ON incident (at) WHERE told_at = 0;

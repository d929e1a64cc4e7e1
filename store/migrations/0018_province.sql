-- How the cases of the province's other appliances stand, as a feed with everybody's events tells it (store/province.h): a row for each case, until
-- its end is as long ago as that of a case whose words are erased. No words, no numbers: who may ask is a keyed hash.
CREATE TABLE province (
    code            INTEGER PRIMARY KEY,
    epoch           INTEGER NOT NULL, -- of its appliance's events; the sequences below are that epoch's
    at              INTEGER NOT NULL, -- of the newest event
    ended_at        INTEGER NOT NULL, -- 0: it goes on
    state           INTEGER, -- enum case_state; NULL: no event has said it yet
    state_seq       INTEGER NOT NULL, -- of the event that said so, as all below
    agency          TEXT, -- a key of the directory; NULL: the service centre
    agency_seq      INTEGER NOT NULL,
    due_day         INTEGER NOT NULL, -- 0: none runs
    due_seq         INTEGER NOT NULL,
    sender          BLOB CHECK (length(sender) = 16), -- NULL: bound to no number
    sender_at       INTEGER NOT NULL,
    sender_seq      INTEGER NOT NULL,
    represented     BLOB CHECK (length(represented) = 16),
    represented_at  INTEGER NOT NULL,
    represented_seq INTEGER NOT NULL,
    consent         INTEGER NOT NULL, -- of the represented one
    consent_seq     INTEGER NOT NULL
) STRICT;
CREATE INDEX province_ended ON province (ended_at) WHERE ended_at > 0;

CREATE TABLE province_reassigned ( -- numbers that have another owner: what was bound to them before isn't any more
    id    INTEGER PRIMARY KEY,
    phone BLOB NOT NULL UNIQUE CHECK (length(phone) = 16),
    at    INTEGER NOT NULL
) STRICT;

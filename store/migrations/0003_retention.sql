-- Personal data has an end (store/retention.h), and whoever reads it leaves a trace (store/privacy.h).
--
-- What is erased is found through an index that holds only what isn't erased yet (cases), or by a cursor that goes once through the rows in the order
-- in which they came (everything else): how much there ever was doesn't matter. The three indexes by which a case's or message's rows are found then
-- grow at their end nearly always, as outbound_of does.
-- An erased text is x''. Erased rows name subscriber 0, nobody.

ALTER TABLE life ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX life_ended ON life (ended_at) WHERE ended_at > 0 AND erased_at = 0;
CREATE INDEX message_of ON message (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX inbound_of ON inbound (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX outbox_of ON outbox (case_id) WHERE case_id IS NOT NULL;

-- The last day on which they were texted: a person to whom nothing was said or heard for so long is forgotten. For those there are: the day
-- of the newest text of all.
ALTER TABLE subscriber ADD COLUMN told_day INTEGER NOT NULL DEFAULT 0;
UPDATE subscriber SET told_day = coalesce((SELECT created_at FROM outbound WHERE id = (SELECT max(id) FROM outbound)), 0) / 86400000;

-- How far the wipe has come through each kind of row, and how many it erased in this run.
CREATE TABLE retention (
    kind   TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL,
    erased INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A chain of its own, built as that of case_event: store/audit.h. case_id 0: about no case.
CREATE TABLE privacy_event (
    id          INTEGER PRIMARY KEY,
    case_id     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    type        TEXT NOT NULL,
    actor       TEXT NOT NULL,
    salt        BLOB,
    commitment  BLOB NOT NULL CHECK (length(commitment) = 32),
    chain       BLOB NOT NULL CHECK (length(chain) = 32),
    data_sealed BLOB
) STRICT;

-- The first schema. Never edited once released: a change is a new file with the next number.
--
-- Columns that end in _sealed hold personal data, encrypted with the key file (firmware-host/base/crypto.h). Times are UTC epoch milliseconds,
-- days are days since 1970-01-01 in Vietnam. States, kinds and classes are the numbers of the enums in the headers of store/, which only grow.
-- Indexes are few, and new keys go to one end of nearly all of them: an index with keys in no order costs another page of the log, and of every
-- write-back, for each message (measured with a million messages: three of them more than halve the rate). Hence the time in front of a digest,
-- the chain through a subscriber's cases, the ids of parts. What is looked for by its state has a partial index holding only the rows that still
-- wait. In no order are: phone_hash, cases.code.

PRAGMA application_id = 1346456398; -- "PAKN"

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriber (
    id             INTEGER PRIMARY KEY,
    phone_hash     BLOB NOT NULL UNIQUE CHECK (length(phone_hash) = 16),
    accents        INTEGER NOT NULL DEFAULT 0,
    first_at       INTEGER NOT NULL DEFAULT 0,
    last_at        INTEGER NOT NULL DEFAULT 0,
    help_at        INTEGER NOT NULL DEFAULT 0,
    opted_out      INTEGER NOT NULL DEFAULT 0, -- no proactive texts
    window_at      INTEGER NOT NULL DEFAULT 0, -- the hour in which messages are counted, and how many
    window_count   INTEGER NOT NULL DEFAULT 0,
    wrong_at       INTEGER NOT NULL DEFAULT 0, -- the day in which wrong codes are counted, and how many
    wrong_count    INTEGER NOT NULL DEFAULT 0,
    limited_until  INTEGER NOT NULL DEFAULT 0, -- by the appliance itself
    blocked_until  INTEGER NOT NULL DEFAULT 0, -- by a person: block
    told_at        INTEGER NOT NULL DEFAULT 0, -- that they aren't answered, and why
    emergency_at   INTEGER NOT NULL DEFAULT 0, -- the emergency numbers, while they aren't answered
    same_at        INTEGER NOT NULL DEFAULT 0, -- the hour in which one text came again and again, how often, and its keyed hash
    same_count     INTEGER NOT NULL DEFAULT 0,
    same_hash      INTEGER NOT NULL DEFAULT 0,
    newest_case_id INTEGER REFERENCES cases (id), -- drafts too; cases.previous_id leads from it through all the others
    phone_sealed   BLOB NOT NULL,
    name_sealed    BLOB
) STRICT;

CREATE TABLE assembly (
    id            INTEGER PRIMARY KEY,
    link          TEXT NOT NULL,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    reference     INTEGER NOT NULL,
    total         INTEGER NOT NULL,
    wide          INTEGER NOT NULL,
    first_at      INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    state         INTEGER NOT NULL DEFAULT 0,
    tries         INTEGER NOT NULL DEFAULT 0,
    message_id    INTEGER REFERENCES message (id)
) STRICT;
CREATE INDEX assembly_of ON assembly (subscriber_id, reference);
CREATE INDEX assembly_due ON assembly (due_at) WHERE state = 0; -- ASSEMBLY_OPEN

CREATE TABLE message (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    link          TEXT NOT NULL,
    arrived_at    INTEGER NOT NULL,
    sent_at       INTEGER, -- the service centre's time; NULL: none given
    incomplete    INTEGER NOT NULL DEFAULT 0,
    verb          TEXT,
    case_id       INTEGER REFERENCES cases (id),
    text_sealed   BLOB NOT NULL
) STRICT;

-- One row for every arrival, for ever: its digest keeps the same SMS, read again after years, from making two.
CREATE TABLE inbound (
    id          INTEGER PRIMARY KEY,
    digest      BLOB NOT NULL UNIQUE CHECK (length(digest) = 16), -- 4 octets of the time it was sent, 12 of the keyed hash
    link        TEXT NOT NULL,
    arrived_at  INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0,
    tries       INTEGER NOT NULL DEFAULT 0,
    reason      TEXT,
    assembly_id INTEGER REFERENCES assembly (id),
    sequence    INTEGER NOT NULL DEFAULT 0,
    message_id  INTEGER REFERENCES message (id),
    body_sealed BLOB NOT NULL
) STRICT;
CREATE INDEX inbound_waiting ON inbound (state) WHERE state IN (0, 4); -- INBOUND_RAW, INBOUND_HELD
CREATE INDEX inbound_part ON inbound (assembly_id, sequence) WHERE assembly_id IS NOT NULL;

CREATE TABLE cases (
    id            INTEGER PRIMARY KEY,
    code          INTEGER UNIQUE CHECK (code BETWEEN 1 AND 999999999), -- NULL: a draft
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    state         INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    flags         INTEGER NOT NULL,
    link          TEXT NOT NULL,
    submitted_at  INTEGER NOT NULL,
    message_id    INTEGER REFERENCES message (id),
    due_day       INTEGER NOT NULL DEFAULT 0,
    previous_id   INTEGER REFERENCES cases (id), -- the subscriber's case before this one
    text_sealed   BLOB NOT NULL
) STRICT;
CREATE INDEX cases_state ON cases (state);

-- What the rules and the statistics need of a case, without its words: narrow, for a report reads all of it. store/life.h has the columns.
CREATE TABLE life (
    case_id         INTEGER PRIMARY KEY REFERENCES cases (id),
    source          INTEGER NOT NULL DEFAULT 0,
    field           TEXT,
    agency_id       INTEGER REFERENCES agency (id),
    unit_id         INTEGER REFERENCES agency (id),
    requested_id    INTEGER REFERENCES agency (id),
    officer_id      INTEGER REFERENCES officer (id),
    received_day    INTEGER NOT NULL,
    hops            INTEGER NOT NULL DEFAULT 0,
    pauses          INTEGER NOT NULL DEFAULT 0,
    results         INTEGER NOT NULL DEFAULT 0,
    annulments      INTEGER NOT NULL DEFAULT 0,
    late            INTEGER NOT NULL DEFAULT 0,
    explained       INTEGER NOT NULL DEFAULT 0,
    paused_left     INTEGER NOT NULL DEFAULT 0,
    paused_day      INTEGER NOT NULL DEFAULT 0,
    paused_days     INTEGER NOT NULL DEFAULT 0,
    accepted_at     INTEGER NOT NULL DEFAULT 0,
    result_at       INTEGER NOT NULL DEFAULT 0,
    published_at    INTEGER NOT NULL DEFAULT 0,
    delivered_at    INTEGER NOT NULL DEFAULT 0,
    annulled_at     INTEGER NOT NULL DEFAULT 0,
    rejoined_at     INTEGER NOT NULL DEFAULT 0,
    reconsidered_at INTEGER NOT NULL DEFAULT 0,
    ended_at        INTEGER NOT NULL DEFAULT 0,
    rejoinder_until INTEGER NOT NULL DEFAULT 0,
    rating          INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5),
    rated_at        INTEGER NOT NULL DEFAULT 0,
    refusal         TEXT,
    original_id     INTEGER REFERENCES cases (id),
    represented_id  INTEGER REFERENCES subscriber (id),
    consent         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX life_agency ON life (agency_id) WHERE ended_at = 0; -- an officer's open work
CREATE INDEX life_unit ON life (unit_id) WHERE ended_at = 0 AND unit_id IS NOT NULL;
CREATE INDEX life_represented ON life (represented_id) WHERE represented_id IS NOT NULL;

-- One chain over all rows, in the order of their ids, which have no gaps: store/audit.h. Erasing takes data and salt and leaves the chain whole.
CREATE TABLE case_event (
    id          INTEGER PRIMARY KEY,
    case_id     INTEGER NOT NULL REFERENCES cases (id),
    at          INTEGER NOT NULL,
    type        TEXT NOT NULL,
    actor       TEXT NOT NULL,
    salt        BLOB,
    commitment  BLOB NOT NULL CHECK (length(commitment) = 32),
    chain       BLOB NOT NULL CHECK (length(chain) = 32),
    data_sealed BLOB
) STRICT;
CREATE INDEX case_event_of ON case_event (case_id);

-- A deadline that is moved keeps its row: the new one names it, and why.
CREATE TABLE deadline (
    id              INTEGER PRIMARY KEY,
    case_id         INTEGER NOT NULL REFERENCES cases (id),
    kind            INTEGER NOT NULL,
    state           INTEGER NOT NULL DEFAULT 0,
    working_days    INTEGER NOT NULL,
    start_at        INTEGER NOT NULL,
    due_day         INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    coordination_id INTEGER REFERENCES coordination (id),
    replaces_id     INTEGER REFERENCES deadline (id),
    cause           TEXT
) STRICT;
CREATE INDEX deadline_due ON deadline (due_at) WHERE state = 0; -- DEADLINE_OPEN
CREATE INDEX deadline_missed ON deadline (due_at) WHERE state = 2; -- DEADLINE_MISSED, not yet made good
CREATE INDEX deadline_of ON deadline (case_id);

CREATE TABLE coordination (
    id        INTEGER PRIMARY KEY,
    case_id   INTEGER NOT NULL REFERENCES cases (id),
    agency_id INTEGER NOT NULL REFERENCES agency (id),
    asked_at  INTEGER NOT NULL,
    done_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX coordination_of ON coordination (case_id);
CREATE INDEX coordination_asked ON coordination (agency_id) WHERE done_at = 0;

CREATE TABLE answer (
    id           INTEGER PRIMARY KEY,
    case_id      INTEGER NOT NULL REFERENCES cases (id),
    at           INTEGER NOT NULL,
    kind         INTEGER NOT NULL, -- as a unit gave it, as it was published, as it was reconsidered
    text_sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX answer_of ON answer (case_id);

-- The directory. Rows are never removed: cases name them.
CREATE TABLE agency (
    id            INTEGER PRIMARY KEY,
    parent_id     INTEGER REFERENCES agency (id),
    key           TEXT NOT NULL UNIQUE,
    kind          INTEGER NOT NULL,
    name          TEXT NOT NULL,
    name_accented TEXT NOT NULL,
    match         TEXT,
    active        INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX agency_kind ON agency (kind) WHERE active = 1;

CREATE TABLE officer (
    id            INTEGER PRIMARY KEY,
    agency_id     INTEGER NOT NULL REFERENCES agency (id),
    key           TEXT NOT NULL,
    role          INTEGER NOT NULL,
    subscriber_id INTEGER REFERENCES subscriber (id), -- their phone; NULL: none, so they get no texts
    from_day      INTEGER NOT NULL DEFAULT 0,
    until_day     INTEGER NOT NULL DEFAULT 0,
    ended_at      INTEGER NOT NULL DEFAULT 0, -- a newer directory doesn't have them; 0: it does
    name_sealed   BLOB NOT NULL
) STRICT;
CREATE INDEX officer_phone ON officer (subscriber_id);
CREATE INDEX officer_key ON officer (key) WHERE ended_at = 0;
CREATE INDEX officer_of ON officer (agency_id, role) WHERE ended_at = 0;
CREATE INDEX officer_in ON officer (agency_id) WHERE ended_at = 0;

-- What citizens write about, as the texts print it; `words` (folded, separated by "|") give it away. Empty: the list inside the program.
CREATE TABLE field (
    id    INTEGER PRIMARY KEY,
    key   TEXT NOT NULL UNIQUE,
    name  TEXT NOT NULL,
    words TEXT
) STRICT;

-- What officers were told, or are to be told when it's time: the daily cap, merging and "once" stand on it.
CREATE TABLE reminder (
    id          INTEGER PRIMARY KEY,
    officer_id  INTEGER NOT NULL REFERENCES officer (id),
    kind        INTEGER NOT NULL,
    case_id     INTEGER REFERENCES cases (id),
    deadline_id INTEGER REFERENCES deadline (id), -- that was missed
    not_before  INTEGER NOT NULL,
    day         INTEGER NOT NULL DEFAULT 0, -- on which it was sent, or found to be no longer needed (then without outbound_id); 0: it waits
    outbound_id INTEGER REFERENCES outbound (id), -- several may share one: merged
    read_at     INTEGER NOT NULL DEFAULT 0, -- OK <code>
    bounced     INTEGER NOT NULL DEFAULT 0 -- it couldn't be delivered, and the service centre was told
) STRICT;
CREATE INDEX reminder_waiting ON reminder (not_before) WHERE day = 0;
CREATE INDEX reminder_of ON reminder (officer_id, day);
CREATE INDEX reminder_case ON reminder (case_id) WHERE case_id IS NOT NULL;

-- On whose behalf a case was sent (art. 7.5).
CREATE TABLE behalf (
    case_id       INTEGER PRIMARY KEY REFERENCES cases (id),
    subscriber_id INTEGER REFERENCES subscriber (id), -- the represented person's phone
    data_sealed   BLOB NOT NULL -- name, address, reason
) STRICT;

-- Tax code of a case (art. 7.2), requests of a data subject (Law 91/2025/QH15), blocks of senders by a person (art. 13.2).
CREATE TABLE tax_code (
    case_id     INTEGER PRIMARY KEY REFERENCES cases (id),
    verified    INTEGER NOT NULL,
    code_sealed BLOB NOT NULL
) STRICT;

CREATE TABLE data_request (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    kind          INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    due_day       INTEGER NOT NULL,
    done_at       INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX data_request_open ON data_request (due_day) WHERE done_at = 0;

CREATE TABLE block (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    from_at       INTEGER NOT NULL,
    until_at      INTEGER NOT NULL,
    by            TEXT NOT NULL,
    lifted_at     INTEGER NOT NULL DEFAULT 0,
    lifted_by     TEXT,
    reason_sealed BLOB NOT NULL
) STRICT;
CREATE INDEX block_of ON block (subscriber_id);

CREATE TABLE dialogue (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    kind          INTEGER NOT NULL,
    open          INTEGER NOT NULL DEFAULT 1,
    case_id       INTEGER REFERENCES cases (id),
    opened_at     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    data_sealed   BLOB
) STRICT;
CREATE INDEX dialogue_of ON dialogue (subscriber_id) WHERE open = 1; -- few: the newest first needs no sorting
CREATE INDEX dialogue_expiry ON dialogue (expires_at) WHERE open = 1;

CREATE TABLE outbound (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    template_name TEXT NOT NULL,
    encoding      INTEGER NOT NULL,
    class         INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    not_before    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    link          TEXT,
    case_id       INTEGER REFERENCES cases (id),
    message_id    INTEGER REFERENCES message (id),
    event_id      INTEGER REFERENCES case_event (id), -- the step that it tells of
    reference     INTEGER NOT NULL,
    total         INTEGER NOT NULL,
    text_sealed   BLOB NOT NULL
) STRICT;
CREATE INDEX outbound_of ON outbound (case_id) WHERE case_id IS NOT NULL; -- texts about old cases are few: new keys go to its end
CREATE INDEX outbound_reminder ON outbound (subscriber_id, template_name) WHERE class = 2; -- OUTBOUND_REMINDER

-- The id of a part is outbound_id × 256 + sequence, so the parts of a message lie side by side and need no index.
CREATE TABLE part (
    id          INTEGER PRIMARY KEY,
    outbound_id INTEGER NOT NULL REFERENCES outbound (id),
    sequence    INTEGER NOT NULL CHECK (sequence BETWEEN 1 AND 255),
    offset      INTEGER NOT NULL,
    len         INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0,
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER NOT NULL,
    CHECK (id = outbound_id * 256 + sequence)
) STRICT;
CREATE INDEX part_queued ON part (state) WHERE state = 0; -- PART_QUEUED

CREATE TABLE attempt (
    id            INTEGER PRIMARY KEY,
    part_id       INTEGER NOT NULL REFERENCES part (id),
    number        INTEGER NOT NULL,
    link          TEXT NOT NULL,
    subscriber_id INTEGER NOT NULL, -- of its outbound: a receipt is looked for by recipient
    opened_at     INTEGER NOT NULL,
    closed_at     INTEGER NOT NULL DEFAULT 0,
    state         INTEGER NOT NULL DEFAULT 0,
    reference     INTEGER NOT NULL,
    repeated      INTEGER NOT NULL,
    code          INTEGER NOT NULL,
    failure       INTEGER NOT NULL DEFAULT -1, -- enum sms_failure; -1: it didn't fail
    reason        TEXT NOT NULL,
    UNIQUE (part_id, number)
) STRICT;
CREATE INDEX attempt_waiting ON attempt (state) WHERE state IN (0, 5); -- ATTEMPT_OPEN, ATTEMPT_UNKNOWN
CREATE INDEX attempt_receipt ON attempt (subscriber_id, reference) WHERE state IN (1, 5, 6); -- ATTEMPT_SUBMITTED, ATTEMPT_UNKNOWN, ATTEMPT_SETTLED

CREATE TABLE receipt (
    id            INTEGER PRIMARY KEY,
    link          TEXT NOT NULL,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    reference     INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    done_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_of ON receipt (subscriber_id, reference);
CREATE INDEX receipt_age ON receipt (at);

-- AUTOINCREMENT: a sequence is part of an event's id in the central store and is never given twice, also after rows were removed.
CREATE TABLE outbox (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id     INTEGER REFERENCES cases (id),
    type        TEXT NOT NULL,
    subject     TEXT,
    at          INTEGER NOT NULL,
    state       INTEGER NOT NULL DEFAULT 0, -- 0 waiting, 1 acknowledged by the central store
    body_sealed BLOB NOT NULL
) STRICT;
CREATE INDEX outbox_waiting ON outbox (state) WHERE state = 0;

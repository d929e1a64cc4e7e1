-- What citizens asked (TC) of cases that another appliance of the province has (store/lookup.h): a row for each number and code.
CREATE TABLE lookup (
    id            INTEGER PRIMARY KEY,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    code          INTEGER NOT NULL,
    message_id    INTEGER NOT NULL, -- the newest that asked
    link          TEXT NOT NULL,
    asked_at      INTEGER NOT NULL,
    answered_at   INTEGER NOT NULL, -- by the central store; 0: never
    waits         INTEGER NOT NULL, -- for an answer
    state         INTEGER NOT NULL, -- enum case_state; -1: the number isn't known to be bound to it
    agency        TEXT, -- NULL: the service centre
    due_day       INTEGER NOT NULL,
    UNIQUE (subscriber_id, code)
) STRICT;
CREATE INDEX lookup_waiting ON lookup (id) WHERE waits = 1;
CREATE INDEX lookup_asked ON lookup (asked_at);

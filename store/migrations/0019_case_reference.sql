-- What the central store calls a case (store/case_reference.h).
CREATE TABLE case_reference (
    case_id INTEGER PRIMARY KEY REFERENCES cases (id),
    name    TEXT NOT NULL,
    receipt INTEGER NOT NULL, -- it's only a receipt, the name comes later
    at      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX case_reference_name ON case_reference (name) WHERE receipt = 0;

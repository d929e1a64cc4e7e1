-- With whom a modem's SIM was refused, one recipient after the other, for a cause that may be the SIM's own (store/sim_refusal.h).
CREATE TABLE sim_refusal (
    link          TEXT NOT NULL,
    subscriber_id INTEGER NOT NULL REFERENCES subscriber (id),
    sim           BLOB NOT NULL CHECK (length(sim) IN (0, 16)), -- keyed; empty: the modem didn't say
    refused_at    INTEGER NOT NULL,
    PRIMARY KEY (link, subscriber_id)
) STRICT, WITHOUT ROWID;

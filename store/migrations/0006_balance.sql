-- What operators' networks said of the credit of the SIMs (firmware-host/balance.h): a row a modem, the last answer that could be read.
CREATE TABLE balance (
    link     TEXT PRIMARY KEY,
    sim      BLOB NOT NULL CHECK (length(sim) IN (0, 16)), -- whose it is, keyed; empty: the modem doesn't say
    asked_at INTEGER NOT NULL, -- with or without success
    read_at  INTEGER NOT NULL, -- 0: never of this SIM
    amount   INTEGER NOT NULL, -- dong
    expires  INTEGER NOT NULL -- day number; 0: none was said
) STRICT, WITHOUT ROWID;

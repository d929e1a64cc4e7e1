-- Which modem was seen where, under which name of the configuration, with which SIM: so that a modem or a SIM that was moved is noticed, and one that is
-- found again after renumbering is known. A row for each combination that ever was; the one with the highest id was seen last.
-- What names a SIM names a person (sealed); events show its last digits only.

CREATE TABLE modem (
    id         INTEGER PRIMARY KEY,
    link       TEXT NOT NULL, -- its name in the configuration
    imei       TEXT NOT NULL, -- "": it didn't say
    place      TEXT NOT NULL, -- USB place, address, device
    seen_at    INTEGER NOT NULL,
    sim_hash   BLOB NOT NULL CHECK (length(sim_hash) IN (0, 16)), -- of the ICCID, else of the IMSI; empty: it didn't say
    sim_sealed BLOB,
    UNIQUE (imei, place, sim_hash, link)
) STRICT;
CREATE INDEX modem_link ON modem (link);
CREATE INDEX modem_imei ON modem (imei);
CREATE INDEX modem_sim ON modem (sim_hash);

CREATE TABLE modem_event (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    link     TEXT NOT NULL,
    kind     INTEGER NOT NULL,
    imei     TEXT NOT NULL,
    previous TEXT NOT NULL, -- a place, an IMEI, the last digits of a SIM and its modem: by kind
    current  TEXT NOT NULL
) STRICT;

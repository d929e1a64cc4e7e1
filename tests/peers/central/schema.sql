-- The reference central store. One province.

-- What appliances said, for ever. The digest is of the JSON value, so that the same event in other octets is the same event.
CREATE TABLE event (
    source      text NOT NULL,
    id          text NOT NULL,
    digest      text NOT NULL,
    type        text NOT NULL,
    code        text, -- of the case; NULL: about none
    received_at timestamptz NOT NULL DEFAULT now(),
    body        text NOT NULL,
    PRIMARY KEY (source, id)
);

-- Where a case stands, out of its events and decisions.
CREATE TABLE cases (
    code   text PRIMARY KEY,
    state  text NOT NULL,
    agency text, -- NULL: the service centre
    due    date
);

-- Which phones may ask for a case. The number itself is in the events only; here it is a keyed hash.
CREATE TABLE binding (
    code  text NOT NULL,
    phone text NOT NULL,
    role  text NOT NULL, -- 'sender'; 'asked': to be represented, hasn't said yes; 'represented'
    PRIMARY KEY (code, phone)
);
CREATE INDEX binding_phone ON binding (phone);

-- The feed. Whoever adds an item first takes a place from `feed`, whose row stays locked until the commit: so places become visible in their
-- order, and a cursor never passes one that appears later.
CREATE TABLE feed (
    epoch text NOT NULL,
    last  bigint NOT NULL
);
INSERT INTO feed VALUES (replace(gen_random_uuid()::text, '-', ''), 0);
CREATE TABLE change (
    place  bigint PRIMARY KEY,
    id     text NOT NULL UNIQUE,
    digest text NOT NULL,
    item   text NOT NULL
);

CREATE TABLE document (
    name text PRIMARY KEY,
    type text NOT NULL,
    body bytea NOT NULL,
    etag text NOT NULL
);

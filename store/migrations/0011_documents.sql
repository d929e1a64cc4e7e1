-- Files that the central store keeps for all appliances of the province (store/central_document.h).
CREATE TABLE central_document (
    id          INTEGER PRIMARY KEY, -- enum central_document
    etag        TEXT NOT NULL,
    at          INTEGER NOT NULL, -- since when it's in force
    body_sealed BLOB NOT NULL
) STRICT;

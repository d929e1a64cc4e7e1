-- Where a phone is in the menus (store/ussd_session.h): one row a phone, for minutes.
CREATE TABLE ussd_session (
    subscriber_id INTEGER PRIMARY KEY REFERENCES subscriber (id),
    answered_at   INTEGER NOT NULL, -- when the last screen was made
    expires_at    INTEGER NOT NULL, -- then the row goes
    state_sealed  BLOB NOT NULL
) STRICT;
CREATE INDEX ussd_session_end ON ussd_session (expires_at);

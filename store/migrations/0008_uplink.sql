-- The outbox drains into the central case store (store/outbox.h): what was refused, and why; when it was acknowledged.
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0; -- that were refused for good
ALTER TABLE outbox ADD COLUMN reason TEXT; -- of the last of them
ALTER TABLE outbox ADD COLUMN done_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_parked ON outbox (case_id) WHERE state = 3; -- OUTBOX_PARKED: each holds the later events of its case
CREATE INDEX outbox_kept ON outbox (done_at) WHERE state IN (1, 2) AND length(body_sealed) > 0; -- OUTBOX_DONE, OUTBOX_DROPPED: their bodies still have their end before them

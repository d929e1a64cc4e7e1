-- Calls that come in (smsc/call.h).
ALTER TABLE subscriber ADD COLUMN callback_at INTEGER NOT NULL DEFAULT 0; -- when they last asked by text to be called
ALTER TABLE subscriber ADD COLUMN call_at INTEGER NOT NULL DEFAULT 0; -- when a call of theirs was last answered by a text

-- When the unit that handles a case looked at it first, since it got it (deadlines.t2_start = "opened"); 0: not yet.
ALTER TABLE life ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;

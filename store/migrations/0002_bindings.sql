-- When the unit that handles a case looked at it first, since it got it (deadlines.t2_start = "opened"); 0: not yet.
ALTER TABLE life ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;

-- From when the time counts after which a phone no longer stands for an ended case (deadlines.binding_days); 0: it doesn't. A case that no phone
-- stands for has subscriber 0, "nobody", whose row the program makes when it needs it first. Nothing is sealed in it.
ALTER TABLE life ADD COLUMN lapse_from INTEGER NOT NULL DEFAULT 0;
UPDATE life SET lapse_from = ended_at WHERE ended_at > 0;
CREATE INDEX life_lapse ON life (lapse_from) WHERE lapse_from > 0; -- cases end in the order of time: new keys go to its end

-- The same matter, sent from other phones (smsc/supporters.h): how many they are, and whose matter a case repeats.
ALTER TABLE life ADD COLUMN supporters INTEGER NOT NULL DEFAULT 0;
ALTER TABLE life ADD COLUMN supports_id INTEGER REFERENCES cases (id);

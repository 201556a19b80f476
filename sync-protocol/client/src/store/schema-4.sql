-- Version 4: photos that are carried for others.

ALTER TABLE photos ADD COLUMN carried INTEGER NOT NULL DEFAULT 0; -- of another phone; goes once its receipt was handed over

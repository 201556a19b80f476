-- Version 2: what a phone does when the server may have been put back to an earlier state.

ALTER TABLE identity ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0; -- bits. 1: a receipt is to prove what the server has; 2: all are to be presented once it has all again

-- Operations that were shown before a snapshot and not after it, to be named to the server.
CREATE TABLE unseen (
    dot   TEXT PRIMARY KEY,
    scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL
) STRICT;

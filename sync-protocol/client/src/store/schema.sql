-- The phone's store. One row tables have `one = 1`.

CREATE TABLE identity (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    key          BLOB NOT NULL,              -- private key, 32 bytes
    install      TEXT,
    person       TEXT,
    certificate  TEXT,                       -- JSON
    server_keys  TEXT NOT NULL DEFAULT '[]', -- JSON list of public keys
    epoch        TEXT,
    ids          INTEGER NOT NULL DEFAULT 0, -- counts of own ids up to here are given out
    show_cert    INTEGER NOT NULL DEFAULT 1, -- the server may not know this install: show the certificate
    anew         TEXT                        -- why this phone must enrol anew
) STRICT;

-- Marks in the chain. What is behind `acked` is queued; that is all the state a line has, so that it cannot contradict itself.
CREATE TABLE chain (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    install   TEXT NOT NULL,
    seq       INTEGER NOT NULL, -- last line written
    head      BLOB NOT NULL,    -- head after it
    acked     INTEGER NOT NULL, -- last line that a receipt covers
    pulling   INTEGER NOT NULL, -- `acked` when the pull under way began
    reflected INTEGER NOT NULL  -- lines up to here are in the records as fed
) STRICT;

CREATE TABLE lines (
    seq   INTEGER PRIMARY KEY,
    bytes BLOB,          -- none once pruned: then a blank line stands for it
    hash  BLOB NOT NULL,
    head  BLOB NOT NULL, -- head after the line
    scope TEXT, kind TEXT, id TEXT
) STRICT;
CREATE INDEX lines_by_record ON lines (scope, kind, id) WHERE scope IS NOT NULL;

CREATE TABLE receipts (
    to_seq INTEGER NOT NULL,
    at_ms  INTEGER NOT NULL,
    body   TEXT NOT NULL, -- JSON
    UNIQUE (to_seq, at_ms)
) STRICT;

CREATE TABLE standings (
    seq      INTEGER PRIMARY KEY,
    state    TEXT NOT NULL,
    code     TEXT NOT NULL,
    sentence TEXT NOT NULL
) STRICT;

CREATE TABLE records (
    scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    hash  BLOB,          -- none for derived records: they are outside the digest
    body  TEXT NOT NULL,
    PRIMARY KEY (scope, kind, id)
) STRICT;
CREATE INDEX records_by_kind ON records (kind, id);

CREATE TABLE scopes (
    scope   TEXT PRIMARY KEY,
    digest  BLOB NOT NULL,
    leaving INTEGER NOT NULL DEFAULT 0, -- may no longer be read; dropped once the queue for it is empty
    again   INTEGER NOT NULL DEFAULT 0  -- 1: to be asked for anew; 2: asked
) STRICT;

CREATE TABLE pull (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    cursor TEXT,
    epoch  TEXT,                       -- of the pull under way, if one is
    whole  INTEGER NOT NULL DEFAULT 0  -- the pull under way began without a cursor
) STRICT;
INSERT INTO pull (one) VALUES (1);

-- What a pull brought, until its checkpoint. `page` is 1 for the page being received: if it is cut, its rows go.
CREATE TABLE staged (
    page  INTEGER NOT NULL,
    scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    empty INTEGER NOT NULL,
    hash  BLOB,
    body  TEXT NOT NULL,
    PRIMARY KEY (page, scope, kind, id)
) STRICT;

CREATE TABLE photos (
    n         INTEGER PRIMARY KEY,
    sha256    TEXT NOT NULL UNIQUE,
    preview   INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    path      TEXT,             -- where the bytes lie, if not in photo_bytes
    state     TEXT NOT NULL,
    url       TEXT,
    offset    INTEGER,          -- none: the server must be asked
    at_ms     INTEGER,          -- of the receipt
    receipt   TEXT              -- JSON
) STRICT;
-- Apart, so that a change of state does not rewrite megabytes.
CREATE TABLE photo_bytes (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;

CREATE TABLE heard (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    server_ms     INTEGER NOT NULL,
    boot          TEXT NOT NULL,
    mono_ms       INTEGER NOT NULL,
    round_trip_ms INTEGER NOT NULL,
    newest_ms     INTEGER NOT NULL -- latest server time ever heard
) STRICT;

-- Pushes of other phones, carried for them.
CREATE TABLE carried (
    n        INTEGER PRIMARY KEY,
    install  TEXT NOT NULL,
    body     BLOB NOT NULL UNIQUE,
    attempts INTEGER NOT NULL DEFAULT 0,
    status   INTEGER,
    answer   BLOB
) STRICT;

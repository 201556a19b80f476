-- Version 3: a checklist that was begun on a visit goes on in the version it was begun in.

CREATE TABLE fillings (
    scope TEXT NOT NULL, id TEXT NOT NULL, -- the response
    tpl   TEXT NOT NULL,                   -- its template, key@version
    PRIMARY KEY (scope, id)
) STRICT;

"""What a phone keeps, in one SQLite file. All that a method changes is durable when it returns."""

import json
import sqlite3
from contextlib import closing

_TABLES = """
CREATE TABLE IF NOT EXISTS me (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS line (seq INTEGER PRIMARY KEY, bytes BLOB NOT NULL, head BLOB NOT NULL, scope TEXT NOT NULL,
    receipt TEXT);
CREATE TABLE IF NOT EXISTS record (scope TEXT, kind TEXT, id TEXT, body BLOB NOT NULL, PRIMARY KEY (scope, kind, id));
CREATE TABLE IF NOT EXISTS staged (scope TEXT, kind TEXT, id TEXT, body BLOB NOT NULL, PRIMARY KEY (scope, kind, id));
CREATE TABLE IF NOT EXISTS left_scope (scope TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS photo (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL, receipt TEXT);
"""


class Store:
    """`me`: small things by name. `line`: the chain; acknowledged with a receipt. `record`: what was pulled."""

    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_TABLES}")

    def __getitem__(self, name):
        """A small thing; None if there is none."""
        row = self.one("SELECT value FROM me WHERE name = ?", name)
        return json.loads(row[0]) if row else None

    def __setitem__(self, name, value):
        with self.db:
            self.put(name, value)

    def put(self, name, value):
        """Likewise, within a transaction."""
        self.db.execute("INSERT OR REPLACE INTO me VALUES (?, ?)", (name, json.dumps(value)))

    def all(self, sql, *values):
        with closing(self.db.execute(sql, values)) as rows:
            return rows.fetchall()

    def one(self, sql, *values):
        return next(iter(self.all(sql, *values)), None)

    def body(self, *name):
        """A pulled record as fed."""
        row = self.one("SELECT body FROM record WHERE scope = ? AND kind = ? AND id = ?", *name)
        return row and row[0]

    def bodies(self, scope):
        """The bodies that the scope's digest is of."""
        rows = self.all("SELECT body FROM record WHERE scope = ? ORDER BY kind, id", scope)
        return [body for (body,) in rows if not json.loads(body).get("derived")]

    def photo(self, sha256):
        """A photo's bytes."""
        return self.one("SELECT bytes FROM photo WHERE sha256 = ?", sha256)[0]

    def acknowledge(self, first, last, receipt, forked):
        """These lines are durable on the server."""
        with self.db:
            self.db.execute("UPDATE line SET receipt = ? WHERE seq BETWEEN ? AND ?", (json.dumps(receipt), first, last))
            self.put("epoch", receipt["epoch"])
            self.put("forked", forked)

    def stage(self, epoch, page, bodies):
        """A page that came whole: its records, and the cursor of the next."""
        named = [(said["s"], said["k"], said["id"], body) for body in bodies if (said := json.loads(body))]
        with self.db:
            self.db.executemany("INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?)", named)
            self.put("epoch", epoch)
            self.put("page", page)

    def switch(self, checkpoint, acknowledged):
        """Shows what was staged. `acknowledged`: what this phone wrote up to that seq is in it."""
        whole = [(scope,) for scope in {*checkpoint["entered"], *checkpoint["reset"]}]
        left = [(scope,) for scope in checkpoint["left"]]
        if not self["cursor"]:
            left += set(self.all("SELECT DISTINCT scope FROM record")) - set(whole)
        with self.db:
            self.db.executemany("DELETE FROM record WHERE scope = ?", whole)
            self.db.executemany("DELETE FROM left_scope WHERE scope = ?", whole)
            self.db.executemany("INSERT OR IGNORE INTO left_scope VALUES (?)", left)
            self.db.execute("INSERT OR REPLACE INTO record SELECT * FROM staged")
            gone = "SELECT scope, kind, id FROM staged WHERE json_array_length(CAST(body AS TEXT), '$.by') = 0"
            self.db.execute(f"DELETE FROM record WHERE (scope, kind, id) IN ({gone})")
            self.db.execute("DELETE FROM staged")
            self.put("cursor", checkpoint["cursor"])
            self.put("page", None)
            self.put("shown_to", acknowledged)

    def drop_left(self):
        """A scope that was left goes once nothing of it waits to be sent."""
        with self.db:
            self.db.execute(
                "DELETE FROM record WHERE scope IN (SELECT scope FROM left_scope)"
                " AND scope NOT IN (SELECT scope FROM line WHERE receipt IS NULL)"
            )
            self.db.execute("DELETE FROM left_scope WHERE scope NOT IN (SELECT scope FROM record)")

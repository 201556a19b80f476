"""Writing without a network: a line is durable, and on the chain, when the call returns (sections 3, 4, 6)."""

import hashlib
import json
import secrets
import time
from pathlib import Path

from . import exact, line, seal
from .schema import SCHEMA
from .store import Store
from .upcast import newest


class Clocks:
    """The clocks of Linux, in ms. Give another elsewhere, and to test with."""

    def wall(self):
        return time.time_ns() // 1_000_000

    def monotonic(self):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def boot(self):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Author:
    """One install that writes, its store in a file."""

    def __init__(self, path, clocks=None):
        self.store, self.clocks = Store(path), clocks or Clocks()

    def write(self, scope, kind, id, fields, tpl=None):
        """Writes fields of a record, as one who saw it as this phone shows it. Gives the operation's dot."""
        body = self.store.body(scope, kind, id)
        seen = [by[0] for by in json.loads(body).get("by", ())] if body else []
        version = SCHEMA.kinds.get(kind, {}).get("x-version")
        said = {"s": scope, "k": kind, "id": id, "v": version, "tpl": tpl, "f": fields, "seen": seen}
        said["t"] = self._evidence()
        return self._append({name: value for name, value in said.items() if value not in (None, [])}, scope)

    def write_time(self):
        """Writes a `time` line, which closes the span that lines without time evidence before it lie in."""
        return self._append({"k": "time", "t": self._evidence()}, scope="")

    def own_id(self):
        """An id for evidence."""
        return f"{self.store['install']}.{secrets.token_hex(8)}"

    def photograph(self, scope, raw, fields):
        """Keeps a photo and promises it in a record. Gives (its hash, the record's id)."""
        sha256, id = hashlib.sha256(raw).hexdigest(), self.own_id()
        with self.store.db:
            self.store.db.execute("INSERT OR IGNORE INTO photo VALUES (?, ?, NULL)", (sha256, raw))
        self.write(scope, "photo", id, {"sha256": sha256, "size": len(raw), **fields})
        return sha256, id

    def view(self, scope, kind, id):
        """The fields of a record as pulled, and over them what this phone wrote since (a set as written)."""
        body, shown_to = self.store.body(scope, kind, id), self.store["shown_to"] or 0
        fields = json.loads(body).get("f", {}) if body else {}
        for seq, raw in self.store.all("SELECT seq, bytes FROM line WHERE seq > ? AND scope = ?", shown_to, scope):
            one = newest(line.Line(self.store["install"], seq, raw))
            if one.record == (scope, kind, id):
                fields |= {name: exact.plain(text) for name, text in one.f.items()}
        return {name: value for name, value in fields.items() if name != "_deleted"}

    def _key(self):
        return seal.private_key(bytes.fromhex(self.store["key"]))

    def _hear(self, said, asked):
        """Remembers the server's time, told in an answer to what was asked at that moment of the monotonic clock."""
        self.store["heard"] = {"now": said["now"], "boot": self.clocks.boot(), "at": asked}

    def _evidence(self):
        boot, now, heard = self.clocks.boot(), self.clocks.monotonic(), self.store["heard"]
        server = {"n": [heard["now"], now - heard["at"]]} if heard and heard["boot"] == boot else {}
        return {"w": self.clocks.wall(), "b": boot, "m": now, **server}

    def _append(self, said, scope):
        last = self.store.one("SELECT seq FROM line ORDER BY seq DESC LIMIT 1")
        seq, raw = (last[0] if last else 0), exact.write(said).encode()
        one = line.Line(self.store["install"], seq + 1, raw)
        if one.code:
            raise ValueError(f"nobody could read that line: {one.code}")
        head = line.next_head(self._head(seq), one.hash)
        with self.store.db:
            self.store.db.execute("INSERT INTO line VALUES (?, ?, ?, ?, NULL)", (one.seq, raw, head, scope))
        return one.dot

    def _head(self, seq):
        """The head of the chain after that line."""
        row = self.store.one("SELECT head FROM line WHERE seq = ?", seq)
        return row[0] if row else line.genesis(self.store["install"])

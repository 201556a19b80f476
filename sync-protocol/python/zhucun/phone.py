"""A phone: it writes without a network, and brings everything to the server and back when there is one (sections 11 to 14)."""

import base64
import gzip
import hashlib
import json
import secrets
import time
from pathlib import Path

from . import exact, line, seal
from .link import UNREACHABLE, Link, Refused, patiently, wait
from .store import Store
from .world import digest

_PUSH_BYTES, _PAGE, _TRIES = 1 << 20, 1_000, 20
_CONTENT = {"Content-Type": "application/x-ndjson"}
_TUS = {"Tus-Resumable": "1.0.0"}


class MustEnrolAnew(Exception):
    """This install is at its end: `args[0]` is why. What it wrote may still be sent; a new one goes on."""


class Clocks:
    """The three clocks of the machine, in ms. Give another to test with."""

    def wall(self):
        return time.time_ns() // 1_000_000

    def monotonic(self):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def boot(self):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Phone:
    """One install, its store in a file. `server` is where it reaches it, if not where it enrolled."""

    def __init__(self, path, server=None, clocks=None):
        self.store, self.clocks = Store(path), clocks or Clocks()
        self.link = Link(server or self.store["server"] or "")

    # 11 Enrolment and sign-in

    def enrol(self, code):
        """Becomes an install of the person whom the code is for. The same code with the same key may be asked again."""
        if not self.store["key"]:
            self.store["key"] = secrets.token_bytes(32).hex()
        public, asked = seal.public_text(self._key()), self.clocks.monotonic()
        said = self.link.post("/v1/enrolments", {"code": code, "key": public})
        certificate, keys = said["certificate"], [key["key"] for key in said["keys"]]
        if not seal.server_said(keys, seal.CERTIFICATE, certificate) or certificate["key"] != public:
            raise ValueError("no server key signed the certificate of this phone's key")
        with self.store.db:
            for name in ("install", "person", "certificate", "epoch"):
                self.store.put(name, said[name])
            self.store.put("keys", keys)
            self.store.put("server", self.link.url.geturl())
        self._hear(said, asked)
        return said["install"]

    def sign_in(self):
        """Gets a token, and writes a `time` line: both ends of the span that lines without time evidence lie in are known then."""
        install, asked = self.store["install"], self.clocks.monotonic()
        nonce = self.link.post("/v1/auth/nonce", {"install": install})["nonce"]
        sig = seal.sign(self._key(), seal.SIGN_IN, install, nonce)
        said = self.link.post("/v1/auth/token", {"install": install, "nonce": nonce, "sig": sig})
        self.link.token = said["token"]
        self._hear(said, asked)
        self._append({"k": "time", "t": self._time()}, scope="")
        return said.get("closed")

    def _key(self):
        return seal.private_key(bytes.fromhex(self.store["key"]))

    def _hear(self, said, asked):
        self.store["heard"] = {"now": said["now"], "boot": self.clocks.boot(), "at": asked}

    # Writing

    def write(self, scope, kind, id, fields, tpl=None):
        """Writes fields of a record, as one who saw it as this phone shows it. Gives the operation's dot."""
        body = self.store.body(scope, kind, id)
        seen = [by[0] for by in json.loads(body).get("by", ())] if body else []
        said = {"s": scope, "k": kind, "id": id, "tpl": tpl, "f": fields, "seen": seen, "t": self._time()}
        return self._append({name: value for name, value in said.items() if value not in (None, [])}, scope)

    def own_id(self):
        """An id for evidence."""
        return f"{self.store['install']}.{secrets.token_hex(8)}"

    def photograph(self, scope, raw, fields=None):
        """Keeps a photo and promises it in a record. Gives (its hash, the record's id)."""
        sha256, id = hashlib.sha256(raw).hexdigest(), self.own_id()
        with self.store.db:
            self.store.db.execute("INSERT OR IGNORE INTO photo VALUES (?, ?, NULL)", (sha256, raw))
        self.write(scope, "photo", id, {"sha256": sha256, "size": len(raw), "media_type": "image/jpeg", **(fields or {})})
        return sha256, id

    def view(self, scope, kind, id):
        """The fields of a record: as pulled, and over it what this phone wrote that is not in there yet. Sets are as pulled."""
        body = self.store.body(scope, kind, id)
        fields = json.loads(body).get("f", {}) if body else {}
        for seq, raw in self.store.all("SELECT seq, bytes FROM line WHERE seq > ? AND scope = ?", self.store["shown_to"] or 0, scope):
            one = line.Line(self.store["install"], seq, raw)
            if one.record == (scope, kind, id):
                fields |= {name: exact.plain(text) for name, text in one.f.items()}
        return {name: value for name, value in fields.items() if name != "_deleted"}

    def _time(self):
        boot, now, heard = self.clocks.boot(), self.clocks.monotonic(), self.store["heard"]
        server = {"n": [heard["now"], now - heard["at"]]} if heard and heard["boot"] == boot else {}
        return {"w": self.clocks.wall(), "b": boot, "m": now, **server}

    def _append(self, said, scope):
        raw, (seq, head) = exact.write(said).encode(), self._tip()
        one = line.Line(self.store["install"], seq + 1, raw)
        if one.code:
            raise ValueError(f"nobody could read that line: {one.code}")
        with self.store.db:
            head = line.next_head(head, one.hash)
            self.store.db.execute("INSERT INTO line VALUES (?, ?, ?, ?, NULL)", (one.seq, raw, head, scope))
        return one.dot

    def _tip(self):
        last = self.store.one("SELECT seq, head FROM line ORDER BY seq DESC LIMIT 1")
        return last or (0, line.genesis(self.store["install"]))

    def _head(self, seq):
        row = self.store.one("SELECT head FROM line WHERE seq = ?", seq)
        return row[0] if row else line.genesis(self.store["install"])

    # 12 Push

    def push(self, encoding="gzip", first=None):
        """Sends all that is not acknowledged; from seq `first` on what is, too. Gives the standings told."""
        if first:
            self._unacknowledge(first)
        standings, most, tries = [], 65_536, 0
        while batch := self._batch(most):
            try:
                standings += self._push(batch, encoding)
            except Refused as refusal:
                tries += 1
                if tries > _TRIES or not self._heed(refusal):
                    raise
                most = max(1, len(batch) // 2) if refusal.code in ("push_cut", "body_too_large") else most
                wait(tries, refusal.retry_after_s or 0)
        self.store.drop_left()
        if self.store["forked"]:
            raise MustEnrolAnew("forked")
        return standings

    def _batch(self, most):
        """The next lines to send: from the first without a receipt, [(seq, bytes)]."""
        rows = self.store.all("SELECT seq, bytes FROM line WHERE seq >= (SELECT min(seq) FROM line WHERE receipt IS NULL)"
                              " ORDER BY seq LIMIT ?", most)  # fmt: skip
        size, count = 0, 0
        while count < len(rows) and (count == 0 or size + len(rows[count][1]) <= _PUSH_BYTES):
            size, count = size + len(rows[count][1]), count + 1
        return rows[:count]

    def _push(self, batch, encoding):
        first, last = batch[0][0], batch[-1][0]
        header = {"install": self.store["install"], "first": first, "epoch": self.store["epoch"], "cert": self.store["certificate"]}
        body, head = seal.push_body(self._key(), header, self._head(first - 1), [raw for _, raw in batch])
        packed = {"gzip": gzip.compress, None: bytes}[encoding](body)
        headers = _CONTENT | ({"Content-Encoding": encoding} if encoding else {})
        asked = self.clocks.monotonic()
        said = patiently_but_cut(lambda: self.link.ask("POST", "/v1/sync/push", packed, headers)).json
        receipt = said["receipt"]
        if [receipt.get(name) for name in ("install", "from", "to", "head")] != [header["install"], first, last, head.hex()]:
            raise ValueError(f"a receipt for something else: {receipt}")
        self._verify(seal.RECEIPT, receipt)
        with self.store.db:
            self.store.db.execute("UPDATE line SET receipt = ? WHERE seq BETWEEN ? AND ?", (json.dumps(receipt), first, last))
            self.store.put("epoch", receipt["epoch"])
            self.store.put("forked", said.get("forked", False))
        self._hear(said, asked)
        return said["standings"]

    def _heed(self, refusal):
        """Makes ready for the next try. False if there is none."""
        match refusal.code:
            case "gap":  # the server forgot, by a restore: it gets its lines again
                self._unacknowledge(refusal.said["have"] + 1)
            case "unknown_branch":
                common = (seq for seq, head in refusal.said["heads"] if self._head(seq).hex().startswith(head))
                self._unacknowledge(next(common, 0) + 1)
            case "bad_signature":
                raise MustEnrolAnew("bad_signature") from refusal
            case code:
                return code in ("push_cut", "body_too_large")
        return True

    def _unacknowledge(self, first):
        with self.store.db:
            self.store.db.execute("UPDATE line SET receipt = NULL WHERE seq >= ?", (first,))

    def _verify(self, purpose, said):
        if not seal.server_said(self.store["keys"], purpose, said):
            self.store["keys"] = [key["key"] for key in patiently(lambda: self.link.ask("GET", "/v1/keys")).json["keys"]]
        if not seal.server_said(self.store["keys"], purpose, said):
            raise ValueError(f"no server key signed {said}")

    # 13 Pull

    def pull(self, page=_PAGE):
        """Gets all that is new, and shows it. Gives the checkpoint."""
        acknowledged = (self.store.one("SELECT max(seq) FROM line WHERE receipt IS NOT NULL") or (None,))[0] or 0
        again = self.store["again"] or []
        while True:
            cursor = self.store["page"] or self.store["cursor"]
            asked = {"cursor": cursor, "limit": page, **({"again": again} if again else {})}
            start, *bodies, end = self._page(asked)
            self.store["epoch"] = json.loads(start)["epoch"]
            said, again = json.loads(end), []
            self.store.stage(said.get("page", {}).get("cursor"), bodies)
            if "checkpoint" in said:
                return self._checkpoint(said["checkpoint"], acknowledged)

    def _page(self, asked):
        """A whole page: one that was cut has no end, and is asked for again."""

        def ask():
            headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
            answer = self.link.ask("POST", "/v1/sync/pull", json.dumps(asked).encode(), headers)
            body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
            lines = body.removesuffix(b"\n").split(b"\n")
            if len(lines) < 2 or not json.loads(lines[-1]).keys() & {"page", "checkpoint"}:
                raise ConnectionError("the page was cut")
            return lines

        return patiently(ask)

    def _checkpoint(self, said, acknowledged):
        self.store.switch(said, first=not self.store["cursor"], acknowledged=acknowledged)
        self.store["again"] = [scope for scope, right in said["digests"].items() if digest(self.store.bodies(scope)) != right]
        self.store.drop_left()
        return said | {"again": self.store["again"]}

    # 14 Photos

    def upload(self):
        """Sends the photos that have no receipt yet. Gives the receipts that came."""
        waiting = [sha256 for (sha256,) in self.store.all("SELECT sha256 FROM photo WHERE receipt IS NULL LIMIT 1000")]
        if not waiting:
            return []
        said = self.link.post("/v1/media/missing", {"hashes": waiting})
        for sha256 in said["missing"]:
            self._send(sha256, said["uploads"].get(sha256))
        return [self._receipt(sha256) for sha256 in (*said["missing"], *said["complete"])]

    def _send(self, sha256, begun):
        (raw,) = self.store.one("SELECT bytes FROM photo WHERE sha256 = ?", sha256)
        url, offset = (begun["url"], begun["offset"]) if begun else (self._begin(sha256, raw), 0)
        for n in range(_TRIES):
            headers = _TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
            try:
                self.link.ask("PATCH", url, raw[offset:], headers)
                return
            except (Refused, *UNREACHABLE) as fault:
                wait(n, getattr(fault, "retry_after_s", 0) or 0)
                url, offset = self._resume(fault, url, sha256, raw)
                if offset == len(raw):
                    return
        raise ConnectionError(f"the photo {sha256} does not get through")

    def _begin(self, sha256, raw):
        metadata = {"Upload-Metadata": "sha256 " + base64.b64encode(sha256.encode()).decode()}
        headers = _TUS | metadata | {"Upload-Length": str(len(raw))}
        return patiently(lambda: self.link.ask("POST", "/v1/media/uploads", None, headers)).headers["location"]

    def _resume(self, fault, url, sha256, raw):
        """Where to go on after that fault: what came is kept, unless it was not what was promised."""
        if getattr(fault, "status", 423) not in (409, 423, 429, 503):
            if fault.status not in (404, 410, 460):
                raise fault
            return self._begin(sha256, raw), 0
        return url, int(patiently(lambda: self.link.ask("HEAD", url, None, _TUS)).headers["upload-offset"])

    def _receipt(self, sha256):
        receipt = patiently(lambda: self.link.ask("GET", f"/v1/media/{sha256}/receipt")).json
        (raw,) = self.store.one("SELECT bytes FROM photo WHERE sha256 = ?", sha256)
        if (receipt["sha256"], receipt["size"]) != (sha256, len(raw)):
            raise ValueError(f"a receipt for another photo: {receipt}")
        self._verify(seal.PHOTO, receipt)
        with self.store.db:
            self.store.db.execute("UPDATE photo SET receipt = ? WHERE sha256 = ?", (json.dumps(receipt), sha256))
        return receipt

    def sync(self):
        """All of it, text before photos."""
        closed = self.sign_in()
        standings = self.push()
        photos = self.upload()
        return {"standings": standings, "photos": photos, "closed": closed, "checkpoint": None if closed else self.pull()}


def patiently_but_cut(attempt):
    """Patient with all but a push that was cut: that one is sent again in halves."""

    def once():
        try:
            return attempt()
        except Refused as refusal:
            if refusal.code != "push_cut":
                raise
            return refusal

    said = patiently(once)
    if isinstance(said, Refused):
        raise said
    return said

"""A phone: to the server with what it wrote, and back with what others did (sections 11 to 14)."""

import base64
import gzip
import json
import secrets

from . import seal
from .author import Author
from .link import UNREACHABLE, Link, Refused, patiently, wait
from .world import digest

_PUSH_BYTES, _PUSH_LINES, _TRIES = 1 << 20, 65_536, 20
_TUS = {"Tus-Resumable": "1.0.0"}


class MustEnrolAnew(Exception):
    """This install is at its end: `args[0]` is why. What it wrote may still be sent; a new one goes on."""


class Phone(Author):
    """One install. `server` is where it reaches it, if not where it enrolled."""

    def __init__(self, path, server=None, clocks=None):
        super().__init__(path, clocks)
        self.link = Link(server or self.store["server"] or "")
        self.certificate = {}  # goes into pushes once the server says that it does not know this install

    def enrol(self, code):
        """Becomes an install of the person whom the code is for. The same code may be asked again."""
        if not self.store["key"]:
            self.store["key"] = secrets.token_bytes(32).hex()
        public, asked = seal.public_text(self._key()), self.clocks.monotonic()
        said = self.link.post("/v1/enrolments", {"code": code, "key": public})
        keys = [key["key"] for key in said["keys"]]
        if not seal.server_said(keys, seal.CERTIFICATE, said["certificate"]) or said["certificate"]["key"] != public:
            raise ValueError("no server key signed the certificate of this phone's key")
        with self.store.db:
            for name in ("install", "person", "certificate", "epoch"):
                self.store.put(name, said[name])
            self.store.put("keys", keys)
            self.store.put("server", self.link.url.geturl())
        self._hear(said, asked)
        return said["install"]

    def sign_in(self):
        """Gets a token. Gives why the install is closed, if it is."""
        install, asked = self.store["install"], self.clocks.monotonic()
        nonce = self.link.post("/v1/auth/nonce", {"install": install})["nonce"]
        sig = seal.sign(self._key(), seal.SIGN_IN, install, nonce)
        said = self.link.post("/v1/auth/token", {"install": install, "nonce": nonce, "sig": sig})
        self.link.token = said["token"]
        self._hear(said, asked)
        self.write_time()
        return said.get("closed")

    def sync(self):
        """All of it, text before photos."""
        closed = self.sign_in()
        standings, photos = self._drain("gzip"), self.upload()
        self._check_fork()
        return {"standings": standings, "photos": photos, "closed": closed, "again": None if closed else self.pull()}

    def push(self, encoding="gzip", first=None):
        """Sends all that is not acknowledged; from seq `first` on what is, too. Gives the standings told."""
        if first:
            self._unacknowledge(first)
        standings = self._drain(encoding)
        self._check_fork()
        return standings

    def _check_fork(self):
        if self.store["forked"]:
            raise MustEnrolAnew("forked")

    def _drain(self, encoding):
        standings, most, tries = [], _PUSH_LINES, 0
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
        return standings

    def _batch(self, most):
        """The next lines to send, [(seq, bytes)]: from the first that has no receipt."""
        unsent = "SELECT min(seq) FROM line WHERE receipt IS NULL"
        rows = self.store.all(f"SELECT seq, bytes FROM line WHERE seq >= ({unsent}) ORDER BY seq LIMIT ?", most)
        size, count = 0, 0
        while count < len(rows) and (count == 0 or size + len(rows[count][1]) <= _PUSH_BYTES):
            size, count = size + len(rows[count][1]), count + 1
        return rows[:count]

    def _push(self, batch, encoding):
        install, first, last = self.store["install"], batch[0][0], batch[-1][0]
        header = {"install": install, "first": first, "epoch": self.store["epoch"], **self.certificate}
        body, head = seal.push_body(self._key(), header, self._head(first - 1), [raw for _, raw in batch])
        headers = {"Content-Type": "application/x-ndjson"}
        if encoding == "gzip":
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        asked = self.clocks.monotonic()
        # One that was cut is not sent again as it is, but halved.
        said = patiently(lambda: self.link.ask("POST", "/v1/sync/push", body, headers), but="push_cut").json
        receipt = said["receipt"]
        if [receipt.get(name) for name in ("install", "from", "to", "head")] != [install, first, last, head.hex()]:
            raise ValueError(f"a receipt for something else: {receipt}")
        self._verify(seal.RECEIPT, receipt)
        self.store.acknowledge(first, last, receipt, said.get("forked", False))
        self._hear(said, asked)
        return said["standings"]

    def _heed(self, refusal):
        """Makes ready for another try. False if none would help."""
        match refusal.code:
            case "gap":  # the server forgot, by a restore: it gets its lines again
                self._unacknowledge(refusal.said["have"] + 1)
            case "unknown_branch":
                known = (seq for seq, head in refusal.said["heads"] if self._head(seq).hex().startswith(head))
                self._unacknowledge(next(known, 0) + 1)
            case "unknown_install" if not self.certificate:
                self.certificate = {"cert": self.store["certificate"]}
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
            keys = patiently(lambda: self.link.ask("GET", "/v1/keys")).json["keys"]
            self.store["keys"] = [key["key"] for key in keys]
        if not seal.server_said(self.store["keys"], purpose, said):
            raise ValueError(f"no server key signed {said}")

    def pull(self, page=1_000):
        """Gets all that is new, and shows it. Gives the scopes whose digest differs: the next pull heals them."""
        (acknowledged,) = self.store.one("SELECT coalesce(max(seq), 0) FROM line WHERE receipt IS NOT NULL")
        again = self.store["again"] or []
        while True:
            cursor = self.store["page"] or self.store["cursor"]
            start, bodies, end = self._page({"cursor": cursor, "limit": page, "again": again})
            self.store.stage(start["epoch"], end.get("page", {}).get("cursor"), bodies)
            if checkpoint := end.get("checkpoint"):
                break
            again = []  # the page's cursor knows of them
        self.store.switch(checkpoint, acknowledged)
        told = checkpoint["digests"].items()
        self.store["again"] = [scope for scope, right in told if digest(self.store.bodies(scope)) != right]
        self.store.drop_left()
        return self.store["again"]

    def _page(self, asked):
        """A whole page: (start, bodies, end). One that was cut has no end, and is asked for again."""
        body, headers = json.dumps(asked).encode(), {"Content-Type": "application/json"}

        def ask():
            answer = self.link.ask("POST", "/v1/sync/pull", body, headers)
            start, *bodies, end = answer.body.removesuffix(b"\n").split(b"\n")
            if not json.loads(end).keys() & {"page", "checkpoint"}:
                raise ConnectionError("the page was cut")
            return json.loads(start), bodies, json.loads(end)

        return patiently(ask)

    def upload(self):
        """Sends the photos that have no receipt yet. Gives the receipts that came."""
        waiting = [sha256 for (sha256,) in self.store.all("SELECT sha256 FROM photo WHERE receipt IS NULL LIMIT 1000")]
        said = self.link.post("/v1/media/missing", {"hashes": waiting})
        for sha256 in said["missing"]:
            self._send(sha256, self.store.photo(sha256), said["uploads"].get(sha256))
        return [self._receipt(sha256) for sha256 in (*said["missing"], *said["complete"])]

    def _send(self, sha256, raw, begun):
        url, offset = (begun["url"], begun["offset"]) if begun else (self._begin(sha256, raw), 0)
        for n in range(_TRIES):
            headers = _TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
            try:
                self.link.ask("PATCH", url, raw[offset:], headers)
                return
            except (Refused, *UNREACHABLE) as fault:
                wait(n, getattr(fault, "retry_after_s", None) or 0)
                url, offset = self._resume(fault, url, sha256, raw)
                if offset == len(raw):
                    return
        raise ConnectionError(f"the photo {sha256} does not get through")

    def _begin(self, sha256, raw):
        metadata = "sha256 " + base64.b64encode(sha256.encode()).decode()
        headers = _TUS | {"Upload-Metadata": metadata, "Upload-Length": str(len(raw))}
        return patiently(lambda: self.link.ask("POST", "/v1/media/uploads", None, headers)).headers["location"]

    def _resume(self, fault, url, sha256, raw):
        """Where to go on after that fault: behind what came, unless it was not what was promised, or is gone."""
        status = getattr(fault, "status", None)
        if status in (404, 410, 460):
            return self._begin(sha256, raw), 0
        if status not in (None, 409, 423, 429, 503):
            raise fault
        return url, int(patiently(lambda: self.link.ask("HEAD", url, None, _TUS)).headers["upload-offset"])

    def _receipt(self, sha256):
        receipt = patiently(lambda: self.link.ask("GET", f"/v1/media/{sha256}/receipt")).json
        if (receipt["sha256"], receipt["size"]) != (sha256, len(self.store.photo(sha256))):
            raise ValueError(f"a receipt for another photo: {receipt}")
        self._verify(seal.PHOTO, receipt)
        with self.store.db:
            self.store.db.execute("UPDATE photo SET receipt = ? WHERE sha256 = ?", (json.dumps(receipt), sha256))
        return receipt

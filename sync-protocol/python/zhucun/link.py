"""HTTP to one server: requests, refusals, and waiting before the same again (section 15)."""

import http.client
import json
import random
import time
from typing import NamedTuple
from urllib.parse import urlsplit

UNREACHABLE = (OSError, http.client.HTTPException)
_TRIES, _LONGEST_S, _PATIENCE_S = 12, 300, 60


class Refused(Exception):
    """An answer that says no. Only 429 and 503 mean: send the same again."""

    def __init__(self, answer):
        super().__init__(f"{answer.status} {answer.code}: {answer.body[:300]!r}")
        self.status, self.code, self.said = answer.status, answer.code, answer.json
        self.retry_after_s = float(answer.headers.get("retry-after", 0)) if answer.status in (429, 503) else None


class Answer(NamedTuple):
    """Status, headers by their lower-case names, and the body."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self):
        return self.json.get("code") if isinstance(self.json, dict) else None


class Link:
    """The way to a server. `token` goes with every request once there is one."""

    def __init__(self, url):
        self.url = urlsplit(url)
        self.token = None

    def ask(self, method, path, body=None, headers=None):
        """One request: its answer, or `Refused`, or one of `UNREACHABLE`."""
        secure = self.url.scheme == "https"
        connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
            self.url.netloc, timeout=_PATIENCE_S
        )
        try:
            token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            connection.request(method, self.url.path.rstrip("/") + path, body, token | (headers or {}))
            response = connection.getresponse()
            answer = Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(answer)
        return answer

    def post(self, path, said):
        """Asks with JSON for JSON."""
        headers = {"Content-Type": "application/json"}
        return patiently(lambda: self.ask("POST", path, json.dumps(said).encode(), headers)).json


def patiently(attempt, but=None):
    """What the attempt gives, again while the network or the server cannot. `but`: a code that is not waited out."""
    for n in range(_TRIES - 1):
        try:
            return attempt()
        except Refused as refusal:
            if refusal.retry_after_s is None or refusal.code == but:
                raise
            wait(n, refusal.retry_after_s)
        except UNREACHABLE:
            wait(n, 0)
    return attempt()


def wait(n, at_least_s):
    """Before the n-th try again: a random time, so that many phones do not come at once."""
    time.sleep(max(at_least_s, random.uniform(0, min(_LONGEST_S, 2**n))))

"""A set of lines, and what it comes to: every operation judged (section 7), every record merged (sections 8 to 10)."""

import hashlib
from collections import defaultdict
from typing import NamedTuple

from . import line, seal
from .clock import alone, times
from .merge import Record
from .rulings import AUTHORITY, DECIDING, RANK, Rulings, certificate, cover
from .schema import SCHEMA
from .upcast import newest


class Judged(NamedTuple):
    """What is said of one operation. Accepted: without a code."""

    standing: str
    code: str | None
    person: str
    authority: str = "other"


class World:
    """The outcome of a set of lines, in whatever order and however often they came."""

    def __init__(self, lines, servers):
        self.servers, self.installs = servers, defaultdict(list)
        self.lines = list({(one.install, one.seq, one.bytes): newest(one) for one in lines}.values())
        for one in self.lines:
            self.installs[one.install].append(one)
        self.forks = {install: seq for install, own in self.installs.items() if (seq := fork_seq(own))}
        self.times = {}
        for install, own in self.installs.items():
            self.times |= times(own, self.forks.get(install))
        # Of lines with one dot the one with the lowest hash is the operation.
        said = sorted(
            (one for one in self.lines if one.k not in (None, "time")), key=lambda one: one.hash, reverse=True
        )
        self.operations = list({one.dot: one for one in said}.values())
        self.processes = dict(self._server_installs())
        self.judged, self.records, self.rulings = {}, {}, Rulings()
        self.erasures = {}  # dot → whether the operation broke the schema
        self._settle([one for one in self.operations if one.k == "erasure"])
        self._erase()
        self._settle([one for one in self.operations if SCHEMA.is_ruling(one.k) and one.k != "erasure"])
        self.rulings = Rulings(self)
        self._settle([self._placed(one) for one in self.operations if not SCHEMA.is_ruling(one.k)])

    def standings(self):
        """dot → code of every operation and unreadable line."""
        codes = {one.dot: "unreadable" for one in self.lines if one.code}
        codes |= {dot: said.code for dot, said in self.judged.items()}
        for record in self.records.values():
            codes |= record.standings()
        return codes

    def _server_installs(self):
        for one in self.operations:
            said = certificate(one.f.get("certificate")) if one.k == "enrolment" else {}
            if said.get("role") == "server" and seal.server_said(self.servers, seal.CERTIFICATE, said):
                yield said["install"], said["person"]

    def _erase(self):
        for (_, _, dot), record in sorted(self.records.items()):
            if record.body():
                fault = record.shown.get("fault")
                self.erasures[dot] = bool(fault and fault.text.startswith('"') and not record.gone)
        for at, one in enumerate(self.operations):
            old = self._carried(one)
            names = {one.dot, old.dot} if old else {one.dot}
            if one.k in DECIDING or not names & self.erasures.keys():
                continue
            skeleton = one.without_values()
            # What is no good `carried` operation, or carries what may not be, is never put in a place.
            good = old and not self._unfit(one) and self._verdict(one, "", "other", True)[0] == "accepted"
            skeleton.left = one.carried() if good else None
            self.times[skeleton] = self.times[one]
            self.operations[at] = skeleton

    def _settle(self, operations):
        records = defaultdict(list)
        for one in operations:
            self.judged[one.dot] = self._judge(one)
            records[one.record].append(one)
        self.records |= {name: Record(name, own, self) for name, own in records.items()}

    def _placed(self, one):
        """The operation; where it carries one and is accepted, that."""
        old = self._carried(one)
        accepted = one.install not in self.processes and self.rulings.decisions.get(one.dot) == "accept"
        if not (old and accepted) or self._verdict(one, "", "other", True)[0] != "accepted":
            return one
        write = one.as_carried(old)
        self.times[write] = alone(old.t)
        return write

    def _judge(self, one):
        person, authority = self._author(one)
        decision = None if SCHEMA.is_ruling(one.k) else self.rulings.decisions.get(one.dot)
        standing, code, authority = self._verdict(one, person, authority, decision == "accept")
        if decision == "refuse" and standing != "refused":
            standing, code = "refused", "by_office"
        return Judged(standing, code, person, authority)

    def _author(self, one):
        if one.install not in self.processes:
            return self.rulings.people.get(one.install, ""), "other"
        if one.by is None or one.role is None:
            return self.processes[one.install], "office"
        return one.by, AUTHORITY[one.role]

    def _verdict(self, one, person, authority, taken_up):
        """The first row that applies: (standing, code, authority). `taken_up`: quarantines are passed over."""
        phone = one.install not in self.processes
        if code := self._misnamed(one) or (phone and SCHEMA.server_only(one.k) and "server_only"):
            return "refused", code, "other"
        quarantine = phone and self._doubt(one)
        if quarantine and not taken_up:
            return "quarantined", quarantine, "other"
        if code := self._unknown(one):
            return "held", code, "other"
        if self._broken(one) or (phone and self._unfit(one)):
            return "refused", "schema", "other"
        if phone:
            authority, code = self._permitted(one, person)
            quarantine = quarantine or code
            if quarantine and not taken_up:
                return "quarantined", quarantine, "other"
        return "accepted", None, "other" if quarantine else authority

    def _misnamed(self, one):
        if not line.is_scope(one.s):
            return "bad_scope"
        if one.k in SCHEMA.kinds and SCHEMA.writers(one.k, one.s) is None:
            return "bad_lane"
        return None if SCHEMA.id_fits(one.k, one.id) else "bad_id"

    def _doubt(self, one):
        if one.install not in self.rulings.people:
            return "not_enrolled"
        chain = self.rulings.chains.get(one.install)
        if chain is not None and (one.seq, one.hash) not in chain:
            return "install_lost"
        ended, hi = self.rulings.ended[one.install], self.times[one].hi
        return "install_ended" if ended is not None and (hi is None or hi >= ended) else None

    def _unknown(self, one):
        if one.k not in SCHEMA.kinds:
            return "unknown_kind"
        if one.v > SCHEMA.kinds[one.k]["x-version"]:
            return "unknown_version"
        return "unknown_template" if one.k == "response" and one.tpl and one.tpl not in self.rulings.templates else None

    def _broken(self, one):
        template = self.rulings.templates.get(one.tpl) if one.k == "response" else None
        if one.k == "response" and not template:
            return True
        return self._broke(one) if one.erased else not SCHEMA.takes(one.k, one.f, template)

    def _broke(self, one):
        """Whether an erased operation broke the schema, as far as anyone can tell."""
        if one.left and not one.old:
            return False  # its erasure tells of the line that it carries
        return self.erasures.get(one.dot, bool(one.old and self.erasures.get(one.old.dot)))

    def _carried(self, one):
        """The operation that it carries, in the newest version; None without."""
        old = one.carried()
        return old and newest(old)

    def _unfit(self, one):
        old = one.carried()
        return old is not None and (old.k == "carried" or SCHEMA.server_only(old.k))

    def _permitted(self, one, person):
        """Rows 8 to 10: (authority, code)."""
        if one.k == "carried" or one.old:
            return "other", "carried"
        place, lane = one.s.split("/")
        roles, span, authority = SCHEMA.writers(one.k, one.s), self.times[one], "other"
        if not (lane == "own" and place == person and roles):
            rights = [right for right in self.rulings.rights[person] if right.role in roles and right.meets(span)]
            rights = [right for right in rights if line.covers(right.place, place, self.rulings.towns)]
            if not cover(rights, span):
                return "other", "right_changed_in_span" if rights else "no_grant"
            ranks = [
                rank for rank in RANK.values() if cover([r for r in rights if RANK[AUTHORITY[r.role]] >= rank], span)
            ]
            authority = list(RANK)[max(ranks)]
        office = any(SCHEMA.policy(one.k, name) == "office" for name in one.f)
        return authority, "office_only" if office and authority == "other" else None


def fork_seq(lines):
    """The lowest seq with two hashes; None without."""
    hashes = defaultdict(set)
    for one in lines:
        hashes[one.seq].add(one.hash)
    return min((seq for seq, known in hashes.items() if len(known) > 1), default=None)


def digest(bodies):
    """The digest of a scope with these records, bodies as bytes."""
    total = sum(int.from_bytes(hashlib.sha256(body).digest()) for body in bodies)
    return f"{total % (1 << 256):064x}"

"""A set of lines, and what it says: corrected time (section 6), rulings and judgement (section 7)."""

from collections import defaultdict
from typing import NamedTuple

from . import exact, line, seal
from .line import dot_order
from .merge import Record
from .schema import SCHEMA, Template

RANK = {"other": 0, "town": 1, "office": 2}
AUTHORITY = {"office": "office", "admin": "office", "town": "town"}  # of roles; all else is `other`
_MOST_CHAINS, _MOST_STEPS = 4_096, 1 << 20


class Time(NamedTuple):
    """A corrected time: `lo` is `hi` where it is anchored. None is open. In ms."""

    anchored: bool
    lo: int | None
    hi: int | None
    uncertainty: int | None = None

    @property
    def fed(self):
        return self.lo if self.anchored else [self.lo, self.hi]


class Judged(NamedTuple):
    """What is said of one operation."""

    standing: str
    code: str | None
    person: str | None
    authority: str = "other"


class Right(NamedTuple):
    """A role of a person at a place, from ≤ t < to."""

    role: str
    place: str
    since: int
    to: int | None


class World:
    """The outcome of a set of lines, in whatever order and however often they came."""

    def __init__(self, lines, servers):
        self.lines = list({(one.install, one.seq, one.bytes): one for one in lines}.values())
        self.servers = servers
        self.installs = defaultdict(list)
        for one in self.lines:
            self.installs[one.install].append(one)
        self.forks = {install: seq for install in self.installs if (seq := fork_seq(self.installs[install]))}
        self.times = {}
        for install, own in self.installs.items():
            self.times.update(times(own, self.forks.get(install)))
        operations = defaultdict(list)
        for one in self.lines:
            if one.k not in (None, "time"):
                operations[one.dot].append(one)
        self.operations = [min(same, key=lambda one: one.hash) for same in operations.values()]
        self.processes = self._server_installs()
        self.judged, self.records, self.rulings = {}, {}, Rulings()
        self._settle(rulings=True)
        self.rulings = Rulings(self)
        self._settle(rulings=False)

    def _server_installs(self):
        certificates = [certificate(one.f.get("certificate")) for one in self.operations if one.k == "enrolment"]
        return {c["install"]: c["person"] for c in certificates
                if c.get("role") == "server" and seal.server_said(self.servers, seal.CERTIFICATE, c)}  # fmt: skip

    def _settle(self, rulings):
        records = defaultdict(list)
        for one in self.operations:
            if SCHEMA.is_ruling(one.k) == rulings:
                records[one.record].append(one)
                self.judged[one.dot] = self.judge(one)
        for name, operations in records.items():
            self.records[name] = Record(name, operations, self)

    def standings(self):
        """dot → code of every operation and unreadable line."""
        codes = {one.dot: "unreadable" for one in self.lines if one.code}
        codes.update((dot, said.code) for dot, said in self.judged.items())
        for record in self.records.values():
            codes.update(record.standings())
        return codes

    def judge(self, one):
        """The standing of an operation by section 7."""
        person, authority = self._author(one)
        if code := self._misnamed(one):
            return Judged("refused", code, person)
        decision = None if SCHEMA.is_ruling(one.k) else self.rulings.decisions.get(one.dot)
        server = one.install in self.processes
        doubt = None if server else self._doubt(one)
        held, broken = self._unknown(one), None
        if not held and (SCHEMA.faults(one.k, one.f, self.rulings.templates.get(one.tpl)) or (one.k == "response" and not one.tpl)):
            broken = "schema"
        if not server and not any(SCHEMA.kinds.get(one.k, {"x-lanes": {"": ["any"]}})["x-lanes"].values()):
            return Judged("refused", "server_only", person)
        if not server and not (doubt or held or broken):
            authority, doubt = self._permitted(one, person)
        if doubt and decision == "accept":
            authority, doubt = "other", None
        said = next(
            (
                Judged(standing, code, person)
                for standing, code in (("quarantined", doubt if doubt in _EARLY else None), ("held", held),
                                       ("refused", broken), ("quarantined", doubt)) if code
            ),
            Judged("accepted", None, person, authority),
        )  # fmt: skip
        return Judged("refused", "by_office", person) if decision == "refuse" and said.standing != "refused" else said

    def _author(self, one):
        if one.install not in self.processes:
            return self.rulings.people.get(one.install, ""), "other"
        if one.by is None or one.role is None:
            return self.processes[one.install], "office"
        return one.by, AUTHORITY.get(one.role, "other")

    def _misnamed(self, one):
        if not line.is_scope(one.s):
            return "bad_scope"
        if one.k in SCHEMA.kinds and SCHEMA.writers(one.k, one.s.split("/")[1]) is None:
            return "bad_lane"
        return None if SCHEMA.id_fits(one.k, one.id) else "bad_id"

    def _doubt(self, one):
        if one.install not in self.rulings.people:
            return "not_enrolled"
        chain = self.rulings.chains.get(one.install)
        if chain is not None and (one.seq, one.hash) not in chain:
            return "install_lost"
        ended, hi = self.rulings.ended.get(one.install), self.times[one].hi
        return "install_ended" if ended is not None and (hi is None or hi >= ended) else None

    def _unknown(self, one):
        if one.k not in SCHEMA.kinds:
            return "unknown_kind"
        if one.v > SCHEMA.kinds[one.k]["x-version"]:
            return "unknown_version"
        return "unknown_template" if one.k == "response" and one.tpl and one.tpl not in self.rulings.templates else None

    def _permitted(self, one, person):
        """Rows 8 to 10: (authority, quarantine)."""
        place, lane = one.s.split("/")
        roles, span = SCHEMA.writers(one.k, lane), self.times[one]
        if one.k == "carried":
            return "other", "carried"
        authority = "other"
        if not (lane == "own" and place == person and roles):
            rights = [right for right in self.rulings.rights[person]
                      if right.role in roles and line.covers(right.place, place, self.rulings.towns)]  # fmt: skip
            if not covered(rights, span):
                return "other", "right_changed_in_span" if any(meets(right, span) for right in rights) else "no_grant"
            authority = next(a for a in ("office", "town", "other")
                             if covered([r for r in rights if RANK[AUTHORITY.get(r.role, "other")] >= RANK[a]], span))  # fmt: skip
        office = any(SCHEMA.policy(one.k, name) == "office" for name in one.f)
        return authority, "office_only" if office and authority == "other" else None


_EARLY = ("not_enrolled", "install_lost", "install_ended")


class Rulings:
    """What the records of rulings say."""

    def __init__(self, world=None):
        self.people, self.ended, self.chains, self.towns, self.templates, self.decisions = {}, {}, {}, {}, {}, {}
        self.rights = defaultdict(list)
        for (_, kind, id), record in sorted(world.records.items()) if world else ():
            # Sorted by scope: of two that say something the later is the one that counts.
            if not record.gone and record.shown:
                getattr(self, "_" + kind, lambda *_: None)(world, id, {n: v.text for n, v in record.shown.items()}, record)

    def _enrolment(self, world, install, f, _):
        said = certificate(f.get("certificate"))
        if said.get("install") == install and seal.server_said(world.servers, seal.CERTIFICATE, said):
            self.people[install] = said["person"]
            self.ended[install] = exact.integer(f.get("ended", "null"))
            lost = f.get("lost", "null")
            self.chains[install] = None if lost == "null" else chain_of_lost(world.installs[install], lost, world.forks.get(install))

    def _grant(self, _, __, f, ___):
        said = {name: exact.plain(f.get(name, "null")) for name in ("person", "role", "place", "from", "to")}
        if None not in (said["person"], said["role"], said["place"], said["from"]):
            self.rights[said["person"]].append(Right(said["role"], said["place"], said["from"], said["to"]))

    def _station(self, world, id, f, record):
        role = '"lead"' if f.get("lead") == "true" else '"member"'
        self._grant(world, id, {**f, "role": role, "place": f.get("village", "null")}, record)

    def _place(self, _, id, f, record):
        if f.get("level") == '"district"':
            self.towns[id] = [exact.string(town) for town in record.elements("towns")]

    def _checklist_template(self, _, id, f, __):
        try:
            template = Template(f)
        except ValueError:
            return
        if template.name == id:
            self.templates[id] = template

    def _decision(self, _, dot, f, __):
        if f.get("decision") in ('"accept"', '"refuse"'):
            self.decisions[dot] = exact.string(f["decision"])


def certificate(text):
    """A certificate's members; none if it is no object."""
    said = exact.plain(text) if text else None
    return said if isinstance(said, dict) else {}


def fork_seq(lines):
    """The lowest seq with two hashes; None without."""
    hashes = defaultdict(set)
    for one in lines:
        hashes[one.seq].add(one.hash)
    return min((seq for seq, known in hashes.items() if len(known) > 1), default=None)


def times(lines, fork):
    """line → corrected time, of one install's lines."""
    known = {one: time for one in lines if (time := _own_time(one.t))}
    own = dict(known)
    for one in lines:
        if one not in own and {"b", "m"} <= one.t.keys() and (time := _time_of_boot(one, own)):
            known[one] = time
    anchors = defaultdict(list)
    for one, time in known.items():
        anchors[one.seq].append(time.lo)
    return {one: known.get(one) or _span(one.seq, anchors, fork) for one in lines}


def _own_time(t):
    if "g" in t and 1_420_070_400_000 <= t["g"][0] < 4_102_444_800_000:
        (at, age), base = t["g"], 1_000
    elif "n" in t:
        (at, age), base = t["n"], 5_000
    else:
        return None
    return Time(True, at + age, at + age, base + age // 10_000)


def _time_of_boot(one, own):
    near = [(10_000 * time.uncertainty + abs(one.t["m"] - other.t["m"]), other.seq, other.hash, other, time)
            for other, time in own.items() if other.t.get("b") == one.t["b"] and "m" in other.t]  # fmt: skip
    if not near:
        return None
    *_, other, time = min(near, key=lambda n: n[:3])
    apart = one.t["m"] - other.t["m"]
    return Time(True, time.lo + apart, time.lo + apart, time.uncertainty + abs(apart) // 10_000)


def _span(seq, anchors, fork):
    forked = fork is not None and seq >= fork
    below = max((s for s in anchors if s < (fork if forked else seq)), default=None)
    above = None if forked else min((s for s in anchors if s > seq), default=None)
    lo = None if below is None else min(anchors[below])
    hi = None if above is None else max(anchors[above])
    return Time(False, hi, lo) if None not in (lo, hi) and lo > hi else Time(False, lo, hi)


def covered(rights, span):
    """Whether every moment of the span, both ends included, has a right."""
    at = span.lo
    while at is not None:
        open_ended, ends = False, [right.to for right in rights if right.since <= at and (right.to is None or at < right.to)]
        open_ended = None in ends
        if not ends or open_ended:
            return open_ended
        at = max(ends)
        if span.hi is not None and at > span.hi:
            return True
    return False


def meets(right, span):
    """Whether the right holds at some moment of the span."""
    return (span.hi is None or right.since <= span.hi) and (right.to is None or span.lo is None or span.lo < right.to) and (
        right.to is None or right.since < right.to
    )


def chain_of_lost(lines, lost, fork):
    """The (seq, hash) of the lines on the chain that `lost` names; empty where there is none."""
    try:
        said = dict(exact.members(lost))
        n, head = exact.integer(said["seq"]), exact.string(said["head"])
    except (ValueError, KeyError):
        return set()
    known = defaultdict(set)
    for one in lines:
        known[one.seq].add(one.hash)
    if not n or any(seq not in known for seq in range(1, min(n, len(known) + 1) + 1)):
        return set()
    levels, steps = [{line.genesis(lines[0].install): None}], 0
    for seq in range(1, n + 1):
        levels.append({line.next_head(before, one): (before, one) for before in levels[-1] for one in known[seq]})
        steps += len(levels[-1]) if fork is not None and seq >= fork else 0
        if len(levels[-1]) > _MOST_CHAINS or steps > _MOST_STEPS:
            return {(one.seq, one.hash) for one in lines if one.seq < fork}
    found, at = set(), bytes.fromhex(head) if len(head or "") == 64 else None
    for seq in range(n, 0, -1):
        if at not in levels[seq]:
            return set()
        at, one = levels[seq][at]
        found.add((seq, one))
    return found


def digest(bodies):
    """The digest of a scope with these records (bodies as bytes)."""
    total = sum(int.from_bytes(line.hashlib.sha256(body).digest()) for body in bodies)
    return f"{total % (1 << 256):064x}"


__all__ = ["World", "dot_order", "digest"]

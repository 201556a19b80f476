"""What rulings say: who an install is, who may do what where, what the office decided (section 7)."""

from collections import defaultdict
from typing import NamedTuple

from . import exact, line, seal
from .checklist import Template

RANK = {"other": 0, "town": 1, "office": 2}  # of authorities
AUTHORITY = defaultdict(lambda: "other", office="office", admin="office", town="town")  # of roles
# Kinds that others are judged by: they are not erased.
DECIDING = {"checklist_template", "decision", "enrolment", "erasure", "grant", "place", "station"}
_MOST_CHAINS, _MOST_STEPS = 4_096, 1 << 20


class Right(NamedTuple):
    """A role of a person at a place, `since` ≤ t < `to`; None is open."""

    role: str
    place: str
    since: int
    to: int | None

    def meets(self, span):
        """Whether it holds at some moment of the span."""
        begins = span.hi is None or self.since <= span.hi
        return begins and (self.to is None or (self.since < self.to and (span.lo is None or span.lo < self.to)))


def cover(rights, span):
    """Whether each moment of the span, both ends included, has one of these rights."""
    at = span.lo
    while at is not None and (span.hi is None or at <= span.hi):
        ends = [right.to for right in rights if right.since <= at and (right.to is None or at < right.to)]
        if not ends or None in ends:
            return bool(ends)
        at = max(ends)
    return at is not None


class Rulings:
    """What the records of rulings in a world say; nothing without a world."""

    def __init__(self, world=None):
        self.people, self.ended, self.chains = {}, {}, {}  # by install
        self.towns, self.templates, self.decisions = {}, {}, {}  # by district, `key@version`, dot
        self.rights = defaultdict(list)  # by person
        # In the order of their scopes: of two that both say something the later one counts.
        for (_, kind, id), record in sorted(world.records.items()) if world else ():
            read = getattr(self, f"_{kind}", None)
            if read and not record.gone:
                read(id, {name: value.text for name, value in record.shown.items()}, world)

    def _enrolment(self, install, f, world):
        said = certificate(f.get("certificate"))
        if said.get("install") != install or not seal.server_said(world.servers, seal.CERTIFICATE, said):
            return
        self.people[install] = said["person"]
        self.ended[install] = exact.integer(f.get("ended", "null"))
        if f.get("lost", "null") != "null":
            self.chains[install] = chain_of_lost(world.installs[install], f["lost"], world.forks.get(install))

    def _grant(self, _, f, __):
        person, role, place, since, to = (
            exact.plain(f.get(name, "null")) for name in ("person", "role", "place", "from", "to")
        )
        if None not in (person, role, place, since):
            self.rights[person].append(Right(role, place, since, to))

    def _station(self, id, f, world):
        role = "lead" if f.get("lead") == "true" else "member"
        self._grant(id, {**f, "role": exact.write(role), "place": f.get("village", "null")}, world)

    def _place(self, id, f, _):
        if f.get("level") == '"district"':
            self.towns[id] = exact.plain(f.get("towns", "[]"))

    def _checklist_template(self, id, f, _):
        try:
            template = Template(f)
        except ValueError:
            return
        if template.name == id:
            self.templates[id] = template

    def _decision(self, dot, f, _):
        if f.get("decision") in ('"accept"', '"refuse"'):
            self.decisions[dot] = exact.plain(f["decision"])


def certificate(text):
    """A certificate's members; none if it is no object."""
    said = exact.plain(text) if text else None
    return said if isinstance(said, dict) else {}


def chain_of_lost(lines, lost, fork):
    """The (seq, hash) of the lines on the chain that `lost` names; none where there is no such chain."""
    try:
        said = dict(exact.members(lost))
        last, head = exact.integer(said["seq"], 1), bytes.fromhex(exact.string(said["head"]))
    except (ValueError, KeyError, TypeError):
        return set()
    known = defaultdict(set)
    for one in lines:
        known[one.seq].add(one.hash)
    if last is None or last > len(known) or any(seq not in known for seq in range(1, last + 1)):
        return set()
    levels, steps = [{line.genesis(lines[0].install): None}], 0
    for seq in range(1, last + 1):
        levels.append({line.next_head(head, one): (head, one) for head in levels[-1] for one in known[seq]})
        steps += len(levels[-1]) if fork is not None and seq >= fork else 0
        if len(levels[-1]) > _MOST_CHAINS or steps > _MOST_STEPS:
            return {(one.seq, one.hash) for one in lines if one.seq < fork}
    return set(_walk_back(levels, head))


def _walk_back(levels, head):
    if head not in levels[-1]:
        return
    for seq in range(len(levels) - 1, 0, -1):
        head, one = levels[seq][head]
        yield seq, one

"""One record: what is shown, kept beside and open (section 8), how its operations stand (9), and its body (10)."""

from collections import defaultdict
from dataclasses import dataclass

from . import exact
from .line import dot_order
from .rulings import RANK
from .schema import SCHEMA, set_write


@dataclass
class Value:
    """A value and who wrote it or its like, the highest first. `why` it is not shown."""

    text: str
    by: list
    why: str | None = None


class Record:
    """What the operations on one record come to."""

    def __init__(self, name, operations, world):
        self.name, self.world = name, world
        self.all = operations
        self.places = {one.dot: one.place.dot for one in operations}
        self.accepted = [one for one in operations if world.judged[one.dot].standing == "accepted"]
        self.template = self._template()
        self.seen = self._closure()
        # Whoever saw an operation comes after it.
        self.accepted.sort(key=lambda one: (len(self.seen[one]), dot_order(one.dot)))
        self.shown, self.beside, self.sets, self.open, self._policies = {}, {}, {}, set(), {}
        for field in sorted({name for one in self.accepted for name in one.f} - {"_deleted"}):
            self._merge(field)
        self.deletions = self._deletions()
        self.gone = [one for one in self.deletions if self._covers_all(one)]

    def _judged(self, one):
        return self.world.judged[one.dot]

    def _office(self, one):
        return self._judged(one).authority == "office"

    def _template(self):
        named = [one.tpl for one in self.accepted if one.k == "response"]
        known = [self.world.rulings.templates[name] for name in named if name]
        return max(known, key=lambda template: (template.version, template.key), default=None)

    def _closure(self):
        """operation → the operations it saw; those that saw each other did not."""
        here = defaultdict(set)
        for one in self.all:
            here[one.place.dot].add(one)
        named = {one: {o for dot in one.seen for o in here.get(self._place(dot), ())} for one in self.all}
        direct = {one: named[one] | {o for o in self.all if self._earlier(o.place, one.place)} for one in self.all}
        reach = {}
        for one in self.all:
            reach[one], stack = set(), [one]
            while stack:
                fresh = direct[stack.pop()] - reach[one]
                reach[one] |= fresh
                stack.extend(fresh)
        return {one: {o for o in seen if one not in reach[o]} for one, seen in reach.items()}

    def _place(self, dot):
        """The place that a dot names."""
        return self.places.get(dot, dot)

    def _earlier(self, one, other):
        """Whether both are of one install, and that one comes first without a doubt."""
        fork = self.world.forks.get(other.install, other.seq)
        return one.install == other.install and one.seq < min(other.seq, fork)

    def _merge(self, field):
        writes = [one for one in self.accepted if field in one.f]
        policy = SCHEMA.policy(self.name[1], field, self.template)
        if policy == "set":
            asked = {one: set_write(one.f[field]) for one in writes}
            if None not in asked.values():
                return self._merge_set(field, asked)
            policy = "single"
        self._policies[field] = policy
        if policy == "once":
            return self._merge_once(field, writes)
        values = self._values(field, self._siblings(field, writes, policy))
        if not values:
            return
        self.shown[field], self.beside[field] = values[0], values[1:]
        for value in values[1:]:
            value.why = self._why(value.by[0], values[0].by[0])
        if policy == "review" and values[1:]:
            self.open.add(field)

    def _siblings(self, field, writes, policy):
        """The writes that none replaces."""
        replaced_by = {}
        for one in writes:
            saw = [o for o in writes if o in self.seen[one]]
            if policy == "review" and not self._office(one):
                live = [o for o in saw if not any(o in replaced_by[p] for p in saw)]
                if len({exact.meaning(o.f[field]) for o in live}) > 1:
                    saw = [o for o in saw if self._same_person(o, one)]
            replaced_by[one] = set(saw)
        return [one for one in writes if not any(one in replaced for replaced in replaced_by.values())]

    def _same_person(self, a, b):
        one, other = self._judged(a).person, self._judged(b).person
        return one == other and bool(one or a.install == b.install)

    def _height(self, one):
        time = self.world.times[one]
        rank = RANK[self._judged(one).authority]
        return rank, time.anchored, time.lo if time.anchored else 0, dot_order(one.dot)

    def _values(self, field, writes):
        """Equal values together, the highest first; those that were erased are left out."""
        groups = defaultdict(list)
        for one in sorted((one for one in writes if not one.erased), key=self._height, reverse=True):
            groups[exact.meaning(one.f[field])].append(one)
        return [Value(by[0].f[field], by) for by in groups.values()]

    def _why(self, lower, higher):
        codes = ("by_authority", "by_unanchored", "by_time", "by_dot")
        pairs = zip(codes, self._height(lower), self._height(higher), strict=True)
        return next(code for code, low, high in pairs if low != high)

    def _merge_once(self, field, writes):
        creator = self.name[2].partition(".")[0]
        own = [one for one in writes if one.place.install == creator]
        first = min(own, key=lambda one: (one.place.seq, one.place.hash, one.erased), default=None)
        values = self._values(field, writes)
        for value in values:
            value.why = "correction_proposed"
            if first in value.by:
                self.shown[field] = Value(first.f[field], value.by)
        self.beside[field] = [value for value in values if first not in value.by]

    def _merge_set(self, field, asked):
        adds = defaultdict(list)
        for one in sorted(asked, key=lambda one: dot_order(one.dot)):
            for element in asked[one][0]:
                if not any(self._removes(o, asked[o][1], one, element) for o in asked):
                    adds[exact.meaning(element)].append((one, element))
        live = sorted((same[0][1], list(dict.fromkeys(one for one, _ in same))) for same in adds.values())
        self.sets[field] = live
        by = [one for _, same in live for one in same]
        self.shown[field] = Value(_list(element for element, _ in live), by)

    def _removes(self, one, removes, adder, element):
        later = self._earlier(adder.place, one.place)
        return one is not adder and any(
            exact.meaning(gone) == exact.meaning(element) and (later or adder.place.dot in map(self._place, dots))
            for gone, dots in removes
        )

    def _deletions(self):
        """The deletions that no write of `_deleted` replaces."""
        writes = [one for one in self.accepted if "_deleted" in one.f]
        return [one for one in writes if one.f["_deleted"] == "true" and not any(one in self.seen[o] for o in writes)]

    def _covers_all(self, deletion):
        values = list(self.shown.items())
        values += [(field, value) for field, beside in self.beside.items() for value in beside]
        return all(
            one.place.dot == deletion.place.dot or (one in self.seen[deletion] and self._may_write_over(deletion, field, one))
            for field, value in values
            for one in value.by
        )

    def _may_write_over(self, deletion, field, one):
        policy, authority = self._policies.get(field), self._judged(deletion).authority
        if policy == "office" and authority == "other":
            return False
        weighty = field in self.open or policy == "once"
        return authority == "office" or not weighty or self._same_person(deletion, one)

    def standings(self):
        """dot → code of the accepted operations."""
        codes = {one.dot: "applied" for one in self.accepted}
        if self.gone:
            return codes
        for one in self.deletions:
            codes[one.dot] = "not_deleted"
        for field in sorted(self.beside, reverse=True):
            for value in self.beside[field]:
                codes.update((one.dot, value.why) for one in value.by)
        for field in self.open:
            for value in (self.shown[field], *self.beside[field]):
                codes.update((one.dot, "open_conflict") for one in value.by)
        return codes

    def body(self):
        """The record as fed, in bytes; None if nothing of it stands."""
        values = [*self.shown.values(), *(value for beside in self.beside.values() for value in beside)]
        deleted_by = [one for one in self.gone if not one.erased]
        authors = deleted_by if self.gone else {one for value in values for one in value.by}
        by = sorted(authors, key=lambda one: dot_order(one.dot))
        if not by:
            return None
        fed = dict(zip(("s", "k", "id"), map(exact.write, self.name), strict=True))
        fed["by"] = exact.write([self._operation(one) for one in by])
        fed["tpl"] = exact.write(self.template.name) if self.template else ""
        fed["v"] = SCHEMA.version_fed(self.name[1])
        fed |= {"gone": "true"} if self.gone else self._values_fed({one: i for i, one in enumerate(by)})
        return _object(fed).encode()

    def _operation(self, one):
        judged = self._judged(one)
        return [one.dot, judged.person, judged.authority, self.world.times[one].fed]

    def _values_fed(self, index):
        """The members that hold values. `index`: operation → its place in `by`."""

        def places(ones):
            return exact.write(sorted(index[one] for one in ones))

        def alternative(value):
            return _object({"by": places(value.by), "v": value.text, "why": exact.write(value.why)})

        single = {field: places(value.by) for field, value in self.shown.items() if field not in self.sets}
        beside = {field: values for field, values in self.beside.items() if values}
        members = {
            "f": {field: value.text for field, value in self.shown.items()},
            "w": {field: ones for field, ones in single.items() if ones != "[0]"},
            "el": {field: _list(places(ones) for _, ones in live) for field, live in self.sets.items()},
            "alt": {field: _list(map(alternative, values)) for field, values in beside.items()},
        }
        opened = exact.write(sorted(self.open)) if self.open else ""
        return {name: _object(texts) for name, texts in members.items() if texts} | {"open": opened}


def _list(texts):
    return "[" + ",".join(texts) + "]"


def _object(texts):
    """Members sorted by the bytes of their names; those without a text are left out."""
    return "{" + ",".join(f"{exact.write(name)}:{texts[name]}" for name in sorted(texts) if texts[name]) + "}"

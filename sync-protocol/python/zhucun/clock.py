"""Corrected time (section 6): a pure function of one install's lines. Wall clocks decide nothing."""

from collections import defaultdict
from typing import NamedTuple


class Time(NamedTuple):
    """A corrected time in ms. `lo` is `hi` where it is anchored; None is open."""

    anchored: bool
    lo: int | None
    hi: int | None
    uncertainty: int = 0

    @property
    def fed(self):
        """As it stands in a record."""
        return self.lo if self.anchored else [self.lo, self.hi]


def times(lines, fork):
    """line → corrected time. `fork`: the install's fork seq; None without."""
    own = {one: time for one in lines if (time := _own(one.t))}
    known = {one: time for one in lines if (time := own.get(one) or _of_boot(one, own))}
    anchors = defaultdict(list)
    for one, time in known.items():
        anchors[one.seq].append(time.lo)
    return {one: known.get(one) or _between(one.seq, anchors, fork) for one in lines}


def alone(t):
    """What a line says itself of its time; nothing is known where it says nothing."""
    return _own(t) or Time(False, None, None)


def _own(t):
    if "g" in t and 1_420_070_400_000 <= t["g"][0] < 4_102_444_800_000:
        (at, age), least = t["g"], 1_000
    elif "n" in t:
        (at, age), least = t["n"], 5_000
    else:
        return None
    return Time(True, at + age, at + age, least + age // 10_000)


def _of_boot(one, own):
    if not {"b", "m"} <= one.t.keys():
        return None
    same = [other for other in own if other.t.get("b") == one.t["b"] and "m" in other.t]

    def distance(other):
        return 10_000 * own[other].uncertainty + abs(one.t["m"] - other.t["m"]), other.seq, other.hash

    if not same:
        return None
    nearest = min(same, key=distance)
    apart = one.t["m"] - nearest.t["m"]
    at = own[nearest].lo + apart
    return Time(True, at, at, own[nearest].uncertainty + abs(apart) // 10_000)


def _between(seq, anchors, fork):
    forked = fork is not None and seq >= fork
    below = max((at for at in anchors if at < (fork if forked else seq)), default=None)
    above = None if forked else min((at for at in anchors if at > seq), default=None)
    lo = None if below is None else min(anchors[below])
    hi = None if above is None else max(anchors[above])
    return Time(False, hi, lo) if None not in (lo, hi) and lo > hi else Time(False, lo, hi)

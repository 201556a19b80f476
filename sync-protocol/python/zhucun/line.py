"""Names, lines and the chain (sections 2 to 4)."""

import copy
import hashlib
import re
import uuid
from dataclasses import dataclass, field

from . import exact

INSTALL = re.compile(r"[0-9a-f]{32}")
ID = re.compile(r"[A-Za-z0-9._:@-]{1,128}")
OWN_ID = re.compile(r"[0-9a-f]{32}\..+")
DERIVED_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
DIVISION = re.compile(r"\d{2}|\d{4}|\d{6}|\d{9}|\d{12}", re.ASCII)
PLACE = re.compile(rf"(?:{DIVISION.pattern}|[a-z][a-z0-9-]{{0,31}}(?:\.[up]\.[a-z0-9-]{{1,64}})?)", re.ASCII)
LANES = ("roster", "presence", "inspection", "household", "own")
ROLES = ("admin", "office", "manager", "inspector", "lead", "member", "town", "unit")
LONGEST = 262_144


def is_dot(text):
    """Whether it is `install:seq:hash`."""
    parts = re.fullmatch(r"[0-9a-f]{32}:([1-9][0-9]{0,15}):[0-9a-f]{16}", text)
    return bool(parts) and int(parts[1]) <= 1 << 53


def dot_order(dot):
    """What dots are sorted by: install, seq as a number, hash."""
    install, seq, digest = dot.split(":")
    return install, int(seq), digest


def is_scope(text):
    """Whether it is `place/lane`."""
    place, _, lane = text.partition("/")
    return bool(PLACE.fullmatch(place)) and lane in LANES


def record_key(scope, kind, id):
    """The key of a record, in hex."""
    return hashlib.sha256(f"{scope}\n{kind}\n{id}".encode()).hexdigest()[:32]


def derived_id(kind, *parts):
    """The UUIDv8 under which two people who mean the same thing meet."""
    raw = bytearray(hashlib.sha256("\n".join((kind, *parts)).encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def covers(place, other, towns):
    """Whether a place covers another. `towns`: district → its towns."""
    if place == other:
        return True
    if DIVISION.fullmatch(place):
        return bool(DIVISION.fullmatch(other)) and other.startswith(place)
    if "." in place:
        return False
    return other.startswith(place + ".") or any(covers(town, other, {}) for town in towns.get(place, ()))


class Unreadable(ValueError):
    """A line that nothing can be made of. `args[0]` is the code."""


@dataclass(eq=False)
class Line:
    """A line on its chain. `code` says why it is unreadable; a blank has neither code nor kind."""

    install: str
    seq: int
    bytes: bytes
    hash: str = ""  # its place in the chain: of a blank that of the line it stands for
    code: str | None = None
    k: str | None = None
    s: str = ""
    id: str = ""
    v: int = 1
    f: dict = field(default_factory=dict)  # name → text of the value
    seen: tuple = ()
    t: dict = field(default_factory=dict)
    tpl: str | None = None
    by: str | None = None
    role: str | None = None
    old: "Line | None" = None  # of what was carried and accepted: the line in its place
    erased: bool = False
    left: "Line | None" = None  # of an erased one that carries a line: what is left of that

    def __post_init__(self):
        blank = re.fullmatch(rb"lost ([0-9a-f]{64})", self.bytes)
        self.hash = blank[1].decode() if blank else hashlib.sha256(self.bytes).hexdigest()
        try:
            if not blank:
                self.__dict__.update(read(self.bytes))
        except Unreadable as fault:
            self.code = fault.args[0]

    def without_values(self):
        """What an erasure leaves of it (section 19). A value that is gone is like no other and changes no set."""
        skeleton, gone = copy.copy(self), exact.write({"gone": self.dot})
        skeleton.left = None
        kept = {"_deleted": self.f["_deleted"]} if self.f.get("_deleted") in ("true", "false") else {}
        skeleton.f, skeleton.erased = dict.fromkeys(self.f, gone) | kept, True
        return skeleton

    @property
    def dot(self):
        return f"{self.install}:{self.seq}:{self.hash[:16]}"

    @property
    def place(self):
        """The line that it is among those of its record (section 7)."""
        return self.old or self

    def carried(self):
        """The operation that it carries, or what an erasure left of that; None without."""
        if self.erased:
            return self.left
        try:
            install, seq, text = (self.f[name] for name in ("install", "seq", "line"))
            old = Line(_install(install), _integer(seq), _text(text).encode())
        except (KeyError, ValueError):
            return None
        return old if self.k == "carried" and old.k not in (None, "time") else None

    def as_carried(self, old):
        """That line, under the name of this one."""
        own = copy.copy(self)
        own.k, own.s, own.id, own.v, own.f, own.seen, own.t, own.tpl = (
            old.k, old.s, old.id, old.v, old.f, old.seen, old.t, old.tpl
        )  # fmt: skip
        own.old = old
        return own.without_values() if self.erased else own

    @property
    def record(self):
        return self.s, self.k, self.id


def read(line):
    """The members of a line that is no blank; `Unreadable` with the first code that applies."""
    _check_text(line)
    try:
        found, known = {}, {"s", "k", "id", "v", "f", "seen", "t", "tpl", "by", "as"}
        pairs = [(name, value) for name, value in exact.members(line.decode()) if name in known]
    except ValueError as fault:
        raise Unreadable("not_json") from fault
    try:
        _once(name for name, _ in pairs)
        given = {name: value for name, value in pairs if value != "null"}
        for name in given:
            found["role" if name == "as" else name] = _MEMBER[name](given[name])
        _good(found["k"] == "time" or ("s" in found and "id" in found))
    except (ValueError, KeyError) as fault:
        raise Unreadable("bad_member") from fault
    return found


def _check_text(line):
    if len(line) > LONGEST:
        raise Unreadable("too_long")
    try:
        text = line.decode()
    except UnicodeDecodeError as fault:
        raise Unreadable("not_utf8") from fault
    strings = re.findall(r'"(?:[^"\\]|\\.)*"?', text, re.DOTALL)
    units = [re.sub(r"\\[^u]", " ", s, flags=re.DOTALL) for s in strings if "\\u" in s]
    if "\0" in text or any("\\u0000" in s for s in units):
        raise Unreadable("nul")
    high, low = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    if any(re.search(f"{high}|{low}", re.sub(high + low, "", s)) for s in units):
        raise Unreadable("bad_surrogate")
    depth = 0
    for sign in re.findall(r"[\[{\]}]", re.sub(r'"(?:[^"\\]|\\.)*"?', "", text, flags=re.DOTALL)):
        depth = depth + 1 if sign in "[{" else max(0, depth - 1)
        if depth > 32:
            raise Unreadable("too_deep")


def _good(condition):
    if not condition:
        raise ValueError


def _once(names):
    names = list(names)
    _good(len(names) == len(set(names)))


def _text(value):
    _good(value.startswith('"'))
    return exact.string(value)


def _install(value):
    _good(INSTALL.fullmatch(_text(value)))
    return _text(value)


def _integer(value):
    number = exact.integer(value)
    _good(number is not None)
    return number


def _fields(value):
    fields = exact.members(value)
    _good(len(fields) <= 1_000)
    _once(name for name, _ in fields)
    return dict(fields)


def _seen(value):
    dots = [_text(dot) for dot in exact.elements(value)]
    _good(len(dots) <= 1_000 and all(map(is_dot, dots)))
    return tuple(dots)


def _time(value):
    pairs = [(name, v) for name, v in exact.members(value) if name in _CLOCK]
    _once(name for name, _ in pairs)
    return {name: _CLOCK[name](v) for name, v in pairs if v != "null"}


def _pair(value):
    pair = [_integer(number) for number in exact.elements(value)]
    _good(len(pair) == 2)
    return pair


def _boot(value):
    _good(len(_text(value).encode()) <= 64)
    return _text(value)


def _version(value):
    _good(_integer(value) > 0)
    return int(value)


def _role(value):
    _good(_text(value) in ROLES)
    return _text(value)


_MEMBER = {
    "s": _text,
    "k": _text,
    "id": _text,
    "v": _version,
    "f": _fields,
    "seen": _seen,
    "t": _time,
    "tpl": _text,
    "by": _text,
    "as": _role,
}
_CLOCK = {"w": _integer, "b": _boot, "m": _integer, "g": _pair, "n": _pair}


def genesis(install):
    """Head 0."""
    return hashlib.sha256(install.encode()).digest()


def next_head(head, line_hash):
    """The head after a line of that hash (hex)."""
    return hashlib.sha256(head + bytes.fromhex(line_hash)).digest()


def heads(install, lines):
    """Head 0, 1, 2 … of a chain of lines, as bytes."""
    chain = [genesis(install)]
    for line in lines:
        chain.append(next_head(chain[-1], Line(install, len(chain), line).hash))
    return chain

"""Kinds and checklists: what may be written, and how it merges (sections 7, 8, 16), from the exported schema."""

import datetime
import json
import math
import re
from pathlib import Path

from . import exact, line

_EXPORTED = Path(__file__).parents[3] / "mobile-schema" / "schema.json"
_KEY = re.compile(r"[a-z0-9_-]{1,40}")
_MOST = float(1 << 53)


class Schema:
    """The exported schema."""

    def __init__(self, path=_EXPORTED):
        everything = json.loads(Path(path).read_text(encoding="utf-8"))
        self.definitions = everything["$defs"]
        self.reads = everything["x-roles"]  # role → lanes it may read
        self.kinds = {name: kind for name, kind in self.definitions.items() if "x-version" in kind}

    def is_ruling(self, kind):
        """Whether it is judged and merged first."""
        return kind in self.kinds and self.kinds[kind]["x-ruling"]

    def writers(self, kind, lane):
        """The roles that may write the kind in the lane from a phone; None where the kind has no such lane."""
        return self.kinds[kind]["x-lanes"].get(lane)

    def id_fits(self, kind, id):
        """Whether the id is one of the kind."""
        rules = {"own": line.OWN_ID, "derived": line.DERIVED_ID}
        rule = self.kinds[kind]["x-id"] if kind in self.kinds else "free"
        fits = line.is_dot(id) if rule == "dot" else bool(rules.get(rule, line.ID).fullmatch(id))
        return fits and bool(line.ID.fullmatch(id))

    def policy(self, kind, name, template=None):
        """The policy of a field."""
        field = self.kinds[kind]["properties"].get(name, {})
        if kind == "response" and name.startswith("i.") and template:
            return template.policy(name[2:])
        return field.get("x-policy", "single")

    def faults(self, kind, fields, template=None):
        """The names of the fields that break the schema."""
        properties = self.kinds[kind]["properties"]
        return sorted(name for name, value in fields.items()
                      if not self.fits(properties.get(name) or _answer(kind, name, template), value))  # fmt: skip

    def fits(self, spec, value):
        """Whether the text of a value is what this part of the schema takes."""
        if "$ref" in spec:
            name = spec["$ref"].rsplit("/", 1)[1]
            return self.fits(self.definitions[name], value) and _FORM.get(name, lambda _: True)(value)
        for choice in ("anyOf", "oneOf"):
            if choice in spec and not any(self.fits(one, value) for one in spec[choice]):
                return False
        if not _TYPE[spec.get("type")](value):
            return False
        if "enum" in spec and exact.string(value) not in spec["enum"]:
            return False
        if "const" in spec and exact.string(value) != spec["const"]:
            return False
        if len(value.encode()) > spec.get("x-max-bytes", math.inf):
            return False
        match spec.get("type"):
            case "integer" | "number":
                number = int(value) if spec["type"] == "integer" else float(value)
                least, most = spec.get("minimum", -math.inf), spec.get("maximum", math.inf)
                return math.isfinite(number) and least <= number <= most and number > spec.get("exclusiveMinimum", -math.inf)
            case "string":
                text = exact.string(value)
                return len(text) <= spec.get("maxLength", math.inf) and bool(re.fullmatch(spec.get("pattern", "(?s:.*)"), text))
            case "array":
                return self._list_fits(spec, exact.elements(value))
            case "object":
                return self._object_fits(spec, exact.members(value))
        return True

    def _list_fits(self, spec, values):
        if not spec.get("minItems", 0) <= len(values) <= spec.get("maxItems", math.inf):
            return False
        specs = spec.get("prefixItems") or [spec.get("items", {})] * len(values)
        return all(self.fits(one, value) for one, value in zip(specs, values))

    def _object_fits(self, spec, pairs):
        members, properties = dict(pairs), spec.get("properties", {})
        known = [name for name, _ in pairs if name in properties]
        if len(known) != len(set(known)) or not all(name in members for name in spec.get("required", ())):
            return False
        if not all(self.fits(properties[name], members[name]) for name in known):
            return False
        return spec.get("x-policy") != "set" or sum(len(exact.elements(members[name])) for name in known) <= 200


def _is_integer(value):
    return exact.integer(value, -(1 << 63), (1 << 63) - 1) is not None


_TYPE = {
    None: lambda value: True,
    "null": lambda value: value == "null",
    "boolean": lambda value: value in ("true", "false"),
    "integer": _is_integer,
    "number": lambda value: value[0] in "-0123456789",
    "string": lambda value: value[0] == '"',
    "array": lambda value: value[0] == "[",
    "object": lambda value: value[0] == "{",
}


def _is_day(value):
    try:
        return bool(datetime.date.fromisoformat(exact.string(value)))
    except ValueError:
        return exact.string(value).startswith("0000-") and _is_day(value.replace("0000-", "2000-", 1))


def _is_geometry(value):
    shape = exact.plain(value)
    depth = {"Circle": 0, "Polygon": 2, "MultiPolygon": 3}[shape["type"]]
    rings = [shape["coordinates"]]
    for _ in range(depth - 1):
        rings = [ring for part in rings for ring in part]
    points = [point for ring in rings for point in ring] if depth else rings
    closed = not depth or all(ring[0] == ring[-1] for ring in rings)
    return closed and len(points) <= 10_000 and all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat, *_ in points)


# What a regular expression of the schema cannot say.
_FORM = {"type-date": _is_day, "type-dot": lambda value: line.is_dot(exact.string(value)), "type-geometry": _is_geometry}


def set_write(schema, value):
    """The write of a set: ([element…], [(element, dots)…]), elements as texts; None if it has not the form of one."""
    try:
        write = dict(exact.members(value))
        adds = exact.elements(write.get("add", "[]"))
        removes = [exact.elements(one) for one in exact.elements(write.get("remove", "[]"))]
        return adds, [(element, set(exact.plain(dots))) for element, dots in removes]
    except (ValueError, TypeError):
        return None


def _answer(kind, name, template):
    """What the template says of an answer; an unknown field takes anything."""
    item = template.items.get(name[2:]) if kind == "response" and template and name.startswith("i.") else None
    return item.spec if item else {}


class Item:
    """One question of a checklist. A ValueError if it is none."""

    def __init__(self, text, earlier):
        said = _typed(text, {"key": str, "type": str, "label": str},
                      {"label_en": str, "guidance": str, "unit": str, "options": list},
                      {"min": float, "max": float, "weight": float, "review": bool, "when": dict})  # fmt: skip
        self.key, self.type, self.review = said["key"], said["type"], said["review"]
        scored = self.type in ("score", "yes_no")
        _good(_KEY.fullmatch(self.key) and self.key not in earlier and _label(said["label"]))
        _good(len(said["label_en"] or "") <= 300 and len(said["guidance"] or "") <= 2_000)
        _good(self.type in ("yes_no", "choice", "number", "text", "photo", "score"))
        _good((said["weight"] or 0) >= 0 and (scored or not said["weight"]))
        _good(not (self.type == "photo" and self.review))
        least, most = _limits(self.type, said["min"], said["max"])
        self.spec = _spec(self.type, least, most, _options(self.type, said["options"] or []))
        if said["when"] is not None:
            when = _typed(said["when"], {"item": str}, {})
            asked, wanted = earlier.get(when["item"]), dict(exact.members(said["when"])).get("is", "null")
            _good(asked and asked.type != "photo" and wanted != "null" and SCHEMA.fits(asked.spec, wanted))

    @property
    def policy(self):
        if self.type == "photo":
            return "set"
        return "review" if self.review or (self.review is None and self.type == "score") else "single"


class Template:
    """A checklist, from the texts of a record's fields. A ValueError if it is none."""

    def __init__(self, fields):
        said = _typed(exact.write({}) if not fields else "{" + ",".join(f"{exact.write(n)}:{v}" for n, v in fields.items()) + "}",
                      {"key": str, "version": int, "title": str, "sections": list}, {"title_en": str})  # fmt: skip
        self.key, self.version, self.items = said["key"], said["version"], {}
        _good(_KEY.fullmatch(self.key) and self.version >= 1 and _label(said["title"]))
        for section in exact.elements(said["sections"]):
            heading = _typed(section, {"title": str, "items": list}, {"title_en": str})
            _good(_label(heading["title"]))
            for text in exact.elements(heading["items"]):
                item = Item(text, self.items)
                self.items[item.key] = item
        _good(1 <= len(self.items) <= 500)

    @property
    def name(self):
        return f"{self.key}@{self.version}"

    def policy(self, key):
        """The policy of the answer to an item; `single` of one it does not have."""
        return self.items[key].policy if key in self.items else "single"


def _good(condition):
    if not condition:
        raise ValueError


def _label(text):
    return text.strip() and len(text) <= 300


def _typed(text, required, optional, nullable=None):
    """The known members of an object, each of its type; lists and objects as their texts."""
    pairs, nullable = exact.members(text), nullable or {}
    types = {**required, **optional, **nullable}
    members = {name: value for name, value in pairs if name in types}
    _good(len(members) == sum(name in types for name, _ in pairs) and all(name in members for name in required))
    read = {name: _read(types[name], value, name in nullable) for name, value in members.items()}
    return {name: read.get(name) for name in types}


def _read(type_, value, nullable):
    if nullable and value == "null":
        return None
    _good(_TYPE[{str: "string", float: "number", int: "integer", bool: "boolean", list: "array", dict: "object"}[type_]](value))
    return value if type_ in (list, dict) else exact.plain(value)


def _limits(type_, least, most):
    match type_:
        case "number":
            least, most = -_MOST if least is None else least, _MOST if most is None else most
            _good(least <= most)
        case "score":
            least = least or 0
            _good(most is not None and 0 <= least < most)
        case "text":
            most = 1_000 if most is None else most
            _good(least is None and 1 <= most <= 10_000)
        case _:
            _good(least is None and most is None)
    return least, most


def _options(type_, options):
    keys = []
    for option in exact.elements(options) if options else []:
        said = _typed(option, {"key": str, "label": str}, {"label_en": str})
        _good(_KEY.fullmatch(said["key"]) and _label(said["label"]) and said["key"] not in keys)
        keys.append(said["key"])
    _good(1 <= len(keys) <= 100 if type_ == "choice" else not keys)
    return keys


def _spec(type_, least, most, keys):
    """What an item takes, as a piece of schema."""
    if type_ == "photo":
        return SCHEMA.kinds["finding"]["properties"]["photos"]
    one = {
        "yes_no": {"type": "boolean"},
        "choice": {"type": "string", "enum": keys},
        "text": {"type": "string", "maxLength": math.floor(most or 0)},
    }.get(type_, {"type": "number", "minimum": least, "maximum": most})
    return {"anyOf": [one, {"type": "null"}]}


SCHEMA = Schema()

"""Kinds: what may be written, by whom, and how it merges (sections 7, 8), from the exported schema."""

import datetime
import json
import math
import re
from pathlib import Path

from . import exact, line

_EXPORTED = Path(__file__).parents[3] / "mobile-schema" / "schema.json"


class Schema:
    """The exported schema."""

    def __init__(self, path=_EXPORTED):
        self.definitions = json.loads(Path(path).read_text(encoding="utf-8"))["$defs"]
        self.kinds = {name: kind for name, kind in self.definitions.items() if "x-version" in kind}

    def is_ruling(self, kind):
        """Whether it is judged and merged first."""
        return kind in self.kinds and self.kinds[kind]["x-ruling"]

    def writers(self, kind, scope):
        """The roles that may write the kind in the scope's lane from a phone; None where the kind has no such lane."""
        return self.kinds[kind]["x-lanes"].get(scope.split("/")[1])

    def server_only(self, kind):
        """Whether no phone ever writes it."""
        return kind in self.kinds and not any(self.kinds[kind]["x-lanes"].values())

    def version_fed(self, kind):
        """The version that a record of the kind is fed in, as text; empty for the first."""
        version = self.kinds[kind]["x-version"]
        return str(version) if version > 1 else ""

    def id_fits(self, kind, id):
        """Whether the id is one of the kind."""
        rules = {"own": line.OWN_ID, "derived": line.DERIVED_ID}
        rule = self.kinds[kind]["x-id"] if kind in self.kinds else "free"
        fits = line.is_dot(id) if rule == "dot" else bool(rules.get(rule, line.ID).fullmatch(id))
        return fits and bool(line.ID.fullmatch(id))

    def policy(self, kind, name, template=None):
        """The policy of a field; in a response that of the template's item. Unknown fields are `single`."""
        if item := _item(kind, name, template):
            return item.policy
        return self.kinds[kind]["properties"].get(name, {}).get("x-policy", "single")

    def takes(self, kind, fields, template=None):
        """Whether the texts of these fields' values fit. Unknown fields do."""
        properties = self.kinds[kind]["properties"]
        items = {name: item.spec for name in fields if (item := _item(kind, name, template))}
        return all(self.fits(items.get(name) or properties.get(name, {}), value) for name, value in fields.items())

    def fits(self, spec, value):
        """Whether the text of a value is what this part of the schema takes."""
        if "$ref" in spec:
            name = spec["$ref"].rsplit("/", 1)[1]
            return self.fits(self.definitions[name], value) and _FORM.get(name, lambda _: True)(value)
        for choice in ("anyOf", "oneOf"):
            if choice in spec and not any(self.fits(one, value) for one in spec[choice]):
                return False
        if not TYPES[spec.get("type")](value):
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
                return (
                    math.isfinite(number)
                    and least <= number <= most
                    and number > spec.get("exclusiveMinimum", -math.inf)
                )
            case "string":
                text = exact.string(value)
                return len(text) <= spec.get("maxLength", math.inf) and bool(
                    re.fullmatch(spec.get("pattern", "(?s:.*)"), text)
                )
            case "array":
                return self._list_fits(spec, exact.elements(value))
            case "object":
                return self._object_fits(spec, exact.members(value))
        return True

    def _list_fits(self, spec, values):
        if not spec.get("minItems", 0) <= len(values) <= spec.get("maxItems", math.inf):
            return False
        specs = spec.get("prefixItems") or [spec.get("items", {})] * len(values)
        return all(self.fits(one, value) for one, value in zip(specs, values, strict=True))

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


TYPES = {
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
_FORM = {
    "type-date": _is_day,
    "type-dot": lambda value: line.is_dot(exact.string(value)),
    "type-geometry": _is_geometry,
}


def set_write(value):
    """The write of a set: ([element…], [(element, dots)…]), elements as texts; None if it has not the form of one."""
    try:
        write = dict(exact.members(value))
        adds = exact.elements(write.get("add", "[]"))
        removes = [exact.elements(one) for one in exact.elements(write.get("remove", "[]"))]
        return adds, [(element, set(exact.plain(dots))) for element, dots in removes]
    except (ValueError, TypeError):
        return None


def _item(kind, name, template):
    """The template's item that a response's field answers."""
    return template.items.get(name[2:]) if kind == "response" and template and name.startswith("i.") else None


SCHEMA = Schema()

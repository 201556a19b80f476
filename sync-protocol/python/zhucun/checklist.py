"""Checklist templates: the questions of a response, and what answers they take (section 7, Checklists)."""

import math
import re

from . import exact
from .schema import SCHEMA, TYPES

_KEY = re.compile(r"[a-z0-9_-]{1,40}")
_MOST = float(1 << 53)


_ITEM = {"key": str, "type": str, "label": str}
_MAY = {"label_en": str, "guidance": str, "unit": str, "options": list}
_MAY_BE_NULL = {"min": float, "max": float, "weight": float, "review": bool, "when": dict}


class Template:
    """A checklist, from the texts of a record's fields. A ValueError if they make none."""

    def __init__(self, fields):
        required = {"key": str, "version": int, "title": str, "sections": list}
        said = _typed(fields.items(), required, {"title_en": str})
        self.name, self.items = f"{said['key']}@{said['version']}", {}
        self.key, self.version = said["key"], said["version"]
        _good(_KEY.fullmatch(self.key) and self.version >= 1 and _label(said["title"]))
        for section in map(exact.members, exact.elements(said["sections"])):
            heading = _typed(section, {"title": str, "items": list}, {"title_en": str})
            _good(_label(heading["title"]))
            for item in map(exact.members, exact.elements(heading["items"])):
                self._add(Item(_typed(item, _ITEM, _MAY, _MAY_BE_NULL), self.items))
        _good(1 <= len(self.items) <= 500)

    def _add(self, item):
        _good(item.key not in self.items)
        self.items[item.key] = item


class Item:
    """One question. `spec` says, as a piece of schema, what answers it takes; `policy` how they merge."""

    def __init__(self, said, earlier):
        self.key, self.type, review = said["key"], said["type"], said["review"]
        _good(_KEY.fullmatch(self.key) and _label(said["label"]))
        _good(len(said["label_en"] or "") <= 300 and len(said["guidance"] or "") <= 2_000)
        _good(self.type in ("yes_no", "choice", "number", "text", "photo", "score"))
        weight = said["weight"] or 0
        _good(weight >= 0 and (self.type in ("score", "yes_no") or not weight))
        _good(not (self.type == "photo" and review))
        least, most = _limits(self.type, said["min"], said["max"])
        self.spec = _spec(self.type, least, most, _options(self.type, said["options"] or "[]"))
        reviewed = review or (review is None and self.type == "score")
        self.policy = "set" if self.type == "photo" else "review" if reviewed else "single"
        if said["when"]:
            _good(_can_come_true(exact.members(said["when"]), earlier))


def _can_come_true(when, earlier):
    asked = earlier.get(_typed(when, {"item": str}, {})["item"])
    wanted = dict(when).get("is", "null")
    return asked and asked.type != "photo" and wanted != "null" and SCHEMA.fits(asked.spec, wanted)


def _good(condition):
    if not condition:
        raise ValueError


def _label(text):
    return text.strip() and len(text) <= 300


def _typed(pairs, required, optional, nullable=None):
    """The members by name, known ones alone, each of its type; lists and objects as their texts, None where missing."""
    nullable = nullable or {}
    types = {**required, **optional, **nullable}
    known = [(name, value) for name, value in pairs if name in types]
    members = dict(known)
    _good(len(members) == len(known) and all(name in members for name in required))
    return {name: _read(types[name], members.get(name), name in nullable) for name in types}


def _read(type_, value, nullable):
    if value is None or (nullable and value == "null"):
        return None
    names = {str: "string", float: "number", int: "integer", bool: "boolean", list: "array", dict: "object"}
    _good(TYPES[names[type_]](value))
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
    for option in map(exact.members, exact.elements(options)):
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

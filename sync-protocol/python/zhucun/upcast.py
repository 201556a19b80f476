"""Lines of older versions of a kind, in the newest (section 7)."""

import copy
import re

from . import exact
from .schema import SCHEMA, set_write


def newest(one):
    """The line with its fields as a line of its kind's newest version has them. The line itself stays as it is."""
    upcasts = SCHEMA.kinds.get(one.k, {}).get("x-upcasts", [])
    if one.code or one.v > len(upcasts):
        return one
    later = copy.copy(one)
    later.f = through(upcasts, one.v, one.f)
    return later


def through(upcasts, version, fields):
    """The fields (name → text) of a line of that version after all later steps."""
    fields = dict(fields)
    for before, steps in list(enumerate(upcasts, 1))[version - 1 :]:
        for step in steps:
            _apply(step, before, fields)
    return fields


def _apply(step, version, fields):
    match step:
        case {"new": name}:
            _set_aside(fields, name, version)
            if (asked := fields.get(step.get("with"))) is not None:
                fields[name] = "null" if asked == "null" else exact.write(step["value"])
        case {"rename": name, "to": to}:
            _set_aside(fields, to, version)
            _rename(fields, name, to)
        case {"map": name, "values": rows}:
            others = [other for other in rows[0][1] if other != name]
            for other in others:
                _set_aside(fields, other, version)
            if name in fields:
                fields |= _mapped(name, fields[name], rows, others)
        case {"multiply": name, "by": by}:
            if fields.get(name, "null")[0] in "-0123456789":
                fields[name] = _times(fields[name], by)


def _rename(fields, name, to):
    for prefix in ("", "_why."):
        if prefix + name in fields:
            fields[prefix + to] = fields.pop(prefix + name)


def _set_aside(fields, name, version):
    aside = name
    while aside in fields or f"_why.{aside}" in fields:
        aside = f"_v{version}.{aside}"
    if aside != name:
        _rename(fields, name, aside)


def _mapped(name, value, rows, others):
    def row(text):
        means = exact.meaning(text)
        return next((now for old, now in rows if exact.meaning(exact.write(old)) == means), None)

    def element(text):
        return exact.write(now[name]) if (now := row(text)) else text

    if write := value[0] == "{" and set_write(value):
        adds, removes = write
        gone = (f"[{element(one)},{exact.write(sorted(dots))}]" for one, dots in removes)
        return {name: f'{{"add":[{",".join(map(element, adds))}],"remove":[{",".join(gone)}]}}'}
    if now := row(value):
        return {field: exact.write(said) for field, said in now.items()}
    return dict.fromkeys(others, "null")


def _times(number, by):
    sign, whole, part, exponent = re.fullmatch(r"(-?)(\d+)(?:\.(\d+))?([eE].*)?", number).groups(default="")
    digits = str(int(whole + part) * by).rjust(len(part) + 1, "0")
    end = len(digits) - len(part)
    part = digits[end:].rstrip("0")
    return sign + digits[:end] + ("." + part if part else "") + exponent

"""JSON as it was written: values are kept as their text, and compared by what they mean."""

import json
import re
from typing import NamedTuple


class Number(NamedTuple):
    """A number, by its text: no floating point touches it."""

    text: str


class Object(NamedTuple):
    """An object, by its members in the order written."""

    pairs: list


def _constant(name):
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_int=Number, parse_float=Number, parse_constant=_constant, object_pairs_hook=Object)
_SPACE = re.compile(r"[ \t\n\r]*")


def members(text):
    """The members of an object, in order: [(name, text of the value)]. A ValueError if the text is no JSON object."""
    return _parts(text, "{", "}")


def elements(text):
    """The texts of a list's elements. A ValueError if the text is no JSON list."""
    return [value for _, value in _parts(text, "[", "]")]


def _parts(text, opening, closing):
    def skip(at):
        return _SPACE.match(text, at).end()

    def expect(sign, at):
        if text[at : at + 1] != sign:
            raise ValueError(f"{sign} expected at {at}")
        return skip(at + 1)

    parts, at = [], expect(opening, skip(0))
    while text[at : at + 1] != closing or parts:
        name = None
        if opening == "{":
            name, at = _decode(text, at)
            if type(name) is not str:
                raise ValueError(f"a name expected at {at}")
            at = expect(":", skip(at))
        _, end = _decode(text, at)
        parts.append((name, text[at:end]))
        at = skip(end)
        if text[at : at + 1] == closing:
            break
        at = expect(",", at)
    if expect(closing, at) != len(text):
        raise ValueError("more than one value")
    return parts


def _decode(text, at):
    return _DECODER.raw_decode(text, at)


def meaning(text):
    """What a value's text means, hashable: equal values (section 8) have equal meanings."""
    return _meaning(_decode(text, 0)[0])


def _meaning(value):
    match value:
        case Number(text):
            return "#", _worth(text)
        case Object(pairs):
            return "{}", tuple(sorted(((name, _meaning(v)) for name, v in pairs), key=lambda pair: pair[0]))
        case list():
            return "[]", tuple(map(_meaning, value))
        case _:  # a text, true, false or null
            return type(value).__name__, value


def _worth(text):
    """A number's exact worth: (sign, digits without zeros at either end, exponent)."""
    sign, whole, part, exponent_sign, exponent = re.fullmatch(
        r"(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d*))?", text
    ).groups(default="")
    power = int(exponent_sign + (exponent or "0")) if len(exponent) <= 10 else 1 << 40
    if not -(1 << 31) <= power < 1 << 31:
        return text
    digits = (whole + part).lstrip("0")
    short = digits.rstrip("0")
    return (sign, short, power - len(part) + len(digits) - len(short)) if short else 0


def plain(text):
    """The value as Python has it, for those that no floating point harms."""
    return json.loads(text)


def integer(text, least=0, most=1 << 53):
    """The integer, if it is one written without point and exponent within these bounds; else None."""
    if not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", text):
        return None
    return int(text) if least <= int(text) <= most else None


def string(text):
    """The text that a JSON string stands for; None if it is none."""
    return json.loads(text) if text.startswith('"') else None


def write(value):
    """JSON without white space, with the shortest escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

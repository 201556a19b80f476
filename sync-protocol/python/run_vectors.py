"""Runs every case of every file in ../vectors against this client.

Ends with 1 if one does not hold, or if a file is unknown or missing, or a member of a case unknown: none is skipped.
With a folder as argument: every file there, each of sets of lines.
"""

import base64
import json
import random
import sys
from pathlib import Path

from zhucun import exact, line, seal, upcast
from zhucun.line import Line
from zhucun.world import World, digest

VECTORS = Path(__file__).parent.parent / "vectors"
SETS = {
    "authority",
    "carried",
    "decisions",
    "deletion",
    "erasure",
    "equality",
    "forks",
    "lines",
    "merge-office",
    "merge-once",
    "merge-review",
    "merge-set",
    "merge-single",
    "revocations",
    "servers",
    "standing",
    "templates",
    "time",
    "versions",
}


def equal(what, got, wanted):
    if got == wanted:
        return
    if type(got) is type(wanted) is list:  # only what differs is worth reading
        got, wanted = [one for one in got if one not in wanted], [one for one in wanted if one not in got]
    elif type(got) is type(wanted) is dict:
        unlike = [name for name in {**got, **wanted} if got.get(name) != wanted.get(name)]
        got, wanted = ({name: one.get(name) for name in unlike} for one in (got, wanted))
    raise AssertionError(f"{what}: {got!r} and not {wanted!r}")


def only(case, *members):
    """No member that this runner does not check."""
    unknown = case.keys() - {"name", "about", *members}
    if unknown:
        raise AssertionError(f"unknown members {sorted(unknown)}")


def line_of(said):
    only(said, "install", "seq", "text", "base64", "repeat")
    match said:
        case {"text": text}:
            raw = text.encode()
        case {"base64": text}:
            raw = base64.b64decode(text)
        case {"repeat": parts}:
            raw = "".join(text * times for text, times in parts).encode()
    return Line(said["install"], said["seq"], raw)


def sets(case, file):
    only(case, "lines", "expect")
    only(case["expect"], "standings", "unreadable", "records", "digests", "forks")
    expect, lines = case["expect"], [line_of(said) for said in case["lines"]]
    everything = lines + [line_of(said) for said in file["before"]]
    for order in range(3 if len(everything) < 1_000 else 1):
        random.Random(order).shuffle(everything)
        # Any line any number of times.
        world = World(everything + everything[:order], file["servers"])
        outcome(world, lines, expect)


def outcome(world, lines, expect):
    dots = {one.dot for one in lines if one.code or one.k not in (None, "time")}
    standings = world.standings()
    equal("standings", {dot: standings[dot] for dot in dots}, expect["standings"])
    equal("unreadable", {one.dot: one.code for one in lines if one.code}, expect.get("unreadable", {}))
    names = {one.record for one in lines if one.k not in (None, "time")}
    names |= {old.record for one in lines if (old := one.carried())}
    bodies = {name: body for name, record in world.records.items() if (body := record.body())}
    equal("records", [bodies[name].decode() for name in sorted(names & bodies.keys())], expect["records"])
    scopes = {scope: [] for scope, _, _ in names}
    for (scope, _, _), body in bodies.items():
        scopes.get(scope, []).append(body)
    equal("digests", {scope: digest(own) for scope, own in scopes.items() if own}, expect["digests"])
    equal("forks", world.forks, expect.get("forks", {}))


def names(case, _):
    only(case, "record", "key", "derived", "id")
    if "record" in case:
        equal("key", line.record_key(*case["record"]), case["key"])
    else:
        equal("id", line.derived_id(*case["derived"]), case["id"])


def chain(case, _):
    only(case, "install", "lines_base64", "heads")
    lines = [base64.b64decode(text) for text in case["lines_base64"]]
    equal("heads", [head.hex() for head in line.heads(case["install"], lines)], case["heads"])


def signatures(case, _):
    only(case, "purpose", "parts", "text", "private", "public", "kid", "sig", "valid")
    check_text(case, case["purpose"], case["parts"], case["sig"])
    equal("valid", seal.holds(case["public"], case["sig"], case["purpose"], *case["parts"]), case["valid"])
    equal("kid", seal.kid(case["public"]), case["kid"])


def check_text(case, purpose, parts, sig):
    equal("text", seal.signed_text(purpose, *parts), case["text"])
    if case["valid"]:
        equal("sig", seal.sign(seal.private_key(bytes.fromhex(case["private"])), purpose, *parts), sig)


def said_by_server(purpose, member):
    def check(case, _):
        only(case, member, "text", "private", "servers", "valid")
        said = case[member]
        check_text(case, purpose, seal.parts(purpose, said), said["sig"])
        equal("valid", seal.server_said(case["servers"], purpose, said), case["valid"])

    return check


def push(case, _):
    only(case, "body", "head_before", "private", "public", "expect")
    only(case["body"], "text", "base64")
    body = case["body"]["text"].encode() if "text" in case["body"] else base64.b64decode(case["body"]["base64"])
    before = bytes.fromhex(case["head_before"])
    try:
        first, lines, head = seal.read_push(body, case["public"], before)
    except seal.PushFault as fault:
        return equal("push", {"error": fault.args[0]}, case["expect"])
    equal("push", {"first": first, "lines": len(lines), "head": head.hex()}, case["expect"])
    header = json.loads(body.split(b"\n")[0])
    made = {name: header[name] for name in ("install", "first", "head", "epoch") if name in header}
    ours, after = seal.push_body(seal.private_key(bytes.fromhex(case["private"])), made, before, lines)
    equal("what this client sends", (ours.rstrip(b"\n"), after), (body.rstrip(b"\n"), head))


def upcasts(case, _):
    only(case, "upcasts", "version", "fields", "expect")
    fields = upcast.through(case["upcasts"], case["version"], dict(exact.members(case["fields"])))
    equal("fields", "{" + ",".join(f"{exact.write(n)}:{fields[n]}" for n in sorted(fields)) + "}", case["expect"])


CHECKS = dict.fromkeys(SETS, sets) | {
    "names": names,
    "chain": chain,
    "signatures": signatures,
    "certificates": said_by_server(seal.CERTIFICATE, "certificate"),
    "receipts": said_by_server(seal.RECEIPT, "receipt"),
    "push": push,
    "upcast": upcasts,
}


def main(folder=None):
    paths = sorted(Path(folder or VECTORS).glob("*.json"))
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    checks = dict.fromkeys(files, sets) if folder else CHECKS
    faults, cases = [], 0
    if files.keys() != checks.keys():
        faults.append(f"files that are unknown or missing: {sorted(files.keys() ^ checks.keys())}")
    for topic in sorted(files.keys() & checks.keys()):
        for case in files[topic]["cases"]:
            cases += 1
            try:
                checks[topic](case, files[topic])
            except Exception as fault:  # whatever it is, the case does not hold
                faults.append(f"{topic}: {case['name']}: {type(fault).__name__}: {fault}")
    print(*faults, f"{cases} cases of {len(files)} files, {len(faults)} do not hold", sep="\n")
    return 1 if faults or not cases else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

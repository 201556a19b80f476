"""A phone on the command line: `python3 -m zhucun STORE COMMAND …`. Prints one JSON value."""

import argparse
import json
import sys
from pathlib import Path

from .link import Refused
from .phone import MustEnrolAnew, Phone
from .world import digest


def _arguments():
    parser = argparse.ArgumentParser(prog="zhucun", description=__doc__)
    parser.add_argument("store", help="the phone's file; made where there is none")
    parser.add_argument("--server", help="the address; that of the enrolment where none is given")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, help, *positional):
        one = commands.add_parser(name, help=help)
        for argument in positional:
            one.add_argument(argument)
        return one

    command("enrol", "become an install, with a one-time code of the office", "code")
    write = command("write", "write fields of a record", "scope", "kind", "id", "fields")
    write.add_argument("--tpl", help="the checklist, key@version")
    evidence = command("record", "write evidence under an id of this phone's own", "scope", "kind", "fields")
    evidence.add_argument("--tpl", help="the checklist, key@version")
    command("photo", "keep a photo and promise it", "scope", "file")
    push = command("push", "send what is not acknowledged")
    push.add_argument("--plain", action="store_true", help="not packed")
    push.add_argument("--first", type=int, help="from this seq on also what is acknowledged")
    pull = command("pull", "get what is new")
    pull.add_argument("--page", type=int, default=1_000, help="records in a page")
    command("upload", "send photos")
    command("sync", "push, upload and pull")
    command("view", "the fields of a record as shown", "scope", "kind", "id")
    command("body", "a record as fed", "scope", "kind", "id")
    command("digests", "the digest of every scope that is here")
    command("status", "what waits, and what is acknowledged by which receipts")
    return parser.parse_args()


def run(phone, args):
    """What the command gives."""
    match args.command:
        case "enrol":
            return phone.enrol(args.code)
        case "write":
            return phone.write(args.scope, args.kind, args.id, json.loads(args.fields), args.tpl)
        case "record":
            id = phone.own_id()
            return {"id": id, "dot": phone.write(args.scope, args.kind, id, json.loads(args.fields), args.tpl)}
        case "photo":
            return phone.photograph(args.scope, Path(args.file).read_bytes(), {"media_type": "image/jpeg"})
        case "push":
            return phone.push(None if args.plain else "gzip", args.first)
        case "pull":
            return {"closed": phone.sign_in(), "again": phone.pull(args.page)}
        case "upload":
            return {"closed": phone.sign_in(), "receipts": phone.upload()}
        case "sync":
            return phone.sync()
        case "view":
            return phone.view(args.scope, args.kind, args.id)
        case "body":
            body = phone.store.body(args.scope, args.kind, args.id)
            return body and body.decode()
        case "digests":
            scopes = [scope for (scope,) in phone.store.all("SELECT DISTINCT scope FROM record")]
            return {scope: digest(bodies) for scope in scopes if (bodies := phone.store.bodies(scope))}
        case "status":
            receipts = phone.store.all("SELECT DISTINCT receipt FROM line WHERE receipt IS NOT NULL")
            (waiting,) = phone.store.one("SELECT count(*) FROM line WHERE receipt IS NULL")
            return {
                "install": phone.store["install"],
                "waiting": waiting,
                "receipts": [json.loads(r) for (r,) in receipts],
            }


def main():
    args = _arguments()
    try:
        said, code = run(Phone(args.store, args.server), args), 0
    except Refused as refusal:
        said, code = {"refused": refusal.code, "said": refusal.said}, 1
    except MustEnrolAnew as fault:
        said, code = {"must_enrol_anew": fault.args[0]}, 3
    print(json.dumps(said, ensure_ascii=False))
    return code


if __name__ == "__main__":
    sys.exit(main())

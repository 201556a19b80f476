"""Signatures, certificates, receipts and pushes (sections 5, 11, 12)."""

import base64
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from . import exact, line

PUSH, SIGN_IN, CERTIFICATE = "zhucun push v1", "zhucun sign-in v1", "zhucun certificate v1"
RECEIPT, PHOTO = "zhucun receipt v1", "zhucun photo v1"
# RFC 6979: a phone's weak randomness cannot give its key away, and signing can be checked.
_ECDSA = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_CURVE = ec.SECP256R1()
_MOST_LINES = 65_536


def base64url(raw):
    """Without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text):
    """The bytes. A ValueError unless it is written in the one way."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(raw) != text:
        raise ValueError("not base64url")
    return raw


def private_key(raw):
    """The private key of 32 bytes."""
    return ec.derive_private_key(int.from_bytes(raw), _CURVE)


def public_text(key):
    """The public key of a private one, as written."""
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
    return base64url(point)


def kid(public):
    """The name of a public key."""
    return hashlib.sha256(public.encode()).hexdigest()[:16]


def signed_text(purpose, *parts):
    """What is signed."""
    return "\n".join((purpose, *map(str, parts)))


def sign(key, purpose, *parts):
    """The signature of a private key."""
    r, s = decode_dss_signature(key.sign(signed_text(purpose, *parts).encode(), _ECDSA))
    return base64url(r.to_bytes(32) + s.to_bytes(32))


def holds(public, sig, purpose, *parts):
    """Whether the signature is that key's for that purpose."""
    if any("\n" in str(part) for part in parts):
        return False
    try:
        point, raw = from_base64url(public), from_base64url(sig)
        if len(point) != 33 or len(raw) != 64:
            return False
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        key.verify(der, signed_text(purpose, *parts).encode(), _ECDSA)
    except (ValueError, InvalidSignature):
        return False
    return True


_PARTS = {
    CERTIFICATE: ("install", "person", "key", "role", "at"),
    RECEIPT: ("install", "from", "to", "head", "at", "epoch"),
    PHOTO: ("sha256", "size", "at", "epoch"),
}


def parts(purpose, said):
    """What a server signs of a certificate or receipt."""
    return [said[name] for name in _PARTS[purpose]]


def server_said(servers, purpose, said):
    """Whether the server key that it names signed that certificate or receipt."""
    numbers = {"at", "from", "to", "size"}
    if any(type(said.get(name)) is not (int if name in numbers else str) for name in (*_PARTS[purpose], "kid", "sig")):
        return False
    signed = parts(purpose, said)
    return any(kid(server) == said["kid"] and holds(server, said["sig"], purpose, *signed) for server in servers)


def push_body(key, header, head, lines):
    """A push of these lines behind that head: (body, head after it)."""
    written = exact.write({"push": 1, **header, "head": head.hex()[:16]})
    for one in lines:
        head = line.next_head(head, line.Line(header["install"], 1, one).hash)
    sig = sign(key, PUSH, hashlib.sha256(written.encode()).hexdigest(), head.hex())
    seal = exact.write({"head": head.hex()[:16], "sig": sig})
    return b"".join(one + b"\n" for one in (written.encode(), *lines, seal.encode())), head


class PushFault(ValueError):
    """A push that is not taken. `args[0]` is the code."""


def read_push(body, public, head):
    """A push as it came, to a server whose install has that head: (first, lines, head after them)."""
    written, feed, rest = body.partition(b"\n")
    header = _header(written, whole=bool(feed))
    *lines, seal = rest.removesuffix(b"\n").split(b"\n")
    try:
        seal = exact.plain(seal)
        said, sig = str(seal["head"]), str(seal["sig"])
    except (ValueError, KeyError, TypeError) as fault:
        raise PushFault("push_cut") from fault
    for one in lines:
        head = line.next_head(head, line.Line(header["install"], 1, one).hash)
    if head.hex()[:16] != said or len(lines) > _MOST_LINES:
        raise PushFault("push_cut")
    if not holds(public, sig, PUSH, hashlib.sha256(written).hexdigest(), head.hex()):
        raise PushFault("bad_signature")
    return header["first"], lines, head


def _header(written, whole):
    try:
        header = dict(exact.members(written.decode()))
        if exact.integer(header["push"]) != 1:
            raise PushFault("unknown_protocol")
        install, head = exact.string(header["install"]), exact.string(header["head"])
        first = exact.integer(header["first"], 1)
        if first and line.INSTALL.fullmatch(install or "") and re.fullmatch("[0-9a-f]{16}", head or ""):
            return {"install": install, "first": first}
    except PushFault:
        raise
    except (ValueError, KeyError):
        if not whole:
            raise PushFault("push_cut") from None
    raise PushFault("bad_header")

"""Ends with 0 if this Python can run the client: version 3.11, and a `cryptography` that signs as RFC 6979 says."""

import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

key = ec.generate_private_key(ec.SECP256R1())
key.sign(b"", ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
sys.exit(sys.version_info < (3, 11))

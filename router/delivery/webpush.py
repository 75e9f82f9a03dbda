"""Web Push: messages encrypted for one browser (RFC 8291), sent under a key that is ours (RFC 8292).

It takes forty lines over `cryptography`, held to the examples of both RFCs; pywebpush brings twelve packages
along, 14 MB on disk and 38 MB of memory.
"""

from __future__ import annotations

import base64
import json
import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from router.store.secrets import Secrets

MOST_BYTES = 3993
"""Of a message: what is left of the 4,096 that every push service takes (RFC 8291, 4)."""

_BASE64URL = re.compile(r"([A-Za-z0-9_-]*)={0,2}")
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RECORD = 4096
_LASTS = timedelta(hours=12)  # of a token; at most a day (RFC 8292, 2)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A browser, as it tells its keys when it subscribes.

    Parameters:
      public: its key's point, 65 bytes.
      auth: the secret that it shares with us, 16 bytes.
    """

    public: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError for what is no point of the curve, or no secret."""
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self.public)
        if len(self.public) != 65 or len(self.auth) != 16:
            raise ValueError


def encrypt(
    text: bytes,
    receiver: Receiver,
    *,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return a message that only the receiver can read, ready to post as `aes128gcm`.

    Parameters:
      text: at most MOST_BYTES.
      sender, salt: both are made anew for every message; given only to check a known one.
    """
    sender = sender or ec.generate_private_key(_CURVE)
    salt = salt or os.urandom(16)
    ours = point(sender)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver.public)
    info = b"WebPush: info\0" + receiver.public + ours
    secret = _derived(receiver.auth, sender.exchange(ec.ECDH(), theirs), info, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def authorization(key: ec.EllipticCurvePrivateKey, audience: str, subject: str, now: datetime) -> str:
    """Return the header that tells a push service who sends.

    Parameters:
      audience: the push service's origin, `https://push.example.net`.
      subject: whom its operators may turn to, an `https:` or `mailto:` address; may be empty.
      now: UTC.
    """
    claims = {"aud": audience, "exp": int((now + _LASTS).timestamp())}
    if subject:
        claims["sub"] = subject
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    signature = encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={signed}.{signature}, k={encode(point(key))}"


def own_key(secrets: Secrets) -> ec.EllipticCurvePrivateKey:
    """Return the key under which browsers subscribe now: the same in all processes, as the secret key is."""
    return _key(int.from_bytes(secrets.signing_keys("push")[0], "big") % (_ORDER - 1) + 1)


def key_of(number: bytes) -> ec.EllipticCurvePrivateKey:
    """Return a private key from the 32 bytes of its number. Raises ValueError."""
    if len(number) != 32:
        raise ValueError
    return _key(int.from_bytes(number, "big"))


def number_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return what `key_of` takes."""
    return key.private_numbers().private_value.to_bytes(32, "big")


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public key, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Return the bytes of base64url, with padding or without. Raises ValueError."""
    match = _BASE64URL.fullmatch(text)
    if match is None or len(match[1]) % 4 == 1:
        raise ValueError
    return base64.urlsafe_b64decode(match[1] + "=" * (-len(match[1]) % 4))


def _key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, _CURVE)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)

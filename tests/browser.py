"""A browser, as far as Web Push sees of one: it has keys, subscribes, and reads what is sent to it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from router.delivery.channels.webpush import Subscription
from router.delivery.webpush import own_key
from router.store.secrets import Secrets

CURVE = ec.SECP256R1()


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(frozen=True)
class Browser:
    """A browser with a fresh subscription's keys."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = b"sixteen bytes 16"

    @property
    def public(self) -> bytes:
        """Its public key, 65 bytes."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        """Return what `PushSubscription.toJSON()` gives."""
        keys = {"p256dh": b64(self.public), "auth": b64(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def contact(self, endpoint: str, **more: Any) -> str:
        """Return the URL of a contact that rings this browser."""
        key = own_key(Secrets("a secret key for browsers"))
        return Subscription(endpoint, b64(self.public), b64(self.auth), key, **more).url()

    def read(self, body: bytes) -> bytes:
        """Return what was sent, by RFC 8291 step by step, with HMACs where the sender has HKDF."""
        salt, record, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender)
        both = b"WebPush: info\0" + self.public + sender
        secret = _mac(_mac(self.auth, self.private.exchange(ec.ECDH(), theirs)), both + b"\x01")
        pseudo = _mac(salt, secret)
        key = _mac(pseudo, b"Content-Encoding: aes128gcm\0\x01")[:16]
        nonce = _mac(pseudo, b"Content-Encoding: nonce\0\x01")[:12]
        text, mark, padding = AESGCM(key).decrypt(nonce, sealed, None).rpartition(b"\x02")
        assert mark
        assert not padding.strip(b"\0")
        return text

    def shown(self, body: bytes) -> dict[str, Any]:
        """Return the message that was sent."""
        said: dict[str, Any] = json.loads(self.read(body))
        return said


def token_of(authorization: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return head and claims of a sender's token, its signature verified, and the sender's public key.

    Raises InvalidSignature.
    """
    scheme, parameters = authorization.split(" ", 1)
    assert scheme == "vapid"
    given = dict(part.strip().split("=", 1) for part in parameters.split(","))
    head, claims, signature = given["t"].split(".")
    r, s = raw(signature)[:32], raw(signature)[32:]
    if len(s) != 32:
        raise InvalidSignature
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw(given["k"]))
    pair = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    key.verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    return json.loads(raw(head)), json.loads(raw(claims)), given["k"]


def _mac(key: bytes, text: bytes) -> bytes:
    mac = HMAC(key, SHA256())
    mac.update(text)
    return mac.finalize()

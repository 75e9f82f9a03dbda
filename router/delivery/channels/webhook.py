"""Webhooks: a page as a JSON document, ours (optionally signed) or Apprise's `json://`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from router.clock import Clock, utc_now
from router.delivery.channel import ContactAddress, Message, Provenance, Result
from router.delivery.contact import ContactError, ContactUrl, parse, require_reachable
from router.delivery.http import Http
from rules.changes import change_json

SIGNATURE_HEADER = "X-PingParrot-Signature"

_APPRISE = {"json": "http", "jsons": "https"}
_OURS = {"webhook+http": "http", "webhook+https": "https", "http": "http", "https": "https"}
_METHODS = frozenset(("POST", "GET", "DELETE", "PUT", "HEAD", "PATCH", "UPDATE", "OPTIONS"))
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]{0,1000}\Z")
# They frame the request or choose its host: not a matter for a contact.
_FRAMING = frozenset(
    ("connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade")
)


@dataclass(frozen=True, slots=True)
class _Target:
    method: str
    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    secret: str = field(default="", repr=False)
    extras: tuple[tuple[str, str], ...] = ()
    is_apprise: bool = False


class Webhook:
    """Posts a page to a URL."""

    name = "webhook"
    schemes: tuple[str, ...] = (*_APPRISE, *_OURS)

    def __init__(self, http: Http, clock: Clock = utc_now) -> None:
        self._http = http
        self._clock = clock

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong with the URL or one of its options."""
        try:
            _target(contact)
        except ContactError as error:
            return str(error)
        return None

    def destination(self, contact: ContactAddress) -> str:
        """Return `webhook host:port`."""
        url = parse(contact.url)
        return f"webhook {url.authority(443 if _transport(url) == 'https' else 80)}"

    def label(self, contact: ContactAddress) -> str:
        """Return scheme and host; a path may be a secret."""
        url = parse(contact.url)
        return f"{url.scheme}://{url.netloc}"

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Post the document; a 2xx says that the receiver has it."""
        try:
            target = _target(contact)
        except ContactError as error:
            return Result("permanent", str(error))
        if target.is_apprise:
            body = json.dumps(_apprise_document(message, target.extras)).encode()
        else:
            body = json.dumps(document(message)).encode()
        headers = target.headers
        if target.secret:
            headers = {**headers, SIGNATURE_HEADER: signature(target.secret, self._unix_time(), body)}
        answer = self._http.request(
            target.method, target.url, headers=headers, body=body, public_only=not contact.trusted
        )
        return answer.result

    def _unix_time(self) -> int:
        return int(self._clock().timestamp())


def document(message: Message) -> dict[str, Any]:
    """Return our JSON document, version 1; docs/channels.md describes its keys."""
    told = {
        "version": "1",
        "notification_id": message.notification_id,
        "page_id": message.page_id,
        "kind": message.kind,
        "subject": message.subject,
        "message": message.full_text,
        "priority": message.priority,
        "status": message.status,
        "recipient": message.recipient,
        "page_url": message.page_url,
        "route": message.route,
        "provenance": _provenance(message.provenance),
        "created_at": message.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "alert_count": message.alert_count,
        "alerts": [{"labels": dict(labels)} for labels in message.alerts],
    }
    return told | {"pages": [asdict(page) for page in message.pages]} if message.pages else told


def _provenance(rule: Provenance | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    told = {name: getattr(rule, name) for name in ("route", "file", "line", "revision")}
    return told | {"last_change": None if rule.last_change is None else change_json(rule.last_change)}


def signature(secret: str, unix_time: int, body: bytes) -> str:
    """Return `t=UNIX,v1=HEX`: HMAC-SHA256 by the secret over `UNIX.body`.

    The time is signed with the body, so that a receiver can refuse a recording played back later.
    """
    signed = str(unix_time).encode() + b"." + body
    return f"t={unix_time},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def basic_authorization(user: str, password: str | None) -> str:
    """Return the value of an Authorization header (RFC 7617, UTF-8)."""
    return "Basic " + base64.b64encode(f"{user}:{password or ''}".encode()).decode()


def _apprise_document(message: Message, extras: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return what Apprise's `json://` posts; `:key=value` renames, removes (empty) or adds keys."""
    if message.kind == "resolved":
        kind = "success"
    else:
        kind = {"low": "info", "normal": "warning"}.get(message.priority, "failure")
    document: dict[str, Any] = {
        "version": "1.0",
        "title": message.subject,
        "message": message.full_text,
        "attachments": [],
        "type": kind,
    }
    for key, value in extras:
        if key not in document:
            document[key] = value
        else:
            kept = document.pop(key)
            if value:
                document[value] = kept
    return document


def _transport(url: ContactUrl) -> str:
    return _APPRISE.get(url.scheme) or _OURS[url.scheme]


def _target(contact: ContactAddress) -> _Target:
    url = parse(contact.url)
    require_reachable(url, trusted=contact.trusted)
    headers = {"User-Agent": "PingParrot", "Content-Type": "application/json"}
    if url.scheme in _APPRISE:
        return _apprise_target(url, headers)
    secret = ""
    for name, value in url.fragment:
        if name == "secret" and value:
            secret = value
        elif name[:1] == "+":
            _set_header(headers, name[1:], value)
        else:
            raise ContactError("behind # come #secret=… (signs each request) and +Header=value, nothing else")
    if url.user:
        _set_header(headers, "Authorization", basic_authorization(url.user, url.password))
    query = f"?{url.query}" if url.query else ""
    return _Target("POST", f"{_transport(url)}://{url.netloc}{url.path or '/'}{query}", headers, secret)


def _apprise_target(url: ContactUrl, headers: dict[str, str]) -> _Target:
    url.require_known(("method",), signs="+-:")
    method = url.option("method", "POST").upper()
    if method not in _METHODS:
        raise ContactError(f"the method must be one of {', '.join(sorted(_METHODS))}")
    for name, value in url.prefixed("+"):
        _set_header(headers, name, value)
    if url.user:
        _set_header(headers, "Authorization", basic_authorization(url.user, url.password))
    params = url.prefixed("-")
    query = f"?{urlencode(params)}" if params else ""
    address = f"{_transport(url)}://{url.netloc}{url.path or '/'}{query}"
    return _Target(method, address, headers, extras=url.prefixed(":"), is_apprise=True)


def _set_header(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header, whatever the case of its name; raises ContactError for what would break the request."""
    if not _HEADER_NAME.match(name) or name.lower() in _FRAMING:
        raise ContactError("a header of the contact's URL has a name that cannot be set")
    if not _HEADER_VALUE.match(value):
        raise ContactError("a header of the contact's URL has a value with control or non-Latin characters")
    for present in [known for known in headers if known.lower() == name.lower()]:
        del headers[present]
    headers[name] = value

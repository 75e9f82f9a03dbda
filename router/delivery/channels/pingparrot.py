"""Another PingParrot: pages are forwarded through its documented API, and repeated there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.contact import ContactError, ContactUrl, parse, quoted, require_reachable
from router.delivery.http import Answer, Http

_TRANSPORT = {"pingparrot": "https", "pingparrot+https": "https", "pingparrot+http": "http"}
_PATH = "/api/external/pages"
_LONGEST_SUBJECT = 200
_HIGHEST_ID = 2**63 - 1
_NOT_FORWARDED = {
    "repeat": "not forwarded: the other PingParrot repeats the page itself",
    "resolved": "not forwarded: the API has no call by key that closes a page",
}


@dataclass(frozen=True, slots=True)
class _Target:
    url: str
    key: str = field(repr=False)
    audience: dict[str, Any]


class PingParrot:
    """Sends a page by POST /api/external/pages, to everybody, a group or a user there."""

    name = "pingparrot"
    schemes: tuple[str, ...] = tuple(_TRANSPORT)

    def __init__(self, http: Http) -> None:
        self._http = http

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong with the URL: its key, its audience."""
        try:
            _target(contact)
        except ContactError as error:
            return str(error)
        return None

    def destination(self, contact: ContactAddress) -> str:
        """Return `pingparrot host:port`."""
        url = parse(contact.url)
        return f"pingparrot {url.authority(443 if _TRANSPORT[url.scheme] == 'https' else 80)}"

    def label(self, contact: ContactAddress) -> str:
        """Return scheme and host, without the key."""
        url = parse(contact.url)
        return f"{url.scheme}://{url.netloc}"

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Forward the page; repeats and the end are the other side's own affair."""
        try:
            target = _target(contact)
        except ContactError as error:
            return Result("permanent", str(error))
        skipped = _NOT_FORWARDED.get(message.kind)
        if skipped:
            return Result("ok", skipped)
        body = {
            "subject": message.subject[:_LONGEST_SUBJECT],
            "message": message.text,
            "priority": message.priority,
            **target.audience,
        }
        headers = {
            "User-Agent": "PingParrot",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-API-Key": target.key,
            "Idempotency-Key": _idempotency_key(message),
        }
        answer = self._http.request(
            "POST",
            target.url,
            headers=headers,
            body=json.dumps(body).encode(),
            public_only=not contact.trusted,
        )
        return _result(answer, target.key)


def _idempotency_key(message: Message) -> str:
    """Return the same key for every try of one notification.

    The page's creation is in it because several installations may share one key of the central one.
    """
    created = message.created_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"pingparrot-{message.page_id}-{message.key}-{created}"


def _result(answer: Answer, key: str) -> Result:
    said, result = answer.said(), answer.result
    if result.outcome == "ok":
        page_id = said.get("page_id")
        known = isinstance(page_id, int) and not isinstance(page_id, bool)
        return Result("ok", result.detail, provider_id=str(page_id) if known else None)
    why = quoted(str(said.get("message") or said.get("error") or ""), (key,))
    detail = f"{result.detail}: {why}" if why else result.detail
    return Result(result.outcome, detail, retry_after_s=result.retry_after_s)


def _target(contact: ContactAddress) -> _Target:
    url = parse(contact.url)
    transport = _TRANSPORT[url.scheme]
    if transport == "http" and not contact.trusted:
        raise ContactError("pingparrot+http:// sends the key unencrypted: ask an admin, or use pingparrot://")
    require_reachable(url, trusted=contact.trusted)
    url.require_known(("group", "user"))
    if not url.user or not url.user.isascii() or not url.user.isprintable():
        raise ContactError("the other PingParrot's API key stands before the host: pingparrot://KEY@host/")
    base = url.path.rstrip("/").removesuffix(_PATH)
    return _Target(f"{transport}://{url.netloc}{base}{_PATH}", url.user, _audience(url))


def _audience(url: ContactUrl) -> dict[str, Any]:
    group, user = url.option("group"), url.option("user")
    if group and user:
        raise ContactError("choose group=ID or user=ID, not both")
    if group:
        return {"delivery_mode": "group", "target_group_id": _identity("group", group)}
    if user:
        return {"delivery_mode": "single", "target_user_id": _identity("user", user)}
    return {"delivery_mode": "broadcast"}


def _identity(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 20 and 0 < int(value) <= _HIGHEST_ID):
        raise ContactError(f"{name}= takes the other side's numeric id, as in {name}=2")
    return int(value)

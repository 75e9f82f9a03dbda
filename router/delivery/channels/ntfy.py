"""ntfy: push to phones, by ntfy.sh or a server of one's own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.channels.webhook import basic_authorization
from router.delivery.contact import ContactError, ContactUrl, parse, quoted, require_reachable
from router.delivery.http import Answer, Http
from router.delivery.wording import cut_bytes

_CLOUD = "ntfy.sh"
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_TOKEN = re.compile(r"[\x21-\x7e]{1,200}\Z")
_PRIORITY = {"low": 2, "normal": 3, "high": 4, "critical": 5}
_DEFAULT_PRIORITY = 3
# A message of more than 4,096 bytes would arrive as an attached file (docs.ntfy.sh, "Limitations").
_MOST_BYTES = 4000


@dataclass(frozen=True, slots=True)
class _Target:
    url: str
    topic: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    secrets: tuple[str | None, ...] = field(repr=False)


class Ntfy:
    """Publishes a page to a topic."""

    name = "ntfy"
    schemes: tuple[str, ...] = ("ntfy", "ntfys")

    def __init__(self, http: Http) -> None:
        self._http = http

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong with the URL: its topic, its token, its options."""
        try:
            _target(contact)
        except ContactError as error:
            return str(error)
        return None

    def destination(self, contact: ContactAddress) -> str:
        """Return `ntfy host:port`."""
        url = _with_host(parse(contact.url))
        return f"ntfy {url.authority(80 if url.scheme == 'ntfy' else 443)}"

    def label(self, contact: ContactAddress) -> str:
        """Return scheme and host; who knows a topic can read it."""
        url = _with_host(parse(contact.url))
        return f"{url.scheme}://{url.netloc}"

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Publish as JSON, which unlike ntfy's headers holds any text."""
        try:
            target = _target(contact)
        except ContactError as error:
            return Result("permanent", str(error))
        body = json.dumps(_publication(target.topic, message)).encode()
        answer = self._http.request(
            "POST", target.url, headers=target.headers, body=body, public_only=not contact.trusted
        )
        return _result(answer, target.secrets)


def _publication(topic: str, message: Message) -> dict[str, Any]:
    over = message.kind == "resolved"
    priority = _PRIORITY.get(message.priority, _DEFAULT_PRIORITY)
    publication: dict[str, Any] = {
        "topic": topic,
        "title": message.subject,
        "message": cut_bytes(message.full_text, _MOST_BYTES),
        # Good news need not break through a phone's silence.
        "priority": min(priority, _DEFAULT_PRIORITY) if over else priority,
        "tags": ["white_check_mark" if over else "rotating_light"],
    }
    if message.page_url:
        publication["click"] = message.page_url
        publication["actions"] = [{"action": "view", "label": "Open the page", "url": message.page_url}]
    return publication


def _result(answer: Answer, secrets: tuple[str | None, ...]) -> Result:
    said, result = answer.said(), answer.result
    if result.outcome == "ok":
        provider_id = quoted(str(said.get("id") or ""), secrets)
        return Result("ok", result.detail, provider_id=provider_id or None)
    why = quoted(str(said.get("error") or ""), secrets)
    detail = f"{result.detail}: {why}" if why else result.detail
    return Result(result.outcome, detail, retry_after_s=result.retry_after_s)


def _with_host(url: ContactUrl) -> ContactUrl:
    """Return the URL with the cloud's host where it names a topic only: `ntfy://topic`."""
    if url.path.strip("/"):
        return url
    return ContactUrl(
        scheme="ntfys",
        host=_CLOUD,
        port=None,
        user=url.user,
        password=url.password,
        path="/",
        query=url.query,
        options=url.options,
        fragment=url.fragment,
    )


def _target(contact: ContactAddress) -> _Target:
    written = parse(contact.url)
    written.require_known(("auth", "mode", "to", "token"))
    url = _with_host(written)
    require_reachable(url, trusted=contact.trusted)
    topics = [topic for topic in (*url.path.split("/"), *written.option("to").split(",")) if topic]
    if url is not written:
        # The host part was the topic; hosts are folded to lower case, topics are not.
        topics.insert(0, contact.url.split("://", 1)[1].rpartition("@")[2].split("/")[0].split("?")[0])
    if len(topics) != 1 or not _TOPIC.match(topics[0]):
        raise ContactError(
            "an ntfy contact names one topic of letters, digits, - and _: ntfys://ntfy.sh/topic "
            "(add a contact for each topic)"
        )
    token = _token(url)
    headers = {"User-Agent": "PingParrot", "Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    elif url.user:
        headers["Authorization"] = basic_authorization(url.user, url.password)
    transport = "http" if url.scheme == "ntfy" else "https"
    return _Target(
        f"{transport}://{url.netloc}/", topics[0], headers, (url.user, url.password, token, topics[0])
    )


def _token(url: ContactUrl) -> str:
    token = url.option("token")
    if not token and url.user and (url.option("auth") == "token" or _looks_like_token(url)):
        token = url.password or url.user
    if token and not _TOKEN.match(token):
        raise ContactError("the ntfy token holds characters that no token has")
    return token


def _looks_like_token(url: ContactUrl) -> bool:
    return url.password is None and (url.user or "").startswith("tk_")

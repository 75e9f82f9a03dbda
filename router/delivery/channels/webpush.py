"""Web Push: notifications of a browser, on a phone or a desk, through the service of its vendor."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from router.clock import Clock, utc_now
from router.delivery import webpush
from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.contact import ContactError, ContactUrl, parse, quoted, require_reachable
from router.delivery.http import Answer, Http
from router.delivery.wording import cut_bytes, line

SCHEME = "webpush"
LONGEST_DEVICE = 60
_GONE = (404, 410)  # RFC 8030, 7.3: the subscription has ended, for good
_TTL_S = 24 * 3600  # who was out of reach for a night still sees in the morning what came


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gives, with what it was given.

    Parameters:
      endpoint: where its messages are posted, `https://…`; a secret.
      p256dh, auth: its keys, in base64url.
      key: ours, under which it has subscribed; a rotation of the secret key does not touch it.
      subject: whom the push service's operators may turn to.
      device: what the person knows it by; may be empty.
    """

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    subject: str = ""
    device: str = ""

    def url(self) -> str:
        """Return the contact's URL. Raises ContactError for an endpoint that is no `https:` address."""
        scheme, separator, rest = self.endpoint.partition("://")
        if scheme.lower() != "https" or not separator or "#" in rest:
            raise ContactError("the endpoint is an https:// address, as the browser gives it")
        keys = {
            "p256dh": self.p256dh,
            "auth": self.auth,
            "vapid": webpush.encode(webpush.number_of(self.key)),
            "sub": self.subject,
            "device": line(self.device, LONGEST_DEVICE),
        }
        ours = "&".join(f"{name}={quote(value, safe='')}" for name, value in keys.items() if value)
        return f"{SCHEME}://{rest}#{ours}"


@dataclass(frozen=True, slots=True)
class _Target:
    endpoint: str = field(repr=False)
    receiver: webpush.Receiver
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    subject: str
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc.removesuffix(':443')}"


class WebPush:
    """Posts a page, encrypted for the browser, to its push service."""

    name = "webpush"
    schemes: tuple[str, ...] = (SCHEME,)

    def __init__(self, http: Http, clock: Clock = utc_now) -> None:
        self._http = http
        self._clock = clock

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong with the URL: its keys, its host."""
        try:
            _target(contact)
        except ContactError as error:
            return str(error)
        return None

    def destination(self, contact: ContactAddress) -> str:
        """Return `webpush host:port`."""
        return f"webpush {parse(contact.url).authority(443)}"

    def label(self, contact: ContactAddress) -> str:
        """Return the device and the push service; who knows the endpoint's path can have it rung."""
        url = parse(contact.url)
        device = line(dict(url.fragment).get("device", ""), LONGEST_DEVICE)
        shown = f"{SCHEME}://{url.netloc}"
        return f"{device} ({shown})" if device else shown

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Post the message; a later one about the same page takes the place of one not fetched yet."""
        try:
            target = _target(contact)
        except ContactError as error:
            return Result("permanent", str(error))
        headers = {
            "User-Agent": "PingParrot",
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(_TTL_S),
            "Urgency": _urgency(message),
            "Topic": _topic(message),
            "Authorization": webpush.authorization(target.key, target.origin, target.subject, self._clock()),
        }
        body = webpush.encrypt(_payload(message), target.receiver)
        answer = self._http.request(
            "POST", target.endpoint, headers=headers, body=body, public_only=not contact.trusted
        )
        return _result(answer, target.secrets)


def endpoint_of(url: str) -> str:
    """Return the endpoint that a contact's URL is made of. Raises ContactError for another channel's."""
    scheme, _, rest = url.partition("://")
    if scheme != SCHEME:
        raise ContactError(f"not a {SCHEME} contact")
    return f"https://{rest.partition('#')[0]}"


def _payload(message: Message) -> bytes:
    """Return what the service worker shows (router/web/static/sw.js); the text is cut until it fits."""
    said: dict[str, Any] = {
        "title": message.subject,
        "text": message.text,
        "page": message.page_id,
        "pages": len(message.pages) or 1,
        "kind": message.kind,
        "priority": message.priority,
        "status": message.status,
        "tag": _topic(message),
        "link": message.page_url,
    }
    most = webpush.MOST_BYTES
    said["text"] = cut_bytes(message.text, most)
    while (over := len(_as_json(said)) - webpush.MOST_BYTES) > 0 and most > 3:
        most = max(most - (over + 1) // 2, 3)  # escaped, a character takes two bytes at most
        said["text"] = cut_bytes(message.text, most)
    return _as_json(said)


def _as_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _topic(message: Message) -> str:
    """Return what a later message replaces it by: at most 32 letters, digits, `-` and `_` (RFC 8030, 5.4)."""
    return f"digest-{message.notification_id}" if message.pages else f"page-{message.page_id}"


def _urgency(message: Message) -> str:
    """Return how fast it must be: a phone that sleeps fetches at once only what is `high` (RFC 8030, 5.3)."""
    return "normal" if message.kind == "resolved" or message.priority == "low" else "high"


def _result(answer: Answer, secrets: tuple[str, ...]) -> Result:
    said, result = answer.said(), answer.result
    if result.outcome == "ok":
        return result
    if answer.status in _GONE:
        return Result("permanent", f"{result.detail}: the browser's subscription has ended", gone=True)
    why = quoted(str(said.get("reason") or said.get("message") or ""), secrets)
    detail = f"{result.detail}: {why}" if why else result.detail
    return Result(result.outcome, detail, retry_after_s=result.retry_after_s)


def _target(contact: ContactAddress) -> _Target:
    url = parse(contact.url)
    require_reachable(url, trusted=contact.trusted)
    if url.user is not None or url.password is not None:
        raise ContactError("the endpoint of a subscription has no user and no password")
    ours = dict(url.fragment)
    try:
        receiver = webpush.Receiver(
            webpush.decode(ours.get("p256dh", "")), webpush.decode(ours.get("auth", ""))
        )
        key = webpush.key_of(webpush.decode(ours.get("vapid", "")))
    except ValueError:
        raise ContactError(
            "the subscription's keys are not whole: a browser gives them, so subscribe again there"
        ) from None
    secrets = (url.path, url.query, ours["p256dh"], ours["auth"], ours["vapid"])
    return _Target(_endpoint(url), receiver, key, _subject(ours.get("sub", "")), secrets)


def _endpoint(url: ContactUrl) -> str:
    query = f"?{url.query}" if url.query else ""
    return f"https://{url.netloc}{url.path or '/'}{query}"


def _subject(text: str) -> str:
    return text if text.startswith(("https://", "mailto:")) else ""

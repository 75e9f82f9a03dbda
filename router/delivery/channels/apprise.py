"""The long tail: every service that Apprise knows, for contacts that an admin or git gave."""

from __future__ import annotations

import logging
import threading
import warnings
from typing import Any

from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.contact import ContactError, parse, scheme_of

_UNTRUSTED = "this kind of contact can only be added by an admin or in git"
_UNKNOWN = "Apprise does not take this URL: see its page on the service for the form"
_SEND_TIMEOUT_S = 9.5
_CONNECT_TIMEOUT_S = 3.0
_READ_TIMEOUT_S = 6.0
_HAS_ROOM = 2_000  # characters: an SMS has not
# With these the host is a host; with most others that place holds a token.
_HOST_SCHEMES = frozenset(
    ("apprise", "form", "gotify", "matrix", "mmost", "ncloud", "nctalk", "rocket", "xml")
)


class Apprise:
    """Sends by Apprise, which is imported when first needed (a third of a second, 44 MB)."""

    name = "apprise"
    schemes: tuple[str, ...] = ()

    def __init__(self, timeout_s: float = _SEND_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._loading = threading.Lock()
        self._library: Any = None

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong: not trusted, or not a URL that Apprise takes."""
        try:
            scheme_of(contact.url)
        except ContactError as error:
            return str(error)
        if not contact.trusted:
            return _UNTRUSTED
        return None if self._service(contact.url) is not None else _UNKNOWN

    def destination(self, contact: ContactAddress) -> str:
        """Return `apprise SCHEME`, and the host where the URL surely names one."""
        return f"apprise {_place(contact.url)}".replace("://", " ").rstrip("… ")

    def label(self, contact: ContactAddress) -> str:
        """Return the scheme, and the host where the URL surely names one."""
        return _place(contact.url)

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Send by an Apprise object of its own; Apprise tells neither statuses nor ids."""
        if not contact.trusted:
            return Result("permanent", _UNTRUSTED)
        service = self._service(contact.url)
        if service is None:
            return Result("permanent", _UNKNOWN)
        sender = self._library.Apprise(asset=service.asset)
        sender.add(service)
        # Alert text is text: services that speak HTML or Markdown get it escaped.
        outcome = sender.notify(
            body=message.full_text if service.body_maxlen >= _HAS_ROOM else message.text,
            title=message.subject,
            notify_type=_kind(message),
            body_format=self._library.NotifyFormat.TEXT,
            timeout=self._timeout_s,
        )
        status = getattr(outcome.status, "name", "FAILURE")
        if status == "SUCCESS":
            return Result("ok", "accepted")
        if status == "PARTIAL":
            return Result("ok", "accepted for some of its targets, not for all")
        if status == "NOMATCH":
            return Result("permanent", _UNKNOWN)
        if status == "TIMEOUT":
            return Result("retryable", "timed out")
        return Result("retryable", "the service did not take it (Apprise does not say why)")

    def _service(self, url: str) -> Any:
        library = self._load()
        asset = library.AppriseAsset(
            app_id="PingParrot",
            app_desc="PingParrot",
            http_redirects=False,
            storage_mode=library.PersistentStoreMode.MEMORY,
        )
        try:
            service = library.Apprise.instantiate(url, asset=asset)
        except Exception:  # noqa: BLE001 - plugins raise what they like at a URL they cannot read
            return None
        if service is not None:
            service.socket_connect_timeout = min(_CONNECT_TIMEOUT_S, self._timeout_s)
            service.socket_read_timeout = min(_READ_TIMEOUT_S, self._timeout_s)
        return service

    def _load(self) -> Any:
        with self._loading:
            if self._library is None:
                silenced = logging.getLogger("apprise")
                silenced.setLevel(logging.CRITICAL + 10)  # it would log URLs
                silenced.propagate = False
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # its plugins' own; they load with the first URL
                    import apprise

                    apprise.Apprise.instantiate("json://127.0.0.1")
                self._library = apprise
            return self._library


def _kind(message: Message) -> str:
    if message.kind == "resolved":
        return "success"
    return {"low": "info", "normal": "warning"}.get(message.priority, "failure")


def _place(url: str) -> str:
    scheme = scheme_of(url)
    if scheme.removesuffix("s") in _HOST_SCHEMES:
        return f"{scheme}://{parse(url).netloc}"
    return f"{scheme}://…"

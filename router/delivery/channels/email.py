"""E-mail by SMTP: encrypted unless told otherwise, threaded by page, safe against injected headers."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from functools import cached_property
from typing import Literal
from urllib.parse import unquote

from router.clock import Clock, utc_now
from router.delivery.channel import ContactAddress, Message, Result
from router.delivery.contact import ContactError, ContactUrl, parse, quoted, require_reachable
from router.delivery.dial import AddressRefused
from router.delivery.http import BAD_CERTIFICATE, REFUSED, Timeouts, connection_failure
from router.delivery.smtp import SmtpSession

Mode = Literal["starttls", "ssl", "insecure"]

_PORT: dict[Mode, int] = {"starttls": 587, "ssl": 465, "insecure": 25}
_MODES: dict[str, Mode] = {"starttls": "starttls", "ssl": "ssl", "tls": "ssl", "insecure": "insecure"}
_ADDRESS = re.compile(
    r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,64}@[A-Za-z0-9\u00a1-\U0010ffff.-]{1,253}\Z"
)
_MOST_RECIPIENTS = 10
# Mail domains whose server has another name; the login there is the whole address.
_PROVIDERS = {
    "gmail.com": "smtp.gmail.com",
    "googlemail.com": "smtp.gmail.com",
    "yahoo.com": "smtp.mail.yahoo.com",
    "fastmail.com": "smtp.fastmail.com",
    "icloud.com": "smtp.mail.me.com",
}


@dataclass(frozen=True, slots=True)
class _Target:
    host: str
    port: int
    mode: Mode
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    sender: str
    sender_name: str
    recipients: tuple[str, ...]


class Email:
    """Sends a page as a plain text mail."""

    name = "email"
    schemes: tuple[str, ...] = ("mailto", "mailtos", "smtp", "smtps")

    def __init__(
        self,
        timeouts: Timeouts | None = None,
        *,
        clock: Clock = utc_now,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._given_context = context

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong with the URL: its addresses, its mode."""
        try:
            _target(contact)
        except ContactError as error:
            return str(error)
        return None

    def destination(self, contact: ContactAddress) -> str:
        """Return `email host:port`, the mail server's."""
        target = _target(ContactAddress(contact.url, trusted=True))
        return f"email {_bracketed(target.host)}:{target.port}"

    def label(self, contact: ContactAddress) -> str:
        """Return the scheme, the server and to whom it goes."""
        target = _target(ContactAddress(contact.url, trusted=True))
        scheme = contact.url.split("://", 1)[0].lower()
        return f"{scheme}://{_bracketed(target.host)} to {', '.join(target.recipients)}"

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Hand the mail to the server; it answers for delivery from then on."""
        try:
            target = _target(contact)
        except ContactError as error:
            return Result("permanent", str(error))
        mail = _mail(target, message, self._clock())
        try:
            refused = self._transmit(target, mail, public_only=not contact.trusted)
        except (smtplib.SMTPException, OSError, AddressRefused) as error:
            return _failure(error, target)
        detail = (
            f"accepted; refused for {len(refused)} of {len(target.recipients)}" if refused else "accepted"
        )
        return Result("ok", detail, provider_id=str(mail["Message-ID"])[:200])

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()

    def _transmit(self, target: _Target, mail: EmailMessage, *, public_only: bool) -> dict[str, object]:
        """Return the recipients that the server refused, if it took the mail for others."""
        until = time.monotonic() + self._timeouts.total_s
        implicit = self._context if target.mode == "ssl" else None
        session = SmtpSession(until, self._timeouts.connect_s, implicit, public_only=public_only)
        try:
            session.greet(target.host, target.port)
            if target.mode == "starttls":
                session.starttls(context=self._context)
            if target.user:
                session.login(target.user, target.password or "")
            refused: dict[str, object] = dict(session.send_message(mail, target.sender, target.recipients))
            session.take_leave()
        finally:
            session.close()
        return refused


def _mail(target: _Target, message: Message, now: datetime) -> EmailMessage:
    domain = target.sender.rpartition("@")[2]
    thread = f"page-{message.page_id}.{int(message.created_at.timestamp())}"
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["Subject"] = message.subject
    mail["From"] = Address(target.sender_name, addr_spec=target.sender)
    mail["To"] = [Address(addr_spec=recipient) for recipient in target.recipients]
    mail["Date"] = format_datetime(now)
    # The same for each try of a notification, so that a mail sent twice is seen as one.
    mail["Message-ID"] = f"<{thread}.{message.key}@{domain}>"
    mail["In-Reply-To"] = mail["References"] = f"<{thread}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    mail["X-PingParrot-Page"] = str(message.page_id)
    if message.priority == "critical" and message.kind != "resolved":
        mail["X-Priority"] = "1"
        mail["Importance"] = "high"
    mail.set_content(message.full_text + "\n", charset="utf-8", cte="quoted-printable")
    return mail


def _failure(error: Exception, target: _Target) -> Result:
    secrets = (target.user, target.password)
    if isinstance(error, AddressRefused):
        return Result("permanent", REFUSED)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [(int(code), said) for code, said in error.recipients.values()]
        code, said = min(answers)  # one who may be taken later is worth another try
        return _answered(code, said, secrets)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error, secrets)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Result("permanent", _not_offered(target))
    if isinstance(error, smtplib.SMTPServerDisconnected):
        timed_out = isinstance(error.__context__, TimeoutError)
        return Result("retryable", "timed out" if timed_out else "the server broke off the connection")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Result("permanent", BAD_CERTIFICATE)
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return connection_failure(error)
    return Result("permanent", "the server does not offer what this contact needs")


def _not_offered(target: _Target) -> str:
    if target.mode == "starttls":
        return (
            "the server offers no STARTTLS, no log-in or no such address: ?mode=ssl encrypts from the start, "
            "?mode=insecure sends unencrypted"
        )
    return "the server offers no log-in that we know, or does not take such an address"


def _answered(code: int, said: bytes | str, secrets: Iterable[str | None]) -> Result:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    words = quoted(text, secrets)
    detail = f"the server answered {code}{': ' if words else ''}{words}"
    return Result("permanent" if 500 <= code < 600 else "retryable", detail)


def _target(contact: ContactAddress) -> _Target:
    url = parse(contact.url)
    url.require_known(("from", "mode", "name", "smtp", "to"))
    mode = _mode(url)
    server = url.option("smtp") or (_PROVIDERS.get(url.host, url.host) if _is_mailto(url) else url.host)
    named = parse(f"smtp://{server}") if url.option("smtp") else url
    host = named.host if url.option("smtp") else server
    require_reachable(named, trusted=contact.trusted)
    user = url.user or None
    if user and "@" not in user and url.host in _PROVIDERS and _is_mailto(url):
        user = f"{user}@{url.host}"
    if not _is_sendable(user) or not _is_sendable(url.password):
        raise ContactError(
            "the mail log-in holds characters other than printable ASCII, which SMTP cannot send"
        )
    sender = url.option("from") or _own_address(user, url)
    recipients = _recipients(url) or ([sender] if _is_mailto(url) and user else [])
    if not recipients:
        raise ContactError("the contact says to nobody: add ?to=jane@example.com")
    if len(recipients) > _MOST_RECIPIENTS:
        raise ContactError(f"an e-mail contact goes to {_MOST_RECIPIENTS} addresses at most")
    return _Target(
        host=host,
        port=url.port or _PORT[mode],
        mode=mode,
        user=user,
        password=url.password,
        sender=_address(sender),
        sender_name=_sender_name(url),
        recipients=tuple(_address(recipient) for recipient in recipients),
    )


def _is_sendable(credential: str | None) -> bool:
    return credential is None or (credential.isascii() and credential.isprintable())


def _is_mailto(url: ContactUrl) -> bool:
    return url.scheme.startswith("mailto")


def _mode(url: ContactUrl) -> Mode:
    if url.scheme == "smtps":
        return "ssl"
    mode = _MODES.get(url.option("mode", "starttls").lower())
    if mode is None:
        raise ContactError("mode= is starttls (the default), ssl or insecure")
    return mode


def _own_address(user: str | None, url: ContactUrl) -> str:
    if user and "@" in user:
        return user
    domain = url.host if not _is_ip(url.host) else "localhost"
    return f"{user or 'pingparrot'}@{domain}"


def _is_ip(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _recipients(url: ContactUrl) -> list[str]:
    written = [unquote(part) for part in url.path.split("/")] + [
        value for name, value in url.options if name == "to"
    ]
    return [address.strip() for part in written for address in part.split(",") if address.strip()]


def _sender_name(url: ContactUrl) -> str:
    return "".join(char for char in url.option("name", "PingParrot") if char.isprintable())[:100]


def _address(written: str) -> str:
    """Return an address with its domain in ASCII; raises ContactError for what is none."""
    wrong = ContactError("an e-mail address of the contact is not of the form name@domain")
    if not _ADDRESS.match(written):
        raise wrong
    local, _, domain = written.rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode('ascii')}"
        Address(addr_spec=address)
    except (ValueError, IndexError, MessageError):
        raise wrong from None
    return address


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

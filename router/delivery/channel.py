"""What a channel is: a way to hand one message to one contact, and say honestly how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from rules.places import LastChange


@dataclass(frozen=True, slots=True)
class NamedPage:
    """A page as a digest names it; `kind` is the occasion, as in Message."""

    page_id: int
    kind: str
    subject: str
    priority: str
    route: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """The rule that made a page, in texts of one line each.

    Parameters:
      file, line: where it stands; revision: of the rules.
      last_change: of it in git; None if not known.
    """

    route: str
    file: str
    line: int
    revision: str
    last_change: LastChange | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A page as one person is told of it, or many of them by one digest, which is about the worst.

    Parameters:
      notification_id: unique for each attempt chain; a receiver may deduplicate by it.
      kind: `page`, `repeat`, `escalation`, `joined`, `fallback`, `resolved`, `digest` or `test`.
      subject: at most 200 characters; text: the body; both free of control characters but newlines.
      page_url: where a browser reads and acknowledges it; empty when there is no such place.
      created_at: the page's, UTC.
      why: one line that says why the person is told; empty where no rules chose them. It is not in `text`,
        because it has no place in an SMS.
      provenance: the rule that made the page; None for one that was sent by hand.
      alerts: labels of the page's firing alerts, at most 20; alert_count: how many there are.
      pages: what a digest tells of, the most urgent first; empty for a message about one page.
      content: tells apart what two tries of one digest, with more that waits by then, tell of.
    """

    notification_id: int
    page_id: int
    kind: str
    subject: str
    text: str
    priority: str
    status: str
    created_at: datetime
    recipient: str
    page_url: str = ""
    route: str = ""
    why: str = ""
    provenance: Provenance | None = None
    alerts: tuple[Mapping[str, str], ...] = ()
    alert_count: int = 0
    pages: tuple[NamedPage, ...] = ()
    content: int = 0

    @property
    def full_text(self) -> str:
        """The body, and why the person is told, for channels that have room for it."""
        return f"{self.text}\n\n{self.why}" if self.why else self.text

    @property
    def key(self) -> str:
        """What a receiver may know a message again by that it is sent twice."""
        return f"{self.notification_id}-{self.content:08x}" if self.pages else str(self.notification_id)


@dataclass(frozen=True, slots=True)
class Result:
    """How a send went.

    Parameters:
      outcome: `ok`; `permanent`: trying again cannot help; `retryable`: it may.
      detail: a sentence without secrets (never the contact's URL), at most 500 characters.
      retry_after_s: seconds that the provider asked to wait, if it did; at most 600.
      provider_id: the provider's own id of the message, if it gave one; at most 200 characters.
      gone: nothing will ever arrive there again: the contact is taken away.
    """

    outcome: Literal["ok", "permanent", "retryable"]
    detail: str = ""
    retry_after_s: float | None = None
    provider_id: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ContactAddress:
    """A contact's URL, decrypted for the send; never logged.

    Parameters:
      url: as the person or an admin gave it (`json://host:port/path`, `mailto:…`, `ntfy://…`).
      trusted: given by an admin or by git: may name private addresses and Apprise services.
    """

    url: str = field(repr=False)
    trusted: bool


class Channel(Protocol):
    """One file in `channels/` each; instances are shared by threads and keep pooled connections."""

    name: str
    schemes: tuple[str, ...]

    def check(self, contact: ContactAddress) -> str | None:
        """Return what is wrong with a contact's URL, as a sentence without secrets, or None."""

    def destination(self, contact: ContactAddress) -> str:
        """Return what sends to this contact share a fate with (`webhook 127.0.0.1:9000`); no secrets."""

    def label(self, contact: ContactAddress) -> str:
        """Return what may be shown of a contact (`ntfys://ntfy.sh`); no secrets."""

    def send(self, contact: ContactAddress, message: Message) -> Result:
        """Hand the message over within 10 seconds; never raises for what the other side does."""

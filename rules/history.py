"""The format of an exported history: what senders posted, normalised, and what became of it, as JSON lines.

The first line says what the file holds, the last how much; between them stand the people, the pages that
really were, and the webhooks in the order of their arrival. Source: docs/rules-backtest.md, "The file".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

FORMAT = 1
MAX_LINE = 64 << 20
"""Bytes; one webhook is one line."""

_YEARS = range(2000, 2300)
_LONGEST_S = 10 * 366 * 86_400

Moment = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(max_length=1_024)]


class HistoryError(ValueError):
    """A line that cannot be read; the text begins with its number, from 1."""


class Alert(Struct, frozen=True, gc=False, omit_defaults=True):
    """One alert of a webhook, as its adapter read it; times as its sender gave them, None for never."""

    status: Literal["firing", "resolved"]
    fingerprint: Name
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Webhook(Struct, frozen=True, gc=False, omit_defaults=True):
    """What one webhook carried.

    Parameters:
      at: when it was received, UTC; no line is earlier than the one before.
      integration: the name of its sender.
      adapter: `alertmanager` or `grafana`.
      truncated: how many alerts the sender cut off.
      resumed: it was not received then: it stands for alerts that fired already when the history begins.
    """

    at: Moment
    integration: Name
    adapter: Name
    alerts: list[Alert]
    receiver: Name = ""
    group_key: str = ""
    truncated: Annotated[int, Meta(ge=0)] = 0
    resumed: bool = False

    def labels_of(self, alert: Alert) -> dict[str, str]:
        """Return what matchers see of one of its alerts: its labels, and where it came from."""
        return {
            **alert.labels,
            "__integration__": self.integration,
            "__adapter__": self.adapter,
            "__receiver__": self.receiver,
            "__group_key__": self.group_key,
        }


class OnPage(Struct, frozen=True, gc=False, omit_defaults=True):
    """An alert that was on a page: who it was, and when it was first heard of in that episode, UTC."""

    integration: Name
    receiver: Name
    fingerprint: Name
    at: Moment
    name: str = ""


class Told(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who was told of a page.

    Parameters:
      sent: when, whole seconds after it opened.
      acknowledged: UTC; None for not.
      stepped_in: nobody had paged this person, who acknowledged it as an admin.
    """

    person: Name
    sent: list[Annotated[int, Meta(ge=0, le=_LONGEST_S)]] = []
    acknowledged: Moment | None = None
    stepped_in: bool = False


class Page(Struct, frozen=True, gc=False, omit_defaults=True):
    """A page as it really was.

    Parameters:
      follows: the page that it is linked to; None for none.
      closed, reason: when it was over and why (`resolved`, `expired`, …); None while it was open.
      alerts: those that were on it, the first 50.
    """

    id: int
    route: str
    priority: Name
    opened: Moment
    acknowledged: Moment | None = None
    closed: Moment | None = None
    reason: Name = ""
    follows: int | None = None
    alerts: list[OnPage] = []
    told: list[Told] = []


class User(Struct, frozen=True, gc=False, omit_defaults=True):
    """An active person; `contacts` is how many ways there are to reach them."""

    email: Name
    contacts: int = 1


class People(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who there was at the time of the export: people, and groups of their e-mails."""

    users: list[User] = []
    groups: dict[str, list[str]] = {}


class Header(Struct, frozen=True, gc=False):
    """What a history holds.

    Parameters:
      version: of the format.
      since, until: the time that it is about, UTC, the end excluded.
      kept: names of labels whose values are as they were; None when all are.
      hashed_people: e-mails are hashed.
    """

    version: Annotated[int, Meta(ge=1)] = msgspec.field(name="pingparrot-history")
    since: Moment
    until: Moment
    organisation: Name = "default"
    time_zone: Name = "UTC"
    kept: list[str] | None = None
    hashed_people: bool = False


class End(Struct, frozen=True, gc=False):
    """How much a history holds, so that one that was cut off shows.

    Parameters:
      alerts: in webhooks, however often each is named.
      quarantined: bodies that could not be read, which are left out.
    """

    webhooks: int
    alerts: int
    pages: int
    quarantined: int = 0


Record = Header | People | Page | Webhook | End

_encode = msgspec.json.Encoder().encode
_WEBHOOK = msgspec.json.Decoder(Webhook)
_NAMED: dict[str, msgspec.json.Decoder[Any]] = {
    "people": msgspec.json.Decoder(People),
    "page": msgspec.json.Decoder(Page),
    "end": msgspec.json.Decoder(End),
}
_HEADER = msgspec.json.Decoder(Header)
_PARTS: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_RANK: dict[type, int] = {Header: 0, People: 1, Page: 2, Webhook: 3, End: 4}
_MANY = (_RANK[Page], _RANK[Webhook])
_WHAT = ("the header", "people", "a page", "a webhook", "the end")


def line_of(record: Record) -> bytes:
    """Return a record as a line, its end included."""
    for name, kind in (("people", People), ("page", Page), ("end", End)):
        if isinstance(record, kind):
            return _encode({name: record}) + b"\n"
    return _encode(record) + b"\n"


def read(lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield the records of a history: its header, people, pages, webhooks in order, and its end.

    Parameters:
      lines: with or without their ends, each of at most `MAX_LINE` bytes and one.

    Raises:
      HistoryError: at the first line that is not as it must be, and for a file that is cut off.
    """
    number, place, latest = 0, -1, datetime.min.replace(tzinfo=UTC)
    for number, line in enumerate(lines, 1):
        record = _record(line, number)
        rank = _RANK[type(record)]
        if not (rank > place or (rank == place and rank in _MANY)):
            raise HistoryError(
                f"line {number}: {_WHAT[rank]} stands in the wrong place. In this order: the header, people, "
                "pages, webhooks, the end."
            )
        if isinstance(record, Webhook):
            if record.at < latest:
                raise HistoryError(f"line {number}: is earlier than the webhook before. Sort them by `at`.")
            latest = record.at
        place = rank
        yield record
    if place != _RANK[End]:
        raise HistoryError(f"line {number + 1}: the file ends before its end. Export it again.")


def _record(line: bytes, number: int) -> Record:
    if len(line) > MAX_LINE:
        raise HistoryError(f"line {number}: is longer than {MAX_LINE:,} bytes. Is this a history?")
    try:
        if number > 1 and line.startswith(b'{"at":'):
            return _bounded(_WEBHOOK.decode(line), number)
        return _other(line, number)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HistoryError(f"line {number}: {error}. Make the file by `pingparrot history export`.") from None


def _other(line: bytes, number: int) -> Record:
    parts = _PARTS.decode(line)
    if number == 1:
        header = _HEADER.decode(line)
        if header.version != FORMAT:
            raise HistoryError(
                f"line 1: is of format {header.version}, and this version reads {FORMAT}: read it "
                "by the version that wrote it, or export again."
            )
        return _bounded(header, number)
    if "at" in parts:
        return _bounded(_WEBHOOK.decode(line), number)
    for name, decoder in _NAMED.items():
        if name in parts:
            record: Record = decoder.decode(parts[name])
            return _bounded(record, number)
    raise HistoryError(f"line {number}: is no webhook (`at`), `page`, `people` or `end`.")


def _bounded(record: Record, number: int) -> Record:
    """Refuse moments at which no calendar can be trusted to count on."""
    moments: dict[str, datetime | None] = {}
    if isinstance(record, Webhook):
        moments = {"at": record.at}
    elif isinstance(record, Header):
        moments = {"since": record.since, "until": record.until}
        if not 0 <= (record.until - record.since).total_seconds() <= _LONGEST_S:
            raise HistoryError(f"line {number}: `until` is before `since`, or more than ten years after it.")
    elif isinstance(record, Page):
        moments = {name: getattr(record, name) for name in ("opened", "acknowledged", "closed")}
        moments |= {f"told[{place}].acknowledged": one.acknowledged for place, one in enumerate(record.told)}
    for name, moment in moments.items():
        if moment is not None and moment.year not in _YEARS:
            raise HistoryError(
                f"line {number}: `{name}` is in the year {moment.year}: it must be from 2000 on."
            )
    return record

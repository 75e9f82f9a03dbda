"""A digest: one message that tells a person of many pages, the most urgent named first."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from router.delivery.channel import Message, NamedPage
from router.delivery.message import LONGEST_SUBJECT, Told, compose
from router.delivery.wording import cut, line
from router.lifecycle.model import RANK

MOST_NAMED = 50
_MOST_TEAMS = 5
_BY_HAND = "sent by hand"
_SAYS = {"joined": "more alerts", "resolved": "resolved", "repeat": "still unacknowledged"}


@dataclass(frozen=True, slots=True)
class Part:
    """A page of a digest, and the occasion on which it is told."""

    told: Told
    kind: str


def compose_digest(
    parts: Sequence[Part],
    *,
    notification_id: int,
    recipient: str,
    rung: int,
    page_url: str = "",
) -> Message:
    """Return the message that tells one person of many pages.

    Parameters:
      parts: in any order; a page may be told on several occasions.
      notification_id: of the notification that carries the digest.
      rung: other pages that the person was rung for within the last minute, one by one.
      page_url: where the recipient reads and acknowledges them without a log-in; empty when there is none.
    """
    named = _named(parts)
    kinds = {page.kind for page in named}
    worst = next(part for part in parts if part.told.page_id == named[0].page_id)
    kind = next(iter(kinds)) if kinds in ({"repeat"}, {"resolved"}) else "digest"
    own = compose(
        worst.told,
        notification_id=notification_id,
        kind=worst.kind,
        recipient=recipient,
    )
    return Message(
        notification_id=notification_id,
        page_id=own.page_id,
        kind=kind,
        subject=cut(_headline(named, kind, rung), LONGEST_SUBJECT),
        text="\n\n".join(filter(None, (_list(named), _what_to_do(kind, notification_id, page_url)))),
        priority=own.priority,
        status=own.status,
        created_at=own.created_at,
        recipient=own.recipient,
        page_url=page_url,
        pages=named,
        content=zlib.crc32(repr([(page.page_id, page.kind) for page in named]).encode()),
    )


def _named(parts: Iterable[Part]) -> tuple[NamedPage, ...]:
    """Return each page once, by its most recent occasion: what is over last, then by priority and age."""
    latest = {part.told.page_id: part for part in parts}
    pages = [
        NamedPage(
            page_id=part.told.page_id,
            kind=part.kind,
            subject=line(part.told.subject, LONGEST_SUBJECT) or f"Page {part.told.page_id}",
            priority=part.told.priority,
            route=line(part.told.route, 200),
        )
        for part in latest.values()
    ]
    return tuple(
        sorted(pages, key=lambda page: (page.kind == "resolved", -RANK[page.priority], page.page_id))
    )


def _headline(named: Sequence[NamedPage], kind: str, rung: int) -> str:
    open_pages = [page for page in named if page.kind != "resolved"] or named
    count = len(open_pages)
    said = f"{count} {'page' if count == 1 else 'pages'}"
    if kind == "resolved":
        return f"[RESOLVED] {said}: {_teams(open_pages)}"
    if kind == "repeat":
        said = f"still unacknowledged: {said}"
    elif rung:
        said = f"and {count} more {'page' if count == 1 else 'pages'}"
    worst = named[0]
    return f"{said}: {_teams(open_pages)}; the worst: [{worst.priority}] {worst.subject}"


def _teams(named: Sequence[NamedPage]) -> str:
    """Return how many pages whose rules made: `12 payments, 25 network`."""
    counts = Counter(page.route.partition("/")[0] or _BY_HAND for page in named).most_common()
    said = [f"{count} {cut(team, 40)}" for team, count in counts[:_MOST_TEAMS]]
    others = sum(count for _, count in counts[_MOST_TEAMS:])
    return ", ".join([*said, f"{others} of others"] if others else said)


def _list(named: Sequence[NamedPage]) -> str:
    lines = [_line(page) for page in named[:MOST_NAMED]]
    left = len(named) - MOST_NAMED
    return "\n".join([*lines, f"… and {left} more" if left > 0 else ""]).rstrip()


def _line(page: NamedPage) -> str:
    about = [f"page {page.page_id}", page.route, _SAYS.get(page.kind, "")]
    return f"[{page.priority}] {page.subject} ({', '.join(filter(None, about))})"


def _what_to_do(kind: str, notification_id: int, page_url: str) -> str:
    if kind == "resolved":
        return "There is nothing to acknowledge."
    if page_url:
        return f"To acknowledge all of them: {page_url}"
    body = f'{{"digest": {notification_id}}}'
    return f"To acknowledge all of them: POST /api/pages/acknowledge with {body} and your bearer token."

"""Tells of a page again, or escalates it, because a person asks (docs/api.md, "Nobody answers")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from router.commands.acknowledge import load_page
from router.commands.refusals import Missing, invalid
from router.lifecycle import urging
from router.lifecycle.model import Change, Page, Person, Reach
from router.lifecycle.transitions import Actor, NotARecipient, PageClosed
from router.lifecycle.urging import NothingLeft
from router.store import pages, timeline
from router.store.reach import reaching
from router.store.writer import Transaction

_Act = Callable[[Page, Actor, datetime, Reach, datetime | None], Change]


@dataclass(frozen=True, slots=True)
class Urged:
    """A page as it is now, and who is told of it.

    Parameters:
      again: the same was asked for a moment ago, and nothing was done now.
    """

    page: Page
    told: tuple[Person, ...]
    again: bool


def repage(tx: Transaction, org_id: int, actor: Actor, page_id: int, now: datetime) -> Urged:
    """Tell everybody who has not acknowledged a page again, now.

    Parameters:
      org_id: the actor's organisation; pages of others do not exist for it.
      now: UTC.
    Raises Missing for a page that the actor cannot see, Invalid for one that is over or acknowledged.
    """
    return _urge(tx, org_id, actor, page_id, now, urging.repage, "repaged")


def escalate(tx: Transaction, org_id: int, actor: Actor, page_id: int, now: datetime) -> Urged:
    """Fire the next step of a page's chain now; parameters and refusals as of `repage`.

    Raises Invalid, too, for a page that has no step left.
    """
    return _urge(tx, org_id, actor, page_id, now, urging.escalate, "hastened")


def _urge(
    tx: Transaction, org_id: int, actor: Actor, page_id: int, now: datetime, act: _Act, kind: str
) -> Urged:
    page = load_page(tx, org_id, page_id)
    asked_at = timeline.last_at(tx.connection, page_id, kind)
    try:
        change = act(page, actor, now, reaching(tx.connection, org_id), asked_at)
    except NotARecipient:
        raise Missing("Page") from None
    except (PageClosed, NothingLeft) as refused:
        said = str(refused)
        raise invalid("page", f"{said[0].upper()}{said[1:]}.") from None
    pages.save(tx, [pages.Save(page, change)], now)
    return Urged(change.page, tuple(one.person for one in change.notify), again=not change.events)

"""Resolves that may not be true, told on the pages that they end.

Source: docs/rules.md, "Resolves that are not true"; docs/facts.md, section 3.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from router import metrics
from router.in_force import Rules
from router.lifecycle.doubting import doubt
from router.lifecycle.model import Event
from router.lifecycle.resolves import BESIDE, MASS_WITHIN, down_target, is_mass, is_of_target
from router.store import heartbeats, pages, recent
from router.store.incidents import OpenIncident
from router.store.recent import DownTarget, Ended
from router.store.writer import Transaction
from router.taken import Taken

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Resolved:
    """An incident that a round has resolved, and its alert's labels."""

    incident: OpenIncident
    labels: Mapping[str, str]


def watched(tx: Transaction, rules: Rules, integration_ids: Collection[int]) -> dict[int, str]:
    """Return the integrations that have a heartbeat for which alerts beat, and its name."""
    return heartbeats.heard_from(tx.connection, integration_ids, rules.proofs)


def tell_mass(
    tx: Transaction,
    resolved: Sequence[Resolved],
    integrations: Mapping[int, str],
    watched_by: Mapping[int, str],
    now: datetime,
) -> None:
    """Say on the pages concerned that much of what an integration had firing has resolved within a minute.

    Where it has a heartbeat, those that this has emptied stay until that has been heard.

    Parameters:
      resolved: in this round; their pages are closed, or wait.
      integrations: names by id.
      watched_by: the integrations that have a heartbeat, and its name.
    """
    for integration_id in sorted({one.incident.integration_id for one in resolved}):
        count = recent.count_resolved(tx.connection, integration_id, now - MASS_WITHIN)
        if not is_mass(count, 0):
            continue
        left = recent.count_firing(tx.connection, integration_id)
        if not is_mass(count, left):
            continue
        mine = [one.incident for one in resolved if one.incident.integration_id == integration_id]
        name = integrations[integration_id]
        said = (
            f"{count} of the {count + left} alerts that {name} had firing resolved within a minute: "
            "the monitoring may be down."
        )
        told = {one.page_id for one in mine if one.page_id is not None and one.page_open}
        if integration_id in watched_by:
            told -= _doubt(tx, integration_id, watched_by[integration_id], said, now)
        for page_id in sorted(told):
            pages.add_event(tx, page_id, Event("mass_resolve", said), now)
        tx.after_commit(partial(_count, name, len({one.fingerprint for one in mine})))


def _doubt(tx: Transaction, integration_id: int, heartbeat: str, said: str, now: datetime) -> set[int]:
    """Let all pages wait for the heartbeat that resolves of the last minute have emptied; returns them."""
    waiting = recent.waiting_pages(tx.connection, integration_id, now - MASS_WITHIN)
    found = pages.load(tx.connection, waiting, lock=True).values()
    pages.save(tx, [pages.Save(page, doubt(page, heartbeat, said, now)) for page in found], now)
    return set(waiting)


def tell_down(
    tx: Transaction, resolved: Sequence[Resolved], found_down: Sequence[DownTarget], now: datetime
) -> None:
    """Say on pages that the target of alerts which resolved does not answer.

    A target that dies takes its series with it: its other alerts resolve, while `up == 0` fires at the same
    time or some minutes later.

    Parameters:
      resolved: in this round.
      found_down: what alerts that are new in this round say is down; stored as incidents.
    """
    told: dict[tuple[int, str], int] = defaultdict(int)
    instances = {one.labels["instance"] for one in resolved if one.labels.get("instance")}
    if instances:
        integrations = {one.incident.integration_id for one in resolved}
        for target in recent.down_targets(tx.connection, integrations, instances):
            for one in resolved:
                page_id = one.incident.page_id
                same = one.incident.integration_id == target.integration_id
                if same and page_id is not None and is_of_target(one.labels, target.labels):
                    told[page_id, target.instance] += 1
    known = {one.incident.id for one in resolved}
    for integration_id in sorted({target.integration_id for target in found_down}):
        for ended in recent.resolved_since(tx.connection, integration_id, now - BESIDE):
            for target in found_down:
                if ended.incident_id not in known and _is_of(ended, integration_id, target):
                    told[ended.page_id, target.instance] += 1
    for (page_id, instance), count in sorted(told.items()):
        what = "an alert of it" if count == 1 else f"{count} alerts of it"
        said = f"The target {instance} does not answer: {what} may have ended because nothing measures it."
        pages.add_event(tx, page_id, Event("target_down", said), now)
    tx.after_commit(partial(metrics.TARGETS_DOWN.inc, len(told)))


def found_down(taken: Sequence[Taken]) -> list[DownTarget]:
    """Return the targets of which new alerts say that they do not answer."""
    found = [
        (new, target)
        for new in taken
        if (target := down_target(new.alert.labels, new.alert.generator_url)) is not None
    ]
    return [
        DownTarget(new.heard.webhook.sender.integration_id, target, dict(new.alert.labels))
        for new, target in found
    ]


def _is_of(ended: Ended, integration_id: int, target: DownTarget) -> bool:
    return target.integration_id == integration_id and is_of_target(ended.labels, target.labels)


def _count(integration: str, resolved: int) -> None:
    metrics.MASS_RESOLVED.labels(integration).inc(resolved)
    _log.warning("mass resolve: the monitoring may be down", integration=integration, resolved=resolved)

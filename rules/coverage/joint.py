"""What a sender's configuration and our rules make of each other: faults that neither shows alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rules.alertmanager.model import ALL_LABELS, Receiver, SenderRoute
from rules.coverage.entrances import Entrance, own_webhooks
from rules.coverage.landings import Landing
from rules.coverage.reach import Covered
from rules.document import printed
from rules.findings import Finding
from rules.loading.behaviour import BUILT_IN_BEHAVIOUR
from rules.loading.faults import Faults
from rules.loading.reading import spell_duration
from rules.model import RuleSet, Terminal
from rules.places import Place

LONG_GROUP_WAIT_S = 60
"""Alertmanager's default `group_wait` is 30 seconds; a minute before the first page is long."""


def lint_entrance(
    entrance: Entrance, ruleset: RuleSet, covered: Sequence[Covered], place: Place, findings: list[Finding]
) -> None:
    """Remark on a sender's routes and receivers, beside what its rules come to.

    Parameters:
      covered: the rules whose alerts are sent by way of it.
      place: where its configuration begins.
    """
    if entrance.receivers is None:
        return
    faults = Faults(findings)
    shared = {id(each.outcomes): each.outcomes for each in covered}
    outcomes = [outcome for each in shared.values() for outcome in each]
    for receiver in entrance.receivers.values():
        _lint_receiver(receiver, entrance, faults)
    if entrance.root is None:
        return
    routes = [route for route in _all(entrance.root) if entrance.posts_of(route.receiver)]
    if not routes and not any(outcome.landings for outcome in outcomes):
        _lint_absent(entrance, place, faults)
        return
    for route in routes:
        here = {
            id(landing): landing
            for outcome in outcomes
            if route in outcome.posted_by
            for landing in outcome.landings
            if landing.post.receiver == route.receiver
        }
        _lint_hours(route, faults)
        _lint_times(route, tuple(here.values()), ruleset, faults)
        _lint_grouping(route, tuple(here.values()), faults)
    _lint_twice(covered, faults)
    _lint_takers(covered, faults)


def _all(route: SenderRoute) -> Iterator[SenderRoute]:
    yield route
    for child in route.routes:
        yield from _all(child)


def _lint_absent(entrance: Entrance, place: Place, faults: Faults) -> None:
    receivers = entrance.receivers or {}
    ours = [each for each in receivers.values() if own_webhooks(each, entrance.named)]
    if ours:
        faults.error(
            "unrouted-receiver",
            ours[0].place,
            f"receiver {printed(ours[0].name)} posts to PingParrot, but no route names it, so that nothing "
            "comes here: name it in a route.",
        )
        return
    hidden = [each.name for each in receivers.values() if any(hook.url is None for hook in each.webhooks)]
    hint = (
        f" The addresses of {', '.join(map(printed, hidden[:5]))} are not in the file: if one of them is "
        "PingParrot, say so with --receiver."
        if hidden
        else ""
    )
    faults.error(
        "no-receiver",
        place,
        "no receiver posts to PingParrot: give one a webhook_config with the URL "
        f"https://…/api/adapters/{entrance.adapter}.{hint}",
    )


def _lint_receiver(receiver: Receiver, entrance: Entrance, faults: Faults) -> None:
    ours = own_webhooks(receiver, entrance.named)
    shown = printed(receiver.name)
    for webhook in ours:
        if not webhook.send_resolved:
            faults.warning(
                "no-resolves",
                webhook.place,
                f"receiver {shown} does not tell when alerts end, so that pages stay open until somebody "
                f"closes them: {_RESOLVES[entrance.adapter]}.",
            )
        if webhook.max_alerts:
            faults.warning(
                "truncated-alerts",
                webhook.place,
                f"receiver {shown} sends at most {webhook.max_alerts} alerts of a group; the others reach "
                f"nobody: set {_MOST[entrance.adapter]} to 0.",
            )
        if not webhook.auth:
            faults.warning(
                "no-credentials",
                webhook.place,
                f"receiver {shown} has no credentials, so that PingParrot answers 401: give it the "
                f"integration's key ({_KEY[entrance.adapter]}).",
            )
    for webhook in ours[1:]:
        faults.warning(
            "posted-twice",
            webhook.place,
            f"receiver {shown} posts to PingParrot by {len(ours)} webhooks, so that every alert comes "
            f"{len(ours)} times: keep one.",
        )


_RESOLVES = {
    "alertmanager": "remove send_resolved: false",
    "grafana": "set disableResolveMessage to false",
}
_MOST = {"alertmanager": "max_alerts", "grafana": "maxAlerts"}
_KEY = {
    "alertmanager": "http_config: {authorization: {credentials_file: …}}",
    "grafana": "settings.headers, or authorization_credentials before Grafana 12",
}


def _lint_times(route: SenderRoute, landings: Sequence[Landing], ruleset: RuleSet, faults: Faults) -> None:
    wait, interval, repeat = route.group_wait_s, route.group_interval_s, route.repeat_interval_s
    place = route.given.get
    if wait > LONG_GROUP_WAIT_S and any(landing.pages for landing in landings):
        faults.warning(
            "slow-group-wait",
            place("group_wait", route.place),
            f"the first page of a group waits for group_wait, {_spell(wait)}: shorten it (10s).",
        )
    if repeat + interval > ruleset.stale_after_s:
        faults.warning(
            "slow-repeat",
            place("repeat_interval", route.place),
            f"an alert that keeps firing is sent again only after repeat_interval and group_interval, "
            f"{_spell(repeat + interval)}, and is given up by then: stale_after is "
            f"{_spell(ruleset.stale_after_s)}. Shorten repeat_interval, or lengthen stale_after.",
        )
    beats = {id(each.heartbeat): each.heartbeat for each in landings if each.heartbeat is not None}
    for heartbeat in beats.values():
        if heartbeat.within_s <= repeat + interval:
            faults.error(
                "slow-heartbeat",
                place("repeat_interval", route.place),
                f"heartbeat {printed(heartbeat.name)} ({heartbeat.place}) must come within "
                f"{_spell(heartbeat.within_s)}, but this route sends it again only after repeat_interval and "
                f"group_interval, {_spell(repeat + interval)}: it pages although all is well. Give the "
                "heartbeat's alert a route with shorter intervals.",
            )
    late = {landing.terminal.name: landing.terminal for landing in landings if landing.pages}
    hurried = [each for each in late.values() if 0 < _first_escalation(each) < interval]
    if hurried:
        first = min(hurried, key=_first_escalation)
        faults.warning(
            "slow-group-interval",
            place("group_interval", route.place),
            f"that alerts have ended is told only every group_interval, {_spell(interval)}, but "
            f"{printed(first.name)} ({first.place}){_and_more(hurried)} escalates after "
            f"{_spell(_first_escalation(first))}: people are woken for what is over. Shorten group_interval.",
        )


def _lint_hours(route: SenderRoute, faults: Faults) -> None:
    if route.active or route.mute:
        named = ", ".join(dict.fromkeys((*route.active, *route.mute)))
        faults.info(
            "muted-by-sender",
            route.place,
            f"while its time intervals ({named}) mute this route, its alerts do not come here and nobody "
            "hears of them. If they are to be held and told later, let it post at any hour, and give our "
            "routes the intervals.",
        )


def _spell(seconds: float) -> str:
    """Return a duration as people write it: `3d5m`."""
    whole, days = int(seconds), int(seconds) // 86_400
    rest = whole - days * 86_400
    if not days or not rest:
        return spell_duration(whole)
    return f"{days}d{spell_duration(rest)}"


def _and_more(those: Sequence[object]) -> str:
    return f" (and so on {len(those) - 1} more)" if len(those) > 1 else ""


def _first_escalation(terminal: Terminal) -> int:
    steps = terminal.chain.steps if terminal.chain is not None else ()
    return min((step.after_s for step in steps if step.after_s > 0), default=0)


def _lint_grouping(route: SenderRoute, landings: Sequence[Landing], faults: Faults) -> None:
    place = route.given.get("group_by", route.place)
    theirs = [each for each in landings if each.pages and each.terminal.group_by is None]
    if not theirs:
        return
    if ALL_LABELS in route.group_by:
        faults.warning(
            "no-grouping",
            place,
            f"group_by: ['{ALL_LABELS}'] makes every alert a group, and so a page, of its own: an outage of "
            "a hundred instances rings a hundred times. Group by alertname and what people act on, or "
            "give our routes a group_by.",
        )
        return
    lost = _labels_lost(route, theirs)
    for label, terminal in lost.items():
        by = ", ".join(route.group_by) or "nothing"
        faults.info(
            "coarse-grouping",
            place,
            f"groups are made by {by}, without {printed(label)}, by which {printed(terminal.name)} "
            f"({terminal.place}) tells alerts apart: alerts that differ in it share one page, at the highest "
            f"priority of them. Add {label} to group_by, or give that route of ours a group_by.",
        )


def _labels_lost(route: SenderRoute, landings: Sequence[Landing]) -> Mapping[str, Terminal]:
    """Return the labels that our routes allow several values of, or look priorities up by, and groups mix."""
    lost: dict[str, Terminal] = {}
    single = {each.name for each in route.matchers if each.words is not None and len(each.words) == 1}
    for landing in landings:
        rule = landing.terminal.priority
        names = [] if rule is BUILT_IN_BEHAVIOUR.priority else [rule.label]
        if landing.route is not None:
            names += [
                each.name
                for each in landing.route.matchers
                if each.operator == "=~" and (each.words is None or len(each.words) > 1)
            ]
        for name in names:
            if name is not None and not name.startswith("__") and name not in {*route.group_by, *single}:
                lost.setdefault(name, landing.terminal)
    return lost


def _lint_twice(covered: Sequence[Covered], faults: Faults) -> None:
    pairs: dict[tuple[str, ...], tuple[Covered, int]] = {}
    ways: dict[int, Sequence[tuple[str, ...]]] = {}
    for each in covered:
        if id(each.outcomes) not in ways:
            posts = (dict.fromkeys(one.post.receiver for one in found.landings) for found in each.outcomes)
            ways[id(each.outcomes)] = tuple(dict.fromkeys(map(tuple, posts)))
        for receivers in ways[id(each.outcomes)]:
            if len(receivers) > 1:
                first, count = pairs.get(receivers, (each, 0))
                pairs[receivers] = (first, count + 1)
    for receivers, (first, count) in pairs.items():
        more = f", and so on {count - 1} more" if count > 1 else ""
        faults.warning(
            "posted-twice",
            first.rule.place,
            f"alerts of {printed(first.rule.name)}{more} come by {len(receivers)} receivers, "
            f"{' and '.join(map(printed, receivers))}, each of which pages: let one of their routes end the "
            "way (no continue), or give the others another receiver.",
        )


def _lint_takers(covered: Sequence[Covered], faults: Faults) -> None:
    """Remark on routes of a sender that keep whole rules from us."""
    takers: dict[int, tuple[SenderRoute, list[Covered]]] = {}
    for each in covered:
        if each.kind == "swallowed":
            for route in {id(r): r for outcome in each.outcomes for r in outcome.taken_by}.values():
                takers.setdefault(id(route), (route, []))[1].append(each)
    for route, rules in takers.values():
        names = ", ".join(printed(each.rule.name) for each in rules[:3])
        faults.info(
            "swallowed-rules",
            route.place,
            f"this route sends {len(rules)} alerting {'rule' if len(rules) == 1 else 'rules'} to "
            f"{printed(route.receiver)} and not to PingParrot ({names}{', …' if len(rules) > 3 else ''}): if "
            "they are to page people, give it continue: true and let a later route post here, or put ours "
            "first.",
        )

"""`routes`: the tree that alerts walk down, with what each route inherits worked out."""

from __future__ import annotations

from dataclasses import dataclass

from rules.document import ListNode, MapNode, Node, ScalarNode, printed
from rules.loading.behaviour import FIELDS, Behaviour, read_behaviour
from rules.loading.faults import Faults
from rules.loading.names import Names, qualify
from rules.loading.reading import read_boolean, read_fields, read_items, read_name, read_text, read_texts
from rules.matchers import Matcher, MatcherError, loses_brace, parse_matchers
from rules.model import Chain, Route, Terminal, TimeIntervals, Traced
from rules.places import Place

DEFAULT = "default"
KEYS = (
    "name",
    "matchers",
    "continue",
    "routes",
    "active_time_intervals",
    "mute_time_intervals",
    "suppress",
    *FIELDS,
)
NOT_WITH_SUPPRESS = ("chain", "routes", "active_time_intervals", "mute_time_intervals")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every route of a rule set is read with."""

    chains: Names[Chain]
    intervals: Names[TimeIntervals]
    names: Names[Route]
    fallback: Chain
    revision: str


@dataclass(frozen=True, slots=True)
class Above:
    """What a route has from above: the behaviour to inherit, the trace so far, matchers to add."""

    behaviour: Behaviour
    trace: tuple[Traced, ...] = ()
    matchers: tuple[Matcher, ...] = ()


def read_routes(node: Node, above: Above, around: Surroundings, faults: Faults) -> tuple[Route, ...]:
    """Return the sound routes of a `routes` list."""
    items = read_items(node, "routes", faults)
    read = [_read_route(item, above, around, faults) for item in items]
    return tuple(route for route in read if route is not None)


def _read_route(node: Node, above: Above, around: Surroundings, faults: Faults) -> Route | None:
    if not isinstance(node, MapNode):
        faults.error("wrong-type", node.place, "a route must be a mapping with a name: - name: …")
        return None
    fields = read_fields(node, "a route", KEYS, faults)
    name = _read_route_name(fields.get("name"), node.place, around, faults)
    own = read_placed_matchers(fields["matchers"], "matchers", faults) if "matchers" in fields else ()
    matchers = above.matchers + tuple(matcher for matcher, _ in own)
    behaviour = read_behaviour(fields, above.behaviour, around.chains, faults)
    proceed = "continue" in fields and read_boolean(fields["continue"], "continue", faults)
    active = _read_names(fields.get("active_time_intervals"), "active_time_intervals", around, faults)
    mute = _read_names(fields.get("mute_time_intervals"), "mute_time_intervals", around, faults)
    suppress = _read_suppress(fields, faults)
    qualified = qualify(faults.namespace, name or "?")
    place = node.place
    trace = (*above.trace, Traced(qualified, place, ", ".join(map(str, matchers)) or "takes everything"))
    children: tuple[Route, ...] = ()
    if "routes" in fields:
        children = read_routes(fields["routes"], Above(behaviour, trace), around, faults)
    if name is None:
        return None
    terminal = make_terminal(qualified, place, behaviour, around, trace, suppress)
    return Route(
        qualified,
        faults.namespace,
        place,
        matchers,
        bool(proceed),
        active,
        mute,
        terminal,
        children,
        tuple(written for _, written in own),
    )


def make_terminal(
    name: str,
    place: Place,
    behaviour: Behaviour,
    around: Surroundings,
    trace: tuple[Traced, ...],
    suppress: str | None = None,
) -> Terminal:
    """Return a route as it answers."""
    return Terminal(
        name=name,
        place=place,
        chain=None if suppress is not None else behaviour.chain,
        fallback=None if suppress is not None else around.fallback,
        suppress=suppress,
        group_by=behaviour.group_by,
        priority=behaviour.priority,
        repeat_interval_s=behaviour.repeat_interval_s,
        expires_s=behaviour.expires_s,
        acknowledge=behaviour.acknowledge,
        acknowledgement_timeout_s=behaviour.acknowledgement_timeout_s,
        notify_resolved=behaviour.notify_resolved,
        resolve_hold_s=behaviour.resolve_hold_s,
        reopen_within_s=behaviour.reopen_within_s,
        flap_limit=behaviour.flap_limit,
        subject=behaviour.subject,
        message=behaviour.message,
        trace=trace,
        revision=around.revision,
    )


def _read_route_name(node: Node | None, place: Place, around: Surroundings, faults: Faults) -> str | None:
    if node is None:
        faults.error("missing-key", place, "this route has no name: give it one, it is shown on its pages.")
        return None
    name = read_name(node, "a route's name", faults)
    if name is None:
        return None
    if name == DEFAULT and not faults.namespace:
        faults.error(
            "bad-name",
            node.place,
            "route default is the one for alerts that no route takes: rename this one.",
        )
        return None
    return name if around.names.claim(name, node.place, faults) else None


def read_matchers(node: Node, what: str, faults: Faults) -> tuple[Matcher, ...]:
    """Return the sound matchers of a list of them."""
    return tuple(matcher for matcher, _ in read_placed_matchers(node, what, faults))


def read_placed_matchers(node: Node, what: str, faults: Faults) -> tuple[tuple[Matcher, Place], ...]:
    """Return the sound matchers of a list of them, each with its place."""
    if isinstance(node, ListNode):
        items = node.items
    else:
        items = ()
        _refuse_matchers(node, what, faults)
    read: list[tuple[Matcher, Place]] = []
    for item in items:
        if isinstance(item, MapNode) and item.entries:
            faults.error(
                "wrong-type",
                item.place,
                f"a matcher must be a text, but is a mapping: write {_spelled(item)}.",
            )
            continue
        text = read_text(item, f"each of {what}", faults)
        if text is None:
            continue
        try:
            read += [(matcher, item.place) for matcher in parse_matchers(text)]
        except MatcherError as error:
            faults.error("bad-matcher", item.place, f"matcher {printed(text)[1:-1]}: {error}")
            continue
        if loses_brace(text):
            faults.warning(
                "stripped-brace",
                item.place,
                f"Alertmanager drops the "
                f"}} at the end of matcher {printed(text)[1:-1]}, and so do we: put its "
                'value in "quotes" if it belongs there, or remove it.',
            )
    return tuple(read)


def _refuse_matchers(node: Node, what: str, faults: Faults) -> None:
    if isinstance(node, MapNode) and node.entries:
        said = f"is a mapping: write [{_spelled(node)}]"
    elif isinstance(node, ScalarNode) and not node.is_null:
        said = "is a text: put it in brackets, or on a line of its own behind a -"
    else:
        return
    faults.error("wrong-type", node.place, f"{what} must be a list of matchers, but {said}.")


def _spelled(node: MapNode) -> str:
    """Return a mapping of labels as matchers."""
    labels = [(key.text[:60], value) for key, value in node.entries[:5]]
    return ", ".join(f"{key}={printed(getattr(value, 'text', '…'))}" for key, value in labels)


def _read_names(
    node: Node | None, what: str, around: Surroundings, faults: Faults
) -> tuple[TimeIntervals, ...]:
    if node is None:
        return ()
    found = [
        around.intervals.find(name, place, faults) for name, place in read_texts(node, what, faults, 100)
    ]
    return tuple(intervals for intervals in found if intervals is not None)


def _read_suppress(fields: dict[str, Node], faults: Faults) -> str | None:
    node = fields.get("suppress")
    if node is None:
        return None
    for name in NOT_WITH_SUPPRESS:
        if name in fields:
            faults.error(
                "bad-suppress", fields[name].place, f"a route with suppress pages nobody: remove its {name}."
            )
    if isinstance(node, ScalarNode) and node.boolean is not None:
        faults.error("wrong-type", node.place, "suppress is the reason, shown to people: write it as a text.")
        return None
    return read_text(node, "suppress, the reason,", faults, 500)

"""What stands where in rule files and cases: the order of keys, and where matchers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.formatting.written import Collection, Scalar, Slot
from rules.loading import heartbeats, intervals, routes
from rules.loading.behaviour import FIELDS
from rules.matchers import MatcherError, parse_matchers

_TEXTS = ("subject", "message")


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a value by its place.

    Parameters:
      order: the keys of a mapping in their order; those that are not in it keep theirs, and come last.
      keys: the names of the shapes of a mapping's values, by key.
      each: the name of the shape of a list's items, or of a mapping's values whatever their keys.
      block: it takes several lines, however short it is.
      matchers: it is a list of matchers.
    """

    order: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    each: str = "any"
    block: bool = False
    matchers: bool = False

    def of(self, slot: Slot) -> Shape:
        """Return the shape of what a slot holds."""
        return SHAPES[self.keys.get(slot.key.text, self.each) if slot.key is not None else self.each]


_LOOKUP = {"priority": "lookup"}
_LAST = (*_TEXTS, "routes")

SHAPES = {
    "any": Shape(),
    "matchers": Shape(matchers=True),
    "lookup": Shape(("label", "values", "otherwise")),
    "section": Shape(block=True),
    # A rule file or a file of cases, whose keys have nothing in common.
    "file": Shape(
        keys={
            "defaults": "defaults",
            "integrations": "section",
            "lint": "section",
            "namespaces": "namespaces",
            "users": "users",
            "groups": "groups",
            "chains": "chains",
            "time_intervals": "time_intervals",
            "heartbeats": "heartbeats",
            "routes": "routes",
            "cases": "cases",
        },
        block=True,
    ),
    "defaults": Shape(
        (*(name for name in FIELDS if name not in _TEXTS), "burst", "stale_after", *_TEXTS),
        _LOOKUP,
        block=True,
    ),
    "namespaces": Shape(each="matchers", block=True),
    "users": Shape(each="user", block=True),
    "user": Shape(("email", "name", "admin", "contacts")),
    "groups": Shape(each="group", block=True),
    "group": Shape(("description", "members")),
    "chains": Shape(each="chain", block=True),
    "chain": Shape(keys={"steps": "steps"}),
    "steps": Shape(each="step"),
    "step": Shape(("after", "page", "repeat")),
    "time_intervals": Shape(each="intervals", block=True),
    "intervals": Shape(each="interval"),
    "interval": Shape(intervals.FIELDS, {"times": "times"}),
    "times": Shape(each="range"),
    "range": Shape(("start_time", "end_time")),
    "heartbeats": Shape(each="heartbeat", block=True),
    "heartbeat": Shape(heartbeats.KEYS, {"matchers": "matchers"}),
    "routes": Shape(each="route", block=True),
    "route": Shape(
        (*(key for key in routes.KEYS if key not in _LAST), *_LAST),
        {"matchers": "matchers", "routes": "routes", **_LOOKUP},
        block=True,
    ),
    "cases": Shape(each="case", block=True),
    "case": Shape(
        ("name", "at", "heartbeat", "labels", "annotations", "expect"),
        {"heartbeat": "stop", "expect": "expect"},
        block=True,
    ),
    "stop": Shape(("name", "stops", "resolves", "fails")),
    "expect": Shape(
        (
            *(
                "heartbeat",
                "routes",
                "route",
                "file",
                "line",
                "trace",
                "suppressed",
                "held_until",
                "missing_at",
            ),
            *(
                "chain",
                "priority",
                "acknowledge",
                "repeat_interval_s",
                "expires_minutes",
                "subject",
                "timeline",
            ),
        ),
        {"timeline": "timeline"},
    ),
    "timeline": Shape(each="entry"),
    "entry": Shape(("at", "page")),
}
FILE = SHAPES["file"]


def put_in_order(slot: Slot, shape: Shape = FILE) -> None:
    """Bring what a slot holds into canonical order and spelling: keys, matchers, comments at dashes."""
    value = slot.value
    if not isinstance(value, Collection):
        return
    for inner in value.slots:
        put_in_order(inner, shape.of(inner))
    if shape.matchers and not value.is_map:
        value.slots = [spelt for inner in value.slots for spelt in _matchers(inner)]
    if value.is_map and shape.order:
        ranks = {name: rank for rank, name in enumerate(shape.order)}
        value.slots.sort(key=lambda inner: ranks.get(inner.key.text if inner.key else "", len(ranks)))


def _matchers(slot: Slot) -> list[Slot]:
    """Return a slot for each matcher in a text, spelt canonically; what cannot be read stays as it is."""
    if not isinstance(slot.value, Scalar):
        return [slot]
    try:
        matchers = parse_matchers(slot.value.text)
        texts = [str(matcher) for matcher in matchers]
        if tuple(matcher for text in texts for matcher in parse_matchers(text)) != matchers:
            return [slot]
    except MatcherError:
        return [slot]
    spelt = []
    for text in texts:
        spelt.append(Slot(slot.column))
        spelt[-1].value = slot.value if text == slot.value.text else Scalar(text, '"')
    spelt[0].above, spelt[-1].beside, spelt[-1].below = slot.above, slot.beside, slot.below
    return spelt

"""What a Prometheus does to the labels of its alerts before it sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.coverage.knowledge import ANYTHING, Knowledge
from rules.matchers import MatcherError, make_matcher
from rules.places import Place

_TARGETED = frozenset(("replace", "lowercase", "uppercase", "hashmod"))
_NAME = re.compile(r"[a-zA-Z_]\w*")


@dataclass(frozen=True, slots=True)
class Relabeling:
    """One entry of `alert_relabel_configs`.

    Parameters:
      action: in lower case; `replace` where none is given.
      target: the label that it writes.
      regex: as written, without anchors.
    """

    action: str
    target: str
    regex: str
    place: Place

    @property
    def may_drop(self) -> bool:
        """Whether it drops some alerts altogether."""
        return self.action in ("keep", "drop", "keepequal", "dropequal")

    def applied(self, known: Knowledge) -> Knowledge:
        """Return what is known of an alert's labels afterwards."""
        if self.may_drop:
            return known
        if self.action in _TARGETED and _NAME.fullmatch(self.target):
            return known.forgetting(self.target)
        if self.action in ("labeldrop", "labelkeep"):
            return self._without_names(known)
        return ANYTHING

    def _without_names(self, known: Knowledge) -> Knowledge:
        try:
            pattern = make_matcher("name", "=~", self.regex)
        except MatcherError:
            return ANYTHING
        drops = self.action == "labeldrop"
        if known.only is None and not drops:
            return ANYTHING  # which of the unknown ones are kept is not told here
        fixed = {name: "" if pattern.finds(name) is drops else value for name, value in known.fixed.items()}
        only = known.only
        if only is not None:
            only = frozenset(name for name in only if pattern.finds(name) is not drops)
        gone = {each.name for each in known.matchers if pattern.finds(each.name) is drops}
        matchers = tuple(each for each in known.matchers if each.name not in gone)
        return Knowledge({**fixed, **dict.fromkeys(gone, "")}, matchers, only)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How alerts leave a Prometheus.

    Parameters:
      external: its `external_labels`, added where an alert lacks them; None for a value that its
        environment fills in.
      relabelings: applied after that, in order.
    """

    external: Mapping[str, str | None] = field(default_factory=dict)
    relabelings: tuple[Relabeling, ...] = ()

    def applied(self, known: Knowledge) -> Knowledge:
        """Return what is known of an alert's labels when it arrives at Alertmanager."""
        for name, value in self.external.items():
            if value is None:
                if known.value(name) in (None, ""):
                    known = known.forgetting(name)
            else:
                known = known.with_default(name, value)
        for relabeling in self.relabelings:
            known = relabeling.applied(known)
        return known

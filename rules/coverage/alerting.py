"""Alerting rules as far as coverage looks at them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rules.coverage.knowledge import Knowledge
from rules.matchers import Matcher
from rules.places import Place

SenderKind = Literal["prometheus", "grafana"]

MAX_RULES = 20_000

_ONE_LABEL = re.compile(r"\{\{-?\s*\$labels\.([a-zA-Z_]\w*)\s*-?\}\}")


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a rule fires.

    Parameters:
      when: empty for the ordinary way; Grafana's rules fire otherwise for `no data` and `error`.
      known: what is known of the labels that its alerts then have.
    """

    when: str
    known: Knowledge


@dataclass(frozen=True, slots=True)
class AlertingRule:
    """One alerting rule.

    Parameters:
      group: the rule group's name, in Grafana after its folder's.
      labels: as the rule says them; None for one that a template fills in.
      ways: how it fires.
      receiver: the contact point that a Grafana rule names itself; empty when policies choose.
      org: Grafana's organisation; 0 for a Prometheus rule.
    """

    sender: SenderKind
    name: str
    group: str
    place: Place
    labels: Mapping[str, str | None]
    ways: tuple[Way, ...]
    receiver: str = ""
    org: int = 0

    def counts_for(self, matchers: Sequence[Matcher]) -> bool:
        """Return whether the rule's own labels satisfy the matchers; one that a template fills in may."""
        labels = {name: value or "" for name, value in self.labels.items()} | {"alertname": self.name}
        return all(self.labels.get(matcher.name, "") is None or matcher.holds(labels) for matcher in matchers)


def is_templated(text: str) -> bool:
    """Return whether a label's value is filled in by a template."""
    return "{{" in text


def with_label(known: Knowledge, result: Knowledge, name: str, text: str) -> Knowledge:
    """Return what is known once a rule's own label is set.

    Parameters:
      known: of the alert so far.
      result: of the result of the rule's expression, which is what templates see.
      text: the value as written; an empty one removes the label.
    """
    if not is_templated(text):
        return known.with_value(name, text)
    copied = _ONE_LABEL.fullmatch(text)
    return known.copying(result, copied[1], name) if copied else known.forgetting(name)

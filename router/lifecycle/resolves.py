"""Resolves that may not be true: many at once, and those of a target that does not answer.

Source: docs/facts.md, section 3; docs/rules.md, "Resolves that are not true".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

MASS = 10
MASS_WITHIN = timedelta(minutes=1)
BESIDE = timedelta(minutes=5)
"""How long before `up == 0` fires the resolves of its target are told of: their series vanish at once."""

_LONGEST_TARGET = 400
_UP_IS_0 = re.compile(r"(?<![\w:.])up *(\{[^{}]{0,2000}\})? *(\[\w{1,20}\] *\))? *(== *0|< *1)(?![\w.])")


def is_mass(resolved: int, still_firing: int) -> bool:
    """Return whether so many resolves within a minute are a mass: 10, and half of what had been firing."""
    return resolved >= MASS and resolved >= still_firing


def down_target(labels: Mapping[str, str], generator_url: str) -> str | None:
    """Return the instance that an alert says does not answer, None unless its expression is `up == 0`.

    Parameters:
      generator_url: Prometheus' link to the expression, in its parameter `g0.expr`.
    """
    instance = labels.get("instance")
    if not instance or "up" not in generator_url or len(instance) > _LONGEST_TARGET:
        return None
    try:
        said = parse_qs(urlsplit(generator_url).query).get("g0.expr", [])
    except ValueError:
        return None
    return instance if any(_UP_IS_0.search(expression) for expression in said) else None


def is_of_target(labels: Mapping[str, str], down: Mapping[str, str]) -> bool:
    """Return whether an alert is of a target that is down: its instance, and its job where both say one."""
    jobs = {labels["job"], down["job"]} if "job" in labels and "job" in down else {""}
    return labels.get("instance") == down.get("instance") and len(jobs) == 1

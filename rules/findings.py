"""What is found wrong with rules, and how much it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from rules.places import Place

Severity = Literal["error", "warning", "info"]
Level = Literal["error", "warning", "info", "off"]

LEVELS: tuple[Level, ...] = ("error", "warning", "info", "off")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or remark: where, which value, what to do.

    Parameters:
      code: a stable short name (`unknown-chain`).
      message: a sentence in plain English that ends with what to do.
      place: where it stands.
      severity: an `error` keeps the set from loading or names who does not exist, a `warning` can hardly be
        meant, an `info` could be written better.
      namespace: whose file it is; empty for a shared file.
      related: other places that it speaks of, such as that of the route that takes everything.
      witness: labels of an alert that shows it.
    """

    code: str
    message: str
    place: Place
    severity: Severity = "error"
    namespace: str = ""
    related: tuple[Place, ...] = ()
    witness: Mapping[str, str] | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True)
class ChosenLevel:
    """What the findings of a code count as, and where a shared file says so."""

    level: Level
    place: Place

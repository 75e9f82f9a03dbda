"""`lint`: what the findings of `rules check` count as; nothing else is changed by it."""

from __future__ import annotations

from typing import cast

from rules.document import Node
from rules.findings import LEVELS, ChosenLevel, Level
from rules.loading.faults import Faults
from rules.loading.reading import read_choice, read_entries


def read_severities(node: Node, chosen: dict[str, ChosenLevel], faults: Faults) -> None:
    """Add what a shared file says of codes to what is known so far; which there are is for lint to say."""
    for key, value in read_entries(node, "lint", faults):
        level = read_choice(value, f"lint of {key.text[:60]}", LEVELS, faults)
        if key.text in chosen:
            first = chosen[key.text].place
            faults.error("duplicate-name", key.place, f"{key.text} is already set at {first}: remove one.")
        elif level is not None:
            chosen[key.text] = ChosenLevel(cast("Level", level), key.place)

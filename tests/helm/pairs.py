"""Combinations of switches in which every two settings meet at least once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product

Row = dict[str, str]
Setting = tuple[str, str]


def covering_rows(switches: Mapping[str, Sequence[str]], allowed: Callable[[Row], bool]) -> list[Row]:
    """Return rows with one setting of every switch, which together hold every allowed pair of settings.

    Greedy: each row starts with a pair that is still missing and takes from every other switch what completes
    most missing pairs.

    Parameters:
      allowed: whether the settings in an unfinished row can stand together. What it allows for some switches
        it has to allow for all of them, in at least one way.
    """
    missing: dict[Setting, set[Setting]] = {}
    for one, other in combinations(switches, 2):
        for left, right in product(switches[one], switches[other]):
            if allowed({one: left, other: right}):
                missing.setdefault((one, left), set()).add((other, right))
                missing.setdefault((other, right), set()).add((one, left))
    rows = []
    while wanted := next((setting for setting in missing if missing[setting]), None):
        row: Row = dict([wanted, min(missing[wanted])])
        for switch, settings in switches.items():
            if switch not in row:
                fitting = [setting for setting in settings if allowed({**row, switch: setting})]
                chosen = max(
                    fitting, key=lambda setting: len(row.items() & missing.get((switch, setting), set()))
                )
                row[switch] = chosen
        for setting in row.items():
            missing[setting] -= row.items()
        rows.append({switch: row[switch] for switch in switches})
    return rows

"""What is otherwise under the rules of a backtest, in sentences, and what the figures take for granted."""

from __future__ import annotations

from router.backtest.run import Backtest
from router.backtest.tally import Load
from rules.report import count, printable

_MOST = 8
_NONE = Load()


def differences(found: Backtest) -> list[str]:
    """Return what would be otherwise, the largest differences first."""
    after, before = found.simulated, found.happened
    if before is None:
        return ["What really happened is not in the history: there is nothing to compare with."]
    moved = [
        (abs(change), person, change)
        for person in before.people.keys() | after.people.keys()
        if (change := after.people.get(person, _NONE).messages - before.people.get(person, _NONE).messages)
    ]
    said = [_person_sentence(found, person) for _, person, _ in sorted(moved, key=lambda m: (-m[0], m[1]))]
    left = len(said) - _MOST
    said = said[:_MOST]
    if left > 0:
        said.append(f"{left} others would hear more or less often.")
    nobody = len(after.unreached()) - len(before.unreached())
    if nobody > 0:
        said.append(f"{count(nobody, 'page')} more would reach nobody.")
    if not said:
        return ["Everybody would hear just as often as they did."]
    return said


def assumptions(found: Backtest) -> list[str]:
    """Return what the figures take for granted."""
    after = found.terms.acknowledge_after
    said = [
        f"what people did to {count(found.matched, 'page')} they do again: as long after it opened, by the "
        "same person, or, where that one is not told, by whoever is told first.",
    ]
    if found.assumed:
        then = "never" if after is None else f"after {after}"
        said.append(
            f"{count(found.assumed, 'page')} that nobody really had: acknowledged {then} "
            "(--acknowledge-after)."
        )
    said.append(
        "every message arrives at once, and PingParrot is always there. A digest of many pages is counted as "
        "the messages that it stands for, here and in what happened."
    )
    if found.by_name:
        said.append("nobody is known who is in the groups: a group counts as one person.")
    if found.tests:
        said.append(f"{count(found.tests, 'test')} of a Test button left out: no rule has a part in them.")
    if found.unheard:
        said.append(f"heartbeats that beat by their own address are left out: {', '.join(found.unheard)}.")
    if found.quarantined:
        said.append(f"{count(found.quarantined, 'webhook')} that could not be read left out.")
    return said


def _person_sentence(found: Backtest, person: str) -> str:
    assert found.happened is not None
    before, after = (side.people.get(person, _NONE) for side in (found.happened, found.simulated))
    change = after.messages - before.messages
    times = f"{abs(change):,} time{'' if abs(change) == 1 else 's'} {'more' if change > 0 else 'less'}"
    said = f"{printable(person)} would be told {times} ({before.messages:,} → {after.messages:,})"
    nights = len(after.nights) - len(before.nights)
    if nights:
        said += f", in {count(abs(nights), 'night')} {'more' if nights > 0 else 'fewer'}"
    return f"{said}."

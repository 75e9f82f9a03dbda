"""The figures of a backtest as tables, shortened for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from router.backtest.run import Backtest
from router.backtest.tally import Load, Tally
from rules.report import printable

MOST_ROWS = 15
_LONGEST = 60
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; the first column is text, the others are figures."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    left_out: int = 0


def tables(found: Backtest) -> list[Table]:
    """Return the figures, shortened for people."""
    after, before = found.simulated, found.happened
    return [
        table
        for table in (
            _totals(after, before),
            _loads("People", "person", _people(after), _people(before), printable),
            _loads("Routes", "route", _routes(after), _routes(before), printable),
            _loads("Noisiest alerts", "alert, route", _alerts(after), _alerts(before), _alert_name),
            _unreached(after),
        )
        if table.rows
    ]


def _totals(after: Tally, before: Tally | None) -> Table:
    figures: list[tuple[str, Callable[[Tally], int]]] = [
        ("pages", lambda tally: tally.opened),
        ("pages that reached nobody", lambda tally: len(tally.unreached())),
        ("messages", lambda tally: tally.total.messages),
        ("messages at night", lambda tally: tally.total.at_night),
        ("messages at weekends", lambda tally: tally.total.at_weekends),
        ("nights disturbed, of all people", lambda tally: len(tally.total.nights)),
    ]
    if before is None:
        return Table("In all", ("", "would be"), [(name, f"{of(after):,}") for name, of in figures])
    rows = [
        (name, f"{of(before):,}", f"{of(after):,}", _signed(of(after) - of(before))) for name, of in figures
    ]
    return Table("In all", ("", "happened", "would be", ""), rows)


def _people(tally: Tally | None) -> dict[str, Load]:
    return {} if tally is None else dict(tally.people)


def _routes(tally: Tally | None) -> dict[str, Load]:
    return {} if tally is None else dict(tally.routes)


def _alerts(tally: Tally | None) -> dict[tuple[str, str], Load]:
    return {} if tally is None else dict(tally.alerts)


def _alert_name(key: tuple[str, str]) -> str:
    name, route = key
    if not name and route.startswith("heartbeat "):
        return printable(route)
    return printable(f"{name or '(no name)'}, {route}")


def _loads(
    title: str, what: str, after: dict[Key, Load], before: dict[Key, Load], spell: Callable[[Key], str]
) -> Table:
    none = Load()
    keys = after.keys() | before.keys()
    ordered = sorted(
        keys,
        key=lambda key: (-max(after.get(key, none).messages, before.get(key, none).messages), spell(key)),
    )
    rows = []
    for key in ordered[:MOST_ROWS]:
        old, new = before.get(key, none), after.get(key, none)
        pairs = (
            (old.messages, new.messages),
            (old.at_night, new.at_night),
            (old.at_weekends, new.at_weekends),
            (len(old.nights), len(new.nights)),
            (len(old.pages), len(new.pages)),
        )
        rows.append((_cut(spell(key)), *(_pair(*pair) for pair in pairs)))
    header = (what, "messages", "at night", "at weekends", "nights", "pages")
    return Table(title, header, rows, max(0, len(ordered) - MOST_ROWS))


def _unreached(after: Tally) -> Table:
    pages = after.unreached()
    rows = [
        (_cut(_alert_name((page.name, page.route))), f"{page.opened:%Y-%m-%d %H:%M} UTC")
        for page in pages[:MOST_ROWS]
    ]
    return Table(
        "Pages that would reach nobody", ("alert, route", "opened"), rows, max(0, len(pages) - MOST_ROWS)
    )


def _pair(old: int, new: int) -> str:
    return f"{new:,}" if old == new else f"{old:,} → {new:,}"


def _signed(change: int) -> str:
    return f"{change:+,}" if change else "="


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

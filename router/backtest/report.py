"""What a backtest found, as text and Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from router.backtest.news import assumptions, differences
from router.backtest.run import Backtest
from router.backtest.tables import tables
from rules.report import BOLD, count, painter


def as_text(found: Backtest, *, color: bool = False) -> str:
    """Return a report for a terminal."""
    paint = painter(color)
    lines = [*_about(found), "", *(f"* {sentence}" for sentence in differences(found))]
    for table in tables(found):
        lines += ["", paint(table.title, BOLD)]
        rows = [table.header, *table.rows]
        widths = [max(len(row[place]) for row in rows) for place in range(len(table.header))]
        for row in rows:
            cells = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)]
            lines.append(f"  {row[0]:<{widths[0]}}  {'  '.join(cells)}".rstrip())
        if table.left_out:
            lines.append(f"  … and {table.left_out} more: --format json has all")
    lines += ["", *(f"Assumes: {sentence}" for sentence in assumptions(found))]
    return "".join(f"{line}\n" for line in lines)


def as_markdown(found: Backtest) -> str:
    """Return a report for a comment on a pull request."""
    lines = ["### Backtest", "", *(f"{_escaped(line)}  " for line in _about(found)), ""]
    lines += [f"- {_escaped(sentence)}" for sentence in differences(found)]
    for table in tables(found):
        lines += ["", f"**{table.title}**", "", _row(table.header)]
        lines.append("|---|" + "---:|" * (len(table.header) - 1))
        lines += [_row(row) for row in table.rows]
        if table.left_out:
            lines += ["", f"… and {table.left_out} more."]
    lines += ["", *(f"- Assumes: {_escaped(sentence)}" for sentence in assumptions(found))]
    return "".join(f"{line}\n" for line in lines)


def _about(found: Backtest) -> list[str]:
    zone, night = found.terms.zone, found.terms.night
    first, last = (moment.astimezone(zone) for moment in (found.since, found.until))
    return [
        f"Rules {found.ruleset.revision}, from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} "
        f"({zone.key}; a night is {night})",
        f"{found.alerts:,} alerts in {count(found.webhooks, 'webhook')} of "
        f"{count(len(found.integrations), 'integration')}",
    ]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    for sign in "\\`*_[]<>|#":
        text = text.replace(sign, f"\\{sign}")
    return text

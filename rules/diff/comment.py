"""What a change of the rules means, as a comment on a pull request.

GitHub and GitLab take HTML inside Markdown. What rules and alerts say stands in `<code>` elements of tables
without blank lines, where only HTML has a meaning, and it is escaped: no label breaks out of a cell, and
neither site makes a mention, a reference or a link of what is in `<code>`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from rules.diff.areas import Area
from rules.diff.effects import Effect
from rules.diff.everywhere import Everywhere
from rules.diff.lines import count_of, recorded_caution, recorded_headline
from rules.diff.meaning import Meaning, example
from rules.diff.recorded import Recorded
from rules.diff.wording import Wording, area_words, label_words, route_words, sides
from rules.explain import zulu
from rules.report import count, printable

MAX_LENGTH = 60_000
MAX_ROWS = 20
MAX_AREAS = 20
MAX_CELL = 600
_CUT = "\n<sub>This is not all: `pingparrot rules diff` on the command line has the rest.</sub>\n"


def as_comment(meaning: Meaning) -> str:
    """Return the report as Markdown of at most 60,000 characters, of which GitHub takes 65,536."""
    text = f"### {meaning.headline}\n"
    for block in _blocks(meaning):
        if len(text) + len(block) + len(_CUT) + 1 > MAX_LENGTH:
            return text + _CUT
        text += f"\n{block}\n"
    return text


def _blocks(meaning: Meaning) -> Iterator[str]:
    yield f"From {_code(meaning.old.name)} to {_code(meaning.new.name)}."
    if meaning.notes:
        yield "\n".join(f"- {_code(note)}" for note in meaning.notes)
    shown = meaning.effects[:MAX_ROWS]
    if shown:
        rows = [_row(effect, meaning) for effect in shown]
        yield _table(("Alerts", "Before", "After"), rows, _rest(meaning.effects[MAX_ROWS:]))
    if meaning.everywhere:
        rows = [_everywhere_row(each) for each in meaning.everywhere[:MAX_ROWS]]
        left = len(meaning.everywhere) - MAX_ROWS
        more = f"and {left:,} more" if left > 0 else ""
        yield _table(("Wherever alerts go", "Before", "After"), rows, more)
    if meaning.recorded is not None:
        yield from _recorded(meaning.recorded)
    if meaning.undecided:
        yield _undecided(meaning.undecided)
    for number, effect in enumerate(shown, 1):
        yield _details(number, effect)
    if meaning.renamed:
        yield _renamed(meaning)


def _code(text: str) -> str:
    shown = printable(" ".join(text.split()))
    return f"<code>{escape(shown if len(shown) <= MAX_CELL else shown[: MAX_CELL - 1] + '…')}</code>"


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]], rest: str = "") -> str:
    """Return a table; the rows are HTML already."""
    lines = ["<table>", f"<tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    if rest:
        lines.append(f'<tr><td colspan="{len(titles)}">… {rest}</td></tr>')
    return "\n".join([*lines, "</table>"])


def _row(effect: Effect, meaning: Meaning) -> Sequence[str]:
    said = [sides(each, meaning.old.wording, meaning.new.wording) for each in effect.differences]
    first, *others = effect.changes
    more = f"<br>and {count(len(others), 'more kind')}" if others else ""
    before, after = ("<br>".join(_code(each[side]) for each in said) for side in (0, 1))
    return _code(area_words(first.area)) + more, before, after


def _rest(effects: Sequence[Effect]) -> str:
    kinds = sum(len(effect.changes) for effect in effects)
    return f"and {len(effects):,} more for {count(kinds, 'kind')} of alerts" if effects else ""


def _details(number: int, effect: Effect) -> str:
    first = effect.changes[0]
    title = f"{number}. {_code(area_words(first.area))}: routes and examples"
    rows = [
        (
            _code(area_words(each.area)),
            _code(label_words(example(each))),
            _code(route_words(each.lost, each.gained)),
        )
        for each in effect.changes[:MAX_AREAS]
    ]
    left = len(effect.changes) - MAX_AREAS
    table = _table(("Alerts", "For example", "Routes"), rows, f"and {left:,} more kinds" if left > 0 else "")
    return f"<details><summary>{title}</summary>\n{table}\n</details>"


def _everywhere_row(each: Everywhere) -> Sequence[str]:
    for_example = "" if each.witness is None else f"<br>for example {_code(label_words(each.witness))}"
    return _code(each.what) + for_example, _code(each.before), _code(each.after)


def _recorded(recorded: Recorded) -> Iterator[str]:
    caution = recorded_caution(recorded)
    yield f"**{recorded_headline(recorded)}**" + (f"\n\n{_code(caution)}" if caution else "")
    rows = []
    for moved in recorded.moved[:MAX_ROWS]:
        said = [sides(each, Wording({}), Wording({})) for each in moved.differences]
        before, after = ("<br>".join(_code(each[side]) for each in said) for side in (0, 1))
        examples = "<br>".join(_code(label_words(labels)) for labels in moved.examples.values())
        span = f"{zulu(moved.first)} to {zulu(moved.last)}"
        rows.append((f"{count_of(moved.count)}<br>{span}<br>{examples}", before, after))
    left = len(recorded.moved) - MAX_ROWS
    if rows:
        yield _table(("Recorded", "Before", "After"), rows, f"and {left:,} more ways" if left > 0 else "")


def _undecided(areas: Sequence[Area]) -> str:
    rows = [(_code(area_words(area)),) for area in areas[:MAX_AREAS]]
    left = len(areas) - MAX_AREAS
    return _table(("Not decided within the limit",), rows, f"and {left:,} more" if left > 0 else "")


def _renamed(meaning: Meaning) -> str:
    rows = [(_code(old), _code(new)) for old, new in list(meaning.renamed.items())[:MAX_AREAS]]
    left = len(meaning.renamed) - MAX_AREAS
    table = _table(("Before", "After"), rows, f"and {left:,} more" if left > 0 else "")
    title = f"{count(len(meaning.renamed), 'route')} only renamed"
    return f"<details><summary>{title}</summary>\n{table}\n</details>"

"""What a change of the rules means, as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rules.diff.areas import Area
from rules.diff.effects import Difference, Effect
from rules.diff.everywhere import Everywhere
from rules.diff.meaning import Meaning, example
from rules.diff.recorded import Moved, Recorded
from rules.diff.wording import Wording, area_words, label_words, route_words, sides
from rules.explain import zulu
from rules.report import BOLD, DIM, GREEN, RED, YELLOW, count, painter, printable

MAX_EFFECTS = 20
MAX_MOVED = 20
MAX_EVERYWHERE = 30
MAX_AREAS = 3
MAX_RENAMED = 5

_Paint = Callable[[str, str], str]


def as_lines(meaning: Meaning, *, color: bool = False) -> str:
    """Return the report for people: at most a few hundred lines, however much changes."""
    paint = painter(color)
    blocks = [
        [paint(f"{meaning.headline}.", BOLD), *map(printable, meaning.notes)],
        *(
            _effect(number, effect, meaning, paint)
            for number, effect in enumerate(meaning.effects[:MAX_EFFECTS], 1)
        ),
        _rest(meaning.effects[MAX_EFFECTS:]),
        _everywhere(meaning.everywhere, paint),
        _undecided(meaning.undecided, paint),
        _renamed(meaning.renamed),
        *([] if meaning.recorded is None else _recorded(meaning.recorded, paint)),
    ]
    return "\n".join("".join(f"{line}\n" for line in block) for block in blocks if block)


def _row(label: str, text: str, paint: _Paint, code: str = "") -> str:
    shown = printable(text)
    return f"    {paint(f'{label:<9}', DIM)}{paint(shown, code) if code else shown}"


def _effect(number: int, effect: Effect, meaning: Meaning, paint: _Paint) -> list[str]:
    first, *others = effect.changes
    lines = [paint(f"{number}. {printable(area_words(first.area))}", BOLD)]
    lines += [_row("and", area_words(change.area), paint) for change in others[: MAX_AREAS - 1]]
    if len(effect.changes) > MAX_AREAS:
        lines.append(_row("and", f"{len(effect.changes) - MAX_AREAS:,} more kinds of alerts", paint))
    for difference in effect.differences:
        lines += _sides(difference, meaning.old.wording, meaning.new.wording, paint)
    lines.append(_row("by", route_words(first.lost, first.gained), paint))
    return [*lines, _row("example", label_words(example(first)), paint)]


def _sides(difference: Difference, before: Wording, after: Wording, paint: _Paint) -> list[str]:
    was, becomes = sides(difference, before, after)
    return [_row("before", was, paint, RED), _row("after", becomes, paint, GREEN)]


def _rest(effects: Sequence[Effect]) -> list[str]:
    if not effects:
        return []
    alerts = count(sum(len(effect.changes) for effect in effects), "kind")
    return [f"… and {count(len(effects), 'more effect')} on {alerts} of alerts: --format json has all."]


def _everywhere(everywhere: Sequence[Everywhere], paint: _Paint) -> list[str]:
    lines = [paint("Wherever alerts go:", BOLD)] if everywhere else []
    for each in everywhere[:MAX_EVERYWHERE]:
        paged = "" if each.pages is None else f" (paged by {count(each.pages, 'route')})"
        lines.append(f"  {printable(each.what)}{paged}")
        lines += [_row("before", each.before, paint, RED), _row("after", each.after, paint, GREEN)]
        if each.witness is not None:
            lines.append(_row("example", label_words(each.witness), paint))
    if len(everywhere) > MAX_EVERYWHERE:
        lines.append(f"  … and {len(everywhere) - MAX_EVERYWHERE:,} more: --format json has all.")
    return lines


def _undecided(areas: Sequence[Area], paint: _Paint) -> list[str]:
    if not areas:
        return []
    lines = [paint(f"Not decided within the limit: {count(len(areas), 'kind')} of alerts:", YELLOW)]
    lines += [f"    {printable(area_words(area))}" for area in areas[:MAX_AREAS]]
    if len(areas) > MAX_AREAS:
        lines.append(f"    … and {len(areas) - MAX_AREAS:,} more: give more time by --time-limit.")
    return lines


def _renamed(names: Mapping[str, str]) -> list[str]:
    if not names:
        return []
    shown = [f"{old} → {new}" for old, new in list(names.items())[:MAX_RENAMED]]
    more = f" and {len(names) - MAX_RENAMED:,} more" if len(names) > MAX_RENAMED else ""
    return [printable(f"Renamed, and the same otherwise: {', '.join(shown)}{more}.")]


def recorded_headline(recorded: Recorded) -> str:
    """Return what would have become of recorded alerts, in a sentence."""
    span = f"recorded from {zulu(recorded.since)} to {zulu(recorded.until)}"
    if not recorded.alerts:
        return f"No alert was {span}."
    share = f"{recorded.elsewhere:,} of {count_of(recorded.alerts)} {span}"
    return f"{share} would have gone elsewhere ({100 * recorded.elsewhere / recorded.alerts:.1f} %)."


def count_of(alerts: int) -> str:
    """Return `1 alert`, `1,200 alerts`."""
    return f"{alerts:,} alert{'' if alerts == 1 else 's'}"


def recorded_caution(recorded: Recorded) -> str | None:
    """Return what to bear in mind where labels were hashed, in a sentence."""
    if recorded.kept is None:
        return None
    names = ", ".join(recorded.kept) or "none"
    return f"The recording has hashed labels: what the rules ask of others than {names} is not met by them."


def _recorded(recorded: Recorded, paint: _Paint) -> list[list[str]]:
    caution = recorded_caution(recorded)
    head = [paint(recorded_headline(recorded), BOLD), *([] if caution is None else [printable(caution)])]
    left = recorded.moved[MAX_MOVED:]
    rest = f"… and {sum(each.count for each in left):,} in {count(len(left), 'more way')}." if left else ""
    blocks = [_moved(each, paint) for each in recorded.moved[:MAX_MOVED]]
    return [head, *blocks, [rest] if rest else []]


def _moved(moved: Moved, paint: _Paint) -> list[str]:
    span = f"from {zulu(moved.first)} to {zulu(moved.last)}" if moved.count > 1 else f"at {zulu(moved.first)}"
    lines = [f"  {count_of(moved.count)} {span}"]
    for difference in moved.differences:
        lines += _sides(difference, Wording({}), Wording({}), paint)
    return lines + [_row("example", label_words(labels), paint) for labels in moved.examples.values()]

"""Lines from what is written: two spaces, one blank line between sections, comments where they belong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import yaml

from rules.formatting.scalars import spelled
from rules.formatting.shapes import FILE, Shape
from rules.formatting.written import Collection, Scalar, Slot, Written

WIDTH = 110

_FOLD = re.compile(r"(?<=\S) (?=\S)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line and the comment at its end; a blank one is between things and in none."""

    text: str
    beside: str = ""
    blank: bool = False


_BLANK = _Line("", blank=True)


def laid_out(written: Written) -> str:
    """Return the canonical text of what `rules.formatting.shapes.put_in_order` put in order."""
    lines = _spaced(_document(written))
    return "".join(f"{line}\n" for line in _aligned(lines))


def _document(written: Written) -> Iterator[_Line]:
    yield from _comments(written.head, 0)
    if written.marked:
        yield _Line("---")
    root = written.document
    yield from _comments(root.above, 0)
    if isinstance(root.value, Collection):
        if root.value.slots:
            yield from _block(root.value, 0, FILE, sections=True)
        else:
            yield _Line("{}", root.beside)
    yield from _comments(root.below, 0)


def _block(collection: Collection, indent: int, shape: Shape, *, sections: bool = False) -> Iterator[_Line]:
    """Yield a list or a mapping that takes several lines."""
    for number, slot in enumerate(collection.slots):
        inner = shape.of(slot)
        _lift(slot, indent, inner)
        if sections and number:
            yield _BLANK
        yield from _comments(slot.above if number else _from_first(slot.above), indent)
        yield from _slot(slot, indent, inner)
        yield from _comments(slot.below, indent + 2)


def _lift(slot: Slot, indent: int, shape: Shape) -> None:
    """Put comments between a dash and what it holds above the dash: there is no room for them behind it."""
    value = slot.value
    if (
        slot.key is not None
        or not isinstance(value, Collection)
        or _one_line(slot, indent, shape) is not None
    ):
        return
    first = value.slots[0]
    _lift(first, indent + 2, shape.of(first))
    slot.above += [slot.beside] * bool(slot.beside) + _from_first(first.above)
    slot.beside, first.above = "", []


def _slot(slot: Slot, indent: int, shape: Shape) -> Iterator[_Line]:
    """Yield an entry or an item, without the comments above and below it."""
    short = _one_line(slot, indent, shape)
    if short is not None:
        *lines, last = short
        yield from map(_Line, lines)
        yield _Line(last, slot.beside)
    elif isinstance(slot.value, Scalar):
        head, *body = _block_scalar(slot, indent, slot.value)
        yield _Line(head, slot.beside)
        yield from map(_Line, body)
    elif slot.key is not None:
        yield _Line(_prefix(slot, indent), slot.beside)
        yield from _block(slot.value, indent + 2, shape)
    else:
        first, *rest = _block(slot.value, indent + 2, shape)
        yield replace(first, text=f"{_prefix(slot, indent)} {first.text[indent + 2 :]}")
        yield from rest


def _one_line(slot: Slot, indent: int, shape: Shape) -> list[str] | None:
    """Return a slot that takes one line, or folded words; None where it takes a block."""
    value, prefix = slot.value, _prefix(slot, indent)
    if isinstance(value, Scalar):
        if value.style in ("|", ">") and _block_body(value):
            return None
        return _folded(prefix, value, indent)
    if not value.slots:
        return [f"{prefix} {'{}' if value.is_map else '[]'}"]
    if not value.flow or value.commented or shape.block:
        return None
    line = _flow(value, WIDTH - len(prefix) - 1)
    return None if line is None else [f"{prefix} {line}"]


def _prefix(slot: Slot, indent: int) -> str:
    return " " * indent + ("-" if slot.key is None else f"{spelled(slot.key, flow=False, key=True)}:")


def _flow(value: Collection | Scalar, room: int) -> str | None:
    """Return a value between brackets; None, as soon as that is known, where it needs more columns."""
    if isinstance(value, Scalar):
        text = spelled(value, flow=True) if len(value.text) <= room else ""
        return text if 0 < len(text) <= room else None
    pieces: list[str] = []
    for slot in value.slots:
        room -= 2
        key = f"{spelled(slot.key, flow=True, key=True)}: " if slot.key is not None else ""
        piece = _flow(slot.value, room - len(key))
        if piece is None:
            return None
        pieces.append(key + piece)
        room -= len(pieces[-1])
    if room < (0 if pieces else 2):
        return None
    return f"{{{', '.join(pieces)}}}" if value.is_map else f"[{', '.join(pieces)}]"


def _folded(prefix: str, scalar: Scalar, indent: int) -> list[str]:
    """Return a scalar on one line, or on several where it was and is too long for one."""
    text = spelled(scalar, flow=False)
    line = f"{prefix} {text}".rstrip()
    if len(line) <= WIDTH or len(scalar.lines) < 2 or scalar.style in ("|", ">"):
        return [line]
    words = _FOLD.split(text)
    lines = [f"{prefix} {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(" " * (indent + 2) + word)
    return lines


def _block_scalar(slot: Slot, indent: int, scalar: Scalar) -> list[str]:
    """Return a block scalar, further indented where comments below it stand at its usual place."""
    margin = 4 if slot.below else 2
    head, *body = _block_body(scalar, margin)
    space = " " * (indent + margin)
    return [f"{_prefix(slot, indent)} {head}", *(f"{space}{line}" if line else "" for line in body)]


def _block_body(scalar: Scalar, margin: int = 2) -> list[str]:
    """Return the header and the lines of a block scalar; none where no block says the same."""
    body = scalar.text.removesuffix("\n").split("\n") if scalar.style == "|" else list(scalar.lines)
    while body and not body[-1].strip(" "):
        body.pop()
    leading = next((number for number, line in enumerate(body) if line.strip(" ")), -1)
    indicator = str(margin) if any(line.startswith(" ") for line in body[: leading + 1]) else ""
    ends = len(scalar.text) - len(scalar.text.rstrip("\n"))
    body += [""] * (ends - 1)
    head = f"{scalar.style}{indicator}{('-', '')[ends] if ends < 2 else '+'}"
    lines = [" " * margin + line if line else "" for line in body]
    return [head, *body] if _reads_as("\n".join([f"k: {head}", *lines, ""]), scalar.text) else []


def _reads_as(text: str, value: str) -> bool:
    try:
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return False
    values = [event.value for event in events if isinstance(event, yaml.ScalarEvent)]
    return values == ["k", value]


def _comments(texts: Iterable[str], indent: int) -> Iterator[_Line]:
    for text in texts:
        yield _Line(" " * indent + text) if text else _BLANK


def _from_first(texts: list[str]) -> list[str]:
    """Return comments from the first on, without the blank lines before it."""
    return texts[next((number for number, text in enumerate(texts) if text), len(texts)) :]


def _spaced(lines: Iterable[_Line]) -> list[_Line]:
    """Return lines with one blank line at a time, and none at either end."""
    kept: list[_Line] = []
    for line in lines:
        # A block scalar may itself end with empty lines, to which none must be added.
        if not (line.blank and (not kept or not kept[-1].text)):
            kept.append(line)
    return kept[:-1] if kept and kept[-1].blank else kept


def _aligned(lines: list[_Line]) -> Iterator[str]:
    """Yield lines with their comments, those of neighbours in one mapping or list at the same column."""
    for indent, group in groupby(lines, key=_comment_indent):
        run = list(group)
        if indent < 0:
            yield from (line.text for line in run)
            continue
        column = max(len(line.text) for line in run)
        fits = all(column + 2 + len(line.beside) <= WIDTH for line in run)
        yield from (f"{line.text:<{column if fits else 0}}  {line.beside}" for line in run)


def _comment_indent(line: _Line) -> int:
    """Return how far a line with a comment is indented, dashes included; -1 without a comment."""
    return len(line.text) - len(line.text.lstrip(" -")) if line.beside else -1

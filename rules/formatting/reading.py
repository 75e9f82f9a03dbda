"""A text read as it is written.

libyaml tells where each value starts and ends; what lies between is punctuation, space and comments. A
comment of its own line belongs to what follows it, or, further indented than that, to the end of what it is
in; one at the end of a line belongs to what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from rules.formatting.written import Collection, Scalar, Slot, Written

BREAKS = "\n\x85\u2028\u2029"

_COMMENT = re.compile(rf"#[^{BREAKS}]*")
_DIRECTIVE_COMMENT = re.compile(rf"(?<!\S)#[^{BREAKS}]*")
_HEADER = re.compile(rf"[|>][-+]?([0-9]?)[-+]?[ \t]*(#[^{BREAKS}]*)?")


def read_written(text: str) -> Written:
    """Return how a text is written.

    Parameters:
      text: one that `rules.document.parse_document` reads, with line feeds alone between its lines.
    """
    return _Reader(text).read()


class _Open:
    """A collection that is being read, and its slot that is; `column` is that of its keys or dashes."""

    __slots__ = ("collection", "column", "slot", "waits_for_value")

    def __init__(self, collection: Collection, column: int) -> None:
        self.collection = collection
        self.column = column
        self.slot: Slot | None = None
        self.waits_for_value = False


class _Waiting:
    """A comment of its own line, until it is known what comes after it."""

    __slots__ = ("after_blank", "column", "text")

    def __init__(self, text: str, column: int, after_blank: bool) -> None:
        self.text = text
        self.column = column
        self.after_blank = after_blank


class _Reader:
    """Follows libyaml's events, and reads what lies between them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._written = Written()
        self._cursor = 0
        self._breaks = 1  # line breaks since the last word or comment
        self._line = 0  # where the line begins that the last of them began
        self._open: list[_Open] = []
        self._last: tuple[Slot, ...] = (self._written.document,)  # the slots that the last word stands in
        self._waiting: list[_Waiting] = []

    def read(self) -> Written:
        events: Iterator[Any] = yaml.parse(self._text, Loader=yaml.CSafeLoader)
        for event in events:
            start, end = event.start_mark.index, event.end_mark.index
            if isinstance(event, yaml.DocumentStartEvent) and event.explicit:
                self._marker(start, end)
            elif isinstance(event, yaml.DocumentEndEvent) and event.explicit:
                self._between(start)
                self._cursor, self._breaks = end, 1
            elif isinstance(event, yaml.ScalarEvent):
                self._scalar(event, start, end)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._begin(event, start, end)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._end(start, end)
        self._between(len(self._text))
        self._settle(-1, set())
        return self._written

    # Events.

    def _marker(self, start: int, end: int) -> None:
        self._between(start)
        self._written.head = self._flattened()
        # Directives, which say nothing to us, stand before the marker, and comments among them.
        self._written.head += _DIRECTIVE_COMMENT.findall(self._text, start, end)
        self._written.marked = True
        self._cursor, self._breaks = end, 1

    def _scalar(self, event: Any, start: int, end: int) -> None:
        top = self._open[-1] if self._open else None
        raw = self._text[start:end]
        if top is not None and top.collection.is_map and not top.waits_for_value:
            self._between(start)
            self._slot(top.column, Scalar(event.value, event.style or ""))
            top.waits_for_value = True
        elif not raw:
            # Nothing is written: just behind a dash, but for a mapping perhaps further on, at the next word.
            if top is not None and not top.collection.is_map:
                self._between(start)
            self._holder().value = Scalar(event.value)
            return
        elif event.style in ("|", ">"):
            self._between(start)
            slot = self._valued()
            raw = raw.rstrip(f" \t{BREAKS}")
            slot.value = Scalar(event.value, event.style, _body(raw, slot.column))
            header = _HEADER.match(raw)
            if header is not None and header[2]:
                self._beside(slot, header[2])
        else:
            self._between(start)
            self._valued().value = Scalar(event.value, event.style or "", tuple(raw.splitlines()))
        self._said(start + len(raw))

    def _begin(self, event: Any, start: int, end: int) -> None:
        self._between(start)
        flow = bool(event.flow_style)
        slot = self._valued() if flow else self._holder()
        slot.value = Collection(isinstance(event, yaml.MappingStartEvent), flow)
        self._open.append(_Open(slot.value, event.start_mark.column))
        if flow:
            self._said(end)

    def _end(self, start: int, end: int) -> None:
        if self._open[-1].collection.flow and end > start:
            self._between(start)
            if self._waiting:
                self._comment_within()
            below = self._flattened()
            self._open.pop()
            self._last_open().below += below
            self._said(end)
        else:
            self._open.pop()

    # What lies between.

    def _between(self, until: int) -> None:
        """Read the space, comments and punctuation up to a place."""
        while self._cursor < until:
            sign = self._text[self._cursor]
            if sign in BREAKS:
                self._breaks += 1
                self._line = self._cursor + 1
            elif sign == "#":
                self._comment()
                continue
            elif sign == "-" and self._open and not self._open[-1].collection.flow:
                self._slot(self._open[-1].column)
                self._said(self._cursor)
            elif sign not in " \t\ufeff":
                # What follows the ? of a key on its line belongs to that key.
                self._breaks = 1 if sign == "?" else 0
            self._cursor += 1

    def _comment(self) -> None:
        found = _COMMENT.match(self._text, self._cursor)
        text = found[0] if found else "#"
        if self._breaks == 0:
            self._beside(self._last[-1], text)
        else:
            self._waiting.append(_Waiting(text.rstrip(), self._cursor - self._line, self._breaks > 1))
        self._breaks = 0
        self._cursor += len(text)

    def _beside(self, slot: Slot, text: str) -> None:
        value = slot.value
        within = isinstance(value, Collection) and value.commented
        self._comment_within()
        if slot.beside or slot.below or within or slot is self._written.document:
            slot.below.append(text.rstrip())
        else:
            slot.beside = text.rstrip()

    def _comment_within(self) -> None:
        """Note that all the flow collections that are open hold a comment, and so take several lines."""
        for each in self._open:
            each.collection.commented = True

    # Slots.

    def _slot(self, column: int, key: Scalar | None = None) -> None:
        """Begin an entry or an item: the comments that wait are above it, or below what has ended."""
        top = self._open[-1]
        slot = Slot(column, key)
        around = {id(each.slot) for each in self._open[:-1]} | {id(self._written.document)}
        if top.collection.flow:
            if self._waiting:
                self._comment_within()
        else:
            self._settle(column, around)
        blank = self._breaks > 1
        slot.above = self._flattened()
        if blank:
            slot.above.append("")
        top.slot = slot
        top.waits_for_value = False
        top.collection.slots.append(slot)

    def _settle(self, column: int, around: set[int]) -> None:
        """Give comments that wait to what has ended: those further indented than what comes next.

        Parameters:
          column: of what comes next, -1 at the end of the file.
          around: the slots in which that stands, by identity; they have not ended.
        """
        depth = len(self._last)
        given = 0
        for each in self._waiting:
            ended = [n for n in range(depth) if self._last[n].column < each.column]
            if each.column <= column or not ended or id(self._last[ended[-1]]) in around:
                break
            depth = ended[-1] + 1
            self._last[ended[-1]].below += [""] * each.after_blank + [each.text]
            given += 1
        del self._waiting[:given]

    def _valued(self) -> Slot:
        """Return the slot whose value comes next, with the comments between its key or dash and that."""
        slot = self._holder()
        if self._waiting:
            self._comment_within()
        (slot.below if slot.beside else slot.above).extend(self._flattened())
        return slot

    def _flattened(self) -> list[str]:
        """Return the comments that waited, an empty text before those after a blank line."""
        texts = [text for each in self._waiting for text in ([""] * each.after_blank + [each.text])]
        self._waiting.clear()
        return texts

    def _holder(self) -> Slot:
        """Return the slot whose value comes next; in a flow list it begins with it."""
        if not self._open:
            return self._written.document
        top = self._open[-1]
        if top.collection.flow and not top.collection.is_map:
            self._slot(top.column)
        top.waits_for_value = False
        return self._last_open()

    def _last_open(self) -> Slot:
        slot = self._open[-1].slot if self._open else self._written.document
        if slot is None:
            raise ValueError("a value stands where no key or dash is")
        return slot

    def _said(self, cursor: int) -> None:
        """Note that a word ends here."""
        self._cursor = cursor
        self._breaks = 0
        slots = (each.slot for each in self._open if each.slot is not None)
        self._last = (self._written.document, *slots)


def _body(raw: str, column: int) -> tuple[str, ...]:
    """Return the lines of a block scalar without their common indentation.

    Parameters:
      raw: from its header on.
      column: of the key or dash that it belongs to.
    """
    first, *lines = raw.splitlines()
    header = _HEADER.match(first)
    if header is not None and header[1]:
        margin = max(column, 0) + int(header[1])
    else:
        margin = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 0)
    return tuple(line[margin:] for line in lines)

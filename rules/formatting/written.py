"""A rule file as it is written: what `rules.document` reads, with comments, blank lines and styles."""

from __future__ import annotations

from collections.abc import Iterator


class Scalar:
    """A scalar: its text, its style as `rules.document.ScalarNode` has it, and its lines.

    Parameters:
      lines: those that it is written on; of a block scalar those below its header, without their indentation.
    """

    __slots__ = ("lines", "style", "text")

    def __init__(self, text: str, style: str = "", lines: tuple[str, ...] = ()) -> None:
        self.text = text
        self.style = style
        self.lines = lines


class Collection:
    """A list or a mapping; `commented` says whether a comment stands between the brackets of a flow one."""

    __slots__ = ("commented", "flow", "is_map", "slots")

    def __init__(self, is_map: bool, flow: bool) -> None:
        self.is_map = is_map
        self.flow = flow
        self.commented = False
        self.slots: list[Slot] = []


class Slot:
    """An entry of a mapping or an item of a list, with its comments.

    Parameters:
      column: of its key or dash, from 0; -2 of the whole document, so that what it holds is at 0.
      above: comments before it, an empty text for a blank line.
      beside: the comment at the end of its line.
      below: comments after all that it holds.
    """

    __slots__ = ("above", "below", "beside", "column", "key", "value")

    def __init__(self, column: int, key: Scalar | None = None) -> None:
        self.column = column
        self.key = key
        self.value: Scalar | Collection = Scalar("")
        self.above: list[str] = []
        self.beside = ""
        self.below: list[str] = []


def comments_of(slot: Slot) -> Iterator[str]:
    """Yield the comments of a slot and of all that it holds."""
    yield from (comment for comment in (*slot.above, slot.beside, *slot.below) if comment)
    if isinstance(slot.value, Collection):
        for inner in slot.value.slots:
            yield from comments_of(inner)


class Written:
    """A text as `rules.document.parse_document` takes it.

    Parameters:
      document: the slot that holds all of it.
      head: the comments before its `---`.
      marked: whether it has a `---`.
    """

    __slots__ = ("document", "head", "marked")

    def __init__(self) -> None:
        self.document = Slot(-2)
        self.head: list[str] = []
        self.marked = False

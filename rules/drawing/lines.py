"""The rules as a tree of lines, as tree(1) draws directories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from rules.drawing.parts import Parts, hours_of, steps_of, where
from rules.loading.reading import spell_duration
from rules.model import Heartbeat, Route, Terminal
from rules.report import BOLD, DIM, GREEN, RED, YELLOW, painter, printable

_NARROWEST = 30


@dataclass(frozen=True, slots=True)
class _Node:
    """One branch: its name and place, what is told below them, and its children.

    Parameters:
      told: paragraphs, each with its colour and what its further lines are indented by.
    """

    name: str
    place: str
    told: tuple[tuple[str, str], ...] = ()
    children: tuple[_Node, ...] = ()
    answers: bool = False


def as_lines(parts: Parts, width: int, *, color: bool = False) -> str:
    """Return the tree, each line at most `width` columns where its words allow that.

    Parameters:
      width: columns, 40 at the least.
    """
    paint = painter(color)
    nodes: list[_Node] = []
    if parts.heartbeats:
        beats = tuple(_heartbeat(heartbeat) for heartbeat in parts.heartbeats)
        nodes.append(_Node("heartbeats", "", (("take their alerts before any route is tried", DIM),), beats))
    routes = [_route(route, parts) for route in parts.routes]
    if parts.default is not None:
        routes.append(_default(parts.default, parts))
    if routes:
        nodes.append(_Node("routes", "", (("tried in this order", DIM),), tuple(routes)))
    blocks = ["\n".join(_drawn(node, "", "", width, paint)) for node in nodes]
    return "".join(f"{block}\n" for block in blocks) or "no routes and no heartbeats\n"


def _route(route: Route, parts: Parts) -> _Node:
    told = [(", ".join(map(str, route.matchers)) or "takes everything", "")]
    if parts.answers(route.terminal):
        told += _answer(route.terminal)
    told += [(text, YELLOW) for text in hours_of(route)]
    if route.proceed:
        told.append(("continues with the next", YELLOW))
    children = tuple(_route(child, parts) for child in route.routes)
    return _Node(route.name, where(route.place), tuple(told), children, route.name in parts.answering)


def _default(terminal: Terminal, parts: Parts) -> _Node:
    told = (("what no route takes", ""), *_answer(terminal))
    return _Node(terminal.name, where(terminal.place), told, (), terminal.name in parts.answering)


def _heartbeat(heartbeat: Heartbeat) -> _Node:
    beats = "beats by its address"
    if heartbeat.matchers is not None:
        beats = ", ".join(map(str, heartbeat.matchers))
    within = f"pages when it stays away for {spell_duration(heartbeat.within_s)}"
    told = ((beats, ""), (within, YELLOW), *_answer(heartbeat.terminal))
    return _Node(heartbeat.name, where(heartbeat.place), told)


def _answer(terminal: Terminal) -> list[tuple[str, str]]:
    if terminal.chain is None:
        return [(f"✗ pages nobody: {terminal.suppress}", RED)]
    return [(f"→ {terminal.chain.name}: {'; '.join(steps_of(terminal.chain))}", GREEN)]


def _drawn(node: _Node, here: str, below: str, width: int, paint: Callable[[str, str], str]) -> Iterator[str]:
    """Yield a branch's lines.

    Parameters:
      here: what is drawn before its name.
      below: what is drawn before all that is below its name.
    """
    name = printable(node.name)
    mark = "● " if node.answers else ""
    place = printable(node.place)
    line = f"{paint(here, DIM)}{paint(mark, GREEN)}{paint(name, BOLD)}"
    if place:
        gap = max(width - len(here) - len(mark) - len(name) - len(place), 2)
        line += " " * gap + paint(place, DIM)
    yield line.rstrip()
    stem = below + ("│ " if node.children else "  ")
    for text, colour in node.told:
        for told in _wrapped(text, width - len(stem)):
            yield f"{paint(stem, DIM)}{paint(told, colour) if colour else told}"
    for number, child in enumerate(node.children):
        last = number == len(node.children) - 1
        yield from _drawn(
            child, below + ("└── " if last else "├── "), below + ("    " if last else "│   "), width, paint
        )


def _wrapped(text: str, room: int) -> list[str]:
    """Return a paragraph in lines, all but the first indented; words stay whole."""
    return wrap(
        printable(text),
        max(room, _NARROWEST),
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )

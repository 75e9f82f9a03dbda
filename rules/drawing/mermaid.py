"""The rules as a Mermaid flowchart, which GitHub, GitLab and many wikis draw."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rules.drawing.parts import Parts, hours_of, steps_of
from rules.loading.reading import spell_duration
from rules.model import Chain, Heartbeat, Route, Terminal
from rules.report import printable

MAX_EDGES = 500
MAX_CHARACTERS = 50_000
"""Beyond these, Mermaid as others host it draws nothing (its settings `maxEdges` and `maxTextSize`)."""

_LONGEST = 90

# Everything that is a sign to Mermaid or to HTML is written by its number. Its own `style…:…;` must not be
# found in a label either, hence the colon.
_SIGN = re.compile(r"[^\w ./,@+()=~-]", re.ASCII)
_PLAIN = frozenset("→✗…·")

# Mermaid looks for these once the numbers are signs again: a line break, a formula, an icon.
_OBEYED = re.compile(r"(?<=\\)(?=n)|(?<=\$)(?=\$)|(?<=:)(?=fa-)")
_NOTHING = "\u200b"


def as_mermaid(parts: Parts) -> str:
    """Return the flowchart: what takes an alert, in order from the left, and the chain that it pages."""
    drawing = _Drawing(parts)
    return "\n".join(["flowchart LR", *(f"  {line}" for line in drawing.lines())]) + "\n"


def is_too_large(chart: str) -> bool:
    """Say whether Mermaid refuses a chart with its ordinary settings."""
    return len(chart) > MAX_CHARACTERS or chart.count("-->") + chart.count("-.-") > MAX_EDGES


def label(lines: Iterable[str]) -> str:
    """Return a node's label: each line cut to what can be read, and nothing in it that Mermaid would obey."""
    return f'"{"<br/>".join(_escaped(line) for line in lines)}"'


def _escaped(text: str) -> str:
    shown = printable(text).replace("\t", " ").strip() or "…"
    cut = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
    harmless = _OBEYED.sub(_NOTHING, cut)
    return _SIGN.sub(lambda sign: sign[0] if sign[0] in _PLAIN else f"#{ord(sign[0])};", harmless)


class _Drawing:
    """Numbers the nodes; a chain is drawn once, however many routes page it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._chains: dict[str, Chain] = {}
        self._routes = 0
        self._suppressed: list[str] = []
        self._answering: list[str] = []

    def lines(self) -> Iterator[str]:
        for number, heartbeat in enumerate(self._parts.heartbeats, start=1):
            yield from self._heartbeat(f"h{number}", heartbeat)
        if self._parts.routes or self._parts.default is not None:
            yield f"alert([{label(['an alert'])}])"
        yield from self._siblings("alert", self._parts.routes)
        if self._parts.default is not None:
            yield f"none[{label([self._parts.default.name, 'what no route takes'])}]"
            yield "alert -->|otherwise| none"
            yield from self._answer("none", self._parts.default)
        for number, chain in enumerate(self._chains.values(), start=1):
            yield f"c{number}[[{label([chain.name, *steps_of(chain)])}]]"
        yield from _coloured("nobody", "stroke-dasharray: 5 5", self._suppressed)
        yield from _coloured("answers", "stroke-width: 4px", self._answering)

    def _heartbeat(self, node: str, heartbeat: Heartbeat) -> Iterator[str]:
        beats = ["beats by its address"]
        if heartbeat.matchers is not None:
            beats = [str(matcher) for matcher in heartbeat.matchers]
        within = f"away for {spell_duration(heartbeat.within_s)}"
        yield f"{node}{{{{{label([f'heartbeat {heartbeat.name}', *beats])}}}}}"
        yield from self._answer(node, heartbeat.terminal, within)

    def _siblings(self, parent: str, routes: Iterable[Route]) -> Iterator[str]:
        before = ""
        for order, route in enumerate(routes, start=1):
            self._routes += 1
            node = f"r{self._routes}"
            told = [str(matcher) for matcher in route.matchers] or ["takes everything"]
            yield f"{node}[{label([route.name, *told, *hours_of(route)])}]"
            yield f"{parent} -->|{order}| {node}"
            if before:
                yield f"{before} -.->|and then| {node}"
            before = node if route.proceed else ""
            yield from self._siblings(node, route.routes)
            if self._parts.answers(route.terminal):
                yield from self._answer(node, route.terminal, "the rest" if route.routes else "")

    def _answer(self, node: str, terminal: Terminal, when: str = "") -> Iterator[str]:
        if terminal.name in self._parts.answering:
            self._answering.append(node)
        if terminal.chain is None:
            self._suppressed.append(node)
            yield f"{node} -.- {node}x([{label(['pages nobody', terminal.suppress or ''])}])"
            return
        self._chains.setdefault(terminal.chain.name, terminal.chain)
        number = list(self._chains).index(terminal.chain.name) + 1
        yield f"{node} -->{f'|{label([when])}|' if when else ''} c{number}"


def _coloured(name: str, style: str, nodes: list[str]) -> Iterator[str]:
    if nodes:
        yield f"classDef {name} {style}"
        yield f"class {','.join(nodes)} {name}"

"""A code as `rules explain-code` prints it: as text for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill, indent

from rules.codes import Code, address
from rules.report import BOLD, painter

_WIDTH = 96


def as_list(codes: Mapping[str, Code]) -> str:
    """Return a line for each code: its name, its severity and what it means."""
    name_width = max(map(len, codes))
    return "".join(
        f"{name:{name_width}}  {about.severity:7}  {about.summary}\n" for name, about in codes.items()
    )


def as_text(name: str, code: Code, *, color: bool = False) -> str:
    """Return everything that is known of a code."""
    paint = painter(color)
    parts = [
        f"{paint(name, BOLD)} ({code.said}): {code.summary}",
        _paragraph(code.why),
        _paragraph(f"What to do: {code.remedy}"),
    ]
    if code.bad:
        parts += ["This has it:", _example(code.bad), "This has not:", _example(code.good)]
    return "\n\n".join([*parts, address(name)]) + "\n"


def as_json(name: str, code: Code) -> dict[str, object]:
    """Return the same as an object (docs/rules-tools.md)."""
    return {
        "code": name,
        "severity": code.severity,
        "adjustable": code.adjustable,
        "summary": code.summary,
        "why": code.why,
        "remedy": code.remedy,
        "bad": code.bad,
        "good": code.good,
        "docs": address(name),
    }


def _paragraph(text: str) -> str:
    return fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)


def _example(text: str) -> str:
    return indent(text.rstrip("\n"), "    ")

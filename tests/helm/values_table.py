"""The table in the chart's README, made of values.yaml. `python -m tests.helm.values_table` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from tests.docs.pages import ROOT

CHART = ROOT / "helm" / "pingparrot"
README = CHART / "README.md"
VALUES = CHART / "values.yaml"

_BEGIN = "<!-- values: python -m tests.helm.values_table -->\n"
_END = "<!-- end of values -->\n"
_SAID = "# -- "


def documented(text: str) -> Iterator[tuple[str, str]]:
    """Yield the dotted path of every value that has a `# --` line above it, and what the line says."""
    path: list[str] = []
    said = ""
    for line in text.splitlines():
        words = line.strip()
        if words.startswith(_SAID):
            said = words.removeprefix(_SAID)
        elif words and not words.startswith(("#", "-")):
            depth = (len(line) - len(line.lstrip())) // 2
            path = [*path[:depth], words.split(":", 1)[0]]
            if said:
                yield ".".join(path), said
            said = ""


def table() -> str:
    """Return the table: value, default, and what it is."""
    text = VALUES.read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    rows = [
        f"| `{path}` | `{_shown(_at(values, path))}` | {said.replace('|', chr(92) + '|')} |"
        for path, said in documented(text)
    ]
    return "\n".join(["| value | default | what it is |", "|---|---|---|", *rows, ""])


def readme() -> str:
    """Return the README with the table as it should be."""
    before, rest = README.read_text(encoding="utf-8").split(_BEGIN)
    _, after = rest.split(_END)
    return f"{before}{_BEGIN}{table()}{_END}{after}"


def _at(values: Any, path: str) -> Any:
    for name in path.split("."):
        values = values[name]
    return values


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("|", "\\|")


if __name__ == "__main__":
    README.write_text(readme(), encoding="utf-8")

"""Labels that a command is called with, beside a path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from rules.cli.opened import SETTING, readable


def path_and_labels(path: str | None, labels: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the path and the labels, where the first label may stand in the path's place."""
    if path is None or "=" not in path or Path(path).exists():
        return path, labels
    return os.environ.get(SETTING), [path, *labels]


def read_pairs(words: Sequence[str], what: str) -> dict[str, str]:
    """Return words such as `team=payments` by their names.

    Parameters:
      what: how messages call one of them (`label`).

    Raises:
      typer.BadParameter: when one is not written so, or a name is given twice.
    """
    pairs: dict[str, str] = {}
    for word in words:
        name, equals, value = readable(word).partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{what} {word!r} must be written as name=value.")
        if name in pairs:
            raise typer.BadParameter(f"{what} {name} is given twice: remove one.")
        pairs[name] = value
    return pairs

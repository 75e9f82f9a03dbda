"""The rules that a command is called with: read, loaded, and shown where they have faults."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from rules.changes import Changes
from rules.checked import Checked
from rules.findings import Finding
from rules.load import load
from rules.places import Place
from rules.reach import Reach
from rules.sources import SUFFIXES, SourcesError, expand_secret, read_cases, read_sources
from rules.syntax import lines_of
from rules.texts import Sources

SETTING = "PINGPARROT_RULES"
_HISTORY_S = 3.0
CASE_SUFFIXES = (".test.yml", ".test.yaml")

PathArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="PATH", envvar=SETTING, show_default=False, help="A rule file, or a directory of rule files."
    ),
]


class OpenedRules:
    """The rules at a path: their texts, what of them loads, and what is wrong with them.

    Parameters:
      sources: the texts, where they are not those on the disk.
      revision: the git revision that has those texts.
    """

    def __init__(self, path: Path, sources: Sources | None = None, revision: str = "") -> None:
        self._path = path
        self._revision = revision
        self._folder = path.parent if path.is_file() or path.suffix in SUFFIXES else path
        self._rules_at = self._folder if path.name.endswith(CASE_SUFFIXES) else path
        self.sources = _read(read_sources, self._rules_at) if sources is None else sources
        loaded = load(self.sources, expand_secret)
        # Nothing is kept here: that is about servers, which have an older version to keep.
        self.findings = [found for found in loaded.findings if found.code != "namespace-kept"]
        self.errors = [found for found in self.findings if found.severity == "error"]
        self.ruleset = loaded.ruleset

    def changes(self, places: Collection[Place]) -> Changes:
        """Return who last changed the routes at some places; nothing where there is no history to read."""
        if self.sources.commit is None:
            return {}
        from rules.blame import last_changes  # a command that does not ask starts without it

        until = time.monotonic() + _HISTORY_S
        try:
            return last_changes(self._rules_at, self.sources, places, lambda: time.monotonic() < until)
        except SourcesError:
            return {}

    def cases(self) -> Sources:
        """Return the case files: all of a directory, the one named, or the one named like the rule file."""
        if self._path.is_dir():
            return _read(read_cases, self._path)
        stem = self._path.name.removesuffix(".yml").removesuffix(".yaml")
        beside = [self._path.with_name(stem + suffix) for suffix in CASE_SUFFIXES]
        named = [self._path] if self._path.name.endswith(CASE_SUFFIXES) else beside
        found = [_read(read_cases, file) for file in named if file.is_file()]
        return found[0] if found else Sources({})

    def checked(
        self,
        findings: Sequence[Finding],
        cases: Mapping[str, str] | None = None,
        *,
        strict: bool = False,
        reached: Sequence[Reach] = (),
    ) -> Checked:
        """Return a report over findings in the rules, and in the cases when they were read too."""
        files = {**self.sources.files, **(cases or {})}

        def source_line(place: Place) -> str | None:
            lines = lines_of(files[place.file]) if place.file in files else []
            return lines[place.line - 1] if 0 < place.line <= len(lines) else None

        return Checked(
            tuple(findings),
            tuple(files),
            self.sources.revision,
            self.path_of,
            source_line,
            strict,
            tuple(reached),
        )

    def path_of(self, file: str) -> str:
        """Return a file's path as seen from the working directory; the rules' own for what is in no file."""
        at = f"{self._revision}:" if self._revision else ""
        if file.startswith("("):
            return readable(at + self._path.as_posix())
        return readable(at + Path(os.path.normpath(self._folder / file)).as_posix())


def open_rules(path: str | None) -> OpenedRules:
    """Return the rules at a path that a command was given, or that the setting names."""
    if not path:
        raise typer.BadParameter(f"name the rules: a file or a directory (or set {SETTING}).")
    return OpenedRules(Path(path))


def _read(reader: Callable[[Path], Sources], path: Path) -> Sources:
    try:
        return reader(path)
    except SourcesError as error:
        raise typer.BadParameter(str(error)) from None


def readable(text: str) -> str:
    """Return text of the command line or the disk as UTF-8 can say it."""
    return text.encode("utf-8", "replace").decode()


def wants_color() -> bool:
    """Say whether to colour: on a terminal, and never with NO_COLOR (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

"""The files of other programs that a command is given, read into what they say of alerts.

Their places carry a name that begins with `./` or `/`, which no rule file's does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import typer

from rules.alertmanager.config import read_alertmanager
from rules.alertmanager.model import Sender
from rules.cli.opened import OpenedRules, readable
from rules.cli.patterns import PatternError, find_files, read_text
from rules.coverage.gathering import Gathered
from rules.places import Place


def path_of_place(rules: OpenedRules) -> Callable[[str], str]:
    """Return what makes of a place's file its path as seen from the working directory."""

    def path_of(file: str) -> str:
        return file.removeprefix("./") if file.startswith(("./", "/")) else rules.path_of(file)

    return path_of


def _name(path: Path) -> str:
    name = readable(path.as_posix())
    return name if path.is_absolute() else f"./{name}"


def _texts(patterns: Iterable[str], gathered: Gathered) -> Iterator[tuple[str, str]]:
    """Yield the files of patterns, each once, with their texts."""
    seen: set[Path] = set()
    for pattern in patterns:
        try:
            found = find_files(pattern)
        except (PatternError, OSError) as error:
            raise typer.BadParameter(str(error)) from None
        for path in found:
            whole = path.resolve()
            if whole in seen:
                continue
            seen.add(whole)
            text = _text(path, gathered)
            if text is not None:
                yield _name(path), text


def _text(path: Path, gathered: Gathered) -> str | None:
    try:
        return read_text(path)
    except OSError as error:
        gathered.note_unreadable(_name(path), error.strerror or str(error))
    except ValueError as error:
        gathered.note_unreadable(_name(path), str(error))
    return None


def gather_prometheus(patterns: Sequence[str], gathered: Gathered) -> None:
    """Read the alerting rules of Prometheus, and those that a prometheus.yml among the files names."""
    files = dict(_texts(patterns, gathered))
    read = {Path(file).resolve() for file in files}
    for file, text in files.items():
        gathered.add_prometheus(file, text)
    for file, configuration in list(gathered.configurations.items()):
        for node in configuration.rule_files:
            for path in _named_by(Path(file), node.text, gathered, node.place):
                found = _text(path, gathered) if path.resolve() not in read else None
                read.add(path.resolve())
                if found is not None:
                    gathered.add_prometheus(_name(path), found)


def _named_by(config: Path, pattern: str, gathered: Gathered, place: Place) -> list[Path]:
    """Return the files that a prometheus.yml names by a pattern, below its directory or the working one."""
    try:
        found = find_files((config.parent / pattern).as_posix()) if "\0" not in pattern else []
    except (PatternError, OSError):
        found = []
    inside = (config.parent.resolve(), Path.cwd())
    kept = [path for path in found if any(path.resolve().is_relative_to(folder) for folder in inside)]
    if len(kept) < len(found) or not found:
        gathered.note_missing(pattern, place)
    return kept


def gather_grafana(patterns: Sequence[str], gathered: Gathered) -> None:
    """Read Grafana's provisioning files."""
    for file, text in _texts(patterns, gathered):
        gathered.add_grafana(file, text)


def gather_alertmanager(path: Path, gathered: Gathered) -> Sender | None:
    """Read an alertmanager.yml; None when it has faults, which are noted."""
    try:
        text = read_text(path)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{path}: cannot be read: {error}.") from None
    return read_alertmanager(text, _name(path), gathered.findings)

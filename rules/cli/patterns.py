"""Files that a command names by a path, a directory or a pattern: bounded, and never outside of it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from rules.matchers import Matcher, MatcherError, make_matcher

MAX_FILES = 5_000
MAX_SEEN = 200_000
MAX_FILE = 8 << 20
MAX_TOTAL = 64 << 20

_MAGIC = re.compile(r"[*?\[]")
_PIECE = re.compile(r"\[(?P<choice>[!^]?[^\]]+)\]|.", re.DOTALL)
_YAML = make_matcher("path", "=~", r"(?s).*\.(yml|yaml|rules|json)")


class PatternError(Exception):
    """A pattern that no file has, or too many have; says what to do."""


def find_files(pattern: str) -> list[Path]:
    """Return the files of a path: itself, the YAML and JSON files of a directory, or those of a pattern.

    In a pattern `*`, `?` and `[…]` stand within a name and `**` for any directories. Hidden names are passed
    over, links to directories are not followed, and neither are links that lead
    out of where the search began.

    Raises:
      PatternError: when there are none, or more than MAX_FILES, or the pattern is none.
    """
    path = Path(pattern)
    if path.exists() and not path.is_dir():
        return [path]
    if path.is_dir():
        return _found(pattern, path, _YAML)
    parts = path.parts
    fixed = next((number for number, part in enumerate(parts) if _MAGIC.search(part)), None)
    if fixed is None:
        raise PatternError(f"{pattern}: there is no such file. Check the path.")
    root = Path(*parts[:fixed])
    return _found(pattern, root, _expression(parts[fixed:]), None if "**" in parts else len(parts) - fixed)


def _expression(parts: Sequence[str]) -> Matcher:
    """Return what a path below the search's root must match, with `/` between its names."""
    written = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            written += ".*" if last else "(?:[^/]+/)*"
        else:
            written += _PIECE.sub(_translated, part) + ("" if last else "/")
    try:
        return make_matcher("path", "=~", written)
    except MatcherError:
        raise PatternError(f"{'/'.join(parts)}: is not a pattern. Check its brackets.") from None


def _translated(piece: re.Match[str]) -> str:
    sign, choice = piece[0], piece["choice"]
    if choice is not None:
        negated, inner = ("^", choice[1:]) if choice[0] in "!^" else ("", choice)
        return f"[{negated}" + "".join(re.escape(each) if each != "-" else each for each in inner) + "]"
    return {"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign))


def _found(pattern: str, root: Path, wanted: Matcher, depth: int | None = None) -> list[Path]:
    found: list[Path] = []
    seen = 0
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        relative = Path(folder).relative_to(root)
        folders[:] = [name for name in folders if not name.startswith(".")]
        if depth is not None and len(relative.parts) >= depth - 1:
            folders.clear()
        seen += len(names) + len(folders)
        if seen > MAX_SEEN:
            raise PatternError(f"{pattern}: looks through more than {MAX_SEEN:,} files: name less.")
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or not wanted.finds((relative / name).as_posix()):
                continue
            if path.is_file() and path.resolve().is_relative_to(inside):
                found.append(path)
        if len(found) > MAX_FILES:
            raise PatternError(f"{pattern}: more than {MAX_FILES:,} files: name less.")
    if not found:
        raise PatternError(f"{pattern}: no file is named so. Check the pattern, and quote it for the shell.")
    return sorted(found)


def read_text(path: Path) -> str:
    """Return a file's text.

    Raises:
      OSError, ValueError: when it cannot be read, is too large, or is not UTF-8.
    """
    with path.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError(f"larger than {MAX_FILE:,} bytes")
    return data.decode("utf-8-sig").replace("\r\n", "\n")

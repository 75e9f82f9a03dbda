"""Reads a Dockerfile: as much of the language as ours uses, and nothing else passes."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

_KNOWN = (
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "LABEL",
    "RUN",
    "STOPSIGNAL",
    "USER",
    "WORKDIR",
)


@dataclass(frozen=True)
class Instruction:
    """One step; its flags (`--from=build`) are apart, and arguments are filled in where Docker does that."""

    keyword: str
    text: str
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """The words of the text: those of its JSON in exec form, a shell's otherwise."""
        if self.text.startswith("["):
            words: list[str] = json.loads(self.text)
            return words
        return shlex.split(self.text)

    @property
    def is_exec_form(self) -> bool:
        """Whether it needs no shell."""
        return self.text.startswith("[")


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next."""

    name: str
    image: str
    steps: list[Instruction] = field(default_factory=list)

    def texts(self, keyword: str) -> list[str]:
        """Return the texts of all steps of one kind."""
        return [step.text for step in self.steps if step.keyword == keyword]

    def pairs(self, keyword: str) -> dict[str, str]:
        """Return what ENV, LABEL or ARG steps set."""
        words = [word for step in self.steps if step.keyword == keyword for word in step.words]
        return dict(word.split("=", 1) for word in words)

    def last(self, keyword: str) -> Instruction:
        """Return the step of this kind that counts."""
        return [step for step in self.steps if step.keyword == keyword][-1]


def stages(source: str, given: dict[str, str] | None = None) -> list[Stage]:
    """Return the stages of a Dockerfile.

    Parameters:
      given: build arguments, which replace the defaults of ARG.
    Raises ValueError at an instruction that the tests could not carry out.
    """
    given = given or {}
    found: list[Stage] = []
    before: dict[str, str] = {}
    arguments = before
    for keyword, text in _lines(source):
        if keyword == "ARG":
            name, _, default = text.partition("=")
            arguments[name] = given.get(name, default)
        if keyword == "FROM":
            image, _, name = _filled(text, before).partition(" AS ")
            found.append(Stage(name, image))
            arguments = {}
        elif found:
            if keyword not in _KNOWN:
                raise ValueError(f"{keyword} {text}: the tests do not know this instruction")
            flags: dict[str, str] = {}
            while text.startswith("--"):
                flag, _, text = text.partition(" ")
                name, _, value = flag.removeprefix("--").partition("=")
                flags[name] = value
            found[-1].steps.append(
                Instruction(keyword, text if keyword == "RUN" else _filled(text, arguments), flags)
            )
    return found


def is_ignored(path: PurePosixPath, patterns: list[str]) -> bool:
    """Return whether a .dockerignore keeps a path from the engine: the last pattern that matches decides."""
    ignored = False
    names = [str(path), *(str(parent) for parent in path.parents if parent.name)]
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        if any(_matches(name, bare) for name in names):
            ignored = not pattern.startswith("!")
    return ignored


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return fnmatchcase(f"/{name}", f"*/{pattern[3:]}")
    return fnmatchcase(name, pattern) and name.count("/") == pattern.count("/")


def _lines(source: str) -> list[tuple[str, str]]:
    joined = re.sub(r"^\s*#.*\n", "", source, flags=re.MULTILINE).replace("\\\n", "")
    lines = [" ".join(line.split()) for line in joined.splitlines() if line.strip()]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def _filled(text: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], text)

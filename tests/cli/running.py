"""Runs the command line in this process, as the script would."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from router.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command said and what it exited with."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON line on stdout."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def document(self) -> Any:
        """All of stdout, as one JSON document over many lines."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Every JSON line on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


class Pingparrot:
    """`pingparrot …` under an environment of its own."""

    def __init__(self, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch = patch
        self._capsys = capsys

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        for name, value in environment.items():
            self._patch.setenv(f"PINGPARROT_{name}", value)
        self._patch.setattr(sys, "argv", ["pingparrot", *arguments])
        self._patch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        code: object = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
        said = self._capsys.readouterr()
        assert isinstance(code, int)
        return Ran(code, said.out, said.err)

"""Where something stands in the rules, and who changed it last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the rules: `payments.yml:14:5`."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest commit that touched a route's lines in git.

    Parameters:
      author: the name that the commit gives; hostile text, at most 80 characters.
      at: UTC, when it was written.
      commit: its whole id.
      whole_file: it is known of the file only: the history of the lines goes further back than was looked.
    """

    author: str
    at: datetime
    commit: str
    whole_file: bool = False

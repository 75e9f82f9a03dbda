"""What the doctor says: what was looked at, how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding.

    Parameters:
      about: what was looked at, in a word or two.
      severity: an `error` keeps somebody from being paged, or will.
      message: what was found, without secrets.
      remedy: what to do; empty where all is well.
    """

    about: str
    severity: Severity
    message: str
    remedy: str = ""


def ok(about: str, message: str) -> Remark:
    """Return that all is well."""
    return Remark(about, "ok", message)


def warning(about: str, message: str, remedy: str) -> Remark:
    """Return what should be looked into."""
    return Remark(about, "warning", message, remedy)


def error(about: str, message: str, remedy: str) -> Remark:
    """Return what must be mended."""
    return Remark(about, "error", message, remedy)


def some(names: list[str], most: int = 5) -> str:
    """Return names in a row, those beyond `most` as their number."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

"""Every code that a finding can have: what it means, why it matters, what to do, and an example.

Codes are stable: scripts, annotations and `lint` sections name them. Their texts are files beside this one,
one for each noun, and are read when they are shown, so that a check without findings does not wait for them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import cast

import yaml

from rules.findings import Severity

PAGE = "https://github.com/pingparrot/pingparrot/blob/main/docs/rules-codes.md"
"""Where every code has its section."""

_NOUNS = (
    "files",
    "routes",
    "matchers",
    "chains",
    "hours",
    "people",
    "heartbeats",
    "cases",
    "alertmanager",
    "coverage",
)


@dataclass(frozen=True, slots=True)
class Code:
    """What is known of a code.

    Parameters:
      severity: what its findings are, unless the rules or the command line say otherwise.
      adjustable: whether they may say otherwise; not when it keeps rules from loading.
      summary: what is wrong, one sentence.
      why: what happens if it stays so.
      remedy: what to do.
      bad, good: rule texts, with the fault and without; empty where it is in no text. In one of several files
        each begins with its name, `# payments.yml`.
    """

    severity: Severity
    adjustable: bool
    summary: str
    why: str
    remedy: str
    bad: str = ""
    good: str = ""

    @property
    def said(self) -> str:
        """Its severity as people are told of it."""
        return self.severity if self.adjustable else f"{self.severity}, always"


@cache
def every_code() -> Mapping[str, Code]:
    """Return all codes by name, in the order of their names."""
    read: dict[str, Code] = {}
    for noun in _NOUNS:
        texts = yaml.load(pkgutil.get_data(__name__, f"{noun}.yml") or b"", Loader=yaml.CSafeLoader)
        read |= {name: _code(fields) for name, fields in texts.items()}
    return MappingProxyType(dict(sorted(read.items())))


def _code(fields: Mapping[str, str]) -> Code:
    severity = cast("Severity", fields["severity"])
    return Code(
        severity=severity,
        adjustable=bool(fields.get("adjustable", severity != "error")),
        summary=_joined(fields["summary"]),
        why=_joined(fields["why"]),
        remedy=_joined(fields["remedy"]),
        bad=fields.get("bad", ""),
        good=fields.get("good", ""),
    )


def _joined(text: str) -> str:
    return " ".join(text.split())


def address(code: str) -> str:
    """Return where a code is explained for a browser."""
    return f"{PAGE}#{code}"

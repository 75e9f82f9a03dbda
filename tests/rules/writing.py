"""Rule files written in tests, loaded and asked."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import dedent

from rules.load import Loaded, load
from rules.match import match
from rules.model import Decision, RuleSet
from rules.texts import Sources

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def unset(name: str) -> None:
    """A world in which no secret is set."""


def written(**files: str) -> Sources:
    """Sources from keyword arguments: `a=…` is the file `a.yml`."""
    return Sources({f"{name}.yml": dedent(text) for name, text in files.items()})


def loaded(**files: str) -> Loaded:
    """What comes of loading the files."""
    return load(written(**files), unset)


def ruled(**files: str) -> RuleSet:
    """The rule set of files that are sound."""
    outcome = loaded(**files)
    assert outcome.ruleset is not None, faults_of(outcome)
    assert outcome.errors == ()
    return outcome.ruleset


def faults_of(outcome: Loaded) -> list[str]:
    """Every finding as it is printed."""
    return [f"{found.place}: {found.message}" for found in outcome.findings]


def fault_of(text: str) -> str:
    """The only error in a file called rules.yml."""
    (fault,) = load(Sources({"rules.yml": dedent(text)}), unset).errors
    return f"{fault.place}: {fault.message}"


def asked(ruleset: RuleSet, now: datetime = NOON, **labels: str) -> tuple[Decision, ...]:
    """The decisions for labels."""
    return match(ruleset, labels, now)


def taken(ruleset: RuleSet, **labels: str) -> list[str]:
    """The names of the routes that answer, in order."""
    return [decision.terminal.name for decision in asked(ruleset, **labels)]

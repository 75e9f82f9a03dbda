"""The rules: whether they load, what lint says, whom they reach, and whether they are in force."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from router.delivery.contact import ContactError
from router.delivery.described import described
from router.doctor.remark import Remark, error, ok, warning
from router.ruleset import used_chains
from router.settings import Settings
from router.store import revisions
from router.store.unreached import unreached
from rules.lint import with_lint
from rules.load import empty, load
from rules.model import RosterUser, RuleSet
from rules.places import Place
from rules.sources import SourcesError, expand_secret, read_sources
from rules.texts import Sources

_ABOUT = "rules"
_CHECK = "`pingparrot rules check` shows the lines."


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the settings name.

    Parameters:
      ruleset: None when it does not load whole.
      sources: None for the built-in rules, too.
    """

    ruleset: RuleSet | None
    sources: Sources | None = None


def look(given: Settings, now: datetime) -> Generator[Remark, None, Loaded]:
    """Yield remarks about the files; return what loads."""
    if given.rules is None:
        yield warning(
            _ABOUT,
            "PINGPARROT_RULES is not set: every alert pages the group All.",
            "Write rules (docs/rules.md) and name them.",
        )
        return Loaded(empty())
    try:
        sources = read_sources(given.rules)
    except SourcesError as failure:
        yield error(
            _ABOUT, str(failure), "A server goes on with the rules that it knows; a new one cannot start."
        )
        return Loaded(None)
    loaded = load(sources, expand_secret)
    found = with_lint(loaded.findings, loaded.ruleset, now)
    findings = [finding for finding in found if finding.severity != "info"]
    for finding in findings:
        remark = error if finding.severity == "error" else warning
        yield remark(_ABOUT, f"{finding.place}: {finding.message}", _CHECK)
    if loaded.ruleset is None or loaded.failed:
        return Loaded(None)
    for user in loaded.ruleset.users:
        yield from _contacts(user)
    if not findings:
        yield ok(_ABOUT, f"{given.rules} loads: revision {loaded.ruleset.revision}.")
    return Loaded(loaded.ruleset, sources)


def look_at_chains(connection: Connection, org_id: int, loaded: Loaded) -> Iterator[Remark]:
    """Yield what is not in force, and which chains and steps reach nobody."""
    if loaded.ruleset is None:
        return
    kept = revisions.in_force(connection, org_id)
    if loaded.sources is not None and (kept is None or Sources.from_json(kept).files != loaded.sources.files):
        yield warning(
            _ABOUT,
            "The files are not what is in force; whom chains reach is not known before they are.",
            "A running server takes them over within seconds, or its log says why not.",
        )
        return
    chains = used_chains(loaded.ruleset)
    for chain in chains:
        findings = unreached(connection, org_id, [chain])
        if len(findings) == sum(len(step.targets) for step in chain.steps):
            yield error(
                "chains",
                f"{_at(chain.place)}The chain {chain.name!r} reaches nobody.",
                "Give people in it a contact (`pingparrot contact add`), or name others.",
            )
        else:
            for finding in findings:
                yield warning(
                    "chains", f"{_at(finding.place)}{finding.message}", "Mend the roster or the chain."
                )
    if not unreached(connection, org_id, chains):
        yield ok("chains", f"Every step of {len(chains)} reaches somebody.")


def _at(place: Place) -> str:
    """Return where something stands; nothing for the built-in rules."""
    return "" if place.file.startswith("(") else f"{place}: "


def _contacts(user: RosterUser) -> Iterator[Remark]:
    for number, url in enumerate(user.contacts, 1):
        try:
            described(url)
        except ContactError as failure:
            yield error(
                _ABOUT,
                f"{user.place}: contact {number} of {user.email} cannot be used: {failure}.",
                "Correct it: docs/channels.md has every kind of contact.",
            )

"""Loading: texts in, a rule set out, or everything that is wrong with it.

Shared files that fail change nothing; a namespace that fails keeps its last good files while the others
go ahead (docs/rules.md, "Reload").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from rules.assembly import Assembly, namespace_of
from rules.findings import Finding
from rules.model import RuleSet
from rules.places import Place
from rules.texts import Sources

Expand = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading.

    Parameters:
      ruleset: what to route by; None when nothing may change.
      findings: errors and warnings, in the order of files and lines.
      sources: the texts in force, to be kept: those given, with the last good ones of failed namespaces;
        None when `ruleset` is.
      failed: the namespaces that failed, the empty one for shared files.
    """

    ruleset: RuleSet | None
    findings: tuple[Finding, ...]
    sources: Sources | None = None
    failed: frozenset[str] = field(default_factory=frozenset)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that are errors."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def load(sources: Sources, expand: Expand, previous: Sources | None = None) -> Loaded:
    """Load a rule set.

    Parameters:
      sources: the texts, from `rules.sources.read_sources` or `Sources.from_json`.
      expand: says what `${NAME}` and `${file:PATH}` stand for in contacts, None when unset; its answers
        are in the roster's contacts and nowhere else.
      previous: the texts now in force, from which a namespace that fails is kept.
    """
    assembly = Assembly(sources, expand, _owners(previous))
    failed = assembly.failed
    if not failed:
        return Loaded(assembly.ruleset(), assembly.findings, sources)
    if "" in failed:
        return Loaded(None, assembly.findings, None, failed)
    return _keep(sources, expand, previous, assembly)


def _keep(sources: Sources, expand: Expand, previous: Sources | None, faulty: Assembly) -> Loaded:
    """Go ahead without the failed namespaces' new files."""
    failed = faulty.failed
    kept = {n: t for n, t in (previous.files if previous else {}).items() if namespace_of(t) in failed}
    going = {n: t for n, t in sources.files.items() if faulty.owners.get(n) not in failed}
    clash = sorted(kept.keys() & going.keys())
    if clash:
        refusal = Finding(
            "nothing-changed",
            f"{clash[0]} went to another namespace while its old one fails, so nothing is changed: "
            "correct the errors first.",
            Place(clash[0], 1),
        )
        return Loaded(None, (*faulty.findings, refusal), None, failed)
    effective = Sources(kept | going, sources.commit)
    assembly = Assembly(effective, expand, {}, built_in=True)
    if assembly.failed:
        refused = tuple(
            replace(
                found,
                message=f"with the shared files as they are now, the kept version fails too: {found.message}",
            )
            for found in assembly.findings
            if found.severity == "error"
        )
        return Loaded(None, (*faulty.findings, *refused), None, failed | {""})
    notes = tuple(_note(namespace, faulty.findings, bool(kept)) for namespace in sorted(failed))
    findings = (*faulty.findings, *notes)
    return Loaded(replace(assembly.ruleset(), findings=findings), findings, effective, failed)


def _note(namespace: str, findings: Iterable[Finding], kept: bool) -> Finding:
    first = next(found for found in findings if found.namespace == namespace and found.severity == "error")
    does = "keeps its last good version" if kept else "has no good version to keep and routes nothing"
    return Finding(
        "namespace-kept",
        f"namespace {namespace} {does}: correct its errors, the first is here.",
        first.place,
        "warning",
        namespace,
    )


def _owners(previous: Sources | None) -> Mapping[str, str]:
    return {name: namespace_of(text) for name, text in (previous.files if previous else {}).items()}


def empty() -> RuleSet:
    """Return the rules that hold when none are given: everything pages the group All."""
    return Assembly(Sources({}), lambda _: None, {}, built_in=True).ruleset()

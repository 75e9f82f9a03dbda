"""Steps and repeats that do nothing, although their times come."""

from __future__ import annotations

from collections.abc import Iterable

from rules.document import printed
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.loading.reading import spell_duration
from rules.model import Chain, RuleSet, Target, Terminal


def lint_chains(ruleset: RuleSet, terminals: Iterable[Terminal], findings: list[Finding]) -> None:
    """Remark on steps that page nobody new, and on repeats that come only once a page is over.

    Parameters:
      terminals: everything that pages.
    """
    for name, chain in ruleset.chains.items():
        _lint_idle_steps(chain, Faults(findings, name.rpartition("/")[0]))
    _lint_late_repeats(terminals, findings)


def _lint_idle_steps(chain: Chain, faults: Faults) -> None:
    paged: set[Target] = set()
    repeating = True
    for number, step in enumerate(chain.steps):
        targets = set(step.targets)
        if number and targets <= paged and repeating and step.repeat:
            faults.warning(
                "idle-step",
                step.place or chain.place,
                f"the step after {spell_duration(step.after_s)} pages nobody new: the steps before it page "
                "the same, who are told again at every repeat_interval anyway. Page somebody else, or "
                "remove it.",
            )
        paged |= targets
        repeating = step.repeat


def _lint_late_repeats(terminals: Iterable[Terminal], findings: list[Finding]) -> None:
    late: dict[tuple[int, int], list[Terminal]] = {}
    for terminal in terminals:
        expires_s = terminal.expires_s
        if terminal.suppress is None and expires_s is not None and terminal.repeat_interval_s >= expires_s:
            late.setdefault((terminal.repeat_interval_s, expires_s), []).append(terminal)
    for (repeat_s, expires_s), of_them in late.items():
        first, others = of_them[0], len(of_them) - 1
        also = f" (and so on {others} more)" if others else ""
        Faults(findings, first.name.removeprefix("heartbeat ").rpartition("/")[0]).warning(
            "late-repeat",
            first.place,
            f"pages of {printed(first.name)}{also} are not repeated: they expire after "
            f"{spell_duration(expires_s)}, unless more alerts join them, and the first repeat comes after "
            f"{spell_duration(repeat_s)}. Repeat sooner, or let them expire later.",
        )

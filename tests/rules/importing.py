"""alertmanager.yml made into rules, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from rules.alertmanager.config import read_alertmanager
from rules.alertmanager.model import Sender
from rules.findings import Finding
from rules.importing.plan import Plan, make_plan
from rules.importing.proof import Proof, compare_routing
from rules.importing.recipients import Recipient, make_recipients, read_choices
from rules.importing.witnesses import write_cases
from rules.importing.writing import write_rules
from rules.model import RuleSet
from rules.regions import Limit
from tests.rules.writing import NOON, ruled

SOURCE = "alertmanager.yml"


@dataclass(frozen=True)
class Import:
    """What came of one import."""

    sender: Sender
    recipients: dict[str, Recipient]
    plan: Plan
    text: str
    ruleset: RuleSet

    def proof(self, limit: Limit | None = None) -> Proof:
        """Return the comparison of both."""
        chains = {name: recipient.chain for name, recipient in self.recipients.items()}
        return compare_routing(self.sender.root, self.ruleset, chains.get, NOON, limit or Limit(5_000_000))

    def cases(self) -> str:
        """Return the case file."""
        return write_cases(self.proof().witnesses, self.plan.routes, SOURCE)


def sender_of(text: str) -> Sender:
    """Read an alertmanager.yml that is sound."""
    findings: list[Finding] = []
    sender = read_alertmanager(dedent(text), SOURCE, findings)
    assert sender is not None, findings
    return sender


def imported(text: str, *choices: str) -> Import:
    """Import an alertmanager.yml that is sound; the rules load without an error."""
    sender = sender_of(text)
    recipients = make_recipients(sender.receivers, read_choices(choices))
    plan = make_plan(sender, recipients)
    written = write_rules(plan, list(recipients.values()), SOURCE)
    return Import(sender, recipients, plan, written, ruled(imported=written))

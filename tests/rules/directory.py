"""A rule directory for tests of the command line, and a way to run it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from typer.testing import CliRunner, Result

from rules.cli import rules_app

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = Path(__file__).parents[2] / "examples" / "rules"

GOOD = MappingProxyType(
    {
        "00-shared.yml": """\
defaults: {chain: triage}
chains:
  triage: {steps: [{page: {group: sre}}, {after: 5m, page: {user: jane@example.com}}]}
time_intervals:
  office: [{times: [{start_time: "09:00", end_time: "17:00"}]}]
routes:
  - name: staging
    matchers: [env="staging"]
    suppress: only production wakes people
  - name: nights
    matchers: [severity="warning"]
    active_time_intervals: [office]
""",
        "ok.test.yml": """\
cases:
  - name: what nobody claims goes to triage
    labels: {alertname: Up}
    expect: {routes: [default]}
""",
    }
)

FAULTY = MappingProxyType(
    {
        "00-shared.yml": """\
defaults: {chain: triage}
namespaces: {payments: [team="payments"]}
chains:
  triage: {steps: [{page: {group: sre}}]}
  idle: {steps: [{page: {group: sre}}]}
""",
        "payments.yml": """\
namespace: payments
routes:
\t# a tab above a fault
""",
        "web, eu.yml": """\
routes:
  - name: web
    chian: triage
    matchers: ['env=~"(a"']
""",
    }
)


DOUBTFUL = MappingProxyType(
    {
        "rules.yml": """\
chains:
  sre: {steps: [{page: {group: sre}}]}
  idle: {steps: [{page: {group: sre}}]}
defaults: {chain: sre}
routes:
  - name: web
    matchers: [service="web"]
  - name: late-web
    matchers: [service="web", severity="critical"]
  - name: production
    matchers: [env!="dev"]
""",
    }
)

FAULTY_CASES = MappingProxyType(
    {
        "web.test.yml": """\
cases:
  - name: a warning is not held & <nobody> "is" low
    at: 2026-03-02T03:00:00Z
    labels: {severity: warning}
    expect: {priority: low, held_until: null, timeline: [{at: 5m, page: {group: sre}}]}
  - name: staging is silent
    labels: {env: staging}
    expect: {suppressed: staging}
  - name: this one cannot be read
    at: today
    labels: {}
    expect: {colour: red}
""",
    }
)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files into a folder and return it."""
    for name, text in files.items():
        folder.joinpath(name).write_text(text, encoding="utf-8", errors="surrogateescape")
    return folder


def rules(*words: str | os.PathLike[str], env: dict[str, str | None] | None = None) -> Result:
    """Run `rules` with these words in this process."""
    return CliRunner().invoke(
        rules_app,
        [os.fspath(word) for word in words],
        env={"PINGPARROT_RULES": None, "COLUMNS": "100", **(env or {})},
    )

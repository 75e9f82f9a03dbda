"""What is imported routes as Alertmanager does: asked of amtool, and proved."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.cases import read_case_file, run
from rules.findings import Finding
from rules.importing.proof import DiffersError, compare_routing
from rules.lint import with_lint
from rules.match import match
from rules.model import RuleSet
from rules.regions import Limit
from tests.rules.importing import Import, imported
from tests.rules.senders import configuration, labels_of
from tests.rules.test_match_amtool import routed_by_amtool
from tests.rules.writing import NOON, ruled

FILES = 30
ALERTS = 10


def paged(done: Import, labels: dict[str, str]) -> list[str]:
    """Return the receivers whose chains are paged for some labels."""
    of_chain = {recipient.chain: name for name, recipient in done.recipients.items() if recipient.chain}
    terminals = [decision.terminal for decision in match(done.ruleset, labels, NOON)]
    return [of_chain[terminal.chain.name] for terminal in terminals if terminal.chain is not None]


@pytest.mark.slow
def test_receivers_agree_with_amtool_over_generated_configurations(amtool: str, tmp_path: Path) -> None:
    rng = random.Random(20260314)
    written = [json.dumps(configuration(rng)) for _ in range(FILES)]
    alerts = [[labels_of(rng) for _ in range(ALERTS)] for _ in written]
    paths = [tmp_path / f"{number}.yml" for number in range(FILES)]
    for path, text in zip(paths, written, strict=True):
        path.write_text(text)
    questions = [(path, labels) for path, asked in zip(paths, alerts, strict=True) for labels in asked]

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(lambda question: routed_by_amtool(amtool, *question), questions))

    ours = []
    notifying = []
    for text, asked in zip(written, alerts, strict=True):
        done = imported(text)
        ours += [paged(done, labels) for labels in asked]
        silent = {name for name, recipient in done.recipients.items() if recipient.chain is None}
        notifying += [silent] * len(asked)
    assert ours == [
        [name for name in names if name not in silent]
        for names, silent in zip(theirs, notifying, strict=True)
    ]
    assert sum(bool(names) for names in ours) > len(ours) // 4
    assert sum(not names for names in ours) > len(ours) // 10


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_routing_alike_is_proved_for_all_labels(rng: random.Random) -> None:
    proof = imported(json.dumps(configuration(rng))).proof()

    assert proof.is_whole


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_every_case_made_from_a_witness_passes(rng: random.Random) -> None:
    done = imported(json.dumps(configuration(rng)))
    findings: list[Finding] = []
    cases = read_case_file(done.cases(), "imported.test.yml", findings)

    assert findings == []
    assert cases
    assert all(run(case, done.ruleset).passed for case in cases)


ONE = """\
route:
  receiver: a
  routes:
    - {receiver: b, matchers: [x=~"b.*"]}
    - {receiver: a, matchers: [x="bee"]}
receivers: [{name: a, webhook_configs: [{url: http://x}]}, {name: b, webhook_configs: [{url: http://x}]}]
"""


def compared(done: Import, ruleset: RuleSet) -> None:
    chains = {name: recipient.chain for name, recipient in done.recipients.items()}
    compare_routing(done.sender.root, ruleset, chains.get, NOON, Limit(1_000_000))


@pytest.mark.parametrize(
    ("right", "wrong", "labels"),
    [
        ('[x=~"b.*"]', '[x=~"b.*", y=""]', {"x": "b", "y": "\x00"}),
        ('[x=~"b.*"]', '[x=~"b?.*"]', {}),
        ("chain: b", "chain: a", {"x": "b"}),
    ],
)
def test_rules_that_differ_anywhere_are_not_proved(right: str, wrong: str, labels: dict[str, str]) -> None:
    done = imported(ONE)
    assert right in done.text

    with pytest.raises(DiffersError) as differs:
        compared(done, ruled(imported=done.text.replace(right, wrong)))

    assert set(differs.value.labels) == set(labels)


def test_a_route_that_no_alert_comes_to_is_told() -> None:
    proof = imported(ONE).proof()

    assert [route.place.line for route in proof.unreached] == [5]


def test_what_takes_too_long_to_prove_is_not_called_proved() -> None:
    proof = imported(ONE).proof(Limit(10))

    assert not proof.is_whole
    assert proof.unreached == ()


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_a_check_of_what_is_imported_finds_no_error(rng: random.Random) -> None:
    ruleset = imported(json.dumps(configuration(rng))).ruleset

    found = with_lint(ruleset.findings, ruleset, NOON)

    assert [finding for finding in found if finding.severity == "error"] == []

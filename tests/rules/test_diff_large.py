"""A small change of a large set costs what was changed, not what stands there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from rules.diff.joint import Compared, Walk
from rules.model import RuleSet
from rules.regions import Limit
from tests.rules.writing import ruled

SERVICES = 2_500
Rules = dict[str, Any]


def large() -> Rules:
    """Return 10,001 routes."""
    routes: list[Rules] = [
        {"name": "audit", "matchers": ['severity=~".+"'], "chain": "two", "continue": True},
    ]
    for number in range(SERVICES):
        name = f"s{number}"
        children = [
            {"name": f"{name}-warning", "matchers": ['severity="warning"'], "chain": "two"},
            {"name": f"{name}-prod", "matchers": ['env=~"prod-.*"'], "continue": True},
            {"name": f"{name}-rest", "matchers": ['env!="dev"'], "chain": "one"},
        ]
        matchers = [f'team="t{number % 50}"', f'service="svc-{number}"']
        routes.append({"name": name, "matchers": matchers, "chain": "one", "routes": children})
    chains = {name: {"steps": [{"page": {"group": name}}]} for name in ("one", "two")}
    return {"defaults": {"chain": "one"}, "chains": chains, "routes": routes}


@pytest.fixture(scope="module")
def old() -> RuleSet:
    return ruled(a=json.dumps(large()))


class Asked:
    """Counts the questions that are asked about regions."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Limit:
        self.count += 1
        return Limit()


def changed(old: RuleSet, change: Callable[[Rules], None]) -> tuple[Compared, Asked]:
    rules = deepcopy(large())
    change(rules)
    new, asked = ruled(a=json.dumps(rules)), Asked()
    began = time.perf_counter()
    compared = Walk(old, new, asked).compared()
    print(f"{time.perf_counter() - began:.2f} s, {asked.count} questions, {len(compared.changes)} changes")
    return compared, asked


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "changes"),
    [
        pytest.param(lambda rules: rules["routes"][1200].update(chain="two"), 2, id="a chain"),
        pytest.param(lambda rules: rules["routes"].pop(0), 2, id="the first route"),
        pytest.param(lambda rules: rules["routes"].insert(1, rules["routes"].pop(2000)), 0, id="moved"),
        pytest.param(lambda rules: rules["routes"][7].update(name="other"), 0, id="renamed"),
        pytest.param(
            lambda rules: rules["routes"].append({"name": "last", "chain": "two"}), 2, id="one for all others"
        ),
    ],
)
def test_a_change_among_ten_thousand_routes_asks_few_questions(
    old: RuleSet, change: Callable[[Rules], None], changes: int
) -> None:
    compared, asked = changed(old, change)

    assert len(compared.changes) == changes
    assert not compared.undecided
    assert asked.count < 100

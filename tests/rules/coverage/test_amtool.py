"""What is said of Alertmanager's routes, as Debian's amtool says it."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rules.coverage.alerting import AlertingRule, Way
from rules.coverage.entrances import Entrance
from rules.coverage.knowledge import ANYTHING
from rules.coverage.reach import Outcome, Reach
from rules.places import Place
from rules.regions import Limit
from tests.rules.coverage.covering import sender_of
from tests.rules.trees import Tree, alertmanager_file
from tests.rules.writing import NOON, ruled

FORESTS = (
    (
        Tree(
            "eu",
            (("team", "=~", "a|b"),),
            True,
            (Tree("a", (("team", "=", "a"),), False, ()), Tree("prod", (("env", "!=", ""),), True, ())),
        ),
        Tree("rest", (("env", "!~", ".+"), ("service", "=~", "a.*")), False, ()),
        Tree("last", (), False, (Tree("none", (("team", "=", ""),), False, ()),)),
    ),
    (
        Tree(
            "one", (("service", "=~", "[ab]"),), False, (Tree("two", (("service", "=", "ab"),), False, ()),)
        ),
        Tree("three", (("service", "=~", ".*b"), ("env", "=", "b")), True, ()),
        Tree("four", (("env", "=~", "b+|"),), False, ()),
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("forest", FORESTS)
def test_amtool_sends_every_example_where_it_is_said_to_go(
    amtool: str, tmp_path: Path, forest: tuple[Tree, ...]
) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(alertmanager_file(forest))
    sender = sender_of(config.read_text())
    rule = AlertingRule("prometheus", "Down", "g", Place("./a.yml", 1), {}, (Way("", ANYTHING),))

    found = Reach(ruled(a="{}"), Limit, NOON).cover(
        rule, Entrance("alertmanager", "", sender.root, sender.receivers)
    )

    def routed(outcome: Outcome) -> list[str]:
        labels = [f"{name}={json.dumps(value)}" for name, value in found.witness(outcome).items()]
        done = subprocess.run(
            [amtool, "config", "routes", "test", f"--config.file={config}", *labels],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.strip().split(",")

    with ThreadPoolExecutor(2) as pool:
        theirs = list(pool.map(routed, found.outcomes))
    assert theirs == [[route.receiver for route in outcome.taken_by] for outcome in found.outcomes]
    assert len(theirs) > 3

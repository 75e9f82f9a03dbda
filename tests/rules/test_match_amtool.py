"""Differential tests: what Debian's amtool says about the same routes, matchers and intervals."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rules.document import parse_document
from rules.findings import Finding
from rules.loading.faults import Faults
from rules.loading.intervals import read_time_intervals
from rules.loading.names import Names
from rules.match import match
from rules.matchers import MatcherError, make_matcher
from rules.model import TimeIntervals
from rules.spelling import parse_classic
from tests.rules.trees import EXPRESSIONS, LABELS, VALUES, Tree, alertmanager_file, rule_file, walk
from tests.rules.writing import NOON, ruled

TREES = 60
ALERTS = 10

pytestmark = pytest.mark.slow


def run(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout


def grown(rng: random.Random) -> tuple[Tree, ...]:
    count = 0

    def grow(level: int) -> Tree:
        nonlocal count
        count += 1
        name = f"r{count}"
        conditions = []
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            operator = rng.choice(("=", "=", "!=", "=~", "!~"))
            value = rng.choice(VALUES if "~" not in operator else EXPRESSIONS)
            conditions.append((rng.choice(LABELS), operator, value))
        children = rng.randint(0, 4) if level < 4 else 0
        return Tree(
            name, tuple(conditions), rng.random() < 0.4, tuple(grow(level + 1) for _ in range(children))
        )

    return tuple(grow(1) for _ in range(rng.randint(1, 5)))


def labels_of(rng: random.Random) -> dict[str, str]:
    return {name: value for name in LABELS if (value := rng.choice(VALUES))}


def routed_by_amtool(amtool: str, config: Path, labels: dict[str, str]) -> list[str]:
    arguments = [f"{name}={value}" for name, value in labels.items()]
    code, output = run(amtool, "config", "routes", "test", f"--config.file={config}", *arguments)
    assert code == 0, output
    return output.strip().split(",")


def test_routing_agrees_with_amtool_over_generated_trees(amtool: str, tmp_path: Path) -> None:
    rng = random.Random(20260301)
    forests = [grown(rng) for _ in range(TREES)]
    alerts = [[labels_of(rng) for _ in range(ALERTS)] for _ in forests]
    configs: list[Path] = []
    for number, forest in enumerate(forests):
        configs.append(tmp_path / f"{number}.yml")
        configs[-1].write_text(alertmanager_file(forest))
    questions = [(config, labels) for config, asked in zip(configs, alerts, strict=True) for labels in asked]

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(lambda question: routed_by_amtool(amtool, *question), questions))

    ours: list[list[str]] = []
    naive: list[list[str]] = []
    for forest, asked in zip(forests, alerts, strict=True):
        rules = ruled(a=rule_file(forest))
        ours += [[decision.terminal.name for decision in match(rules, labels, NOON)] for labels in asked]
        naive += [walk(forest, labels) for labels in asked]
    assert ours == theirs
    assert naive == theirs
    assert sum(names != ["default"] for names in theirs) > len(theirs) // 4


MATCHERS = (
    'a="b"',
    "a=b",
    "a = b ",
    'a="b',
    'a=b"',
    'a="b"c"',
    r'a="b\"c"',
    r'a="b\nc"',
    r'a="b\\c"',
    r'a="b\dc"',
    "a=b\\",
    'a="b\\"',
    '{a="b"}',
    'a="b",c="d"',
    'a="b",c="d",',
    'a="b",,c="d"',
    'a="b,c"',
    "a!=b",
    "a=~b",
    "a!~b.*",
    "a=~(",
    'a=~"(?=b)"',
    "=b",
    "a",
    "a b=c",
    "1a=b",
    "a==b",
    "a=~~b",
    "a=!b",
    "é=b",
    "a=é",
    "a={b}",
    "{a=b",
    "a=b}",
)


def test_the_classic_spelling_agrees_with_amtool(amtool: str, tmp_path: Path) -> None:
    def refused(number: int) -> bool:
        config = tmp_path / f"{number}.yml"
        route = {"receiver": "r", "routes": [{"matchers": [MATCHERS[number]]}]}
        config.write_text(json.dumps({"route": route, "receivers": [{"name": "r"}]}))
        return run(amtool, "check-config", str(config))[0] != 0

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(refused, range(len(MATCHERS))))

    assert [_refused_by_classic(text) for text in MATCHERS] == theirs


def _refused_by_classic(text: str) -> bool:
    try:
        for triple in parse_classic(text):
            make_matcher(*triple)
    except MatcherError:
        return True
    return False


INTERVALS: Sequence[object] = (
    {},
    {"times": None},
    {"times": []},
    {"times": [{"start_time": "00:00", "end_time": "24:00"}]},
    {"times": [{"start_time": "9:00", "end_time": "17:00"}]},
    {"times": [{"start_time": "09:00", "end_time": "09:00"}]},
    {"times": [{"start_time": "22:00", "end_time": "06:00"}]},
    {"times": [{"start_time": "23:59", "end_time": "24:01"}]},
    {"times": [{"start_time": "24:00", "end_time": "24:00"}]},
    {"times": [{"start_time": "09:60", "end_time": "10:00"}]},
    {"times": [{"start_time": "09:00"}]},
    {"times": [{"start_time": "09:00", "end_time": "10:00", "zone": "x"}]},
    {"weekdays": ["monday:friday", "Sunday"]},
    {"weekdays": ["friday:monday"]},
    {"weekdays": ["saturday:sunday"]},
    {"weekdays": ["mon"]},
    {"weekdays": ["1:5"]},
    {"weekdays": ["monday:"]},
    {"weekdays": [":"]},
    {"weekdays": ["monday:tuesday:friday"]},
    {"weekdays": [" monday"]},
    {"weekdays": "monday"},
    {"days_of_month": ["1", "-1", "+3", "1:5", "-3:-1", "5:-1", "27:-1"]},
    {"days_of_month": ["0"]},
    {"days_of_month": ["32"]},
    {"days_of_month": ["-32"]},
    {"days_of_month": ["-1:5"]},
    {"days_of_month": ["28:-1"]},
    {"days_of_month": ["25:-5"]},
    {"days_of_month": ["-1:-3"]},
    {"days_of_month": ["5:1"]},
    {"days_of_month": ["1.5"]},
    {"days_of_month": [1]},
    {"months": ["january:march", "5", "June:8", "0:13"]},
    {"months": ["march:january"]},
    {"months": ["jan"]},
    {"months": [12]},
    {"years": ["2026", "2027:2030", "-5"]},
    {"years": ["2030:2026"]},
    {"years": ["MMXXVI"]},
    {"years": [2026]},
    {"location": "Europe/London"},
    {"location": "UTC"},
    {"location": ""},
    {"location": "Europe/Nowhere"},
    {"location": "../../etc/passwd"},
    {"location": "Europe"},
    {"hours": []},
)


def test_what_is_an_interval_agrees_with_amtool(amtool: str, tmp_path: Path) -> None:
    def refused(number: int) -> bool:
        config = tmp_path / f"{number}.yml"
        intervals = [{"name": "x", "time_intervals": [INTERVALS[number]]}]
        route = {"receiver": "r"}
        config.write_text(
            json.dumps({"route": route, "receivers": [{"name": "r"}], "time_intervals": intervals})
        )
        return run(amtool, "check-config", str(config))[0] != 0

    with ThreadPoolExecutor(4) as pool:
        theirs = list(pool.map(refused, range(len(INTERVALS))))

    assert dict(
        zip(map(str, INTERVALS), [_refused_by_us(value) for value in INTERVALS], strict=True)
    ) == dict(zip(map(str, INTERVALS), theirs, strict=True))


def _refused_by_us(interval: object) -> bool:
    node = parse_document(json.dumps({"x": [interval]}), "rules.yml")
    findings: list[Finding] = []
    read_time_intervals(node, Names[TimeIntervals]("time interval"), Faults(findings))
    return bool(findings)

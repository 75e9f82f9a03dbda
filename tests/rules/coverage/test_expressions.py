"""Which labels the results of expressions can have: by example, and as promtool finds them."""

from __future__ import annotations

import json
import random
import re
import subprocess
from pathlib import Path

import pytest

from rules.coverage.expressions import labels_of
from rules.coverage.knowledge import ANYTHING, Knowledge
from tests.rules.coverage.expressions import SERIES, vector

GENERATED = 1500

UNKNOWN = Knowledge({"__name__": ""})


def test_a_selector_fixes_what_it_asks_to_be_equal() -> None:
    (known,) = labels_of('up{job="node", env=~"prod|dr", cluster!=""} == 0')

    assert known.value("job") == "node"
    assert known.value("env") is None
    assert not known.allows({"job": "node", "env": "dev", "cluster": "eu"})
    assert not known.allows({"job": "node", "env": "prod"})
    assert known.allows({"job": "node", "env": "prod", "cluster": "eu", "anything": "else"})


@pytest.mark.parametrize(
    ("expression", "allowed", "refused"),
    [
        ("sum by (team) (rate(x[5m])) > 1", {"team": "a"}, {"team": "a", "pod": "p"}),
        ("sum(rate(x[5m])) by (team) > 1", {}, {"pod": "p"}),
        ('sum without (pod) (x{job="j"})', {"job": "j", "env": "e"}, {"job": "j", "pod": "p"}),
        ("vector(1)", {}, {"job": "j"}),
        ("1 > bool 0", {}, {"job": "j"}),
        ('absent(up{job="j", env=~"a"})', {"job": "j"}, {"job": "j", "env": "a"}),
        ('topk(3, x{job="j"})', {"job": "j", "pod": "p"}, {"pod": "p"}),
        ("a / on (x) b", {"x": "1"}, {"x": "1", "y": "1"}),
        ("a * on (x) group_left (team) b", {"x": "1", "y": "1", "team": "t"}, None),
        ('a * on (x) group_left (team) b{team="t"}', {"y": "1", "team": "t"}, {"team": "other"}),
        ('a and on (x) b{x="1"}', {"x": "1", "y": "2"}, {"x": "2"}),
        ('sum by (x) (a) or absent(b{y="1"})', {"y": "1"}, {"x": "1", "y": "1"}),
        ('label_replace(vector(1), "team", "sre", "", "")', {"team": "sre"}, {"x": "1"}),
        ("sum by (le) (rate(a_bucket[$__rate_interval]))", {"le": "5"}, {"job": "j"}),
    ],
)
def test_labels_follow_the_expression(
    expression: str, allowed: dict[str, str], refused: dict[str, str] | None
) -> None:
    alternatives = labels_of(expression)

    assert any(known.allows(allowed) for known in alternatives)
    assert refused is None or not any(known.allows(refused) for known in alternatives)


@pytest.mark.parametrize(
    "expression",
    [
        'sum by (team) (count_over_time({app="x"} |= "error" [5m]))',
        "WITH (x = up) x == 0",
        "sum(up) by (job) limit 3",
        "up default 0",
        "unheard_of(up)",
        "sum by (team",
        "up == = 0",
        '{a="x" or b="y"}',
        "sum by (a) (" * 41 + "up" + ")" * 41,
        "((((" * 200 + "up" + "))))" * 200,
        "up + " * 30_000 + "up",
        'up{job=~"("}',
        "",
        "\N{SNOWMAN}",
    ],
)
def test_what_is_not_read_is_not_claimed(expression: str) -> None:
    assert labels_of(expression) in ((ANYTHING,), (UNKNOWN,))


@pytest.mark.slow
def test_what_promtool_finds_is_allowed(promtool: str, tmp_path: Path) -> None:
    rng = random.Random(20261123)
    expressions = [vector(rng) for _ in range(GENERATED)]

    found = evaluated(promtool, tmp_path, expressions)

    for expression, results in found.items():
        alternatives = labels_of(expression)
        for labels in results:
            assert any(known.allows(labels) for known in alternatives), (expression, labels, alternatives)
    assert sum(map(len, found.values())) > GENERATED // 2
    assert sum(labels_of(each) not in ((ANYTHING,), (UNKNOWN,)) for each in found) > len(found) // 2


_FAILED = re.compile(r'^    expr: (".*"), time: 5m,\n        exp: nil\n        got: (.*)$', re.MULTILINE)
_LABELS = re.compile(r"(?:\w*)\{([^}]*)\} [-+0-9.EInfNa]+")
_PAIR = re.compile(r'(\w+)="([^"]*)"')


def evaluated(promtool: str, folder: Path, expressions: list[str]) -> dict[str, list[dict[str, str]]]:
    """Return the labels of the results of every expression that has some."""
    tests = {
        "interval": "1m",
        "input_series": [{"series": series, "values": f"{n % 3}+1x10"} for n, series in enumerate(SERIES)],
        "promql_expr_test": [
            {"expr": expression, "eval_time": "5m", "exp_samples": []} for expression in expressions
        ],
    }
    file = folder / "expressions.yml"
    file.write_text(json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": [tests]}))
    done = subprocess.run(
        [promtool, "test", "rules", str(file)], capture_output=True, text=True, timeout=100, check=False
    )
    return {
        json.loads(expression): [
            {name: value for name, value in _PAIR.findall(labels) if name != "__name__"}
            for labels in _LABELS.findall(results)
        ]
        for expression, results in _FAILED.findall(done.stdout + done.stderr)
    }

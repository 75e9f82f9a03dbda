"""What `check` remarks on about routes: which nothing reaches, and whose chain is idle."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from rules.findings import Finding
from rules.lint import lint
from tests.rules.directory import rules
from tests.rules.writing import NOON, ruled

CHAINS = """
    chains:
      sre: {steps: [{page: {group: sre}}]}
      web: {steps: [{page: {group: web}}]}
      night: {steps: [{page: {group: night}}]}
"""


def found(**files: str) -> list[Finding]:
    """Return the remarks on files, but those on chains that nobody uses and on single matchers."""
    passed_over = ("unused-chain", "takes-missing")
    return [finding for finding in lint(ruled(**files), NOON) if finding.code not in passed_over]


def test_routes_that_together_take_everything_are_all_named() -> None:
    (finding,) = found(
        a="""\
        routes:
          - {name: critical, matchers: [severity="critical"]}
          - {name: rest, matchers: [severity!="critical"]}
          - {name: late, matchers: [service="x"]}
        """
    )

    assert (finding.code, str(finding.place)) == ("shadowed-route", "a.yml:4:5")
    assert 'route "late" never takes an alert: "critical" at a.yml:2:5 and "rest" at a.yml:3:5 together' in (
        finding.message
    )
    assert list(map(str, finding.related)) == ["a.yml:2:5", "a.yml:3:5"]
    assert finding.witness == {"service": "x"}


def test_a_route_with_the_matchers_of_another_is_said_to_have_them() -> None:
    (finding,) = found(a="routes: [{name: a, matchers: [x=y, z=w]}, {name: b, matchers: [z=w, x=y]}]\n")

    assert '"a" at a.yml:1:10 has the same matchers and takes all of them' in finding.message


def test_many_routes_that_take_everything_are_counted() -> None:
    takers = "\n".join(f"  - {{name: r{n}, matchers: ['x=~\"{n}.*\"']}}" for n in range(10))

    (finding,) = found(a=f"routes:\n{takers}\n  - {{name: late, matchers: ['x=~\"[0-9].*\"']}}\n")

    assert '"r4" at a.yml:6:5 and 5 more together take all of them' in finding.message
    assert len(finding.related) == 10


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("matchers: [a=x, a=y]", 'a="x" and a="y" never both hold'),
        ("matchers: [b=~.+, 'b=\"\"', c=x]", 'b=~".+" and b="" never both hold'),
        ("matchers: ['a=~\"x|y\"', a!=x, a!=y]", 'a=~"x|y", a!="x" and a!="y" never all hold'),
        ("matchers: ['a=~\"x^y\"']", 'a=~"x^y" holds for no value'),
        ("matchers: ['a=~\".*-eu\"', 'a!~\".*u\"']", 'a=~".*-eu" and a!~".*u" never both hold'),
    ],
)
def test_matchers_that_exclude_each_other_are_named(route: str, said: str) -> None:
    (finding,) = found(a=f"routes:\n  - name: r\n    {route}\n")

    assert (finding.code, str(finding.place)) == ("impossible-route", "a.yml:2:5")
    assert said in finding.message


def test_a_matcher_of_the_route_around_is_named_with_its_place() -> None:
    (finding,) = found(
        a="""\
        routes:
          - name: web
            matchers: [team="web"]
            routes: [{name: db, matchers: [team="db"]}]
        """
    )

    assert 'team="web" (of "web" at a.yml:2:5) and team="db" never both hold' in finding.message
    assert list(map(str, finding.related)) == ["a.yml:2:5"]


def test_a_matcher_that_a_namespace_gives_is_said_to_be_its() -> None:
    (finding,) = found(
        a='namespaces: {t: [team="t"]}\n', b='namespace: t\nroutes: [{name: r, matchers: [team="x"]}]\n'
    )

    assert 'team="t" (of namespace "t") and team="x" never both hold' in finding.message


def test_a_heartbeat_that_no_alert_beats_is_a_warning() -> None:
    (finding,) = found(a="heartbeats: {h: {within: 10m, matchers: [a=x, a=y]}}\n")

    assert finding.code == "impossible-heartbeat"
    assert 'a="x" and a="y" never both hold' in finding.message


def test_what_is_undecided_is_an_info_that_says_so() -> None:
    (finding,) = found(
        a=r"""
        routes:
          - {name: a, matchers: ['x=~"\\C*"']}
          - {name: b, matchers: ['x=~"y.*"']}
        """
    )

    assert (finding.code, finding.severity) == ("undecided", "info")
    assert "whether an alert can reach route" in finding.message


IDLE = (
    CHAINS
    + """
    defaults: {chain: sre}
    routes:
      - name: web
        matchers: [service="web"]
        chain: web
        routes: [CHILDREN]
"""
)


def idle(children: str) -> list[str]:
    return [finding.code for finding in found(a=IDLE.replace("CHILDREN", children))]


def test_a_chain_whose_route_never_answers_is_a_warning() -> None:
    one, other = "{name: a, matchers: [x=y], chain: night}", "{name: b, matchers: [x!=y], chain: sre}"

    assert idle(f"{one}, {other}") == ["idle-chain"]


@pytest.mark.parametrize(
    "children",
    [
        "{name: a, matchers: [x=y], chain: night}",
        "{name: a, matchers: [x=y], chain: night}, {name: b}",
        "{name: a, chain: night, routes: [{name: b, matchers: [x=y], chain: web}]}",
    ],
)
def test_a_chain_that_is_paged_somewhere_is_left_alone(children: str) -> None:
    assert idle(children) == []


def test_a_chain_that_is_inherited_is_left_alone() -> None:
    assert idle("{name: a, matchers: [x=y], routes: [{name: b, chain: night}]}") == []


@pytest.fixture
def written(tmp_path: Path) -> Path:
    text = f"""\
    {CHAINS.strip()}
    defaults: {{chain: sre}}
    heartbeats:
      watchdog: {{within: 10m, chain: web, matchers: [alertname="Watchdog"]}}
    routes:
      - {{name: web, matchers: [service="web"], chain: night}}
      - {{name: dead, matchers: [service="web", x="y"]}}
      - {{name: clash, matchers: [a="x", a="y"], routes: [{{name: below}}]}}
      - {{name: all, routes: [{{name: rest}}]}}
    """
    tmp_path.joinpath("rules.yml").write_text(dedent(text))
    return tmp_path


def test_witnesses_are_listed(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written)

    lines = rules("check", "rules.yml", "--witnesses").output.splitlines()

    assert [" ".join(line.split()) for line in lines[:7]] == [
        'rules.yml:7 heartbeat watchdog alertname="Watchdog"',
        'rules.yml:9 web service="web"',
        "rules.yml:10 dead nothing: taken by web (rules.yml:9)",
        'rules.yml:11 clash nothing: a="x", a="y" exclude each other',
        "rules.yml:11 below nothing: no alert enters the route around it",
        "rules.yml:12 all without labels, whose children take everything",
        "rules.yml:12 rest without labels",
    ]


def test_verdicts_are_in_the_json(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written)

    printed = json.loads(rules("check", "rules.yml", "--format", "json").output)

    assert [each["verdict"] for each in printed["routes"]] == [
        "reached",
        "reached",
        "taken",
        "impossible",
        "unentered",
        "reached",
        "reached",
    ]
    assert printed["routes"][2] == {
        "route": "dead",
        "file": "rules.yml",
        "line": 10,
        "verdict": "taken",
        "witness": {"service": "web", "x": "y"},
        "takers": [{"route": "web", "file": "rules.yml", "line": 9}],
        "clash": [],
        "idle": False,
        "reason": "",
    }
    shadowed = next(each for each in printed["findings"] if each["code"] == "shadowed-route")
    assert shadowed["related"] == [{"file": "rules.yml", "line": 9, "column": 5}]


def test_places_that_a_finding_speaks_of_are_in_the_sarif(written: Path) -> None:
    (run,) = json.loads(rules("check", str(written), "--format", "sarif").output)["runs"]

    related = [result["relatedLocations"] for result in run["results"] if "relatedLocations" in result]
    assert [each["physicalLocation"]["region"]["startLine"] for (each,) in related] == [9]


def test_faulty_rules_have_no_verdicts(tmp_path: Path) -> None:
    tmp_path.joinpath("rules.yml").write_text("routes: [{name: a, matchers: ['x=~\"(\"']}]\n")

    assert json.loads(rules("check", str(tmp_path), "--format", "json").output)["routes"] == []


def test_the_time_limit_is_for_each_route(tmp_path: Path) -> None:
    hard = """
        routes:
          - {name: a, matchers: ['x=~"(a|b)*a(a|b){60}"']}
          - {name: b, matchers: ['x=~"[ab]*a[ab]{60}"']}
    """
    tmp_path.joinpath("rules.yml").write_text(hard)

    result = rules("check", str(tmp_path), "--time-limit", "0.05")

    assert result.exit_code == 0
    assert "[undecided]" in result.output
    assert "too long" in result.output

"""10,000 routes: how long they take to load and to check, and an alert to be routed.

    .venv/bin/python bench/routes.py [--routes 10000] [--alerts 20000]

The rules are those of 200 teams, a namespace for each: an audit route that goes on, a route for each service,
by name or by expression, some with several matchers or children, and one for the rest. Every alert is
routed for the first time, then again; the ratio is to trying all routes in turn, measured in the same run and
on the same alerts, whose answers must be the same. Start-up is that of `rules check examples/rules` beside a
Python that does nothing.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from machine import describe

from rules.findings import Finding
from rules.lint import with_lint
from rules.load import Loaded, load
from rules.match import match
from rules.model import Route, RuleSet
from rules.reach import Reach, reaches
from rules.sources import expand_secret, read_sources

HERE = Path(__file__).parent.parent
TEAMS = 200
STARTS = 9
LINEAR = 40
SEVERITIES = ("critical", "warning", "info", "page", "")
CLUSTERS = ("eu-1", "eu-2", "us-1", "us-2", "ap-1")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

Labels = Mapping[str, str]


def write_rules(folder: Path, routes: int) -> None:
    """Write a rule file for each team, and a shared one."""
    given = ", ".join(f'team{team}: [team="team{team}"]' for team in range(TEAMS))
    folder.joinpath("00-shared.yml").write_text(
        "defaults: {chain: triage}\nchains: {triage: {steps: [{page: {group: sre}}]}}\n"
        f"namespaces: {{{given}}}\n"
    )
    for team in range(TEAMS):
        text = "\n".join(team_file(team, routes // TEAMS))
        folder.joinpath(f"team{team:03}.yml").write_text(text + "\n")


def team_file(team: int, routes: int) -> Iterator[str]:
    """Walk over the lines of a team's rule file with so many routes."""
    yield f"namespace: team{team}\nchains:\n  own: {{steps: [{{page: {{group: g{team}}}}}]}}\nroutes:"
    yield "- {name: audit, matchers: ['severity=~\".+\"'], continue: true}"
    left = routes - 2
    for service in itertools.count():
        if left <= 0:
            break
        matchers = service_matchers(service)
        child = service % 10 == 0 and left > 1
        yield f"- name: s{service}\n  matchers: {matchers}\n  chain: own"
        if child:
            yield f'  routes: [{{name: quiet-{service}, matchers: [severity="info"], chain: triage}}]'
        left -= 2 if child else 1
    yield "- {name: rest, chain: own}"


def service_matchers(service: int) -> list[str]:
    """Return the matchers of a service's route: a name, a choice, a pattern, or a name among conditions."""
    kind = service % 5
    if kind == 0:
        return [f'service=~"svc{service}-.*"']
    if kind == 1:
        return [f'service=~"svc{service}|batch{service}"', 'severity!~"info|"']
    if kind == 2:
        return [f'service="svc{service}"', 'cluster=~"(eu|us)-[0-9]+"', 'env!~"dev.*|test|"']
    return [f'service="svc{service}"']


def alerts(count: int) -> list[dict[str, str]]:
    """Return label sets, no two of which are the same to the rules."""
    chance = random.Random(7)
    found: dict[tuple[str, ...], dict[str, str]] = {}
    while len(found) < count:
        service = f"svc{chance.randrange(60)}{chance.choice(('', '-api', '-db'))}"
        labels = {
            "alertname": "Down",
            "instance": f"host{len(found)}:9100",
            "team": f"team{chance.randrange(TEAMS + 10)}",
            "service": service,
            "severity": chance.choice(SEVERITIES),
            "cluster": chance.choice(CLUSTERS),
            "env": chance.choice(("production", "dev-1", "staging")),
        }
        found.setdefault(
            tuple(labels[name] for name in ("team", "service", "severity", "cluster", "env")), labels
        )
    return list(found.values())


def linear(routes: Sequence[Route], labels: Labels) -> list[str]:
    """Return the names of the routes that answer, found by trying each in turn."""
    found: list[str] = []
    for route in routes:
        if all(matcher.holds(labels) for matcher in route.matchers):
            found += linear(route.routes, labels) or [route.name]
            if not route.proceed:
                break
    return found


def each_us(call: Callable[[Labels], object], asked: Sequence[Labels]) -> float:
    """Return the median time of a call, microseconds."""
    took = []
    for labels in asked:
        started = time.perf_counter()
        call(labels)
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1e6


def start_s(words: Sequence[str]) -> float:
    """Return the median time of a command from start to end, seconds."""
    took = []
    for _ in range(STARTS):
        started = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=HERE, stdout=subprocess.DEVNULL, check=True)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def load_and_check(folder: Path) -> tuple[Loaded, tuple[Reach, ...], tuple[Finding, ...], list[float]]:
    """Return what loads, what reaches each route, what is found, and the seconds of each step."""
    ticks = [time.perf_counter()]
    sources = read_sources(folder)
    ticks.append(time.perf_counter())
    loaded = load(sources, expand_secret)
    ticks.append(time.perf_counter())
    assert loaded.ruleset is not None, loaded.findings[:3]
    reached = tuple(reaches(loaded.ruleset))
    found = with_lint(loaded.findings, loaded.ruleset, NOW, reached=reached)
    ticks.append(time.perf_counter())
    return loaded, reached, found, [end - start for start, end in itertools.pairwise(ticks)]


def main() -> int:
    """Measure, print, and return 1 when an answer is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--routes", type=int, default=10_000)
    parser.add_argument("--alerts", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=HERE) as name:
        folder = Path(name)
        print(f"rules: {options.routes:,} routes of {TEAMS} teams, {options.alerts:,} alerts")
        print(describe(folder))
        write_rules(folder, options.routes)
        loaded, reached, found, (read_s, load_s, check_s) = load_and_check(folder)
    assert loaded.ruleset is not None
    routes = len(loaded.ruleset.terminals) - 1
    together = read_s + load_s + check_s
    print(f"read {read_s:.2f} s, load {load_s:.2f} s, check {check_s:.2f} s: together {together:.2f} s")
    undecided = sum(reach.verdict == "undecided" for reach in reached)
    print(f"{routes:,} routes, {len(found)} findings, {undecided} undecided")
    faults = measure_matches(loaded.ruleset, alerts(options.alerts))
    check = start_s(["-m", "router.cli", "rules", "check", "examples/rules"])
    nothing = start_s(["-c", "pass"])
    print(f"rules check examples/rules: {check:.2f} s, a Python that does nothing {nothing:.2f} s")
    print("targets: together 5 s; an alert not seen before 20 µs, seen before 3 µs; rules check 0.3 s")
    for fault in faults:
        print(f"broken: {fault}")
    return 1 if faults or undecided else 0


def measure_matches(ruleset: RuleSet, asked: Sequence[Labels]) -> list[str]:
    """Print how long an alert takes to be routed, and return where an answer is not that of a linear walk."""
    for_all = asked[-LINEAR:]
    new_us = each_us(lambda labels: match(ruleset, labels, NOW), asked)
    seen = asked[-4000:]
    seen_us = each_us(lambda labels: match(ruleset, labels, NOW), seen)
    linear_us = each_us(lambda labels: linear(ruleset.routes, labels), for_all)
    print(f"{'an alert':<16} {'µs':>9} {'ratio to a linear walk':>24}")
    for name, took in (("not seen before", new_us), ("seen before", seen_us), ("linear walk", linear_us)):
        print(f"{name:<16} {took:>9.1f} {f'1 : {linear_us / took:,.0f}':>24}")
    return [
        f"{labels} goes to {answers}, and by a linear walk to {expected}"
        for labels in for_all
        if (answers := [each.terminal.name for each in match(ruleset, labels, NOW)])
        != (expected := linear(ruleset.routes, labels) or ["default"])
    ]


if __name__ == "__main__":
    sys.exit(main())

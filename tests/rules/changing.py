"""Pairs of rule files: a generated one, and the same after some changes."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

from tests.rules.trees import EXPRESSIONS, LABELS, VALUES

PRIORITIES: tuple[Any, ...] = (
    "high",
    {"label": "severity", "values": {"critical": "critical", "warning": "high"}, "otherwise": "low"},
    {"label": "severity", "values": {"critical": "critical"}, "otherwise": "low"},
    {"label": "env", "values": {"a": "critical", "ab": "low"}, "otherwise": "high"},
)
CHAINS = {
    "one": {"steps": [{"page": {"group": "one"}}]},
    "two": {"steps": [{"page": {"group": "two"}}]},
    "both": {"steps": [{"page": {"group": "one"}}, {"after": "5m", "page": {"group": "two"}}]},
}
HOURS = {
    "day": [{"times": [{"start_time": "08:00", "end_time": "16:00"}]}],
    "noon": [{"times": [{"start_time": "11:00", "end_time": "13:00"}]}],
}
KINDS = ("defaults", "heartbeat", "chain", "add", "remove", "move", "rename", "matchers", "continue", "do")
SENDER = "prometheus-eu"
Rules = dict[str, Any]


def rule_files(random: Random) -> tuple[str, str, list[str]]:
    """Return a rule file, a changed one, and the names of the changes; JSON is YAML."""
    old = _Maker(random).file()
    new = deepcopy(old)
    changes = [_change(random, new) for _ in range(random.choice((1, 1, 2, 3)))]
    return json.dumps(old), json.dumps(new), changes


class _Maker:
    """Draws routes, each with a name of its own."""

    def __init__(self, random: Random, prefix: str = "r") -> None:
        self._random = random
        self._prefix = prefix
        self._count = 0

    def file(self) -> Rules:
        """Return a rule file."""
        random = self._random
        rules: Rules = {
            "defaults": {"chain": random.choice(list(CHAINS)), "priority": random.choice(PRIORITIES)},
            "chains": deepcopy(CHAINS),
            "time_intervals": deepcopy(HOURS),
            "routes": [self.route(1) for _ in range(random.randint(0, 4))],
            "heartbeats": {},
            "integrations": {SENDER: {"resolve_hold": "2m"}},
        }
        if random.random() < 0.3:
            rules["heartbeats"]["beat"] = self.heartbeat()
        return rules

    def heartbeat(self) -> Rules:
        """Return a heartbeat."""
        taken = f'{self._random.choice(LABELS)}="{self._random.choice(("a", "b"))}"'
        return {"matchers": [taken], "within": self._random.choice(("5m", "10m"))}

    def route(self, level: int) -> Rules:
        """Return a route with what lies below it."""
        random = self._random
        self._count += 1
        route: Rules = {
            "name": f"{self._prefix}{self._count}",
            "matchers": [matcher(random) for _ in range(random.choice((0, 1, 1, 2, 3)))],
            "continue": random.random() < 0.4,
        }
        if random.random() < 0.15:
            return {**route, "suppress": random.choice(("quiet", "planned"))}
        if random.random() < 0.5:
            route["chain"] = random.choice(list(CHAINS))
        if random.random() < 0.2:
            route["priority"] = random.choice(PRIORITIES)
        if random.random() < 0.1:
            route["resolve_hold"] = random.choice(("1m", "5m"))
        if random.random() < 0.15:
            route["active_time_intervals"] = [random.choice(list(HOURS))]
        count = random.choice((0, 0, 1, 2, 3)) if level < 3 else 0
        route["routes"] = [self.route(level + 1) for _ in range(count)]
        return route


def matcher(random: Random) -> str:
    """Return a matcher."""
    label = random.choice(LABELS)
    if random.random() < 0.6:
        return f"{label}{random.choice(('=', '!='))}{json.dumps(random.choice(VALUES))}"
    return f"{label}{random.choice(('=~', '!~'))}{json.dumps(random.choice(EXPRESSIONS))}"


def _lists(routes: list[Rules]) -> list[list[Rules]]:
    return [routes, *(inner for route in routes if "routes" in route for inner in _lists(route["routes"]))]


def _change(random: Random, rules: Rules) -> str:
    siblings = random.choice(_lists(rules["routes"]))
    maker = _Maker(random, f"n{random.randrange(10**9)}-")
    kind = random.choice(
        (
            "defaults",
            "heartbeat",
            "chain",
            "add",
            "remove",
            "move",
            "rename",
            "matchers",
            "continue",
            "behave",
        )
    )
    if kind == "defaults":
        rules["defaults"]["priority"] = random.choice(PRIORITIES)
    elif kind == "heartbeat":
        rules["heartbeats"] = {} if rules["heartbeats"] else {"beat": maker.heartbeat()}
    elif kind == "chain":
        rules["chains"]["one"]["steps"] = random.choice((CHAINS["both"], CHAINS["two"]))["steps"]
    elif kind == "add" or not siblings:
        siblings.insert(random.randint(0, len(siblings)), maker.route(2))
    else:
        _change_route(random, siblings, kind)
    return kind


def _change_route(random: Random, siblings: list[Rules], kind: str) -> None:
    route = random.choice(siblings)
    if kind in ("remove", "move"):
        siblings.remove(route)
        if kind == "move":
            siblings.insert(random.randint(0, len(siblings)), route)
    elif kind == "rename":
        route["name"] += "x"
    elif kind == "matchers":
        if route["matchers"] and random.random() < 0.5:
            route["matchers"].pop(random.randrange(len(route["matchers"])))
        else:
            route["matchers"].append(matcher(random))
    elif kind == "continue":
        route["continue"] = not route["continue"]
    elif "suppress" not in route:
        route["chain"] = random.choice(list(CHAINS))
        route["repeat_interval"] = random.choice(("30s", "60s"))

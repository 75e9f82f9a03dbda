"""Generated route trees, written as our rules and as an alertmanager.yml, and walked naively."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

LABELS = ("team", "env", "service")
VALUES = ("", "a", "b", "ab")
EXPRESSIONS = ("", "a", "a|b", "a.*", ".+", "[ab]", "a?", "b+|", ".*b")


@dataclass(frozen=True)
class Tree:
    """A route: one name, conditions as (label, operator, value), whether it goes on, children."""

    name: str
    conditions: tuple[tuple[str, str, str], ...]
    proceed: bool
    children: tuple[Tree, ...]

    def rules(self) -> dict[str, Any]:
        """Return it as our rules write it."""
        return {**self._common(), "name": self.name, "routes": [child.rules() for child in self.children]}

    def alertmanager(self) -> dict[str, Any]:
        """Return it as alertmanager.yml writes it, with the name as the receiver."""
        routes = [child.alertmanager() for child in self.children]
        return {**self._common(), "receiver": self.name, "routes": routes}

    def _common(self) -> dict[str, Any]:
        matchers = [f"{label}{operator}{json.dumps(value)}" for label, operator, value in self.conditions]
        return {"matchers": matchers, "continue": self.proceed}

    def names(self) -> list[str]:
        """Return all names in it."""
        return [self.name, *(name for child in self.children for name in child.names())]


CONDITIONS = st.tuples(
    st.sampled_from(LABELS), st.sampled_from(("=", "!=")), st.sampled_from(VALUES)
) | st.tuples(st.sampled_from(LABELS), st.sampled_from(("=~", "!~")), st.sampled_from(EXPRESSIONS))
LABEL_SETS = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES), max_size=3)


@st.composite
def forests(draw: st.DrawFn, width: int = 5, depth: int = 3) -> tuple[Tree, ...]:
    """Return up to `width` trees of up to `depth` levels, each route with a name of its own."""
    count = 0

    def grow(level: int) -> Tree:
        nonlocal count
        count += 1
        name = f"r{count}"
        conditions = tuple(draw(st.lists(CONDITIONS, max_size=3)))
        children = range(draw(st.integers(0, width if level < depth else 0)))
        return Tree(name, conditions, draw(st.booleans()), tuple(grow(level + 1) for _ in children))

    return tuple(grow(1) for _ in range(draw(st.integers(0, width))))


def rule_file(forest: tuple[Tree, ...]) -> str:
    """Return a rule file with these routes; JSON is YAML."""
    return json.dumps({"routes": [tree.rules() for tree in forest]})


def alertmanager_file(forest: tuple[Tree, ...]) -> str:
    """Return an alertmanager.yml with these routes below a root that is called `default`."""
    names = ["default", *(name for tree in forest for name in tree.names())]
    root = {"receiver": "default", "routes": [tree.alertmanager() for tree in forest]}
    return json.dumps({"route": root, "receivers": [{"name": name} for name in names]})


def walk(forest: tuple[Tree, ...], labels: Mapping[str, str]) -> list[str]:
    """Return the names that answer, found by trying every route in turn."""
    return _walk(forest, labels) or ["default"]


def _walk(forest: tuple[Tree, ...], labels: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for tree in forest:
        if all(_holds(condition, labels) for condition in tree.conditions):
            found += _walk(tree.children, labels) or [tree.name]
            if not tree.proceed:
                break
    return found


def _holds(condition: tuple[str, str, str], labels: Mapping[str, str]) -> bool:
    label, operator, value = condition
    given = labels.get(label, "")
    found = given == value if operator in ("=", "!=") else re.fullmatch(value, given) is not None
    return found is not operator.startswith("!")

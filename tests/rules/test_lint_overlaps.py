"""Routes of different files that overlap: remarked on only where nothing else says which comes first."""

from __future__ import annotations

import pytest

from rules.findings import Finding
from rules.lint import lint
from tests.rules.writing import NOON, ruled


def found(**files: str) -> list[Finding]:
    return [each for each in lint(ruled(**files), NOON) if each.code == "overlapping-routes"]


def overlapping(earlier: str, later: str) -> list[Finding]:
    """Return what is found of two routes of different files."""
    return found(
        a=f"routes:\n  - {{name: first, matchers: {earlier}}}\n",
        b=f"routes:\n  - {{name: second, matchers: {later}}}\n",
    )


@pytest.mark.parametrize(
    ("earlier", "later", "witness"),
    [
        ("['s=~\"a|b\"']", "['s=~\"b|c\"']", {"s": "b"}),
        ("['s=~\"a.*\"']", "['s=~\".*b\"']", {"s": "ab"}),
        ("['s=~\"a|web-1\"']", "['s=~\"web-.*\"']", {"s": "web-1"}),
        ("['s=~\"web-.*\"']", "['s=~\"a|web-1\"']", {"s": "web-1"}),
        ("['s=~\"web.*\"']", "['s=~\"web-.+|x\"']", {"s": "web-a"}),
        ("['s=~\"a|b\"', t=x]", "['s=~\"b|c\"']", {"s": "b", "t": "x"}),
    ],
)
def test_routes_of_different_files_that_share_alerts_are_a_warning(
    earlier: str, later: str, witness: dict[str, str]
) -> None:
    (finding,) = overlapping(earlier, later)

    assert (finding.code, str(finding.place)) == ("overlapping-routes", "b.yml:2:5")
    assert finding.witness == witness
    assert list(map(str, finding.related)) == ["a.yml:2:5"]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("[s=a]", "['s=~\"a|b\"']"),
        ("['s=~\"a|b\"']", "['s=~\"a|b|c\"']"),
        ("['s=~\"web-api-.*\"']", "['s=~\"web-.*\"']"),
        ("['s=~\"a|b\"']", "['s=~\"c|d\"']"),
        ("[service=web]", "[severity=critical]"),
        ("['s=~\"a|b\"', team=x]", "['s=~\"b|c\"', team=y]"),
        ("['s=~\"a|b\"'], continue: true", "['s=~\"b|c\"']"),
        ("[env!=dev]", "[env!=test]"),
        ("['s=~\".+\"']", "['s=~\"a|b\"', t=x]"),
    ],
)
def test_routes_whose_order_is_understood_are_left_alone(earlier: str, later: str) -> None:
    assert overlapping(earlier, later) == []


def test_routes_of_one_file_may_overlap() -> None:
    text = "routes: [{name: a, matchers: ['s=~\"a|b\"']}, {name: b, matchers: ['s=~\"b|c\"']}]\n"

    assert found(a=text, b="routes: [{name: r, matchers: [t=x]}]\n") == []


def test_what_another_route_takes_before_is_not_contested() -> None:
    assert (
        found(
            a="routes: [{name: b, matchers: [s=b]}]\n",
            b="routes: [{name: ab, matchers: ['s=~\"a|b\"']}]\n",
            c="routes: [{name: bc, matchers: ['s=~\"b|c\"']}]\n",
        )
        == []
    )

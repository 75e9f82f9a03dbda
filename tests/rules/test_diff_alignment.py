"""Siblings beside each other: all of both lists, in the order of both."""

from __future__ import annotations

import json
from random import Random

import pytest

from rules.diff.alignment import align
from rules.diff.answers import Answers
from rules.diff.branches import Branch, Grove
from tests.rules.changing import rule_files
from tests.rules.writing import ruled

ROUTES = [
    {"name": "a", "matchers": ['team="a"']},
    {"name": "b", "matchers": ['team="b"']},
    {"name": "c", "matchers": ['team="c"'], "repeat_interval": "30s"},
]


def branches(*texts: str) -> list[tuple[Branch, ...]]:
    grove = Grove(Answers({}))
    return [grove.root(ruled(a=text)).routes for text in texts]


def names(olds: object, news: object) -> list[tuple[str | None, str | None]]:
    lists = branches(*(json.dumps({"routes": routes}) for routes in (olds, news)))
    return [(old and old.name, new and new.name) for old, new in align(*lists)]


@pytest.mark.parametrize("number", range(100))
def test_both_lists_stand_in_the_pairs_in_their_order(number: int) -> None:
    before, after, _ = rule_files(Random(number))
    olds, news = branches(before, after)

    pairs = align(olds, news)

    assert [old for old, _ in pairs if old is not None] == list(olds)
    assert [new for _, new in pairs if new is not None] == list(news)


@pytest.mark.parametrize(
    ("news", "pairs"),
    [
        pytest.param(ROUTES[:1] + ROUTES[2:], [("a", "a"), ("b", None), ("c", "c")], id="removed"),
        pytest.param(
            [ROUTES[2], *ROUTES[:2]], [(None, "c"), ("a", "a"), ("b", "b"), ("c", None)], id="moved"
        ),
        pytest.param(
            [ROUTES[0], {**ROUTES[1], "name": "x"}, ROUTES[2]],
            [("a", "a"), ("b", "x"), ("c", "c")],
            id="renamed",
        ),
        pytest.param(
            [ROUTES[0], {**ROUTES[1], "matchers": ['team="x"']}, ROUTES[2]],
            [("a", "a"), ("b", "b"), ("c", "c")],
            id="other matchers",
        ),
        pytest.param(
            [ROUTES[0], {"name": "x", "matchers": ['team="b"'], "repeat_interval": "30s"}, ROUTES[2]],
            [("a", "a"), ("b", "x"), ("c", "c")],
            id="another name and behaviour",
        ),
        pytest.param(
            [ROUTES[0], {"name": "x", "matchers": ['team="y"']}, ROUTES[2]],
            [("a", "a"), ("b", "x"), ("c", "c")],
            id="another name and other matchers",
        ),
    ],
)
def test_a_pair_is_what_belongs_together(news: object, pairs: object) -> None:
    assert names(ROUTES, news) == pairs

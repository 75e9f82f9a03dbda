"""Matchers: both of Alertmanager's spellings, anchoring, and what a missing label is."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.matchers import Matcher, MatcherError, make_matcher, parse_matchers

VALUES = st.text(max_size=12)
NAMES = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", fullmatch=True)
WORDS = st.text(alphabet="ab.1", max_size=4)


def spelled(text: str) -> list[tuple[str, str, str]]:
    return [(matcher.name, matcher.operator, matcher.value) for matcher in parse_matchers(text)]


@pytest.mark.parametrize(
    ("text", "matchers"),
    [
        ('team="payments"', [("team", "=", "payments")]),
        ("team=payments", [("team", "=", "payments")]),
        (' team != "a b" ', [("team", "!=", "a b")]),
        ('severity=~".+"', [("severity", "=~", ".+")]),
        ("severity!~a|b", [("severity", "!~", "a|b")]),
        ('a="1", b!="2",', [("a", "=", "1"), ("b", "!=", "2")]),
        ('{a="1",b="x,y"}', [("a", "=", "1"), ("b", "=", "x,y")]),
        (r'a="say \"hi\" \\ \n"', [("a", "=", 'say "hi" \\ \n')]),
        ('a=""', [("a", "=", "")]),
        # only the classic parser reads these
        ("a=", [("a", "=", "")]),
        (r'path=~"/\d+\.html"', [("path", "=~", r"/\d+\.html")]),
        ("a=b!c", [("a", "=", "b!c")]),
        # only the UTF-8 parser reads these
        ('"service.name"="x"', [("service.name", "=", "x")]),
        ("service.name=x", [("service.name", "=", "x")]),
        ('"día"=~"ü+"', [("día", "=~", "ü+")]),
    ],
)
def test_a_matcher_is_read_as_alertmanager_reads_it(text: str, matchers: list[tuple[str, str, str]]) -> None:
    assert spelled(text) == matchers


@pytest.mark.parametrize(
    "text",
    [r'a="\t"', r'a="\x41"', r'a="\u00e9"', r'a="\101"'],
)
def test_what_the_two_parsers_read_differently_is_refused(text: str) -> None:
    with pytest.raises(MatcherError, match="classic parser"):
        parse_matchers(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "{}",
        "team",
        "=x",
        'team="a',
        'team=a"b',
        "a=b,,c=d",
        '"a=b',
        '""="x"',
        "a!b",
        "x" * 5000,
        'a=~"(?=x)"',
        'a=~"(b"',
        r'a=~"\\1"',
        'a!~"*"',
    ],
)
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(MatcherError):
        parse_matchers(text)


@given(st.text(max_size=40) | st.text(alphabet='ab=!~"\\{}, nx', max_size=16))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(MatcherError):
        parse_matchers(text)


@given(NAMES | VALUES.filter(bool), st.sampled_from(["=", "!="]), VALUES)
def test_a_matcher_printed_is_read_as_itself(name: str, operator: str, value: str) -> None:
    matcher = Matcher(name, operator, value)  # type: ignore[arg-type]

    assert parse_matchers(str(matcher)) == (matcher,)


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_a_choice_of_words_matches_the_words_and_nothing_else(words: list[str], value: str) -> None:
    expression = "|".join(re.escape(word) for word in words)

    assert make_matcher("a", "=~", expression).holds({"a": value}) is (value in words)


@given(
    st.sampled_from(["a", "a|b", "a.b", "[ab]+", "", ".*", ".+", "a?|b", "(?i)ab", "a\nb"]),
    st.text("ab\nA", max_size=3),
)
def test_expressions_are_anchored_at_both_ends(expression: str, value: str) -> None:
    expected = re.fullmatch(expression, value) is not None

    assert make_matcher("l", "=~", expression).holds({"l": value}) is expected
    assert make_matcher("l", "!~", expression).holds({"l": value}) is not expected


@given(st.sampled_from(["=", "!=", "=~", "!~"]), st.sampled_from(["", "a", ".*", ".+", "a|", "a?"]))
def test_a_missing_label_is_the_empty_text(operator: str, value: str) -> None:
    matcher = make_matcher("a", operator, value)  # type: ignore[arg-type]

    assert matcher.holds({}) is matcher.holds({"a": ""})


def test_an_expression_cannot_leave_its_anchors() -> None:
    with pytest.raises(MatcherError):
        make_matcher("a", "=~", "x)|(?:y")


def test_an_expression_that_backtracks_elsewhere_takes_no_time() -> None:
    assert not make_matcher("a", "=~", "(a+)+$").holds({"a": "a" * 50_000 + "b"})


def test_a_value_that_utf8_cannot_say_is_no_crash() -> None:
    assert make_matcher("a", "=~", "x.y").holds({"a": "x\ud800y"})

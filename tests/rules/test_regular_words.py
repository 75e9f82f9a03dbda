"""Regular languages: what the automata say is what RE2 says."""

from __future__ import annotations

from itertools import count, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.matchers import Matcher, make_matcher
from rules.regular import Limit, Undecided, find_word
from tests.rules.expressions import SIGNS, WORDS, expressions, spelt

SHORT_WORDS = ["".join(signs) for length in range(4) for signs in product(SIGNS, repeat=length)]


def find(*conditions: str) -> str | None:
    """Return a word for conditions such as `=~a.*`."""
    operators = {"=~": "=~", "!~": "!~", "!=": "!="}
    made = [make_matcher("l", operators[each[:2]], each[2:]) for each in conditions]  # type: ignore[arg-type]
    return find_word(made, Limit())


@settings(max_examples=600)
@given(expressions(), WORDS)
def test_a_word_is_in_an_expression_or_its_complement_as_re2_says(matcher: Matcher, word: str) -> None:
    within = find_word([matcher, spelt(word)], Limit())
    without = find_word([matcher.negated(), spelt(word)], Limit())

    assert (within, without) == ((word, None) if matcher.finds(word) else (None, word))


@settings(max_examples=300)
@given(st.lists(st.tuples(expressions(), st.booleans()), min_size=1, max_size=3))
def test_a_word_that_is_found_fits_and_where_none_is_found_none_fits(
    drawn: list[tuple[Matcher, bool]],
) -> None:
    matchers = [matcher if wanted else matcher.negated() for matcher, wanted in drawn]

    word = find_word(matchers, Limit())

    fitting = [short for short in SHORT_WORDS if all(each.holds({"l": short}) for each in matchers)]
    assert not fitting if word is None else all(each.holds({"l": word}) for each in matchers)


@settings(max_examples=200)
@given(expressions(), st.sets(WORDS, max_size=8), st.sets(WORDS, max_size=3))
def test_words_are_excluded_one_by_one(matcher: Matcher, single: set[str], chosen: set[str]) -> None:
    kept_out = [make_matcher("l", "!=", word) for word in single]
    kept_out.append(make_matcher("l", "!~", "|".join(sorted(chosen - {"^", "$", "."}))))

    word = find_word([matcher, *kept_out], Limit())

    left = [short for short in SHORT_WORDS if all(each.holds({"l": short}) for each in (matcher, *kept_out))]
    assert not left if word is None else matcher.finds(word) and all(e.holds({"l": word}) for e in kept_out)


@pytest.mark.parametrize(
    ("conditions", "word"),
    [
        (["=~a$b"], None),
        (["=~a^"], None),
        (["=~^a$"], "a"),
        (["=~(?m)a$\\n^b"], "a\nb"),
        (["=~(?m)^$\\n"], "\n"),
        (["=~a\\bb"], None),
        (["=~a\\b-b"], "a-b"),
        (["=~a\\Bb"], "ab"),
        (["=~\\B"], ""),
        (["=~é\\b."], "éa"),
        (["=~(?i)K", "!~[kK]"], "\u212a"),
        (["=~(?i)[s]", "!~[sS]"], "\u017f"),
        (["=~(?i)\\x{3B1}", "!~α"], "Α"),
        (["=~[^a]", "!~."], "\n"),
        (["=~(?s).*", "!~.*"], "\n"),
        (["=~(a||b)", "!=a", "!="], "b"),
        (["=~(?:a*)*b{0}", "!~a*"], None),
        (["=~(?:a|b)*?c", "!~[ab]*c"], None),
        (["=~(a{2}){3}"], "aaaaaa"),
        (["=~x{1000}"], "x" * 1000),
        (["=~[[:^ascii:]]"], "\xa1"),
        (["=~\\Qa.b\\E+"], "a.b"),
        (["=~\\p{Greek}+", "!~(?i)[ͰͲ].*"], "\u0375"),
        (["=~dev-.*", "!~dev-"], "dev-a"),
        (["=~[a-z]+-prod", "!~.*-prod"], None),
        (["=~.*\\.eu", "!~.*[a-z]\\.eu", "!=.eu"], "1.eu"),
        (["=~.+"], "any"),
        (["=~" + "(?:a|" * 99 + "b" + ")+" * 99, "!~a+"], "b"),
        (["!=", "!=any", "!~other|else"], "a"),
        (["=~(?s).*a.{20}", "!~.*b.{10}"], "a" * 21),
    ],
)
def test_corners_are_decided(conditions: list[str], word: str | None) -> None:
    assert find(*conditions) == word


def test_a_choice_of_words_is_filtered_by_the_other_matchers() -> None:
    assert find("=~critical|warning", "!~crit.*") == "warning"


def test_a_missing_label_is_the_last_of_several_words() -> None:
    assert find("=~|critical") == "critical"


def test_thousands_of_words_are_excluded_at_once() -> None:
    assert find("=~svc[0-9]{1,3}", *(f"!=svc{number}" for number in range(1000))) == "svc01"


@pytest.mark.parametrize(
    "conditions",
    [
        ["=~\\Cx"],
        ["=~" + "(a" * 150 + ")" * 150, "!~a+"],
        ["=~" + "[a-z]{1000}" * 30],
        ["=~[ab]*a[ab]{18}", "!~(a|b)*a(a|b){18}"],
    ],
)
def test_what_is_too_much_is_undecided_and_never_guessed(conditions: list[str]) -> None:
    with pytest.raises(Undecided):
        find(*conditions)


def test_a_clock_ends_a_search() -> None:
    ticks = count()

    with pytest.raises(Undecided, match="too long"):
        find_word(
            [make_matcher("l", "=~", "[ab]*a[ab]{18}"), make_matcher("l", "!~", "(a|b)*a(a|b){18}")],
            Limit(10**9, clock=lambda: next(ticks), seconds=3),
        )

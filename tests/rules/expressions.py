"""Generated regular expressions, with the corners of RE2's syntax."""

from __future__ import annotations

from hypothesis import strategies as st

from rules.matchers import Matcher, MatcherError, make_matcher

SIGNS = "ab-\nK_é\u212a"
ATOMS = (
    *"abK-_é.^$",
    r"\b",
    r"\B",
    r"\A",
    r"\z",
    r"\w",
    r"\W",
    r"\s",
    r"\D",
    r"\n",
    r"\pL",
    r"\PL",
    r"\p{Lu}",
    r"\p{^Lu}",
    r"\x61",
    r"\x{212A}",
    r"\141",
    r"\Qa-\E",
    r"\-",
    "[ab]",
    "[^a]",
    "[^^]",
    "[]a]",
    "[a-b-]",
    "[[:alpha:]]",
    "[[:^word:]b]",
    r"[\pLu-]",
    r"[^\W]",
    "(?i:k)",
    "(?i:[k-l])",
    "(?i)a",
    "(?s).",
    "(?m)^",
    "(?m)$",
    "(?-i)k",
    "()",
    "(|a)",
    "{",
    "a{,2}",
    "a{02}",
)
SUFFIXES = ("", "", "", "*", "+", "?", "*?", "{0}", "{2}", "{1,2}", "{1,}", "{0,3}?")
GROUPS = ("({})", "(?:{})", "(?P<n>{})", "(?<n>{})", "(?i:{})", "(?ms:{})", "(?U:{})", "(?i-s:{})")


@st.composite
def expressions(draw: st.DrawFn) -> Matcher:
    """Return `l=~"…"` with an expression that RE2 takes."""
    text = draw(_texts)
    try:
        return make_matcher("l", "=~", text)
    except MatcherError:
        return make_matcher("l", "=~", f"(?:{draw(st.sampled_from(ATOMS[:9]))})")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouped = st.tuples(st.sampled_from(GROUPS), inner, st.sampled_from(SUFFIXES))
    series = st.lists(inner, min_size=1, max_size=3).map("".join)
    choice = st.lists(inner, min_size=2, max_size=3).map("|".join)
    return series | grouped.map(lambda parts: parts[0].replace("{}", parts[1]) + parts[2]) | choice


_texts = st.recursive(
    st.tuples(st.sampled_from(ATOMS), st.sampled_from(SUFFIXES)).map("".join), _grown, max_leaves=6
)
WORDS = st.text(SIGNS, max_size=5)


def spelt(word: str) -> Matcher:
    """Return a matcher for one word, as an expression that is not known to be only that."""
    return make_matcher("l", "=~", "(?:" + "".join(f"\\x{{{ord(sign):X}}}" for sign in word) + ")")

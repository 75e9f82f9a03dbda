"""What is said of a text that is not YAML: never libyaml's own words, and a place that the text has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import DocumentError, parse_document
from rules.syntax import lines_of
from tests.rules.writing import fault_of

GRAMMAR = ("expected", "scanning", "token", "indicator", "flow", "block", "scalar")
PIECES = (
    "a",
    ": ",
    ":",
    "- ",
    "\n",
    "  ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    "*",
    "&",
    "!",
    "%",
    "@",
    ",",
    "|",
)


def told(text: str) -> DocumentError | None:
    """Return what is wrong with a text when it is not YAML."""
    try:
        parse_document(text, "rules.yml")
    except DocumentError as error:
        return error
    return None


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_place_is_in_the_text(text: str) -> None:
    fault = told(text)

    if fault is not None:
        lines = lines_of(text)
        assert 1 <= fault.place.line <= len(lines)
        assert 1 <= fault.place.column <= len(lines[fault.place.line - 1]) + 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('a: "b\\d"', "1:6: is not YAML: in double quotes a backslash begins an escape"),
        ("a: - b", "1:4: is not YAML: a - of a list cannot stand behind a key"),
        ("a: 1\nb\nc: 2\n", "2:1: is not YAML: this line has no colon"),
        ("a: 1\nb:2\nc: 2\n", "2:2: is not YAML: a space is missing behind this colon"),
        ("a: 1\n   b: 2\n", "2:4: is not YAML: this line is indented deeper than line 1"),
        ("a: 'b' c", "1:8: is not YAML: this stands behind a value that has ended already"),
        ("a: [b c: d]", None),
        ("a: ['b' 'c']", "1:9: is not YAML: a comma or a ] is missing before this"),
        ("a: ! b", None),
        ("a:\n- b: 1\nc: 2\n- d", "4:1: is not YAML: a - stands here, but in this column"),
        (
            "a:\n  - b: 1\n  c: 2\n",
            "3:3: is not YAML: a - is missing: in this column the lines from line 2 on",
        ),
        ("a: `b`", "1:4: is not YAML: a value cannot begin with `"),
    ],
)
def test_a_mistake_is_told_in_plain_english(text: str, sentence: str | None) -> None:
    if sentence is None:
        assert not any(word in str(told(text)) for word in GRAMMAR)
    else:
        assert fault_of(text).startswith(f"rules.yml:{sentence}")

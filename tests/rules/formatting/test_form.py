"""The canonical form, by example."""

from __future__ import annotations

from textwrap import dedent

import pytest

from rules import cases, expectations
from rules.document import DocumentError
from rules.formatting import shapes
from rules.formatting.canonical import canonical
from rules.loading import behaviour, heartbeats, intervals, routes
from tests.rules.test_cli_golden import expect_golden

NASTY = """\
# the head of the file
# goes on

# about defaults
defaults:  # beside defaults
  message: |  # beside the message
      {% for alert in alerts %}
        {{ alert.labels.alertname }}

      {% endfor %}


  stale_after:   "48h"   # beside stale_after
  # above the chain
  chain: 'triage'        # beside the chain
  # at the end of defaults
# about chains
chains:
  # the first of chains
  triage: {steps: [{page: {group: sre}}, # beside the first step
    # above the second
    {page: {group: managers}, after: 15m}  # beside the second
    # at the end of the steps
    ]}  # beside triage
  other:
    steps:
    - page: {group: a}
      # at the end of the first step
    # above the second step
    - # beside a dash
      after: 5m
      page:
        # above a value
        {group: b}
   # oddly indented
users:
  # nobody yet
time_intervals:
    office: [{weekdays: ["monday:friday"], times: [{end_time: 17:00, start_time: 09:00}]}]
routes:
- {chain: triage, name: one, matchers: ['{a="1", b=~"x{1,2}"}', c = d]}


- name: two
  chain: other

  routes: [{suppress: "why # not", name: inner}]
  matchers:   [severity="critical",team="payments",service=~"stripe|adyen|ledger|fraud",env="production"]
# at the end
"""


def test_a_nasty_file_is_tidied() -> None:
    expect_golden("fmt.yml", canonical(NASTY, "rules.yml"))


def form_of(text: str) -> str:
    return canonical(dedent(text), "rules.yml")


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("a=b", 'a="b"'),
        ("' a = \"b\" '", 'a="b"'),
        ("a=~b.*", 'a=~"b.*"'),
        ('"a=\\"b\\""', 'a="b"'),
        ('\'{a="b",c!="d"}\'', 'a="b", c!="d"'),
        ("'a=~\"x{1,2}\"'", "'a=~\"x{1,2}\"'"),
        ("'a=\"b c\"'", 'a="b c"'),
        ("'\"service.name\"=x'", '\'"service.name"="x"\''),
        ("'a=~(b'", "a=~(b"),
    ],
)
def test_a_matcher_has_one_spelling(written: str, form: str) -> None:
    text = f"routes:\n  - name: a\n    matchers: [{written}]\n"

    assert canonical(text, "rules.yml") == f"routes:\n  - name: a\n    matchers: [{form}]\n"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("'text'", "text"),
        ('"text"', "text"),
        ("'5'", '"5"'),
        ("5", "5"),
        ('"true"', '"true"'),
        ("'yes'", '"yes"'),
        ("off", "off"),
        ("09:00", '"09:00"'),
        ("'monday:friday'", '"monday:friday"'),
        ("2026-03-01T03:00:00Z", "2026-03-01T03:00:00Z"),
        ("'say \"x\"'", 'say "x"'),
        ("'\"x\" said'", "'\"x\" said'"),
        ('"a: b"', '"a: b"'),
        ('"# x"', '"# x"'),
        ("'{{ labels.a }}'", '"{{ labels.a }}"'),
        ('"a\\tb"', '"a\\tb"'),
        ('"\\u202e"', '"\\u202E"'),
        ("''", '""'),
        ("~", "~"),
        ("[a,  b]", "[a, b]"),
        ("{a: , b: 1}", "{a: null, b: 1}"),
        ("[]", "[]"),
    ],
)
def test_quotes_stand_where_they_are_needed_or_guard(written: str, form: str) -> None:
    assert canonical(f"x:\n  k: {written}\n", "rules.yml") == f"x:\n  k: {form}\n"


def test_what_is_too_long_for_a_line_takes_several() -> None:
    words = [f"word-number-{number}" for number in range(8)]

    form = form_of(f"x: {{a: [{', '.join(words)}], b: c}}\n")

    assert form == "\n".join(["x:", "  a:", *(f"    - {word}" for word in words), "  b: c", ""])


def test_folded_words_stay_folded_where_they_are_too_long() -> None:
    words = "word " * 30

    form = form_of(f"x:\n  a: {words.strip()}\n    and more\n  b: short\n    enough\n")

    first, second, *rest = form.splitlines()[1:]
    assert len(first) <= 110
    assert second.startswith("    word")
    assert rest == ["  b: short enough"]


def test_comments_of_neighbours_are_aligned() -> None:
    assert form_of("x:\n  a: 1 # one\n  bcd: 2 # two\n  e:   # three\n    f: 1 # four\n") == (
        "x:\n  a: 1    # one\n  bcd: 2  # two\n  e:      # three\n    f: 1  # four\n"
    )


def test_sections_stay_where_they_are_with_one_blank_line_between() -> None:
    assert form_of("routes: []\nchains: {}\n\n\n\nusers:\n") == "routes: []\n\nchains: {}\n\nusers:\n"


def test_a_marker_stays_and_a_byte_order_mark_goes() -> None:
    assert canonical("\ufeff# c\n---\nroutes: []\n...\n", "rules.yml") == "# c\n---\nroutes: []\n"


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n", "{}\n", "null\n"])
def test_a_file_that_says_nothing_stays_so(text: str) -> None:
    assert canonical(text, "rules.yml") == {"\n\n": "", "null\n": ""}.get(text, text)


def test_line_ends_of_windows_become_line_feeds() -> None:
    assert canonical("routes:\r\n  - name: a # b\r\n    subject: |\r\n      x\r\n", "rules.yml") == (
        "routes:\n  - name: a  # b\n    subject: |\n      x\n"
    )


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"rules.yml:1:10: is not YAML"):
        canonical("routes: [", "rules.yml")


@pytest.mark.parametrize(
    "text",
    ["x: " + "[" * 60 + "y, " * 9_000 + "y" + "]" * 60, "x:\n" + " - " * 60 + "[" + "y, " * 9_000 + "y]"],
)
def test_a_file_that_would_grow_beyond_all_bounds_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="in canonical form: split it"):
        canonical(text, "rules.yml")


@pytest.mark.parametrize(
    ("shape", "known"),
    [
        ("route", routes.KEYS),
        ("heartbeat", heartbeats.KEYS),
        ("interval", intervals.FIELDS),
        ("defaults", {*behaviour.FIELDS, "stale_after", "burst"}),
        ("case", cases._CASE),
        ("expect", expectations.FIELDS),
    ],
)
def test_every_key_that_the_loader_knows_has_its_place(shape: str, known: tuple[str, ...]) -> None:
    assert set(shapes.SHAPES[shape].order) == set(known)

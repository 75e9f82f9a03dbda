"""docs/rules.md loads, and names everything that the language has."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.assembly import SHARED_SECTIONS
from rules.filters import FILTERS
from rules.load import empty, load
from rules.loading import behaviour, heartbeats, intervals, routes
from rules.templates import ALERT_FIELDS, VARIABLES
from rules.texts import Sources
from tests.docs.pages import ROOT, blocks
from tests.rules.writing import asked, faults_of, taken, unset

PAGE = ROOT / "docs" / "rules.md"
FILES = {block.splitlines()[0].removeprefix("# "): block for block in blocks(PAGE, "yaml")}
SETTINGS = [field.name for field in fields(behaviour.Behaviour) if field.name not in ("chain", "message")]


def test_the_example_loads_without_a_finding() -> None:
    outcome = load(Sources({name: FILES[name] for name in ("00-shared.yml", "payments.yml")}), unset)

    assert outcome.ruleset is not None
    assert faults_of(outcome) == []
    assert taken(outcome.ruleset, team="payments", service="stripe", severity="warning") == [
        "payments/audit",
        "payments/warnings",
    ]
    assert taken(outcome.ruleset, env="dev", team="payments") == ["staging"]


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"00-shared.yml"}))
def test_every_other_example_loads(name: str) -> None:
    shared = {"00-shared.yml": FILES["00-shared.yml"]} if name != "built-in.yml" else {}

    outcome = load(Sources({**shared, name: FILES[name]}), {"JANE_CONTACT": "ntfy://h/t"}.get)

    assert outcome.errors == ()


def test_the_defaults_shown_are_those_built_in() -> None:
    shown = load(Sources({"built-in.yml": FILES["built-in.yml"]}), unset).ruleset
    assert shown is not None

    ours, built_in = (asked(rules)[0].terminal for rules in (shown, empty()))

    assert shown.stale_after_s == empty().stale_after_s
    assert [getattr(ours, name) for name in SETTINGS] == [getattr(built_in, name) for name in SETTINGS]
    assert ours.message.strip() == built_in.message.strip()


@pytest.mark.parametrize(
    "word",
    sorted(
        {
            *SHARED_SECTIONS,
            *routes.KEYS,
            *heartbeats.KEYS,
            *behaviour.FIELDS,
            *intervals.FIELDS,
            *VARIABLES,
            *ALERT_FIELDS,
            *FILTERS,
        }
    ),
)
def test_everything_that_the_language_has_is_described(word: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(word)}\b[^`\n]*`", PAGE.read_text(encoding="utf-8"))


PIECES = (
    *(
        "null",
        "[]",
        "{}",
        "-1",
        '"',
        "'",
        "{{",
        "*a",
        "&a",
        "!x",
        "\t",
        "\n",
        "- ",
        ": ",
        "true",
        "${",
        "[[[",
    ),
    "all",
)


@given(st.data())
def test_the_examples_with_anything_amiss_load_or_say_why(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    text = FILES[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        text = (
            text[:start] + data.draw(st.sampled_from(PIECES)) + text[start + data.draw(st.integers(0, 9)) :]
        )

    outcome = load(Sources({**FILES, name: text}), unset, Sources(FILES))

    assert outcome.ruleset is not None or outcome.errors
    assert all("\n" not in found.message for found in outcome.findings)

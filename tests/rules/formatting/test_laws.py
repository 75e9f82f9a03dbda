"""Whatever is written, its canonical form is one, says the same, and keeps every comment where it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rules.cases import read_case_file
from rules.document import DocumentError, parse_document
from rules.findings import Finding
from rules.formatting.canonical import canonical
from rules.load import load
from rules.places import Place
from rules.texts import Sources
from tests.rules.directory import EXAMPLES, FAULTY, FAULTY_CASES
from tests.rules.formatting.scribbling import scribbles
from tests.rules.from_schema import written
from tests.rules.goods import good_texts
from tests.rules.test_load_golden import test_a_fault_says_where_which_value_and_what_to_do as faults
from tests.rules.test_schema import CASE_FILES, DOCUMENTS
from tests.rules.trees import Tree, forests, rule_file
from tests.rules.writing import unset

_FAULTY = [row[0] for row in faults.pytestmark[0].args[1]]
_SAID = re.compile(
    r"# (?:above|beside|at the end of|the last of)(?: [ki][0-9]+z| all)?|# before the marker|[ki][0-9]+z"
)
_ENDING = re.compile("# (?:beside|the last of)")
_WITHOUT_PLACE = ("place", "places", "revision", "trace", "router", "takers", "findings", "pattern")


def meant(value: Any) -> Any:
    """Return what a rule set says, without where it says it."""
    if isinstance(value, Place):
        return None
    if is_dataclass(value):
        names = [field.name for field in fields(value) if field.name not in _WITHOUT_PLACE]
        return type(value).__name__, [(name, meant(getattr(value, name))) for name in names]
    if isinstance(value, Mapping):
        return {key: meant(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [meant(each) for each in value]
    return value


def rules_of(text: str) -> tuple[Any, list[str]]:
    """Return the rules that a text loads as, and the codes of what is found in it."""
    outcome = load(Sources({"rules.yml": text}), unset)
    order = [] if outcome.ruleset is None else list(outcome.ruleset.heartbeats)
    return (meant(outcome.ruleset), order), sorted(found.code for found in outcome.findings)


def cases_of(text: str) -> tuple[Any, list[str]]:
    """Return the cases of a text, and the codes of what is found in it."""
    findings: list[Finding] = []
    cases = read_case_file(text, "rules.test.yml", findings)
    return meant(cases), sorted(found.code for found in findings)


def said(text: str) -> list[str]:
    """Return what a scribble says, in order: the names in it, and the comments that name them."""
    return _SAID.findall(text)


@given(scribbles())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_form_of_a_form_is_itself_and_says_the_same(text: str) -> None:
    form = canonical(text, "rules.yml")

    assert canonical(form, "rules.yml") == form
    assert (yaml.load(form, yaml.BaseLoader) or {}) == (yaml.load(text, yaml.BaseLoader) or {})


@given(scribbles())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_comment_stays_beside_what_it_is_about(text: str) -> None:
    before, after = said(text), said(canonical(text, "rules.yml"))

    assert [word for word in after if word[0] == "#"] == [word for word in before if word[0] == "#"]
    # One at the end of a list that takes several lines then stands beside its key, before what it holds.
    before, after = ([word for word in words if not _ENDING.match(word)] for words in (before, after))
    assert after == before


@given(scribbles())
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_line_ends_with_space_but_in_a_block_scalar(text: str) -> None:
    assume("|" not in text and ">" not in text)

    form = canonical(text, "rules.yml")

    assert [line for line in form.splitlines() if line != line.rstrip()] == []
    assert form == "" or (form.endswith("\n") and "\n\n\n" not in form)


@given(DOCUMENTS)
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_rules_mean_the_same(document: Any) -> None:
    text = written(document)

    form = canonical(text, "rules.yml")

    assert rules_of(form) == rules_of(text)
    assert canonical(form, "rules.yml") == form


@given(CASE_FILES)
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_cases_mean_the_same(document: Any) -> None:
    text = written(document)

    form = canonical(text, "rules.test.yml")

    assert cases_of(form) == cases_of(text)


@given(forests())
@settings(deadline=None)
def test_route_trees_mean_the_same(forest: tuple[Tree, ...]) -> None:
    text = rule_file(forest)

    assert rules_of(canonical(text, "rules.yml")) == rules_of(text)


@pytest.mark.parametrize(("name", "text"), good_texts())
def test_what_is_written_in_this_repository_means_the_same(name: str, text: str) -> None:
    read = cases_of if ".test." in name else rules_of

    form = canonical(text, name)

    assert read(form) == read(text)
    assert canonical(form, name) == form
    assert sorted(re.findall(r"(?:^|\s)(#\s.*)", form)) == sorted(re.findall(r"(?:^|\s)(#\s.*)", text))


@pytest.mark.parametrize(
    "text", [*_FAULTY, FAULTY["00-shared.yml"], FAULTY["web, eu.yml"], *FAULTY_CASES.values()]
)
def test_what_is_found_stays_the_same(text: str) -> None:
    form = canonical(text, "rules.yml")

    assert (rules_of(form), cases_of(form)) == (rules_of(text), cases_of(text))


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_anything_is_formatted_or_refused_with_a_reason(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(sorted(EXAMPLES.iterdir()))).read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        piece = data.draw(
            st.sampled_from(
                [*"\t\n#-?:,[]{}|>'\" ", "\r\n", "\x85", "\u2028", "? ", "- ", ": ", " #", "---\n", "|2\n"]
            )
        )
        text = text[:start] + piece + text[start + data.draw(st.integers(0, 9)) :]
    try:
        parse_document(text, "rules.yml")
    except DocumentError:
        with pytest.raises(DocumentError):
            canonical(text, "rules.yml")
        return

    form = canonical(text, "rules.yml")

    assert canonical(form, "rules.yml") == form

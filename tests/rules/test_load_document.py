"""The YAML that rules are written in: the core schema, and nothing hostile."""

# ruff: noqa: E501 (messages are quoted whole)

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.document import MAX_NODES, MAX_TEXT, DocumentError, ListNode, MapNode, ScalarNode, parse_document


def value_of(text: str) -> ScalarNode:
    node = parse_document(f"key: {text}", "rules.yml").get("key")
    assert isinstance(node, ScalarNode)
    return node


def refusal_of(text: str) -> str:
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "rules.yml")
    return str(caught.value)


@pytest.mark.parametrize("text", ["22:30", "on", "off", "yes", "no", "y", "1_000", "2026-01-01", "0b1", "<<"])
def test_what_yaml_1_1_took_for_something_else_is_a_text(text: str) -> None:
    value = value_of(text)

    assert (value.text, value.boolean, value.integer, value.is_null) == (text, None, None, False)


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_the_core_schema_has_true(text: str) -> None:
    assert value_of(text).boolean is True


@pytest.mark.parametrize(("text", "number"), [("012", 12), ("0o17", 15), ("0x1F", 31), ("-3", -3), ("+3", 3)])
def test_the_core_schema_has_integers(text: str, number: int) -> None:
    assert value_of(text).integer == number


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_the_core_schema_has_null(text: str) -> None:
    assert value_of(text).is_null


@pytest.mark.parametrize("text", ['"true"', "'1'", '"~"', '""'])
def test_quotes_make_a_text(text: str) -> None:
    value = value_of(text)

    assert (value.boolean, value.integer, value.is_null) == (None, None, False)


def test_a_block_text_knows_its_lines() -> None:
    node = parse_document("a: 1\nkey: |\n  one\n  two\n", "rules.yml").get("key")

    assert isinstance(node, ScalarNode)
    assert (node.text, node.line_of(2)) == ("one\ntwo\n", 4)


def test_every_node_knows_its_place() -> None:
    node = parse_document("a:\n  - b: [c, d]\n", "rules.yml").get("a")

    assert isinstance(node, ListNode)
    assert isinstance(node.items[0], MapNode)
    assert str(node.items[0].place) == "rules.yml:2:5"
    inner = node.items[0].get("b")
    assert isinstance(inner, ListNode)
    assert [str(item.place) for item in inner.items] == ["rules.yml:2:9", "rules.yml:2:12"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~"])
def test_an_empty_file_is_an_empty_mapping(text: str) -> None:
    assert parse_document(text, "rules.yml").entries == ()


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (
            "a: &x 1",
            "rules.yml:1:4: anchors (&x) are not read: write the value out, or put one that begins with & in quotes.",
        ),
        (
            "a: *x",
            "rules.yml:1:4: aliases (*name) are not read: write the value out, or put one that begins with * in quotes.",
        ),
        (
            "a: !!python/object:os.system x",
            "rules.yml:1:4: tags (!name) are not read: put a value that begins with ! in quotes.",
        ),
        ("a: !x [1]", "rules.yml:1:4: tags (!name) are not read: put a value that begins with ! in quotes."),
        ("a: 1\nb: 2\na: 3", 'rules.yml:3:1: key "a" stands here twice, first on line 1: remove one.'),
        ('a: 1\n"a": 3', 'rules.yml:2:1: key "a" stands here twice, first on line 1: remove one.'),
        (
            "[a]: 1",
            "rules.yml:1:1: a key must be a text, but this one is a list: put a value that begins with { or [, such "
            'as a template, in quotes: "{{ labels.alertname }}".',
        ),
        ("- a", "rules.yml:1:1: must be a mapping at the top, but is a list."),
        ("text", "rules.yml:1:1: must be a mapping at the top, but is a text."),
        ("a: 1\n---\nb: 2", "rules.yml:2:1: a second document starts here: use a second file."),
        ("a: 1\nb: \x01", "rules.yml:2:4: control character U+0001: remove it."),
        ("a: x\udcff", "rules.yml:1:5: is not UTF-8 here: save the file as UTF-8."),
        (
            "a: [1, 2",
            "rules.yml:1:4: is not YAML: this [ is not closed by a ]: add it.",
        ),
        (
            "a: b: c",
            "rules.yml:1:5: is not YAML: a second colon with a space behind it stands on this line: put the value in "
            "quotes, or begin a new line for a new key.",
        ),
    ],
)
def test_a_faulty_text_is_refused_with_its_place(text: str, refusal: str) -> None:
    assert refusal_of(text) == refusal


def test_the_billion_laughs_stop_at_the_first_anchor() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]

    assert "anchors" in refusal_of("\n".join(lines))


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening: str) -> None:
    assert "nested more than 64 levels deep" in refusal_of(opening * 5_000)


def test_a_huge_text_is_refused() -> None:
    assert "is larger than" in refusal_of("a: " + "x" * MAX_TEXT)


def test_a_text_of_very_many_values_is_refused() -> None:
    assert "holds more than" in refusal_of("a: [" + "1," * (MAX_NODES + 1) + "]")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(DocumentError):
        assert parse_document(text, "rules.yml").place.file == "rules.yml"

"""YAML that is written for other programs."""

from __future__ import annotations

import pytest

from rules.document import DocumentError, ListNode, MapNode, Node, ScalarNode
from rules.foreign import parse_foreign


def plain(node: Node) -> object:
    """Return a node as Python has it, all scalars as texts."""
    if isinstance(node, ScalarNode):
        return node.text
    if isinstance(node, ListNode):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}


def read(text: str) -> list[object]:
    return [plain(node) for node in parse_foreign(text, "a.yml", {"matchers"})]


def fault(text: str) -> str:
    with pytest.raises(DocumentError) as refused:
        parse_foreign(text, "a.yml", {"matchers"})
    return str(refused.value)


def test_aliases_stand_for_what_they_name_and_keep_its_place() -> None:
    (node,) = parse_foreign("a: &x [b, c]\nd: *x\n", "a.yml")

    assert isinstance(node, MapNode)
    assert plain(node) == {"a": ["b", "c"], "d": ["b", "c"]}
    again = node.get("d")
    assert again is not None
    assert str(again.place) == "a.yml:1:4"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}", {"c": "2", "b": "3"}),
        ("a: &x {b: 1}\nd:\n  <<: *x\n", {"b": "1"}),
        ("a: &x {b: 1, c: 2}\ne: &y {b: 5, f: 6}\nd: {<<: [*x, *y]}", {"b": "1", "c": "2", "f": "6"}),
        ("a: &x {b: 1}\ne: &y {<<: *x, c: 2}\nd: {<<: *y}", {"b": "1", "c": "2"}),
        ('d: {"<<": x}', {"<<": "x"}),
    ],
)
def test_merges_add_what_a_mapping_does_not_say_itself(text: str, meant: object) -> None:
    (whole,) = read(text)

    assert isinstance(whole, dict)
    assert whole["d"] == meant


def test_documents_are_read_one_by_one_and_empty_ones_left_out() -> None:
    assert read("---\na: &x 1\n---\n---\nb: 2\n...\n") == [{"a": "1"}, {"b": "2"}]


def test_standard_tags_are_read() -> None:
    (node,) = parse_foreign("a: !!str null", "a.yml")

    assert isinstance(node, MapNode)
    value = node.get("a")
    assert isinstance(value, ScalarNode)
    assert not value.is_null


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: *x", "a.yml:1:4: alias *x has no anchor &x that ends before it: add one."),
        ("a: &x [*x]", "a.yml:1:8: alias *x has no anchor &x that ends before it: add one."),
        ("a: &x 1\n---\nb: *x", "a.yml:3:4: alias *x has no anchor &x that ends before it: add one."),
        ("a: {<<: 1}", "a.yml:1:9: << must stand for a mapping, or for a list of mappings."),
        ("a: !vault x", 'a.yml:1:4: tag "!vault" is not YAML\'s own: fill its value in.'),
        (
            "a: {b: 1, <<: {b: 2}}",
            'a.yml:1:5: "b" is given above << and by it, which not every program reads in the same way: '
            "give it once.",
        ),
        (
            "a: {<<: {matchers: [x]}, matchers: [y]}",
            'a.yml:1:26: "matchers" is given here and by <<, which not every program reads in the same way: '
            "give it once.",
        ),
        (
            "a: {<<: [{matchers: [x]}, {matchers: [y]}]}",
            'a.yml:1:5: "matchers" is given by two of its mappings, which not every program reads in the '
            "same way: give it once.",
        ),
    ],
)
def test_what_cannot_be_meant_or_is_read_differently_is_refused(text: str, message: str) -> None:
    assert fault(text) == message


def test_aliases_of_aliases_are_counted_as_what_they_stand_for() -> None:
    lines = ["k0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    assert "holds more than 200,000 values once aliases are filled in" in fault("\n".join(lines))


def test_aliases_of_aliases_nest_no_deeper_than_what_is_written_out() -> None:
    lines = ["k0: &a0 [x]", *(f"k{n}: &a{n} [*a{n - 1}]" for n in range(1, 100))]

    assert "is nested more than 64 levels deep" in fault("\n".join(lines))

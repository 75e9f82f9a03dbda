"""The schemas in rules/schema, YAML as they see it, and documents made from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from rules.document import ListNode, MapNode, Node, parse_document
from tests.docs.pages import ROOT

FOLDER = ROOT / "rules" / "schema"
RULES: dict[str, Any] = json.loads((FOLDER / "rules.schema.json").read_text(encoding="utf-8"))
CASES: dict[str, Any] = json.loads((FOLDER / "cases.schema.json").read_text(encoding="utf-8"))

_LETTERS = st.text(st.sampled_from("abcXYZ019-_ .@"), min_size=1, max_size=8)


def refused(schema: Mapping[str, Any], text: str) -> list[str]:
    """Return what an editor marks in a text, a line each."""
    validator = jsonschema_rs.Draft7Validator(schema)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(data_of(text))]


def data_of(text: str) -> Any:
    """Return a text as JSON data, by YAML 1.2's core schema, as editors read it."""
    return _data(parse_document(text, "rules.yml"))


def _data(node: Node) -> Any:
    if isinstance(node, MapNode):
        return {key.text: _data(value) for key, value in node.entries}
    if isinstance(node, ListNode):
        return [_data(item) for item in node.items]
    if node.is_null:
        return None
    if node.boolean is not None:
        return node.boolean
    return node.text if node.integer is None else node.integer


def written(data: Any) -> str:
    """Return data as YAML that reads back as the same."""
    return json.dumps(data, ensure_ascii=False)


def documents(schema: Mapping[str, Any], **instead: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return data that a schema takes.

    Parameters:
      instead: what is drawn for a definition, by its name.
    """
    return _Maker(schema["definitions"], instead).make(schema)


class _Maker:
    """Makes strategies of the keywords that our schemas use; whoever adds one is told."""

    def __init__(self, definitions: Mapping[str, Any], instead: Mapping[str, st.SearchStrategy[Any]]) -> None:
        self._definitions = definitions
        self._made = dict(instead)

    def make(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        unconditional = self._made_of(schema)
        if {"not", "dependencies", "oneOf", "anyOf", "allOf"} & schema.keys():
            whole = {**schema, "definitions": self._definitions}
            return unconditional.filter(jsonschema_rs.Draft7Validator(whole).is_valid)
        return unconditional

    def _made_of(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        if "$ref" in schema:
            return self._definition(schema["$ref"].rpartition("/")[2])
        if "const" in schema:
            return st.just(schema["const"])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        if "anyOf" in schema:
            return st.one_of([self.make(each) for each in schema["anyOf"]])
        if "allOf" in schema and "type" not in schema:
            return self.make(schema["allOf"][0])
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return st.one_of([getattr(self, f"_{name}")(schema) for name in types])

    def _definition(self, name: str) -> st.SearchStrategy[Any]:
        if name not in self._made:
            # Deferred, since routes hold routes.
            self._made[name] = st.deferred(lambda: self.make(self._definitions[name]))
        return self._made[name]

    def _null(self, _: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return st.none()

    def _boolean(self, _: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return st.booleans()

    def _integer(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        return st.integers(schema.get("minimum", -1000), schema.get("maximum", 1000))

    _number = _integer

    def _string(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        pattern = schema.get("pattern", "")
        low, high = schema.get("minLength", 0), min(schema.get("maxLength", 40), 40)
        if pattern.startswith("^"):
            texts = st.from_regex(pattern.removesuffix("$") + r"\Z").filter(lambda t: low <= len(t) <= high)
            return texts.filter(str.isprintable)
        wanted = _LETTERS.filter(lambda text: text.strip() != "")
        if pattern in ("", r"\S"):
            return wanted
        if pattern == "@":
            return st.just("jane@example.com")
        return st.sampled_from(['team="a"', 'env=~"a|b"', "ntfy://h/t", "json://h"]).filter(
            lambda text: jsonschema_rs.Draft7Validator({"pattern": pattern}).is_valid(text)
        )

    def _array(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        low = schema.get("minItems", 0)
        if isinstance(schema["items"], list):
            (first,) = schema["items"]
            later = st.lists(self.make(schema["additionalItems"]), max_size=2)
            return st.builds(lambda head, rest: [head, *rest], self.make(first), later)
        return st.lists(self.make(schema["items"]), min_size=low, max_size=low + 2)

    def _object(self, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
        more = schema.get("additionalProperties", False)
        if more:
            names = self.make({"type": "string", **schema.get("propertyNames", {})}).map(str)
            return st.dictionaries(names, self.make(more), max_size=2)
        made = {name: self.make(each) for name, each in schema["properties"].items()}
        required = schema.get("required", [])
        if schema.get("maxProperties") == 1:
            return st.one_of([st.fixed_dictionaries({name: each}) for name, each in made.items()])
        optional = {name: each for name, each in made.items() if name not in required}
        return st.fixed_dictionaries({name: made[name] for name in required}, optional=optional)

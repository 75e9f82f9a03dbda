"""Typed reads of a node: each returns the value, or notes a fault and returns None."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rules.document import ListNode, MapNode, Node, ScalarNode, kind_of, printed
from rules.loading.faults import Faults
from rules.loading.habits import advice, as_label
from rules.places import Place

MAX_TEXT = 10_000
NEVER = "never"

_DURATION = re.compile(
    r"(?:([0-9]{1,9})y)?(?:([0-9]{1,9})w)?(?:([0-9]{1,9})d)?"
    r"(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?"
)
_SECONDS = (365 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"))


def read_fields(node: Node, what: str, known: Collection[str], faults: Faults) -> dict[str, Node]:
    """Return the values of a mapping by key; unknown keys are faults and left out.

    Parameters:
      what: how messages call the mapping (`route`).
      known: the keys that it may have.
    """
    fields: dict[str, Node] = {}
    for key, value in read_entries(node, what, faults):
        if key.text in known:
            fields[key.text] = value
        else:
            faults.error(
                "unknown-key",
                key.place,
                f"{what} has no key {printed(key.text)}{_instead(what, key.text, value, known, faults)}",
            )
    return fields


def _instead(what: str, key: str, value: Node, known: Collection[str], faults: Faults) -> str:
    """Return the end of a sentence about an unknown key: what to write."""
    told = advice(what, key)
    if told is not None:
        return f": {told}"
    close = faults.hint(key, lambda: known)
    label = as_label(what, key, value) if not close else None
    return f". {label or 'Correct or remove it.'}" if not close else f".{close}"


def read_entries(node: Node, what: str, faults: Faults) -> tuple[tuple[ScalarNode, Node], ...]:
    """Return the keys and values of a mapping; one that is left empty has none."""
    if isinstance(node, MapNode):
        return node.entries
    if not (isinstance(node, ScalarNode) and node.is_null):
        dashes = " Begin each line with its name, without the -." if isinstance(node, ListNode) else ""
        faults.error(
            "wrong-type",
            node.place,
            f"{what} must be a mapping (key: value), but is {kind_of(node)}.{dashes}",
        )
    return ()


def read_items(node: Node, what: str, faults: Faults) -> tuple[Node, ...]:
    """Return the items of a list; one that is left empty has none."""
    if isinstance(node, ListNode):
        return node.items
    if not (isinstance(node, ScalarNode) and node.is_null):
        brackets = " Put it in brackets." if isinstance(node, ScalarNode) else " Begin each item with a -."
        faults.error(
            "wrong-type", node.place, f"{what} must be a list ([a, b]), but is {kind_of(node)}.{brackets}"
        )
    return ()


def read_text(node: Node, what: str, faults: Faults, limit: int = MAX_TEXT) -> str | None:
    """Return a text that is not empty; a number or a boolean where a text is meant is its own spelling.

    The value is in no message, since it may be a secret.
    """
    if not isinstance(node, ScalarNode) or node.is_null or not node.text.strip():
        kind = "empty: write one, or remove it" if isinstance(node, ScalarNode) else kind_of(node)
        faults.error("wrong-type", node.place, f"{what} must be a text, but is {kind}.")
        return None
    if len(node.text) > limit:
        faults.error("too-long", node.place, f"{what} is longer than {limit:,} characters: shorten it.")
        return None
    return node.text


def read_texts(node: Node, what: str, faults: Faults, limit: int = MAX_TEXT) -> tuple[tuple[str, Place], ...]:
    """Return the texts of a list, each with its place."""
    read = [
        (read_text(item, f"each of {what}", faults, limit), item.place)
        for item in read_items(node, what, faults)
    ]
    return tuple((text, place) for text, place in read if text is not None)


def read_name(node: Node, what: str, faults: Faults, limit: int = 100) -> str | None:
    """Return a name: one line, without `/`, which separates a namespace from what is in it."""
    name = read_text(node, what, faults, limit)
    if name is None:
        return None
    if "/" in name or name != name.strip() or not name.isprintable():
        faults.error(
            "bad-name",
            node.place,
            f"{what} {printed(name)} must be one line, without a slash or spaces around it: rename it.",
        )
        return None
    return name


def read_boolean(node: Node, what: str, faults: Faults) -> bool | None:
    """Return true or false; `yes` and `on` are texts in YAML 1.2."""
    value = node.boolean if isinstance(node, ScalarNode) else None
    if value is None:
        given = printed(node.text) if isinstance(node, ScalarNode) else kind_of(node)
        faults.error("wrong-type", node.place, f"{what} must be true or false, unquoted, but is {given}.")
    return value


def read_number(node: Node, what: str, low: int, high: int, faults: Faults) -> int | None:
    """Return a whole number from `low` to `high`."""
    text = node.text if isinstance(node, ScalarNode) else ""
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else None
    if number is None:
        given = printed(text) if isinstance(node, ScalarNode) else kind_of(node)
        faults.error(
            "wrong-type",
            node.place,
            f"{what} must be a whole number from {low} to {high}, but is {given}.",
        )
        return None
    if not low <= number <= high:
        faults.error("out-of-bounds", node.place, f"{what} must be from {low} to {high}, but is {number}.")
        return None
    return number


def read_choice(node: Node, what: str, choices: Sequence[str], faults: Faults) -> str | None:
    """Return one of the choices."""
    if isinstance(node, ScalarNode) and node.text in choices:
        return node.text
    given = printed(node.text) if isinstance(node, ScalarNode) else kind_of(node)
    faults.error("bad-value", node.place, f"{what} must be one of {', '.join(choices)}, but is {given}.")
    return None


def parse_milliseconds(text: str) -> int | None:
    """Return the milliseconds of a duration as Prometheus writes it (`1h30m`, `500ms`), or None."""
    parts = _DURATION.fullmatch(text)
    if parts is None or not text:
        return 0 if text == "0" else None
    *whole, milliseconds = parts.groups()
    seconds = sum(int(count or 0) * unit for count, unit in zip(whole, _SECONDS, strict=True))
    return seconds * 1_000 + int(milliseconds or 0)


def parse_duration(text: str) -> int | None:
    """Return the seconds of a duration, or None where it is none, or not of whole seconds."""
    milliseconds = parse_milliseconds(text)
    return None if milliseconds is None or milliseconds % 1_000 else milliseconds // 1_000


def spell_duration(seconds: int) -> str:
    """Return seconds as a duration (`90s`, `24h`, `30d`)."""
    for unit, letter in _UNITS:
        if seconds >= unit and seconds % unit == 0 and (letter != "d" or seconds >= 2 * unit):
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def read_duration(
    node: Node, what: str, low: int, high: int, faults: Faults, *, or_never: bool = False
) -> int | None:
    """Return a duration in seconds, from `low` to `high`; `or_never` only tells of the other choice."""
    bounds = f"from {spell_duration(low)} to {spell_duration(high)}"
    if or_never:
        bounds += ", or never"
    seconds = parse_duration(node.text) if isinstance(node, ScalarNode) else None
    if seconds is None:
        given = printed(node.text) if isinstance(node, ScalarNode) else kind_of(node)
        if isinstance(node, ScalarNode) and node.text.isdecimal():
            given += f": add its unit, such as {node.text[:6]}m"
        faults.error(
            "bad-duration",
            node.place,
            f"{what} must be a duration {bounds} (such as 90s, 1h30m), but is {given}.",
        )
        return None
    if not low <= seconds <= high:
        given = printed(node.text) if isinstance(node, ScalarNode) else ""
        faults.error("out-of-bounds", node.place, f"{what} must be {bounds}, but is {given}.")
        return None
    return seconds

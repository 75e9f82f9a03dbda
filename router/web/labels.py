"""Questions about an alert: its labels, typed a line each, and a moment."""

from __future__ import annotations

from typing import Any, TypeVar

from adapters.text import clean
from router.api.validation import Faults, Schema, check
from router.web.forms import FRESH, Form
from router.web.lists import in_utc, lines_of
from router.web.screen import Visit

Asked = TypeVar("Asked", bound=Schema)


def asked_about(visit: Visit, schema: type[Asked]) -> tuple[Form, Asked | None]:
    """Return what the address asks about an alert, as typed and checked; None if it is wrong, or empty.

    Parameters:
      schema: has `labels`; its other fields are moments and whole numbers.
    """
    if not visit.request.query_params:
        return FRESH, None
    typed = {name: clean(visit.asked(name)) for name in schema.model_fields}
    labels, faults = labels_of(typed["labels"])
    given: dict[str, Any] = {name: _value(text) for name, text in typed.items() if text}
    body, wrong = check(schema, given | {"labels": labels})
    faults |= {field: sentences for field, sentences in wrong.items() if field not in faults}
    form = Form("about", {name: [text.removesuffix("Z")] for name, text in typed.items()}, faults)
    return form, None if faults else body


def labels_of(text: str) -> tuple[dict[str, str], Faults]:
    """Return the labels of a text, `name=value` a line each, and what is wrong with it."""
    labels: dict[str, str] = {}
    wrong: list[str] = []
    for line in lines_of(text):
        name, sign, value = line.partition("=")
        name, value = name.strip(), value.strip().removeprefix('"').removesuffix('"')
        if not sign or not name or name.startswith("{"):
            wrong.append(f"{line[:80]!r} is no label: write name=value, such as team=payments.")
        elif name in labels:
            wrong.append(f"{name[:80]!r} is there twice: an alert has each label once.")
        labels[name] = value
    return labels, {"labels": wrong} if wrong else {}


def _value(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else in_utc(text)

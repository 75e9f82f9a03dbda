"""Checks a decoded body or query against its schema, and reports every fault in Laravel's words and names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from adapters.text import clean
from router.commands.refusals import Invalid, attribute

Faults = dict[str, list[str]]
MAX_ID = 2**63 - 1
"""The largest id that the database can hold."""


def _cleaned(value: object) -> object:
    """Take control characters and the space around it from text; what is blank then was not given."""
    if not isinstance(value, str):
        return value
    text = clean(value).strip()
    if not text:
        raise PydanticCustomError("blank", "blank")
    return text


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _integral(value: object) -> object:
    """JSON has one kind of number: 60.0 is 60."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _blank_to_none(value: object) -> object:
    return clean(value).strip() or None if isinstance(value, str) else value


# In an Annotated these stand behind its Field, whose bounds then hold for what they return.
CLEANED = BeforeValidator(_cleaned)
ONE_LINE = BeforeValidator(_one_line)
BLANK_TO_NONE = BeforeValidator(_blank_to_none)
INTEGRAL = BeforeValidator(_integral)

Id = Annotated[int, Field(ge=1, le=MAX_ID), INTEGRAL]


class Schema(BaseModel):
    """A body; types are meant (a boolean is no number, nor is a string), null is as absent."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @classmethod
    def further_faults(cls, raw: Mapping[str, Any]) -> Faults:
        """Return faults that concern several fields; `raw` is what came, whatever its types."""
        return {}


class Query(Schema):
    """The parameters of an address, where numbers are text."""

    model_config = ConfigDict(strict=False)


Model = TypeVar("Model", bound=Schema)


def check(schema: type[Model], raw: Mapping[str, Any]) -> tuple[Model | None, Faults]:
    """Return the checked value, or None and every fault by field."""
    faults: Faults = {}
    value: Model | None = None
    try:
        value = schema.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            field = ".".join(str(part) for part in detail["loc"]) or "body"
            faults.setdefault(field, []).append(sentence(field, detail))
    for field, sentences in schema.further_faults(raw).items():
        faults.setdefault(field, sentences)
    return (None if faults else value), faults


def checked(schema: type[Model], raw: Mapping[str, Any]) -> Model:
    """Return the checked value. Raises Invalid with every fault."""
    value, faults = check(schema, raw)
    if value is None:
        raise Invalid(faults)
    return value


def sentence(field: str, detail: ErrorDetails) -> str:
    """Return one of pydantic's faults as Laravel's validation says it (its lang/en/validation.php).

    Of values that are chosen from a few it says besides which these are.
    """
    name = attribute(field)
    kind = detail["type"]
    if kind in ("missing", "blank") or detail["input"] in (None, ""):
        return f"The {name} field is required."
    if kind == "literal_error":
        allowed = detail.get("ctx", {}).get("expected", "").replace("'", "")
        return f"The selected {name} is invalid. Allowed: {allowed}."
    template = _SENTENCES.get(kind, "is invalid.")
    return f"The {name} field {template.format(**detail.get('ctx', {}))}"


_SENTENCES = {
    "string_type": "must be a string.",
    "string_too_short": "must be at least {min_length} characters.",
    "string_too_long": "must not be greater than {max_length} characters.",
    "int_type": "must be an integer.",
    "int_parsing": "must be an integer.",
    "int_parsing_size": "must be an integer.",
    "int_from_float": "must be an integer.",
    "finite_number": "must be an integer.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must not be greater than {le}.",
    "bool_type": "must be true or false.",
    "bool_parsing": "must be true or false.",
    "date_from_datetime_inexact": "must be a date: 2026-06-23.",
    "date_from_datetime_parsing": "must be a date: 2026-06-23.",
    "date_parsing": "must be a date: 2026-06-23.",
    "datetime_from_date_parsing": "must be a moment as RFC 3339 writes it: 2026-06-23T14:00:00Z.",
    "datetime_parsing": "must be a moment as RFC 3339 writes it: 2026-06-23T14:00:00Z.",
    "datetime_type": "must be a moment as RFC 3339 writes it: 2026-06-23T14:00:00Z.",
    "timezone_aware": "must have an offset from UTC: 2026-06-23T14:00:00Z.",
    "list_type": "must be an array.",
    "too_long": "must not have more than {max_length} items.",
    "model_type": "must be an object.",
    "dict_type": "must be an object.",
}

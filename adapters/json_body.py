"""A body read as JSON, leniently, whatever it holds."""

from __future__ import annotations

import json
from typing import Any

from adapters.alert import PayloadError


def read_json(body: bytes) -> Any:
    """Return the JSON value of a body; raw control characters in strings and a byte order mark are let pass.

    Raises PayloadError when it is not UTF-8, not JSON, nested too deeply, or holds a number too long to read.
    """
    try:
        return json.loads(body.decode("utf-8-sig"), strict=False)
    except UnicodeDecodeError as error:
        raise PayloadError(f"the body is not UTF-8: byte {error.start} is {body[error.start]:#04x}") from None
    except json.JSONDecodeError as error:
        raise PayloadError(
            f"the body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise PayloadError("the body is nested too deeply to be read") from None
    except ValueError:  # an integer of more digits than Python converts
        raise PayloadError("the body holds a number that is too long to be read") from None


def kind_of(value: object) -> str:
    """Return what a JSON value is called: `a number`, `null`, …"""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"

"""Numbers as Grafana measured them, as text for people."""

from __future__ import annotations

from itertools import islice

from adapters.text import MAX_ENTRIES, as_text, short

MAX_VALUE = 200
_EXACT = 2**53


def number_text(value: object) -> str:
    """Return a measured value as a person writes it: `97.25`, `3`, `no value` for null."""
    if value is None:
        return "no value"
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return short(as_text(value), MAX_VALUE)


def value_map(values: object) -> dict[str, str]:
    """Return Grafana's `values` (`{"A": 97.25}`) as text by name; none from what is no object."""
    if not isinstance(values, dict):
        return {}
    return {short(name, MAX_VALUE): number_text(value) for name, value in islice(values.items(), MAX_ENTRIES)}

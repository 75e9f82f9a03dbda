"""Ways in which a body may come out wrong: fields dropped, nulls, wrong types, huge, nested."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.sampled_from(["\x00", "\ud800", "x" * 20_000, "0001-01-01T00:00:00+14:00", "resolved", "FIRING", ""]),
)
anything = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything inside a JSON value, but the value itself."""
    found: list[tuple[Any, ...]] = []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        found += [(*path, key), *places(inner, (*path, key))]
    return found


@st.composite
def mutated(draw: st.DrawFn, body: bytes) -> Any:
    """Draw a changed copy of a body's JSON value: one to four places dropped, replaced or doubled."""
    value = json.loads(body)
    for _ in range(draw(st.integers(1, 4))):
        paths = places(value)
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        act = draw(st.sampled_from(["drop", "replace", "null", "double", "nest"]))
        if act == "drop":
            del holder[path[-1]]
        elif act == "double" and isinstance(holder, list):
            holder.append(holder[path[-1]])
        elif act == "nest":
            holder[path[-1]] = [{"x": holder[path[-1]]}]
        else:
            holder[path[-1]] = None if act == "null" else draw(anything)
    return value

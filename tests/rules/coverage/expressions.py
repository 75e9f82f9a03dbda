"""Generated PromQL over a few labels."""

from __future__ import annotations

import random

METRICS = ("a", "b", "c")
NAMES = ("x", "y", "z")
VALUES = ("1", "2")

SERIES = tuple(
    f"{metric}{{{labels}}}"
    for metric, sets in {
        "a": ('x="1",y="1"', 'x="1",y="2"', 'x="2",z="1"', 'y="1"', 'x="1",y="1",z="2",le="5"'),
        "b": ('x="1"', 'x="2",y="2"', 'z="2"', 'x="1",y="2"', 'x="1",y="1"'),
        "c": ('x="2",y="1",z="1"', 'x="1",z="1"', 'z="1",le="+Inf"'),
    }.items()
    for labels in sets
)
"""What there is, each with a constant value."""

_MATCHERS = ("=", "!=", "=~", "!~")
_EXPRESSIONS = ("1|2", ".+", "2?", "[13]")
_KEEPING = ("abs({})", "rate({}[5m])", "max_over_time({}[5m])", "clamp_max({}, 9)", "sort({})", "-{}", "({})")
_BUILDING = ("sum", "max", "count", "group", "avg")


def vector(rng: random.Random, depth: int = 3) -> str:
    """Return an expression that yields a vector, if it yields anything."""
    choices = [_selector]
    if depth > 0:
        choices += [_kept, _aggregated, _aggregated, _joined, _joined, _joined, _special]
    return rng.choice(choices)(rng, depth - 1)


def _selector(rng: random.Random, _depth: int) -> str:
    matchers = []
    for name in rng.sample(NAMES, rng.choice((0, 1, 1, 2))):
        operator = rng.choice(_MATCHERS)
        value = rng.choice((*VALUES, "") if "~" not in operator else _EXPRESSIONS)
        matchers.append(f'{name}{operator}"{value}"')
    return rng.choice(METRICS) + (f"{{{','.join(matchers)}}}" if matchers or rng.random() < 0.2 else "")


def _kept(rng: random.Random, depth: int) -> str:
    form = rng.choice(_KEEPING)
    return form.format(_selector(rng, 0) if "[" in form else vector(rng, depth))


def _aggregated(rng: random.Random, depth: int) -> str:
    names = ", ".join(rng.sample(NAMES, rng.randint(0, 2)))
    grouping = rng.choice(("", f"by ({names})", f"without ({names})"))
    word = rng.choice((*_BUILDING, "topk", "quantile", "count_values"))
    first = {"topk": "1, ", "quantile": "0.5, ", "count_values": f'"{rng.choice(NAMES)}", '}.get(word, "")
    inner = f"({first}{vector(rng, depth)})"
    return f"{word} {grouping} {inner}" if rng.random() < 0.5 else f"{word}{inner} {grouping}"


def _joined(rng: random.Random, depth: int) -> str:
    left, right = vector(rng, depth), vector(rng, depth)
    operator = rng.choice(("and", "or", "unless", "+", "/", ">=", "<", "== bool", "^"))
    if rng.random() < 0.25:
        return f"{left} {rng.choice(('>=', '*', '<= bool'))} {rng.choice(('0', '1', '5'))}"
    names = ", ".join(rng.sample(NAMES, rng.randint(1, 2)))
    matching = rng.choice(("", f"on ({names})", f"ignoring ({names})"))
    if matching and operator not in ("and", "or", "unless") and rng.random() < 0.5:
        matching += rng.choice((" group_left", " group_right")) + rng.choice(
            ("", "()", f"({rng.choice(NAMES)})")
        )
    return f"({left} {operator} {matching} {right})"


def _special(rng: random.Random, depth: int) -> str:
    return rng.choice(
        (
            lambda: f"absent({_selector(rng, 0)})",
            lambda: f"absent(({_selector(rng, 0)}) > 9)",
            lambda: f"absent_over_time({_selector(rng, 0)}[5m])",
            lambda: f"absent_over_time({_selector(rng, 0)}[5m:1m])",
            lambda: f'label_replace({vector(rng, depth)}, "{rng.choice(NAMES)}", "$1", "x", "(.*)")',
            lambda: f'label_join({vector(rng, depth)}, "{rng.choice(NAMES)}", "-", "x", "y")',
            lambda: f"histogram_quantile(0.9, {vector(rng, depth)})",
            lambda: f"vector(scalar({vector(rng, depth)}))",
            lambda: f"{_selector(rng, 0)} offset 1m",
            lambda: f"{_selector(rng, 0)} @ 120",
            lambda: "vector(1)",
        )
    )()

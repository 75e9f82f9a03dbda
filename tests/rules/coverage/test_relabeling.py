"""What is known after external labels and relabeling allows whatever really comes of them."""

from __future__ import annotations

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.coverage.knowledge import Knowledge
from rules.coverage.relabeling import Delivery, Relabeling
from rules.matchers import make_matcher
from rules.places import Place
from tests.rules.trees import EXPRESSIONS, LABELS, VALUES

NAMES = (*LABELS, "replica")
REGEXES = ("team", "replica|env", ".*", "t.*", "(a", "")
ACTIONS = ("replace", "labeldrop", "labelkeep", "labelmap", "drop", "lowercase")

CONDITIONS = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(("=~", "!~", "!=")), st.sampled_from(EXPRESSIONS)
)
KNOWLEDGE = st.builds(
    lambda fixed, conditions, only: Knowledge(
        fixed, tuple(make_matcher(*each) for each in conditions if each[0] not in fixed), only
    ),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=2),
    st.lists(CONDITIONS, max_size=2),  # type: ignore[arg-type]
    st.none() | st.frozensets(st.sampled_from(NAMES)),
)
RELABELINGS = st.builds(
    Relabeling,
    action=st.sampled_from(ACTIONS),
    target=st.sampled_from((*LABELS, "${1}", "")),
    regex=st.sampled_from(REGEXES),
    place=st.just(Place("./prometheus.yml", 1)),
)
DELIVERIES = st.builds(
    Delivery,
    external=st.dictionaries(st.sampled_from(NAMES), st.none() | st.sampled_from(("a", "eu")), max_size=3),
    relabelings=st.lists(RELABELINGS, max_size=3).map(tuple),
)


def sent(labels: dict[str, str], delivery: Delivery, rng: random.Random) -> dict[str, str]:
    """Return labels as Prometheus sends them; what depends on what is not said here is anything."""
    out = dict(labels)
    for name, value in delivery.external.items():
        if not out.get(name):
            out[name] = rng.choice(VALUES) if value is None else value
    for each in delivery.relabelings:
        if each.action in ("labeldrop", "labelkeep") and each.regex != "(a":
            drops = each.action == "labeldrop"
            out = {n: v for n, v in out.items() if (re.fullmatch(each.regex, n) is not None) is not drops}
        elif each.action in ("replace", "lowercase", "labelmap"):
            target = each.target if each.action != "labelmap" else rng.choice(NAMES)
            target = rng.choice(NAMES) if target in ("", "${1}") else target
            out[target] = rng.choice(VALUES)
    return {name: value for name, value in out.items() if value}


@given(KNOWLEDGE, DELIVERIES, st.integers())
@settings(max_examples=500, deadline=None)
def test_what_prometheus_sends_is_allowed(known: Knowledge, delivery: Delivery, seed: int) -> None:
    rng = random.Random(seed)
    after = delivery.applied(known)

    for _ in range(20):
        labels = {name: value for name in NAMES if (value := rng.choice(VALUES))}
        if known.allows(labels):
            assert after.allows(sent(labels, delivery, rng))

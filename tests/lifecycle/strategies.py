"""Plans, rosters and moments as Hypothesis draws them."""

from __future__ import annotations

from hypothesis import strategies as st

from router.lifecycle.model import Contact, Person, Plan, Step, Target

GROUPS = tuple(Target("group", name=name) for name in ("red", "green", "blue"))
PEOPLE = (*(Person(n, f"P{n}", (Contact(n, "ntfy"),)) for n in range(1, 5)), Person(5, "P5"))

rosters = st.fixed_dictionaries(
    {group: st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True).map(tuple) for group in GROUPS}
)
_targets = st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True).map(tuple)
_later = st.tuples(st.sampled_from([60, 61, 120, 300, 301, 900]), _targets, st.booleans())


@st.composite
def chains(draw: st.DrawFn) -> tuple[Step, ...]:
    """Steps in order of their delay, the first at once."""
    first = Step(0, draw(_targets), draw(st.booleans()))
    later = sorted(draw(st.lists(_later, max_size=3)), key=lambda drawn: drawn[0])
    return (first, *(Step(*drawn) for drawn in later))


plans = st.builds(
    Plan,
    steps=chains(),
    fallback=st.one_of(st.just(()), chains()),
    repeat_interval_s=st.sampled_from([30, 60, 90, 3600]),
    expires_s=st.sampled_from([None, 60, 300, 600, 86_400]),
    acknowledge=st.sampled_from(["all", "any"]),
    acknowledgement_timeout_s=st.sampled_from([None, 600]),
    notify_resolved=st.booleans(),
    resolve_hold_s=st.sampled_from([0, 45, 300]),
    reopen_within_s=st.sampled_from([0, 600]),
)

waits = st.one_of(
    st.sampled_from([0.0, 1.0, 30.0, 59.999999, 60.0, 61.0, 240.0, 300.0]),
    st.floats(0, 4000, allow_nan=False).map(lambda seconds: round(seconds, 6)),
)

"""The cases of the chart's tests hold what they promise to hold."""

from __future__ import annotations

from itertools import combinations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.helm.cases import ci_cases, pairwise_cases
from tests.helm.chart import CHART
from tests.helm.pairs import Row, covering_rows
from tests.helm.switches import SWITCHES

_switches = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("1234"), min_size=1, unique=True), min_size=2
)


@given(_switches)
def test_every_pair_of_settings_meets_in_some_row(switches: dict[str, list[str]]) -> None:
    rows = covering_rows(switches, lambda _: True)
    met = {pair for row in rows for pair in combinations(sorted(row.items()), 2)}
    wanted = {
        ((one, left), (other, right))
        for one, other in combinations(sorted(switches), 2)
        for left in switches[one]
        for right in switches[other]
    }
    assert met == wanted


@given(_switches)
def test_no_row_holds_what_is_not_allowed(switches: dict[str, list[str]]) -> None:
    def allowed(row: Row) -> bool:
        return not (
            "a" in row and "b" in row and row["a"] != switches["a"][0] and row["b"] != switches["b"][0]
        )

    assert all(allowed(row) for row in covering_rows(switches, allowed))


def test_pairs_need_far_fewer_cases_than_combinations() -> None:
    combined = 1
    for settings in SWITCHES.values():
        combined *= len(settings)
    assert len(pairwise_cases()) < 100 < combined


def test_every_value_of_the_chart_is_set_by_some_case() -> None:
    known = yaml.safe_load((CHART / "values.yaml").read_text())
    tried = {name for case in (*ci_cases(), *pairwise_cases()) for name in case.values}
    assert tried == set(known)

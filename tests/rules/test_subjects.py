"""What a subject says whatever its template says."""

from __future__ import annotations

import pytest

from rules.explain import explain
from rules.load import empty
from rules.subjects import finished
from tests.lifecycle.people import START

BROKEN = {"alertname": "DatasourceError", "rulename": "High CPU"}


@pytest.mark.parametrize(
    ("subject", "alerts", "expected"),
    [
        ("DatasourceError", [BROKEN], "High CPU: DatasourceError"),
        (
            "DatasourceError",
            [BROKEN, {**BROKEN, "rulename": "Disk full"}],
            "High CPU and 1 more: DatasourceError",
        ),
        ("DatasourceError", [BROKEN, {**BROKEN, "ref_id": "B"}], "High CPU: DatasourceError"),
        ("No data for High CPU", [BROKEN], "No data for High CPU"),
        ("DatasourceError", [{"alertname": "DatasourceError"}], "DatasourceError"),
        ("Down", [{"alertname": "Down", "rulename": "a label of somebody's own"}], "Down"),
        ("two\nlines", [{"alertname": "Down"}], "two lines"),
        ("x" * 300, [{"alertname": "Down"}], "x" * 199 + "…"),
    ],
)
def test_a_subject_is_one_line_that_names_the_rule_behind_a_broken_data_source(
    subject: str, alerts: list[dict[str, str]], expected: str
) -> None:
    assert finished(subject, alerts) == expected


def test_explain_shows_the_subject_as_it_will_be() -> None:
    (explained,) = explain(empty(), BROKEN, START)

    assert explained.subject == "High CPU: DatasourceError"

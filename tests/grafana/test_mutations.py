"""Whatever becomes of a body on its way: never a 5xx, and no firing alert without a page or a trace."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.store.tables import INCIDENTS, QUARANTINE, WEBHOOKS
from tests.adapters.mutations import anything, mutated
from tests.grafana.house import ADDRESSES, House, bodies, recorded

JSON = [name for name in bodies() if name != "19_custom_payload_not_json"]
mutations = st.sampled_from(JSON).flatmap(lambda name: mutated(recorded(name))) | anything
often = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def fires(alert: Any) -> bool:
    """Whether something in a list of alerts says that it fires."""
    return isinstance(alert, dict) and alert.get("status") == "firing"


def count(house: House, table: Any) -> int:
    with house.core.database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize("address", ADDRESSES)
@often
@given(value=mutations)
def test_a_mutated_body_is_accepted_and_every_alert_leaves_a_trace(
    sqlite_house: House, address: str, value: Any
) -> None:
    before = {table: count(sqlite_house, table) for table in (WEBHOOKS, QUARANTINE, INCIDENTS)}

    answer = sqlite_house.post(json.dumps(value).encode(), address)

    assert answer.status_code in (200, 201), answer.text
    told = answer.json()
    if "alerts" not in told:  # a documented body by chance
        return
    assert count(sqlite_house, WEBHOOKS) == before[WEBHOOKS] + 1
    outcomes = told["outcomes"]
    assert count(sqlite_house, QUARANTINE) == before[QUARANTINE] + outcomes.get("quarantined", 0)
    opened = outcomes.get("created", 0) + outcomes.get("held", 0) + outcomes.get("suppressed", 0)
    assert count(sqlite_house, INCIDENTS) >= before[INCIDENTS] + min(opened, 1)
    listed = value.get("alerts") if isinstance(value, dict) else None
    if isinstance(listed, list) and any(fires(alert) for alert in listed):
        assert outcomes.keys() - {"unknown_resolve", "resolved"}


@often
@given(body=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_accepted_and_page_somebody(sqlite_house: House, body: bytes) -> None:
    for address in ADDRESSES:
        answer = sqlite_house.post(body, address)
        assert answer.status_code in (200, 201)
        assert set(answer.json()["outcomes"]) <= {"created", "joined", "quarantined", "reminder"}
        assert answer.json()["outcomes"]

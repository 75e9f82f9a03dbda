"""`/metrics` says what the database knows, the same from every process and after every restart."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from prometheus_client import REGISTRY

from router.api.gauges import Gauges
from router.store.credentials.integrations import create_key, revoke_key
from router.store.engine import connect
from router.store.tables import API_KEYS
from tests.intake.desk import START, Desk, body, firing
from tests.servers import free_port

SEEN = "pingparrot_integration_last_seen_timestamp_seconds"


def scrape(desk: Desk) -> dict[str, float]:
    """Return what a process that has just started serves, by series."""
    lines = Gauges(desk.database, lambda: desk.now).scrape().decode().split("\n")
    return {
        series: float(value)
        for series, _, value in (line.rpartition(" ") for line in lines)
        if series and not series.startswith("#")
    }


def key_used(desk: Desk, sender: str, seconds: int | None) -> int:
    """Make a key of a sender, used so many seconds after the start; returns its id."""
    with desk.database.writing.begin() as connection:
        key_id, _ = create_key(connection, desk.senders[sender].integration_id, START)
        if seconds is not None:
            used = sa.update(API_KEYS).where(API_KEYS.c.id == key_id)
            connection.execute(used.values(last_used_at=START + timedelta(seconds=seconds)))
    return key_id


def revoke(desk: Desk, key_id: int) -> None:
    with desk.database.writing.begin() as connection:
        revoke_key(connection, key_id, desk.now)


def test_an_integration_was_seen_when_any_of_its_keys_was_last_used(desk: Desk) -> None:
    key_used(desk, "prometheus-eu", 60)
    key_used(desk, "prometheus-eu", 10)
    key_used(desk, "prometheus-us", None)
    seen = {series: at for series, at in scrape(desk).items() if series.startswith(SEEN)}
    assert seen == {f'{SEEN}{{integration="prometheus-eu"}}': START.timestamp() + 60}


def test_a_sender_that_keeps_to_its_revoked_key_is_silent_and_one_without_any_is_gone(desk: Desk) -> None:
    old = key_used(desk, "prometheus-eu", 60)
    new = key_used(desk, "prometheus-eu", None)
    series = f'{SEEN}{{integration="prometheus-eu"}}'
    revoke(desk, old)
    assert scrape(desk)[series] == START.timestamp() + 60
    revoke(desk, new)
    assert series not in scrape(desk)


def test_a_page_that_nobody_wakes_is_late_although_no_scheduler_runs(desk: Desk) -> None:
    assert scrape(desk)["pingparrot_scheduler_lag_seconds"] == 0
    desk.post(body(firing("Disk")))
    desk.pass_time(hours=2)
    assert scrape(desk)["pingparrot_scheduler_lag_seconds"] > 3600
    desk.tick()
    assert scrape(desk)["pingparrot_scheduler_lag_seconds"] == 0


def test_a_database_that_is_away_is_told_and_what_it_knows_is_unknown(desk: Desk) -> None:
    key_used(desk, "prometheus-eu", 60)
    assert scrape(desk)["pingparrot_database_up"] == 1
    away = connect(f"postgresql://postgres@127.0.0.1:{free_port()}/nothing")
    lines = Gauges(away, lambda: desk.now).scrape().decode().splitlines()
    away.close()
    assert {"pingparrot_database_up 0.0", "pingparrot_outbox_oldest_seconds NaN"} <= set(lines)
    assert not [line for line in lines if line.startswith((SEEN, "pingparrot_pages{"))]


def test_counters_of_an_integration_begin_at_zero_so_that_their_first_value_is_an_increase(
    desk: Desk,
) -> None:
    key_used(desk, "prometheus-us", None)
    served = scrape(desk)
    assert 'pingparrot_quarantined_total{integration="prometheus-us"}' in served
    assert 'pingparrot_alerts_total{integration="prometheus-us",outcome="created"}' in served
    assert 'pingparrot_webhooks_total{answer="503",integration="unknown"}' in served


def test_what_no_route_takes_counts_only_where_there_are_routes(desk: Desk) -> None:
    counted = REGISTRY.get_sample_value("pingparrot_alerts_unrouted_total") or 0.0
    desk.post(body(firing("Unheard of")))
    assert REGISTRY.get_sample_value("pingparrot_alerts_unrouted_total") == counted + 1
    desk.change_rules("defaults: {chain: all}\nchains: {all: {steps: [{page: {group: leads}}]}}")
    desk.post(body(firing("Unheard of as well")))
    assert REGISTRY.get_sample_value("pingparrot_alerts_unrouted_total") == counted + 1

"""Every recorded body of a Grafana, one by one: what it is answered, and the page that a person reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.grafana.house import ADAPTER, ADDRESSES, DOCUMENTED, House, bodies, headers_of, recorded

CPU = "High CPU on web-1"
LATENCY = "Checkout latency"
# name: outcomes, subject, priority, who is told, what the message holds
PAGES: dict[str, tuple[dict[str, int], str, str, str, tuple[str, ...]]] = {
    "01_firing_one": (
        {"created": 1},
        CPU,
        "critical",
        "Bob",
        (
            "CPU above 90% on web-1",
            "Values: A = 97.25, B = 97.25, C = 1",
            "Dashboard: https://grafana.pingparrot.test/d/cpu-dash?orgId=1\n",
            "Panel: https://grafana.pingparrot.test/d/cpu-dash?orgId=1&viewPanel=2\n",
            "Rule: https://grafana.pingparrot.test/alerting/grafana/adx1k2m3n4/view?orgId=1\n",
            "\n\nRunbook: https://runbooks.pingparrot.test/cpu",
            "Silence: https://grafana.pingparrot.test/alerting/silence/new?",
        ),
    ),
    "02_firing_two": (
        {"created": 2},
        CPU,
        "critical",
        "Bob",
        ("CPU above 90% on web-1\nCPU above 90% on web-2", "\n\ninstance=web-2\nValues: A = 97.25"),
    ),
    "03_mixed": (
        {"unknown_resolve": 1, "created": 1},
        "High CPU on web-2",
        "critical",
        "Bob",
        ("CPU above 90% on web-2",),
    ),
    "06_datasource_nodata": (
        {"created": 1},
        "High CPU: DatasourceNoData",
        "critical",
        "Bob",
        ("No data from data source prom-1, query A: the rule could not be evaluated.", "Silence: https://"),
    ),
    "08_test_button": (
        {"created": 1},
        "Test from grafana-eu: TestAlert",
        "normal",
        "Alice",
        ("This is a test", "https://grafana.pingparrot.test/", "Notification test"),
    ),
    "11_v9_no_values": (
        {"created": 1},
        CPU,
        "critical",
        "Bob",
        ("Values: [ var='A' labels={instance=web-1} value=97.25 ]", "Panel: https://"),
    ),
    "13_put_basic_auth": ({"created": 1}, CPU, "critical", "Bob", ("CPU above 90% on web-1",)),
    "14_bearer_and_extra_header": ({"created": 1}, CPU, "critical", "Bob", ("CPU above 90% on web-1",)),
    "15_hmac_timestamped": ({"created": 1}, CPU, "critical", "Bob", ("CPU above 90% on web-1",)),
    "17_custom_payload_object": (
        {"created": 1},
        "event: firing, key: High CPU/Payments, count: 2",
        "normal",
        "Carol",
        ('{"event": "firing", "key": "High CPU/Payments", "count": 2}',),
    ),
    "19_custom_payload_not_json": (
        {"created": 1},
        "High CPU is firing",
        "normal",
        "Carol",
        ("High CPU is firing",),
    ),
    "20_legacy_alerting": (
        {"created": 1},
        LATENCY,
        "critical",
        "Carol",
        ("checkout p99 above 2s", "Values: p99 = 2.31, p50 = no value", "Dashboard: https://"),
    ),
    "22_legacy_no_data": (
        {"created": 1},
        LATENCY,
        "critical",
        "Carol",
        ("No data: checkout p99 above 2s", "Dashboard: https://"),
    ),
    "25_legacy_test_button": (
        {"created": 1},
        "Test from grafana-eu: Test rule",
        "normal",
        "Alice",
        ("This is a test", "Values: High value = 100"),
    ),
}
SILENT: dict[str, dict[str, int]] = {
    "04_resolved": {"unknown_resolve": 2},
    "21_legacy_ok": {"unknown_resolve": 1},
    "23_legacy_pending": {},
}


def test_every_recorded_body_is_told_of() -> None:
    assert bodies() == sorted([*PAGES, *SILENT])


@pytest.mark.parametrize("name", PAGES)
def test_each_recorded_body_alone_makes_the_page_that_a_person_expects(house: House, name: str) -> None:
    outcomes, subject, priority, told, said = PAGES[name]
    answer = house.send(name)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["outcomes"]) == ("ok", outcomes)
    (page,) = house.pages()
    assert (page["subject"], page["priority"], page["status"]) == (subject, priority, "active")
    assert [one for one in said if one not in page["message"] + "\n"] == []
    assert house.told(page["id"]) == [(told, "page")]
    assert page["alert_count"] == outcomes["created"] == len(page["alerts"])
    assert house.quarantined() == []


@pytest.mark.parametrize("name", PAGES)
def test_the_documented_address_answers_201_with_the_page(sqlite_house: House, name: str) -> None:
    answer = sqlite_house.send(name, address=DOCUMENTED, key="grafana-us")

    assert answer.status_code == 201
    body = answer.json()
    (page,) = sqlite_house.pages()
    assert (body["message"], body["page_id"], body["recipients"]) == ("Page sent successfully", page["id"], 1)
    assert len(page["recipients"]) == 1


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", SILENT)
def test_what_fires_nothing_is_accepted_and_pages_nobody(house: House, name: str, address: str) -> None:
    answer = house.send(name, address=address)

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["outcomes"]) == ("ok", SILENT[name])
    assert house.pages() == []


@pytest.mark.parametrize("name", sorted([*PAGES, *SILENT]))
def test_a_body_that_comes_twice_changes_nothing(sqlite_house: House, name: str) -> None:
    sqlite_house.send(name)
    before = [(page["id"], page["status"]) for page in sqlite_house.pages()]
    again = sqlite_house.send(name, method="PUT")

    if "custom" in name or name == "25_legacy_test_button":
        return  # nothing in them tells a repeat from another outage, or another press
    assert again.json()["outcomes"].keys() <= {"reminder", "unknown_resolve"}
    assert [(page["id"], page["status"]) for page in sqlite_house.pages()] == before


def test_one_group_fires_grows_shrinks_and_ends_on_one_page(house: House) -> None:
    outcomes = [
        house.send(name).json()["outcomes"]
        for name in ("01_firing_one", "02_firing_two", "03_mixed", "04_resolved")
    ]

    assert outcomes == [
        {"created": 1},
        {"reminder": 1, "joined": 1},
        {"resolved": 1, "reminder": 1},
        {"unknown_resolve": 1, "resolved": 1},
    ]
    (page,) = house.pages()
    assert (page["status"], page["closed_reason"]) == ("cancelled", "resolved")
    assert [alert["ended_reason"] for alert in page["alerts"]] == ["resolved", "resolved"]
    assert house.told(page["id"]) == [("Bob", "page"), ("Bob", "resolved")]


def test_a_legacy_rule_fires_loses_its_data_and_recovers_on_one_page(house: House) -> None:
    names = ("23_legacy_pending", "20_legacy_alerting", "22_legacy_no_data", "21_legacy_ok")
    outcomes = [house.send(name).json()["outcomes"] for name in names]

    assert outcomes == [{}, {"created": 1}, {"reminder": 1}, {"resolved": 1}]
    (page,) = house.pages()
    assert (page["status"], page["closed_reason"], page["closed_detail"]) == (
        "cancelled",
        "resolved",
        "Every alert has ended.",
    )


def test_values_and_links_can_be_read_by_machines(house: House) -> None:
    page_id = house.send("01_firing_one", address=DOCUMENTED).json()["page_id"]

    (alert,) = house.page(page_id)["alerts"]
    assert alert["values"] == {"A": "97.25", "B": "97.25", "C": "1"}
    assert sorted(alert["links"]) == ["dashboard", "graph", "panel", "runbook", "silence"]
    assert alert["annotations"]["grafana_title"] == "[FIRING:1] High CPU Payments (web-1 critical)"
    assert alert["annotations"]["grafana_rule_uid"] == "adx1k2m3n4"
    assert (alert["status"], alert["starts_at"]) == ("firing", "2026-11-20T03:14:00Z")


@pytest.mark.parametrize("name", ["13_put_basic_auth", "14_bearer_and_extra_header"])
def test_a_body_is_let_in_by_the_credentials_that_its_grafana_sent(house: House, name: str) -> None:
    recorded_headers = {key.lower(): value for key, value in headers_of(name).items()}
    scheme = recorded_headers["authorization"].split()[0]
    key = house.keys["grafana-eu"]
    auth: dict[str, Any] = {"auth": ("grafana", key)} if scheme == "Basic" else {}
    headers = {} if auth else {"Authorization": f"{scheme} {key}"}
    method = "PUT" if "put" in name else "POST"

    answer = house.client.request(method, ADAPTER, content=recorded(name), headers=headers, **auth)

    assert answer.status_code == 200
    assert answer.json()["outcomes"] == {"created": 1}

"""What Grafana does that no Alertmanager does: broken data sources, vanished series, its own title."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.grafana.house import RULES, House, recorded


def datasource(kind: str, *rules: str, folder: str = "Payments") -> bytes:
    """Return what one broken data source makes of several rules."""
    whole: dict[str, Any] = json.loads(recorded("06_datasource_nodata"))
    (alert,) = whole["alerts"]
    alerts = []
    for number, rule in enumerate(rules):
        labels = {**alert["labels"], "alertname": kind, "rulename": rule, "grafana_folder": folder}
        alerts.append({**alert, "labels": labels, "fingerprint": f"{number:016x}{folder}"})
    key = f'{{}}:{{alertname="{kind}", grafana_folder="{folder}"}}'
    return json.dumps({**whole, "alerts": alerts, "groupKey": key}).encode()


@pytest.mark.parametrize("kind", ["DatasourceNoData", "DatasourceError"])
def test_one_broken_data_source_makes_one_page_that_names_its_rules(house: House, kind: str) -> None:
    answer = house.post(datasource(kind, "High CPU", "Disk full", "Checkout slow"))

    assert answer.json()["outcomes"] == {"created": 3}
    (page,) = house.pages()
    assert page["subject"] == f"High CPU and 2 more: {kind}"
    assert page["route"] == "broken data sources"
    assert "rulename=Checkout slow" in page["message"]
    assert house.told(page["id"]) == [("Bob", "page")]


def test_group_by_brings_the_folders_of_a_broken_data_source_together(house: House) -> None:
    house.change_rules(RULES.replace("chain: oncall}", "chain: oncall, group_by: [datasource_uid]}", 1))
    house.post(datasource("DatasourceError", "High CPU"))
    house.post(datasource("DatasourceError", "Disk full", folder="Storage"))

    (page,) = house.pages()
    assert page["alert_count"] == 2


def test_a_page_whose_series_vanished_says_so(house: House) -> None:
    firing = json.loads(recorded("02_firing_two"))
    house.post(json.dumps(firing).encode())
    for alert in firing["alerts"]:
        alert |= {"status": "resolved", "endsAt": "2026-11-20T03:20:00Z"}
        alert["annotations"] |= {"grafana_state_reason": "MissingSeries"}
    house.post(json.dumps({**firing, "status": "resolved", "state": "ok"}).encode())

    (page,) = house.pages()
    assert (page["status"], page["closed_reason"]) == ("cancelled", "resolved")
    assert "series vanished (MissingSeries)" in page["closed_detail"]
    assert ("resolved", page["closed_detail"]) in house.timeline(page["id"])
    assert "series vanished" in house.text(page["id"], "resolved")
    assert {alert["ended_reason"] for alert in page["alerts"]} == {"vanished"}


def test_templates_may_use_grafanas_own_title_and_message(house: House) -> None:
    subject = 'subject: "{{ common_annotations.grafana_title }}"'
    message = 'message: "{{ common_annotations.grafana_message }}"'
    house.change_rules(RULES.replace("  chain: triage\n", f"  chain: triage\n  {subject}\n  {message}\n", 1))
    house.send("01_firing_one")

    (page,) = house.pages()
    assert page["subject"] == "[FIRING:1] High CPU Payments (web-1 critical)"
    assert page["message"].startswith("**Firing**")
    assert page["message"].count("https://grafana.pingparrot.test/alerting/silence/new") == 1


def test_an_alertmanager_body_of_an_imported_configuration_is_grafanas(house: House) -> None:
    whole = json.loads(recorded("01_firing_one"))
    for name in ("orgId", "state", "title", "message", "appVersion"):
        whole.pop(name, None)
    answer = house.post(json.dumps({**whole, "version": "4"}).encode())

    assert answer.json()["outcomes"] == {"created": 1}
    (page,) = house.pages()
    assert page["subject"] == "High CPU on web-1"


def test_a_storm_shows_the_particulars_of_ten_and_names_all(house: House) -> None:
    whole = json.loads(recorded("01_firing_one"))
    (alert,) = whole["alerts"]
    whole["alerts"] = [
        {
            **alert,
            "fingerprint": f"{n:016x}",
            "labels": {**alert["labels"], "instance": f"web-{n}"},
            "annotations": {"summary": f"CPU above 90% on web-{n}."},
        }
        for n in range(40)
    ]
    house.post(json.dumps(whole).encode())

    (page,) = house.pages()
    assert all(f"on web-{n}.\n" in page["message"] for n in range(40))
    assert page["message"].count("Values: ") == 10

"""GET /api/integrations/{id}/snippets, and the warning about integrations that are silent."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.house import House


def make(house: House, kind: str, **fields: Any) -> int:
    made = house.post("/api/integrations", "alice", {"name": "a sender", "kind": kind, **fields})
    number: int = made.json()["id"]
    return number


def snippets(house: House, number: int, **more: Any) -> Any:
    answer = house.get(f"/api/integrations/{number}/snippets", "alice", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_alertmanager_takes_its_snippet(sqlite_house: House, amtool: str, tmp_path: Path) -> None:
    (snippet,) = snippets(sqlite_house, make(sqlite_house, "alertmanager"))["snippets"]
    path = tmp_path / snippet["file"]
    path.write_text(snippet["text"])
    checked = subprocess.run([amtool, "check-config", str(path)], capture_output=True, text=True, check=False)
    assert (checked.returncode, "1 receivers" in checked.stdout) == (0, True), checked.stderr
    receiver = yaml.safe_load(snippet["text"])["receivers"][0]["webhook_configs"][0]
    assert receiver["url"] == "http://testserver/api/adapters/alertmanager"
    assert receiver["http_config"]["authorization"]["credentials"] == "pp_live_your_key_here"


def test_grafana_has_one_for_versions_with_headers_and_one_for_those_before(sqlite_house: House) -> None:
    newer, older = (
        yaml.safe_load(one["text"])["contactPoints"][0]["receivers"][0]["settings"]
        for one in snippets(sqlite_house, make(sqlite_house, "grafana"))["snippets"]
    )
    assert newer["url"] == older["url"] == "http://testserver/api/adapters/grafana"
    assert newer["headers"] == {"X-API-Key": "pp_live_your_key_here"}
    assert (older["authorization_scheme"], "headers" in older) == ("Bearer", False)


def test_a_sender_that_signs_is_told_how_to(sqlite_house: House) -> None:
    number = make(sqlite_house, "grafana", hmac_secret="hunter2hunter2", hmac_header="X-Seal")
    answer = snippets(sqlite_house, number)
    newer = yaml.safe_load(answer["snippets"][0]["text"])["contactPoints"][0]["receivers"][0]["settings"]
    assert newer["hmacConfig"]["header"] == "X-Seal"
    assert "hunter2" not in str(answer)


def test_a_script_is_shown_a_command(sqlite_house: House) -> None:
    (snippet,) = snippets(sqlite_house, make(sqlite_house, "generic"))["snippets"]
    assert snippet["text"].startswith("curl -fsS http://testserver/api/external/pages ")


@pytest.mark.parametrize("host", ['evil"\nreceivers: []', "a b", "$(reboot)", "x" * 300])
def test_a_host_that_is_none_goes_into_no_snippet(sqlite_house: House, host: str) -> None:
    number = make(sqlite_house, "generic")
    answer = snippets(sqlite_house, number, headers={"Host": host.replace("\n", " ")})
    assert answer["url"] == "https://pager.example.org/api/external/pages"


def test_the_public_address_is_the_one_to_paste(sqlite_house: House) -> None:
    object.__setattr__(sqlite_house.services.settings, "public_url", "https://pager.test/under")
    answer = snippets(sqlite_house, make(sqlite_house, "grafana"))
    assert answer["url"] == "https://pager.test/under/api/adapters/grafana"


def test_another_organisation_sees_none(sqlite_house: House) -> None:
    number = make(sqlite_house, "grafana")
    assert sqlite_house.get(f"/api/integrations/{number}/snippets", "charlie").status_code == 404
    assert sqlite_house.get(f"/api/integrations/{number}/snippets", "bob").status_code == 403


def test_an_integration_says_that_nothing_can_come_or_came_or_comes_any_more(house: House) -> None:
    number = make(house, "alertmanager")
    one = f"/api/integrations/{number}"
    assert "no key in force" in house.get(one, "alice").json()["warning"]
    house.post(f"{one}/keys", "alice", {})
    assert "never used" in house.get(one, "alice").json()["warning"]
    house.write(lambda connection: connection.exec_driver_sql(_USED))
    assert house.get(one, "alice").json()["warning"] is None
    house.later(days=9)
    shown = house.get(one, "alice").json()
    assert shown["warning"] == "Not heard of for 9 days: check that it still sends here."
    assert shown["last_used_at"] == "2026-06-23T14:00:00Z"


_USED = "UPDATE api_keys SET last_used_at = created_at"

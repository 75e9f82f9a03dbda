"""POST /api/pages/{id}/acknowledge."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.api.house import House, broadcast


def recipients(house: House, page_id: int) -> dict[str, Any]:
    page = house.get(f"/api/pages/{page_id}", "alice").json()
    return {"status": page["status"], **{r["user"]["name"]: r for r in page["recipients"]}}


def test_the_only_recipient_acknowledges_the_page(house: House) -> None:
    page_id = house.page()
    house.later(seconds=30)
    body = {"response_note": "Restarted the service, monitoring now.", "method": "sms"}
    answer = house.post(f"/api/pages/{page_id}/acknowledge", "bob", body)
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Page acknowledged successfully",
        "page_id": page_id,
        "status": "acknowledged",
    }
    after = recipients(house, page_id)
    assert after["status"] == "acknowledged"
    assert after["Bob"]["status"] == "acknowledged"
    assert after["Bob"]["acknowledged_at"] == "2026-06-23T14:00:30Z"
    assert after["Bob"]["response_note"] == "Restarted the service, monitoring now."
    assert after["Bob"]["method"] == "sms"


@pytest.mark.parametrize("body", [None, b"", b"{}", b"null_is_no_object", {"response_note": None}])
def test_the_body_is_optional(house: House, body: Any) -> None:
    answer = house.post(f"/api/pages/{house.page()}/acknowledge", "bob", body)
    assert answer.status_code == (422 if body == b"null_is_no_object" else 200)


def test_the_method_is_app_unless_said(house: House) -> None:
    page_id = house.page()
    house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    assert recipients(house, page_id)["Bob"]["method"] == "app"


def test_the_log_says_what_became_of_a_page(house: House) -> None:
    page_id = house.page()
    with capture_logs() as logs:
        house.post(f"/api/pages/{page_id}/acknowledge", "bob")
        house.delete(f"/api/pages/{page_id}", "alice")
    assert [(line["event"], line["page_ids"]) for line in logs] == [
        ("pages acknowledged by somebody", [page_id]),
        ("pages cancelled", [page_id]),
    ]


def test_a_page_to_many_is_acknowledged_when_all_have(house: House) -> None:
    page_id = house.post("/api/pages", "alice", broadcast()).json()["page_id"]
    first = house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    assert first.json()["status"] == "active"
    assert recipients(house, page_id)["Alice"]["status"] == "pending"
    assert house.post(f"/api/pages/{page_id}/acknowledge", "alice").json()["status"] == "acknowledged"


def test_acknowledging_twice_is_fine(house: House) -> None:
    page_id = house.page()
    house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    house.later(minutes=5)
    assert house.post(f"/api/pages/{page_id}/acknowledge", "bob").status_code == 200
    assert recipients(house, page_id)["Bob"]["acknowledged_at"] == "2026-06-23T14:00:00Z"


def test_whoever_was_not_paged_gets_404(house: House) -> None:
    page_id = house.page(target_user_id=house.alice)
    for who in ("bob", "charlie"):
        answer = house.post(f"/api/pages/{page_id}/acknowledge", who, {"method": "wrong"})
        assert answer.status_code == 404
        assert answer.json() == {"error": "Page not found."}


def test_an_admin_becomes_a_recipient_by_acknowledging(house: House) -> None:
    page_id = house.page()
    assert house.post(f"/api/pages/{page_id}/acknowledge", "alice").status_code == 200
    after = recipients(house, page_id)
    assert (after["Alice"]["status"], after["Bob"]["status"]) == ("acknowledged", "pending")


def test_a_closed_page_is_422_and_does_not_change(house: House) -> None:
    page_id = house.page()
    house.delete(f"/api/pages/{page_id}", "alice")
    answer = house.post(f"/api/pages/{page_id}/acknowledge", "bob")
    assert answer.status_code == 422
    sentence = f"Page {page_id} is cancelled and can no longer be acknowledged."
    assert answer.json() == {
        "error": "Validation failed.",
        "message": sentence,
        "errors": {"page": [sentence]},
    }
    assert recipients(house, page_id)["Bob"]["status"] == "pending"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (
            {"response_note": "x" * 501, "method": "fax"},
            {
                "response_note": ["The response note field must not be greater than 500 characters."],
                "method": ["The selected method is invalid. Allowed: app, web, sms or voice."],
            },
        ),
        ({"response_note": 5}, {"response_note": ["The response note field must be a string."]}),
    ],
)
def test_wrong_fields_are_422(sqlite_house: House, body: dict[str, Any], errors: dict[str, Any]) -> None:
    answer = sqlite_house.post(f"/api/pages/{sqlite_house.page()}/acknowledge", "bob", body)
    assert answer.status_code == 422
    assert answer.json()["errors"] == errors


def test_a_note_of_500_characters_fits(house: House) -> None:
    page_id = house.page()
    note = "\N{PARROT}" * 500
    assert house.post(f"/api/pages/{page_id}/acknowledge", "bob", {"response_note": note}).status_code == 200
    assert recipients(house, page_id)["Bob"]["response_note"] == note

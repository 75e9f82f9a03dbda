"""DELETE /api/pages/{id}."""

from __future__ import annotations

from tests.api.house import House


def test_an_admin_cancels_a_page(house: House) -> None:
    page_id = house.page()
    answer = house.delete(f"/api/pages/{page_id}", "alice")
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Page cancelled successfully",
        "page_id": page_id,
        "status": "cancelled",
    }
    page = house.get(f"/api/pages/{page_id}", "bob").json()
    assert (page["status"], page["closed_reason"]) == ("cancelled", "cancelled")
    assert page["closed_at"] == "2026-06-23T14:00:00Z"


def test_cancelling_twice_is_fine(house: House) -> None:
    page_id = house.page()
    house.delete(f"/api/pages/{page_id}", "alice")
    assert house.delete(f"/api/pages/{page_id}", "alice").status_code == 200


def test_the_role_is_checked_before_existence(house: House) -> None:
    for number in (house.page(), 999_999, "abc"):
        answer = house.delete(f"/api/pages/{number}", "bob")
        assert answer.status_code == 403
        assert answer.json() == {"error": "This is for admins only."}


def test_pages_of_another_organisation_do_not_exist(house: House) -> None:
    page_id = house.page()
    ours = house.delete(f"/api/pages/{page_id}", "charlie")
    unknown = house.delete("/api/pages/999999", "charlie")
    assert ours.status_code == unknown.status_code == 404
    assert ours.json() == unknown.json() == {"error": "Page not found."}
    assert house.get(f"/api/pages/{page_id}", "bob").json()["status"] == "active"

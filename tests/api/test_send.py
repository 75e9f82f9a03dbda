"""POST /api/pages and POST /api/external/pages with a documented body."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from router.store.people import change_user
from router.store.tables import NOTIFICATIONS
from tests.api.house import House, broadcast, to_one

BOTH = [("/api/pages", "bob"), ("/api/external/pages", "generic")]


@pytest.mark.parametrize(("path", "who"), BOTH)
def test_a_broadcast_goes_to_every_active_pager(house: House, path: str, who: str) -> None:
    answer = house.post(path, who, broadcast(priority="critical", repeat_interval_s=30))
    assert answer.status_code == 201
    page_id = answer.json()["page_id"]
    assert answer.json() == {"message": "Page sent successfully", "page_id": page_id, "recipients": 2}
    page = house.get(f"/api/pages/{page_id}", "alice").json()
    assert [recipient["user_id"] for recipient in page["recipients"]] == [house.alice, house.bob]
    assert (page["priority"], page["repeat_interval_s"]) == ("critical", 30)


def test_a_page_to_a_group_goes_to_its_active_members(house: House) -> None:
    answer = house.post("/api/pages", "bob", broadcast(delivery_mode="group", target_group_id=house.devops))
    assert answer.json()["recipients"] == 1


def test_a_page_to_one_person(house: House) -> None:
    answer = house.post("/api/external/pages", "generic", to_one(house.bob))
    assert answer.json()["recipients"] == 1


def test_defaults_are_those_of_the_reference(house: House) -> None:
    page = house.get(f"/api/pages/{house.page()}", "alice").json()
    assert (page["priority"], page["repeat_interval_s"], page["expires_at"]) == ("normal", 60, None)
    assert page["acknowledge"] == "all"


def test_null_is_as_good_as_absent(house: House) -> None:
    empty = ("priority", "target_group_id", "repeat_interval_s", "expires_minutes", "escalation")
    page = house.get(f"/api/pages/{house.page(**dict.fromkeys(empty))}", "alice").json()
    assert (page["priority"], page["repeat_interval_s"]) == ("normal", 60)


def test_minutes_to_expiry_count_from_now(house: House) -> None:
    page = house.get(f"/api/pages/{house.page(expires_minutes=30)}", "alice").json()
    assert page["created_at"] == "2026-06-23T14:00:00Z"
    assert page["expires_at"] == "2026-06-23T14:30:00Z"


def test_the_first_notification_is_ordered_in_the_same_commit(house: House) -> None:
    page_id = house.page()
    query = sa.select(sa.func.count()).where(NOTIFICATIONS.c.page_id == page_id)
    assert house.write(lambda connection: connection.execute(query).scalar()) == 1


def test_every_fault_is_reported_at_once(house: House) -> None:
    body = {
        "subject": "x" * 201,
        "message": "",
        "delivery_mode": "group",
        "priority": "urgent",
        "target_group_id": house.foreign_group,
        "repeat_interval_s": 29,
        "expires_minutes": 1441,
        "escalation": [
            {"step": 1, "delay_seconds": 59, "escalate_to_user_id": house.charlie},
            {"step": 1, "delay_seconds": 60},
            "third",
        ],
    }
    answer = house.post("/api/pages", "bob", body)
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Validation failed.",
        "message": "The subject field must not be greater than 200 characters. (and 10 more errors)",
        "errors": {
            "subject": ["The subject field must not be greater than 200 characters."],
            "message": ["The message field is required."],
            "priority": ["The selected priority is invalid. Allowed: low, normal, high or critical."],
            "target_group_id": ["The selected target group id is invalid."],
            "repeat_interval_s": ["The repeat interval s field must be at least 30."],
            "expires_minutes": ["The expires minutes field must not be greater than 1440."],
            "escalation.0.delay_seconds": ["The escalation.0.delay_seconds field must be at least 60."],
            "escalation.0.escalate_to_user_id": ["The selected escalation.0.escalate_to_user_id is invalid."],
            "escalation.1.escalate_to_user_id": [
                "The escalation.1.escalate_to_user_id field is required when "
                "escalation.1.escalate_to_group_id is not present."
            ],
            "escalation.1.step": ["The escalation.1.step field has a duplicate value."],
            "escalation.2": ["The escalation.2 field must be an object."],
        },
    }


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"subject": None}, "subject", "The subject field is required."),
    ({"subject": " \n\t "}, "subject", "The subject field is required."),
    ({"subject": "\x00\x1b"}, "subject", "The subject field is required."),
    ({"subject": 5}, "subject", "The subject field must be a string."),
    ({"message": ["x"]}, "message", "The message field must be a string."),
    ({"message": "x" * 65_536}, "message", "The message field must not be greater than 65535 characters."),
    (
        {"delivery_mode": "everyone"},
        "delivery_mode",
        "The selected delivery mode is invalid. Allowed: single, group or broadcast.",
    ),
    (
        {"delivery_mode": True},
        "delivery_mode",
        "The selected delivery mode is invalid. Allowed: single, group or broadcast.",
    ),
    (
        {"delivery_mode": {}},
        "delivery_mode",
        "The selected delivery mode is invalid. Allowed: single, group or broadcast.",
    ),
    (
        {"priority": "Critical"},
        "priority",
        "The selected priority is invalid. Allowed: low, normal, high or critical.",
    ),
    (
        {"delivery_mode": "single"},
        "target_user_id",
        "The target user id field is required when delivery mode is single.",
    ),
    (
        {"delivery_mode": "group"},
        "target_group_id",
        "The target group id field is required when delivery mode is group.",
    ),
    (
        {"delivery_mode": "single", "target_user_id": True},
        "target_user_id",
        "The target user id field must be an integer.",
    ),
    (
        {"delivery_mode": "single", "target_user_id": "5"},
        "target_user_id",
        "The target user id field must be an integer.",
    ),
    (
        {"delivery_mode": "single", "target_user_id": 10**40},
        "target_user_id",
        "The target user id field must not be greater than 9223372036854775807.",
    ),
    (
        {"delivery_mode": "single", "target_user_id": 2**63 - 1},
        "target_user_id",
        "The selected target user id is invalid.",
    ),
    (
        {"delivery_mode": "group", "target_group_id": -1},
        "target_group_id",
        "The target group id field must be at least 1.",
    ),
    ({"repeat_interval_s": True}, "repeat_interval_s", "The repeat interval s field must be an integer."),
    ({"repeat_interval_s": 30.5}, "repeat_interval_s", "The repeat interval s field must be an integer."),
    (
        {"repeat_interval_s": 3601},
        "repeat_interval_s",
        "The repeat interval s field must not be greater than 3600.",
    ),
    ({"expires_minutes": 0}, "expires_minutes", "The expires minutes field must be at least 1."),
    ({"escalation": {}}, "escalation", "The escalation field must be an array."),
    ({"escalation": [{}] * 51}, "escalation", "The escalation field must not have more than 50 items."),
    ({"escalation": [{}]}, "escalation.0.step", "The escalation.0.step field is required."),
    (
        {"escalation": [{"step": 1, "delay_seconds": 60, "escalate_to_user_id": 1, "repeat_page": 1}]},
        "escalation.0.repeat_page",
        "The escalation.0.repeat_page field must be true or false.",
    ),
    (
        {
            "escalation": [
                {"step": 1, "delay_seconds": 60, "escalate_to_user_id": 1, "escalate_to_group_id": 1}
            ]
        },
        "escalation.0.escalate_to_user_id",
        "The escalation.0.escalate_to_user_id field prohibits escalation.0.escalate_to_group_id "
        "from being present.",
    ),
]


@pytest.mark.parametrize(("fields", "field", "sentence"), FAULTS, ids=[str(f[0])[:60] for f in FAULTS])
def test_a_fault_is_named_by_its_field(
    sqlite_house: House, fields: dict[str, Any], field: str, sentence: str
) -> None:
    answer = sqlite_house.post("/api/pages", "bob", broadcast(**fields))
    assert answer.status_code == 422
    assert answer.json()["errors"][field] == [sentence]
    assert answer.json()["error"] == "Validation failed."


@pytest.mark.parametrize(
    "edge", [("repeat_interval_s", 30), ("repeat_interval_s", 3600), ("expires_minutes", 1)]
)
def test_bounds_belong_to_the_range(sqlite_house: House, edge: tuple[str, int]) -> None:
    name, value = edge
    assert sqlite_house.post("/api/pages", "bob", broadcast(**{name: value})).status_code == 201


def test_sixty_point_zero_is_sixty(sqlite_house: House) -> None:
    assert sqlite_house.post("/api/pages", "bob", broadcast(repeat_interval_s=60.0)).status_code == 201


@pytest.mark.parametrize("target", ["charlie", "unknown"])
def test_a_user_of_another_organisation_is_as_unknown_as_any(house: House, target: str) -> None:
    user_id = house.charlie if target == "charlie" else 999_999
    answer = house.post("/api/pages", "bob", to_one(user_id))
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"target_user_id": ["The selected target user id is invalid."]}


def test_a_group_without_an_active_pager_is_refused(house: House) -> None:
    answer = house.post("/api/pages", "bob", broadcast(delivery_mode="group", target_group_id=house.empty))
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"target_group_id": ["The selected target group has no active pager."]}


def test_a_person_who_left_is_refused(house: House) -> None:
    answer = house.post("/api/pages", "bob", to_one(house.carol))
    assert answer.json()["errors"] == {"target_user_id": ["The selected target user is not an active pager."]}


def test_a_broadcast_that_nobody_would_hear_is_refused(house: House) -> None:
    for user_id in (house.alice, house.bob):
        house.write(lambda connection, user_id=user_id: change_user(connection, user_id, is_active=False))
    answer = house.post("/api/external/pages", "generic", broadcast())
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["delivery_mode"]


def test_a_target_that_the_mode_does_not_use_is_passed_over(house: House) -> None:
    answer = house.post("/api/pages", "bob", broadcast(target_user_id=999_999))
    assert answer.status_code == 201


def test_escalation_fires_in_the_order_of_its_delays(house: House) -> None:
    steps = [
        {"step": 2, "delay_seconds": 600, "escalate_to_group_id": house.devops, "repeat_page": False},
        {"step": 1, "delay_seconds": 300, "escalate_to_user_id": house.alice},
    ]
    page_id = house.page(escalation=steps)
    page = house.get(f"/api/pages/{page_id}", "alice").json()
    assert page["escalation"] == [
        {
            "delay_seconds": 300,
            "escalate_to": [{"kind": "user", "id": house.alice, "name": None}],
            "repeat_page": True,
        },
        {
            "delay_seconds": 600,
            "escalate_to": [{"kind": "group", "id": house.devops, "name": None}],
            "repeat_page": False,
        },
    ]


def test_text_is_cleaned_and_a_subject_is_one_line(house: House) -> None:
    page_id = house.page(subject=" Disk\nfull\x1b[31m ", message="a\x00b\n  <b>c</b>")
    page = house.get(f"/api/pages/{page_id}", "bob").json()
    assert page["subject"] == "Disk full[31m"
    assert page["message"] == "ab\n  <b>c</b>"


def test_who_sent_it_stands_on_the_page(house: House) -> None:
    by_key = house.post("/api/external/pages", "generic", broadcast()).json()["page_id"]
    by_token = house.page()
    assert house.get(f"/api/pages/{by_key}", "alice").json()["integration"] == "generic"
    assert house.get(f"/api/pages/{by_token}", "alice").json()["created_by"] == "Alice"


def test_a_page_that_is_sent_has_an_opening_line_in_the_log(house: House) -> None:
    with capture_logs() as logs:
        page_id = house.post("/api/external/pages", "generic", to_one(house.bob)).json()["page_id"]

    (line,) = [line for line in logs if line["event"] == "pages opened"]
    assert line["page_ids"] == [page_id]
    assert line["pages"][0].startswith(f"{page_id} normal single of ")

"""Why me: what a message says of the rule that paged somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.delivery.channels.apprise import Apprise
from router.delivery.channels.webhook import document
from router.delivery.message import Told, compose
from router.lifecycle.model import Plan
from rules.places import LastChange
from tests.delivery.conftest import CREATED, MakeMessage, trusted
from tests.sinks import HttpSink

STEP = "group payments, step 2 of chain stripe"
CHANGE = LastChange("Jane Smith", datetime(2026, 3, 1, 23, 59, tzinfo=UTC), "ab" * 20)
PLAN = Plan(
    (), route="payments/stripe", file="payments.yml", line=14, revision="a1b2c3d+5f0c1122aabb", chain="stripe"
)
CHANGED = replace(PLAN, last_change=CHANGE)


def test_a_message_says_why_in_one_line_at_its_end(message: MakeMessage) -> None:
    sent = message(plan=CHANGED, why=STEP)

    assert sent.full_text.endswith(
        "\n\nWhy you: group payments, step 2 of chain stripe, by payments.yml:14 @a1b2c3d, "
        "last changed by Jane Smith on 2026-03-01"
    )


def test_rules_without_history_have_no_author_and_say_nothing_of_one(message: MakeMessage) -> None:
    assert message(plan=PLAN, why=STEP).why == f"Why you: {STEP}, by payments.yml:14 @a1b2c3d"


def test_rules_that_are_built_in_stand_in_no_file(message: MakeMessage) -> None:
    plan = replace(PLAN, file="(built in)", line=0)

    assert message(plan=plan, why=STEP).why == f"Why you: {STEP}, by the built-in rules"


def test_what_is_known_of_the_file_alone_is_said_of_the_file(message: MakeMessage) -> None:
    plan = replace(PLAN, last_change=replace(CHANGE, whole_file=True))

    assert message(plan=plan, why=STEP).why.endswith(
        ", payments.yml last changed by Jane Smith on 2026-03-01"
    )


def test_there_is_no_reason_without_rules_and_at_the_end(message: MakeMessage) -> None:
    assert message().why == ""
    assert message(plan=CHANGED).why == ""
    assert message(kind="resolved", status="cancelled", plan=CHANGED, why=STEP).why == ""
    assert message().full_text == message().text


def test_our_document_has_the_rule(message: MakeMessage) -> None:
    said: dict[str, Any] = document(message(plan=CHANGED, why=STEP))

    assert said["provenance"] == {
        "route": "payments/stripe",
        "file": "payments.yml",
        "line": 14,
        "revision": "a1b2c3d+5f0c1122aabb",
        "last_change": {
            "author": "Jane Smith",
            "at": "2026-03-01T23:59:00Z",
            "commit": "ab" * 20,
            "of": "route",
        },
    }
    assert said["message"].endswith("on 2026-03-01")


def test_our_document_has_no_author_where_none_is_known(message: MakeMessage) -> None:
    assert document(message(plan=PLAN, why=STEP))["provenance"]["last_change"] is None


def test_an_sms_is_not_made_longer_by_it(sink: HttpSink, message: MakeMessage) -> None:
    sent = message(plan=CHANGED, why=STEP)
    number = "15551234567"

    Apprise().send(trusted(f"smseagle://token@{sink.url('x').split('://')[1].rstrip('/')}/{number}"), sent)
    Apprise().send(trusted(sink.url("xml")), sent)

    sms, mail = (request.body.decode() for request in sink.requests)
    assert "Payments fail." in sms
    assert "Why you" not in sms
    assert "Why you" in mail


@given(
    author=st.text(), route=st.text(), file=st.text(min_size=1), revision=st.text(), step=st.text(min_size=1)
)
def test_whatever_names_say_the_reason_is_one_short_line(
    author: str, route: str, file: str, revision: str, step: str
) -> None:
    change = replace(CHANGE, author=author * 50)
    plan = Plan((), route=route, file=file * 50, line=1, revision=revision, chain="c", last_change=change)
    told = Told(1, "s", "m", "high", "active", CREATED, plan=plan, why=step * 50)

    why = compose(told, notification_id=1, kind="page", recipient="x").why

    assert len(why) < 500
    assert not set(why) & set("\n\r\x00\x1b\u2028\u202e")

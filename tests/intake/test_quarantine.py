from __future__ import annotations

import json
from typing import Any

import pytest

from tests.intake.desk import Desk, body, firing, names_of

BAD_BODIES = [b"", b"not json", b"{", b"[]]", b"\xff\xfe", b'"text"', b"7", b"null", b"{}", b'{"alerts": 7}']


@pytest.mark.parametrize("bad", BAD_BODIES)
def test_a_body_that_cannot_be_read_is_kept_and_answered_so(desk: Desk, bad: bytes) -> None:
    answer = desk.post(bad)
    assert (answer.status, answer.outcomes) == ("quarantined", {"quarantined": 1})
    (kept,) = desk.quarantined()
    assert kept.reason
    assert kept.alert_index is None
    assert len(desk.webhooks()) == 1


def test_one_alert_that_cannot_be_read_does_not_hold_up_the_others(desk: Desk) -> None:
    whole: dict[str, Any] = json.loads(body(firing("Disk")))
    whole["alerts"].insert(0, {"status": "firing", "labels": "no map"})
    answer = desk.post(json.dumps(whole).encode())
    assert sorted(names_of([answer])) == ["created", "quarantined"]
    (kept,) = desk.quarantined()
    assert (kept.alert_index, len(desk.pages())) == (0, 1)
    assert "no map" in kept.excerpt


def test_a_bad_body_beside_good_ones_at_the_same_moment_spoils_nothing(desk: Desk) -> None:
    posted = [body(firing("Disk", instance="a")), b"not json", body(firing("Disk", instance="b"))]
    answers = desk.take(*(desk.webhook(one) for one in posted))
    assert sorted(names_of(answers)) == ["created", "joined", "quarantined"] or sorted(names_of(answers)) == [
        "created",
        "created",
        "quarantined",
    ]
    assert len(desk.pages()) == 1


HOSTILE = {
    "nul": "a\x00b",
    "escape": "\x1b[31mred",
    "html": "<script>alert(1)</script>",
    "template": "{{ labels }}{% for x in y %}",
    "bidi": "\u202egnp.exe",
    "lone surrogate": "\ud800",
    "long": "x" * 100_000,
    "sql": "'; DROP TABLE pages; --",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_everywhere_still_pages(desk: Desk, text: str) -> None:
    alert = firing("Disk", instance=text)
    alert["labels"][text] = text
    alert["annotations"] = {"summary": text, text: text}
    alert["generatorURL"] = text
    answer = desk.post(body(alert, receiver=text, group=text, url=text))
    assert names_of([answer]) == ["created"]
    assert names_of([desk.post(body(alert, receiver=text, group=text, url=text))]) == ["reminder"]
    (page,) = desk.pages()
    assert 0 < len(page.subject) <= 200
    assert "\0" not in page.subject + page.message


def test_a_fingerprint_of_any_length_is_one_alert(desk: Desk) -> None:
    for fingerprint in ("", "x" * 5_000, "é" * 300):
        alert = {**firing("Disk", instance=fingerprint[:3]), "fingerprint": fingerprint}
        answers = [desk.post(body(alert)) for _ in range(2)]
        assert names_of(answers)[1] == "reminder"

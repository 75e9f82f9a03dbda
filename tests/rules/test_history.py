"""The exported history: what is written is read again, and what is not as it must be says on which line."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cli.histories import open_history
from rules.history import (
    FORMAT,
    Alert,
    End,
    Header,
    HistoryError,
    OnPage,
    Page,
    People,
    Record,
    Told,
    User,
    Webhook,
    line_of,
    read,
)

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
HEADER = Header(FORMAT, NOW, NOW + timedelta(days=1))
WEBHOOK = Webhook(NOW, "prometheus-eu", "alertmanager", [Alert("firing", "f1", {"alertname": "Disk"})])
END = End(1, 1, 0)
PAGE = Page(7, "payments/stripe", "high", NOW, told=[Told("jane@example.com", [0, 60], NOW)])

moments = st.integers(0, 299 * 365).map(lambda days: datetime(2000, 1, 1, 1, 2, 3, 4, UTC) + timedelta(days))
labels = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)
alerts = st.builds(
    Alert,
    st.sampled_from(["firing", "resolved"]),
    st.text(max_size=16),
    labels,
    labels,
    st.none() | moments,
    st.none() | moments,
)
webhooks = st.builds(
    Webhook,
    moments,
    st.text(max_size=9),
    st.sampled_from(["alertmanager", "grafana"]),
    st.lists(alerts, max_size=3),
    st.text(max_size=9),
    st.text(max_size=9),
    st.integers(0, 9),
    st.booleans(),
)
people = st.builds(
    People,
    st.lists(st.builds(User, st.text(max_size=9), st.integers(0, 3)), max_size=3),
    st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3), max_size=3),
)
pages = st.builds(
    Page,
    st.integers(0, 2**60),
    st.text(max_size=9),
    st.sampled_from(["low", "critical"]),
    moments,
    st.none() | moments,
    st.none() | moments,
    st.sampled_from(["", "resolved"]),
    st.none() | st.integers(0, 9),
    st.lists(st.builds(OnPage, st.text(max_size=9), st.text(max_size=9), st.text(max_size=9), moments)),
    st.lists(st.builds(Told, st.text(max_size=9), st.lists(st.integers(0, 10**8)), st.none() | moments)),
)


@given(people, st.lists(pages, max_size=3), st.lists(webhooks, max_size=4))
def test_what_is_written_is_read_again(who: People, paged: list[Page], posted: list[Webhook]) -> None:
    records: list[Record] = [HEADER, who, *paged, *sorted(posted, key=lambda one: one.at), END]

    assert list(read(map(line_of, records))) == records


def test_lines_of_other_tools_may_name_their_keys_in_any_order() -> None:
    line = (
        b'{"alerts": [], "adapter": "grafana", "extra": 1, "integration": "g", "at": "2026-03-03T12:00:00Z"}'
    )

    records = list(read([line_of(HEADER), line, line_of(END)]))

    assert records[1] == Webhook(NOW, "g", "grafana", [])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1: the file ends before its end"),
        ([b""], "line 1: Input data was truncated"),
        ([b"{}"], "line 1: Object missing required field `pingparrot-history`"),
        ([line_of(WEBHOOK)], "line 1: Object missing required field `pingparrot-history`"),
        ([b'{"pingparrot-history": 2, "since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}'],
         "line 1: is of format 2, and this version reads 1"),
        ([line_of(Header(FORMAT, NOW, NOW - timedelta(days=1)))], "line 1: `until` is before `since`"),
        ([line_of(Header(FORMAT, NOW, NOW + timedelta(4_000)))], "line 1: `until` is before `since`, or"),
        ([line_of(HEADER), line_of(PAGE).replace(b"60", b"-1")], "line 2: Expected `int` >= 0"),
        ([line_of(HEADER), line_of(PAGE).replace(b'acknowledged":"2026', b'acknowledged":"9026')],
         "line 2: `told[0].acknowledged` is in the year 9026"),
        ([line_of(HEADER), line_of(WEBHOOK)], "line 3: the file ends before its end"),
        ([line_of(HEADER), line_of(HEADER)], "line 2: is no webhook"),
        ([line_of(HEADER), line_of(WEBHOOK), line_of(PAGE)], "line 3: a page stands in the wrong place"),
        ([line_of(HEADER), line_of(END), line_of(WEBHOOK)], "line 3: a webhook stands in the wrong place"),
        ([line_of(HEADER), line_of(WEBHOOK).replace(b"12:00", b"13:00"), line_of(WEBHOOK)],
         "line 3: is earlier than the webhook before"),
        ([line_of(HEADER), line_of(WEBHOOK).replace(b"2026", b"1026")], "line 2: `at` is in the year 1026"),
        ([line_of(HEADER), line_of(WEBHOOK).replace(b":00Z", b":00")], "line 2: Expected `datetime`"),
        ([line_of(HEADER), line_of(WEBHOOK).replace(b"firing", b"burning")], "line 2: Invalid enum value"),
        ([line_of(HEADER), b'{"at": "\xff"}'], "line 2: "),
        ([line_of(HEADER), b'{"at":' + b"[" * 10_000], "line 2: "),
        ([line_of(HEADER), b"\x00\x01"], "line 2: JSON is malformed"),
    ],
)  # fmt: skip
def test_a_bad_line_says_where_it_stands(lines: list[bytes], said: str) -> None:
    with pytest.raises(HistoryError) as fault:
        list(read(lines))

    assert str(fault.value).startswith(said)


def test_matchers_see_an_alert_and_where_it_came_from() -> None:
    told = Webhook(NOW, "eu", "alertmanager", WEBHOOK.alerts, "pager", "{}:{}").labels_of(WEBHOOK.alerts[0])

    assert told == {
        "alertname": "Disk",
        "__integration__": "eu",
        "__adapter__": "alertmanager",
        "__receiver__": "pager",
        "__group_key__": "{}:{}",
    }


@pytest.mark.parametrize("packed", [True, False])
def test_a_file_is_read_compressed_or_not(tmp_path: Path, packed: bool) -> None:
    text = b"".join(map(line_of, (HEADER, WEBHOOK, END)))
    path = tmp_path / "history"
    path.write_bytes(gzip.compress(text) if packed else text)

    with open_history(path) as history:
        records = list(read(history.lines()))
        assert history.position == history.size == path.stat().st_size

    assert records == [HEADER, WEBHOOK, END]


def test_a_compressed_file_that_is_cut_off_says_where(tmp_path: Path) -> None:
    text = b"".join(map(line_of, (HEADER, *[WEBHOOK] * 50_000, END)))
    path = tmp_path / "history.gz"
    path.write_bytes(gzip.compress(text)[:-200])

    with (
        open_history(path) as history,
        pytest.raises(HistoryError, match=r"line \d+: the compressed file is"),
    ):
        list(read(history.lines()))


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be read: No such file"), open_history(tmp_path / "gone"):
        pass


def test_a_moment_at_an_offset_is_the_moment_that_it_is() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))

    (_, webhook, _) = read([line_of(HEADER), line_of(Webhook(east, "eu", "grafana", [])), line_of(END)])

    assert isinstance(webhook, Webhook)
    assert webhook.at == NOW

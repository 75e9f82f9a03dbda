"""Times, fingerprints, receivers and texts: what holds for all of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.alertmanager.quoting import unquote
from adapters.fingerprint import fingerprint_of
from adapters.text import bounded_key, clean, cut, may_need_cleaning
from adapters.times import read_time

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_FIRST, _LAST = datetime(2, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - Hypothesis adds the offset
moments = st.datetimes(min_value=_FIRST, max_value=_LAST, timezones=offsets)
texts = st.text(st.characters(), max_size=40)


@given(moments)
def test_a_time_comes_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    read = read_time(moment.isoformat())

    assert read == moment
    assert read is not None
    assert read.tzinfo is UTC


@given(moments, st.integers(0, 999))
def test_nanoseconds_are_rounded_to_microseconds(moment: datetime, nanoseconds: int) -> None:
    whole = moment.astimezone(UTC)
    written = f"{whole:%Y-%m-%dT%H:%M:%S}.{whole.microsecond:06}{nanoseconds:03}Z".rjust(30, "0")

    read = read_time(written)

    assert read is not None
    assert timedelta(0) <= read - whole <= timedelta(microseconds=1)


@given(st.one_of(st.none(), st.integers(), st.floats(), texts, st.lists(texts)))
def test_whatever_is_no_time_reads_as_none_or_as_utc(value: object) -> None:
    read = read_time(value)

    assert read is None or read.tzinfo is UTC


@given(moments, st.integers(-14, 14))
def test_no_offset_in_the_first_or_last_year_overflows(moment: datetime, hours: int) -> None:
    for year in (1, 9999):
        edge = moment.replace(year=year, day=1, tzinfo=timezone(timedelta(hours=hours)))
        read_time(edge.isoformat())
    read_time(f"0001-01-01T00:00:00{'+' if hours >= 0 else '-'}{abs(hours):02}:00")
    read_time(f"9999-12-31T23:59:59{'+' if hours >= 0 else '-'}{abs(hours):02}:00")


@given(st.dictionaries(texts, texts, max_size=8), st.randoms())
def test_a_fingerprint_does_not_depend_on_the_order_of_labels(labels: dict[str, str], random: object) -> None:
    shuffled = list(labels.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert fingerprint_of(dict(shuffled)) == fingerprint_of(labels)
    assert re.fullmatch("[0-9a-f]{16}", fingerprint_of(labels))


@given(st.dictionaries(texts, texts, max_size=8))
def test_an_empty_label_does_not_change_a_fingerprint(labels: dict[str, str]) -> None:
    assert fingerprint_of({**labels, "surely_absent": ""}) == fingerprint_of(labels)


@pytest.mark.parametrize(
    ("labels", "fingerprint"),
    [({}, "cbf29ce484222325"), ({"alertname": "TestAlert", "instance": "Grafana"}, "57c6d9296de2ad39")],
)
def test_known_fingerprints_are_computed(labels: dict[str, str], fingerprint: str) -> None:
    assert fingerprint_of(labels) == fingerprint


@given(texts)
def test_a_quoted_receiver_comes_back_as_written(receiver: str) -> None:
    quoted = "".join("\\" + sign if sign in r"\.+*?()|[]{}^$" else sign for sign in receiver)

    assert unquote(quoted) == receiver


@given(texts)
def test_clean_text_can_be_stored_and_stays_clean(text: str) -> None:
    cleaned = clean(text)

    assert cleaned.encode("utf-8") is not None
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", cleaned)
    assert clean(cleaned) == cleaned


@given(texts, st.booleans())
def test_a_body_is_never_trusted_that_holds_what_has_to_be_cleaned(text: str, ascii_only: bool) -> None:
    body = json.dumps(text, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    if clean(text) != text and not re.search("[\ud800-\udfff]", text):
        assert may_need_cleaning(body)


@given(texts, st.integers(1, 20))
def test_a_cut_text_keeps_its_bound_and_its_beginning(text: str, limit: int) -> None:
    kept = cut(text, limit)

    assert len(kept) <= limit
    assert kept == text or (kept.endswith("…") and text.startswith(kept[:-1]))


@given(st.text(min_size=100), st.text(min_size=100))
def test_bounded_keys_of_different_texts_differ(one: str, other: str) -> None:
    assert (bounded_key(one, 50) == bounded_key(other, 50)) == (one == other)

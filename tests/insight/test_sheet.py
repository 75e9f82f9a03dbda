"""CSV that any reader reads back, and no spreadsheet runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.insight.sheet import csv_text

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(st.tuples(texts, st.integers()), max_size=5))
def test_a_reader_reads_what_was_written(rows: list[tuple[str, int]]) -> None:
    header, *read = csv.reader(io.StringIO(csv_text(("name", "pages"), rows), newline=""), strict=True)
    assert header == ["name", "pages"]
    assert [(name.removeprefix("'"), int(pages)) for name, pages in read] == [
        (name.removeprefix("'"), pages) for name, pages in rows
    ]


@given(texts)
def test_no_text_is_a_formula(text: str) -> None:
    (cell,) = next(csv.reader(_rows(text)))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def _rows(text: str) -> io.StringIO:
    out = io.StringIO(csv_text(("name",), [(text,)]), newline="")
    out.readline()
    return out


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_begins_with_an_apostrophe(text: str) -> None:
    assert next(csv.reader(_rows(text))) == [f"'{text}"]


def test_lines_numbers_and_empty_cells() -> None:
    rows = [("a,b", -5, None), ('say "hi"', 0.25, 1)]
    assert csv_text(("x", "y", "z"), rows) == 'x,y,z\r\n"a,b",-5,\r\n"say ""hi""",0.25,1\r\n'

"""Charts are well-formed SVG, whatever they show, without styles of their own."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from router.web.charts import WIDTH, Bar, bars, line
from router.web.visible import visible

# What XML can hold: intake takes the rest from what senders say.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=60)
amounts = st.integers(0, 10**6)
rows = st.lists(st.builds(Bar, texts, amounts, amounts, texts), max_size=8)
points = st.lists(st.tuples(texts, amounts), min_size=1, max_size=60)
SVG = "{http://www.w3.org/2000/svg}"


def read(svg: str) -> ElementTree.Element:
    root = ElementTree.fromstring(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    allowed = {"svg", "title", "desc", "g", "text", "rect", "line", "polyline", "circle"}
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in allowed
        assert not [name for name in element.attrib if name.startswith(("on", "style", "href"))]
    return root


@given(texts, texts, rows)
def test_bars_say_what_they_are_given(title: str, description: str, given_rows: list[Bar]) -> None:
    root = read(bars("load", title, description, given_rows))
    assert root.findtext(f"{SVG}title") == visible(title)
    assert root.findtext(f"{SVG}desc") == visible(description)
    shown = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert shown[1::2] == [visible(row.shown) for row in given_rows]
    widths = [float(rect.get("width", "")) for rect in root.iter(f"{SVG}rect")]
    assert all(0 <= width <= WIDTH for width in widths)
    assert all(part <= whole for whole, part in zip(widths[::2], widths[1::2], strict=True))


@given(points)
def test_a_line_goes_through_every_point(given_points: list[tuple[str, int]]) -> None:
    root = read(line("days", "Pages a day", "", given_points))
    (polyline,) = root.iter(f"{SVG}polyline")
    places = [tuple(map(float, place.split(","))) for place in polyline.get("points", "").split()]
    assert len(places) == len(given_points)
    heights = [y for _, y in places]
    for value, height in zip((value for _, value in given_points), heights, strict=True):
        assert height >= min(heights)
        assert (height == min(heights)) >= (value == max(value for _, value in given_points))


def test_its_title_is_what_a_screen_reader_says() -> None:
    root = read(bars("load", "Rings", "Most: Ann.", []))
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "load-title load-desc")
    assert {element.get("id") for element in root if element.get("id")} == {"load-title", "load-desc"}

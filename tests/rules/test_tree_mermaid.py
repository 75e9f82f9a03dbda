"""`rules tree --format mermaid`: Mermaid itself draws it, in a browser, whatever people call their routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page

from rules.drawing.mermaid import as_mermaid, is_too_large, label
from rules.drawing.parts import on_the_way, whole
from rules.load import load
from rules.texts import Sources
from tests.rules.directory import EXAMPLES, rules
from tests.rules.test_cli_golden import expect_golden
from tests.rules.trees import Tree, forests, rule_file
from tests.rules.writing import NOON, ruled, unset
from tests.servers import missing
from tests.web.chromium import running_chromium

_MERMAID = Path(__file__).parents[1] / "web/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"
_DRAW = """async chart => {
    document.body.innerHTML = (await mermaid.render("drawn", chart)).svg;
    const shown = [...document.querySelectorAll(".nodeLabel")];
    return shown.map(label => label.innerText.replaceAll("\\u200b", ""));
}"""
_HOSTILE = (
    "end",
    "graph TD",
    'a"b',
    "`x`",
    "1. first",
    "- dash",
    "# head",
    "_it_ __b__ **c**",
    "<b>x</b>",
    "<script>document.title = 'owned'</script>",
    "%%{init: {}}%%",
    'style:a"b;c',
    "click r1 href",
    "x --> y",
    "[a](b)",
    "{x} ((y)) |z|",
    ']"]; r9["',
    "&amp; #34; #quot;",
    "a\\nb",
    "$$x$$",
    "fa:fa-car",
    "x@{ shape: y }",
    "日本",
)


@pytest.fixture(scope="module")
def mermaid() -> Iterator[Page]:
    """A page that holds Mermaid."""
    if not _MERMAID.is_file():
        missing("Mermaid", "npm, then `make test`")
    with running_chromium() as browser:
        page = browser.new_page()
        page.set_content("<body></body>")
        page.add_script_tag(path=_MERMAID)
        page.evaluate("mermaid.initialize({startOnLoad: false})")
        yield page


def test_the_examples_are_a_flowchart() -> None:
    result = rules("tree", EXAMPLES, "--format", "mermaid")

    assert result.exit_code == 0
    expect_golden("tree.mermaid", result.output)


def test_mermaid_draws_the_examples(mermaid: Page) -> None:
    shown = mermaid.evaluate(_DRAW, rules("tree", EXAMPLES, "--format", "mermaid").output)

    assert 'payments/warnings\nseverity="warning"\nonly in office' in shown
    assert "payments/audit\ngroup auditors" in shown
    assert "pages nobody\nonly production wakes people" in shown


@pytest.mark.parametrize("name", _HOSTILE)
def test_mermaid_shows_a_name_as_it_is(mermaid: Page, name: str) -> None:
    chart = f"flowchart LR\n  r1[{label([name, 'second'])}]\n  r1 --> c1[[{label([name])}]]\n"

    shown = mermaid.evaluate(_DRAW, chart)

    assert shown == [f"{name}\nsecond", name]
    assert mermaid.title() == ""


@given(forest=forests(width=3))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mermaid_reads_every_tree(mermaid: Page, forest: tuple[Tree, ...]) -> None:
    ruleset = load(Sources({"rules.yml": rule_file(forest)}), unset).ruleset
    assert ruleset is not None

    charts = [as_mermaid(whole(ruleset)), as_mermaid(on_the_way(ruleset, {"team": "a"}, NOON))]

    assert [mermaid.evaluate("chart => mermaid.parse(chart)", chart)["diagramType"] for chart in charts] == [
        "flowchart-v2",
        "flowchart-v2",
    ]


def test_long_texts_are_cut() -> None:
    chart = as_mermaid(whole(ruled(rules=json.dumps({"routes": [{"name": "a", "suppress": "x" * 500}]}))))

    assert "x" * 89 + "…" in chart
    assert "x" * 90 not in chart


def test_a_chart_that_mermaid_refuses_is_warned_of(tmp_path: Path) -> None:
    many = [{"name": f"r{number}", "matchers": [f'a="{number}"']} for number in range(300)]
    (tmp_path / "rules.yml").write_text(json.dumps({"routes": many}), encoding="utf-8")

    result = rules("tree", tmp_path, "--format", "mermaid")

    assert is_too_large(result.stdout)
    assert "--namespace" in result.stderr

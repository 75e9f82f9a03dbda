"""`rules diff`: what it compares, how it ends, and that what it prints is safe to print."""

from __future__ import annotations

import gzip
import json
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rules.diff.comment import as_comment
from rules.diff.lines import as_lines
from rules.diff.meaning import compare
from rules.diff.objects import as_object
from rules.history import FORMAT, Alert, End, Header, Webhook, line_of
from rules.matchers import make_matcher
from rules.regions import Limit
from tests.rules.directory import GOLDEN, GOOD, rules, write
from tests.rules.repository import Repository
from tests.rules.test_cli_golden import expect_golden
from tests.rules.test_diff_recorded import CHAINS, NIGHT, NOON
from tests.rules.writing import ruled

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules-diff.md"
CHANGED = {
    **GOOD,
    "00-shared.yml": GOOD["00-shared.yml"]
    .replace('matchers: [env="staging"]', 'matchers: [env=~"staging|qa"]')
    .replace("{after: 5m", "{after: 10m")
    .replace("name: nights", "name: warnings"),
}
HOSTILE = "</code></td>|`@everyone` <img src=x> #1 \x1b[31m\u202e\n\n- x"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with `old` and `new` rules."""
    for name, files in (("old", GOOD), ("new", CHANGED)):
        tmp_path.joinpath(name).mkdir()
        write(tmp_path / name, files)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A checkout with rules in `rules`: `main`, and a branch with a commit of its own and an edited file."""
    made = Repository(tmp_path)
    shared = GOOD["00-shared.yml"]
    made.commit({"README": "before there were rules"})
    made.commit({"rules/a.yml": shared})
    made.git("checkout", "-q", "-b", "mine")
    made.commit({"rules/a.yml": shared.replace("{after: 5m", "{after: 10m")})
    made.git("checkout", "-q", "main")
    made.commit({"rules/a.yml": shared.replace("{after: 5m", "{after: 7m")})
    made.git("checkout", "-q", "mine")
    made.put({"rules/a.yml": shared.replace("{after: 5m", "{after: 20m")})
    monkeypatch.chdir(tmp_path)
    return made


def steps(*words: str) -> list[tuple[str, str]]:
    """Return from when to when the second step moved, by effect."""
    result = rules("diff", *words, "--format", "json")
    assert result.exit_code == 0, result.output
    effects = json.loads(result.output)["effects"]
    differences = [each for effect in effects for each in effect["differences"]]
    return sorted(
        {tuple(re.findall(r"after (\d+m)", each["before"] + each["after"])) for each in differences}
    )


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_diff_prints_what_changes(form: str) -> None:
    result = rules("diff", "old", "new", "--format", form)

    assert result.exit_code == 0
    expect_golden(f"diff.{form}", re.sub('"revision": "[0-9a-f]{12}"', '"revision": "…"', result.output))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_sentence_says_that_nothing_changes(form: str) -> None:
    result = rules("diff", "old", "old", "--exit-code", "--format", form)

    assert result.exit_code == 0
    assert "No alert changes who is paged, or how" in result.output


@pytest.mark.usefixtures("here")
def test_exit_code_tells_that_something_changes() -> None:
    assert rules("diff", "old", "new", "--exit-code").exit_code == 1


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("old", "moved"),
    [
        ("main", ("7m", "20m")),
        ("mine", ("10m", "20m")),
        ("HEAD~1", ("5m", "20m")),
        ("main..", ("7m", "10m")),
        ("..main", ("10m", "7m")),
        ("main..mine", ("7m", "10m")),
        ("main...mine", ("5m", "10m")),
        ("main...", ("5m", "10m")),
    ],
)
def test_revisions_are_compared_at_the_same_path(old: str, moved: tuple[str, str]) -> None:
    assert steps(old, "rules") == [moved]


@pytest.mark.usefixtures("repository")
def test_where_a_revision_has_no_rules_everything_paged_everybody() -> None:
    result = rules("diff", "main~2", "rules")

    assert result.exit_code == 0
    assert "rules at main~2 has no rules: everything pages the group All." in result.output


@pytest.mark.usefixtures("repository")
def test_what_is_neither_path_nor_revision_is_a_wrong_command() -> None:
    result = rules("diff", "mian", "rules")

    assert result.exit_code == 2
    assert "no path here" in result.output
    assert "Traceback" not in result.output


def test_branches_without_a_common_commit_are_told_so(repository: Repository) -> None:
    repository.git("checkout", "-q", "-f", "--orphan", "lonely")
    repository.commit({})

    result = rules("diff", "main...lonely", "rules")

    assert result.exit_code == 2
    assert "no commit in common" in " ".join(result.output.split())


@pytest.mark.parametrize("side", ["old", "new"])
def test_a_side_that_does_not_load_is_shown_with_its_faults(here: Path, side: str) -> None:
    (here / side / "00-shared.yml").write_text("routes: [{nam: x}]\n", encoding="utf-8")

    result = rules("diff", "old", "new")

    assert result.exit_code == 1
    assert f"{side}/00-shared.yml:1:11: error" in result.output
    assert f"{side} does not load" in result.output


def test_a_namespace_that_does_not_load_leaves_the_others_compared(here: Path) -> None:
    for name in ("old", "new"):
        (here / name / "web.yml").write_text(
            "namespace: web\nroutes: [{name: web, matchers: [team=web]}]\n", encoding="utf-8"
        )
    (here / "new" / "web.yml").write_text("namespace: web\nroutes: [{nam: web}]\n", encoding="utf-8")

    result = rules("diff", "old", "new", "--format", "json")

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["notes"] == ["Namespace web does not load, and is left out on both sides."]
    assert found["effects"]
    assert "team=web" not in json.dumps(found["effects"])


@pytest.mark.usefixtures("here")
def test_a_history_says_which_alerts_would_have_gone_elsewhere() -> None:
    alerts = [
        Alert("firing", str(n), {"alertname": "Up", "env": env}) for n, env in enumerate(("qa", "prod"))
    ]
    records = [Header(FORMAT, NIGHT, NOON), Webhook(NIGHT, "eu", "alertmanager", alerts), End(1, 2, 0)]
    with gzip.open("week.jsonl.gz", "wb") as file:
        file.writelines(map(line_of, records))

    result = rules("diff", "old", "new", "--history", "week.jsonl.gz")

    assert result.exit_code == 0
    expect_golden("diff-history.text", result.output[result.output.index("2 of 2 alerts") :])


def test_a_damaged_history_is_told_in_a_sentence(here: Path) -> None:
    (here / "week.jsonl").write_bytes(b"{}\n")

    result = rules("diff", "old", "new", "--history", "week.jsonl")

    assert result.exit_code == 2
    assert "week.jsonl: line 1:" in " ".join(result.output.split())


class Read(HTMLParser):
    """Reads a comment as a browser would: elements, and texts that stand in no `code`."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.bare = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.bare += data


def read(comment: str) -> Read:
    found = Read()
    found.feed(comment)
    found.close()
    assert not found.open
    return found


def test_nothing_that_rules_say_breaks_out_of_a_comment(here: Path) -> None:
    routes = [
        {"name": "x@y<b>|`", "matchers": [str(make_matcher("team", "=", HOSTILE))], "suppress": HOSTILE},
        {"name": "`@all`", "matchers": ['env="qa"'], "subject": "@all | <script>"},
    ]
    (here / "new" / "10.yml").write_text(json.dumps({"routes": routes}), encoding="utf-8")

    comment = rules("diff", "old", "new", "--format", "markdown").stdout

    found = read(comment)
    assert found.tags == {"table", "tr", "th", "td", "code", "br", "details", "summary"}
    assert not re.search(r"[@|`#\x1b\u202e]", found.bare.replace("### ", ""))
    assert all("\n\n" not in table for table in re.findall("<table>.*?</table>", comment, re.DOTALL))


def test_nothing_that_rules_say_gives_orders_to_a_terminal(here: Path) -> None:
    routes = [{"name": "x", "matchers": [str(make_matcher("team", "=", HOSTILE))], "suppress": HOSTILE}]
    (here / "new" / "10.yml").write_text(json.dumps({"routes": routes}), encoding="utf-8")

    text = rules("diff", "old", "new").output

    assert not re.search("[\x1b\u202e]", text)


def test_a_comment_fits_and_says_that_it_is_not_all(here: Path) -> None:
    routes = [
        {"name": f"r{n}", "matchers": [f'team="{"&" * 500}{n}"'], "suppress": f"{n} {'<' * 400}"}
        for n in range(300)
    ]
    (here / "new" / "10.yml").write_text(json.dumps({"routes": routes}), encoding="utf-8")

    comment = rules("diff", "old", "new", "--format", "markdown").stdout

    assert len(comment) <= 60_000
    assert "This is not all" in comment
    read(comment)


def test_text_stays_short_however_much_changes(here: Path) -> None:
    routes = [{"name": f"r{n}", "matchers": [f'team="t{n}"'], "suppress": f"reason {n}"} for n in range(300)]
    (here / "new" / "10.yml").write_text(json.dumps({"routes": routes}), encoding="utf-8")

    text = rules("diff", "old", "new").output

    assert len(text.splitlines()) < 250
    assert "more effects on" in text


def test_what_is_not_decided_is_told_in_every_format() -> None:
    regular = "routes: [{name: a, matchers: ['team=~\"a+b\"', 'team!~\".*aab\"'], chain: %s}]"
    sides = [ruled(a=CHAINS, b=regular % chain) for chain in ("sre", "dba")]

    meaning = compare(*sides, ("old", "new"), lambda: Limit(0))

    told = 'team=~"a+b", team!~".*aab"'
    assert meaning.changes
    assert meaning.headline == "1 kind of alerts not decided"
    assert told in as_lines(meaning)
    assert escape(told) in as_comment(meaning)
    assert as_object(meaning)["undecided"] == [
        {
            "matchers": told.split(", "),
            "but_not": [],
            "but_not_more": False,
            "another_route_takes_it": False,
        }
    ]


def test_the_document_shows_what_is_printed() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")

    for name in ("diff.text", "diff-history.text"):
        assert (GOLDEN / name).read_text(encoding="utf-8") in page

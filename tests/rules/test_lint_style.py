"""What could be said better, and what has no effect: each remark is true, and is made only where it is."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.findings import Finding
from rules.lint import lint
from rules.load import load
from rules.matchers import Matcher, MatcherError, make_matcher, parse_matchers
from rules.texts import Sources

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PIECES = (
    "a",
    "b",
    ".",
    ".*",
    ".+",
    "^",
    "$",
    "\\",
    "(",
    ")",
    "|",
    "[ab]",
    "?",
    "(?:",
    "\\Q",
    "\\E",
    "{2}",
    "/",
)
VALUES = ("", "a", "b", "ab", "aa", "^", "$", "a$", "^a", "\\", "(", ".*", "/a/", "ba", "\n", "a|b")


def found_in(text: str, *, code: str | None = None, **files: str) -> list[Finding]:
    """Return what is found in rules.yml and further files, or the findings of a code."""
    named = {"rules.yml": text, **{f"{name}.yml": other for name, other in files.items()}}
    loaded = load(Sources(named), lambda _: "ntfy://ntfy.example.org/jane")
    assert loaded.ruleset is not None, loaded.findings
    findings = [*loaded.findings, *lint(loaded.ruleset, NOW)]
    return [found for found in findings if code in (None, found.code)]


def codes(text: str, **files: str) -> list[str]:
    return [found.code for found in found_in(text, **files)]


def of_matchers(*matchers: str) -> list[str]:
    listed = ", ".join("'" + matcher.replace("'", "''") + "'" for matcher in matchers)
    return codes(f"routes: [{{name: r, matchers: [{listed}]}}]")


@pytest.mark.parametrize(
    ("matcher", "code"),
    [
        ('a="b"', None),
        ('a=~"b|c"', None),
        ('a=~"b.*"', None),
        ('a=~".+"', None),
        ('a!=""', None),
        ('a=~"/b/c.*"', None),
        ('a="/b/"', None),
        ('a=~"b\\\\$"', None),
        ('a=~"(?i)^b"', None),
        ('a=~"b"', "plain-regex"),
        ('a=~"b|b"', "plain-regex"),
        ('a=~""', "plain-regex"),
        ('a!~".+"', "plain-regex"),
        ('a=~"^b.*$"', "idle-anchor"),
        ('a=~"b.*$"', "idle-anchor"),
        ('a=~".*"', "idle-matcher"),
        ('a=~"^(.*)$"', "idle-matcher"),
        ('a=~"(?:.*)"', "idle-matcher"),
        ('a!~".*"', "dead-matcher"),
        ('a!="b"', "takes-missing"),
        ('a!~"b.*"', "takes-missing"),
        ('__receiver__!="b"', None),
        ("a=\"'b'\"", "odd-quotes"),
        ("a=“b”", "odd-quotes"),
        ('a=~"/b.*/"', "odd-quotes"),
    ],
)
def test_a_matcher_is_remarked_on_as_it_deserves(matcher: str, code: str | None) -> None:
    assert of_matchers(matcher) == ([code] if code else [])


@given(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), st.sampled_from(["=~", "!~"]))
def test_what_is_proposed_instead_of_an_expression_means_the_same(expression: str, operator: str) -> None:
    try:
        written = make_matcher("a", operator, expression)  # type: ignore[arg-type]
        text = str(written)
        parse_matchers(text)
    except MatcherError:
        return
    quoted = "'" + text.replace("'", "''") + "'"

    for found in found_in(f"routes: [{{name: r, matchers: [{quoted}]}}]"):
        if found.code in ("plain-regex", "idle-anchor"):
            proposed = re.search(r'write (a.*?"(?:[^"\\]|\\.)*")(?:, without|\.$)', found.message)
            assert proposed is not None, found.message
            (plain,) = parse_matchers(proposed[1])
            assert same(written, plain), found.message
        elif found.code == "idle-matcher":
            assert all(written.holds({"a": value}) for value in VALUES if "\n" not in value)
        elif found.code == "dead-matcher":
            assert not any(written.holds({"a": value}) for value in VALUES if "\n" not in value)


def same(left: Matcher, right: Matcher) -> bool:
    return all(left.holds({"a": value}) == right.holds({"a": value}) for value in VALUES if "\n" not in value)


def test_a_label_that_is_asked_for_elsewhere_excuses_a_negative_matcher() -> None:
    assert of_matchers('a!="b"', 'a=~".+"') == []
    text = "routes: [{name: r, matchers: ['a!=\"\"'], routes: [{name: s, matchers: ['a!=\"b\"']}]}]"
    assert codes(text) == []


def test_a_negative_matcher_is_told_once_however_often_it_stands() -> None:
    routes = ", ".join(f'{{name: r{n}, matchers: [a!="b", c="{n}"]}}' for n in range(9))

    (found,) = found_in(f"routes: [{routes}]")

    assert found.message.startswith('a!="b" (here and at 8 more places) holds for alerts without the label a')
    assert len(found.related) == 4


def test_a_route_that_takes_the_rest_of_another_excuses_a_negative_matcher() -> None:
    assert codes('routes: [{name: a, matchers: [x="y"]}, {name: b, matchers: [x!="y"]}]') == []


def test_a_matcher_repeated_from_the_route_above_or_the_namespace_is_told() -> None:
    above = 'routes: [{name: r, matchers: [a="b"], routes: [{name: s, matchers: [a="b"]}]}]'
    namespaced = {"team": 'namespace: t\nroutes: [{name: r, matchers: [team="t"]}]'}

    assert "repeated-matcher" in codes(above)
    assert codes('namespaces: {t: [team="t"]}', **namespaced) == ["repeated-matcher"]


def test_the_matchers_of_namespaces_and_heartbeats_are_looked_at_as_well() -> None:
    namespaces = "namespaces: {t: ['team=~\"t\"']}"
    heartbeats = "heartbeats: {h: {matchers: ['alertname=~\"W\"'], within: 10m}}"

    assert codes(namespaces, team="namespace: t\nroutes: [{name: r}]") == ["plain-regex"]
    assert codes(heartbeats) == ["plain-regex"]


def test_a_brace_that_is_taken_off_is_told_and_one_that_is_quoted_is_not() -> None:
    assert codes("routes:\n  - name: r\n    matchers:\n      - a=~5[0-9]{2}\n") == ["stripped-brace"]
    assert of_matchers('a=~"5[0-9]{2}"', "{b=c}") == []


def test_continue_is_idle_only_on_the_last_route_of_all_files() -> None:
    first = "routes: [{name: a, matchers: [x=y], continue: true}]"

    assert codes(first) == ["idle-continue"]
    assert codes(first, z="routes: [{name: b, matchers: [x=z]}]") == []


def test_a_step_that_pages_the_same_is_idle_unless_it_lets_repeats_begin_again() -> None:
    def chain(*steps: str) -> list[str]:
        return codes(f"chains: {{c: {{steps: [{', '.join(steps)}]}}}}\ndefaults: {{chain: c}}\n")

    again = "{after: 5m, page: {group: a}}"
    assert chain("{page: {group: a}}", again) == ["idle-step"]
    assert chain("{page: [{group: a}, {group: b}]}", again) == ["idle-step"]
    assert chain("{page: {group: a}, repeat: false}", again) == []
    assert chain("{page: {group: a}}", "{after: 5m, page: {group: a}, repeat: false}") == []
    assert chain("{page: {group: b}}", again) == []


def test_an_expiry_before_the_first_repeat_is_told_once_with_how_many_routes_it_concerns() -> None:
    text = "routes: [{name: a, repeat_interval: 10m, expires: 5m, routes: [{name: b, matchers: [x=y]}]}]"

    (found,) = found_in(text, code="late-repeat")

    assert 'pages of "a" (and so on 1 more) are not repeated' in found.message


def test_a_step_after_the_expiry_is_late_whatever_acknowledges() -> None:
    text = (
        "chains: {c: {steps: [{page: {group: a}}, {after: 2h, page: {group: b}}]}}\n"
        "defaults: {chain: c, expires: 1h, acknowledge: all, acknowledgement_timeout: 30m}\n"
    )

    assert codes(text) == ["late-step"]
    assert codes(text.replace("expires: 1h", "expires: never")) == []


def test_a_priority_is_idle_only_when_every_route_with_its_lookup_refuses_the_value() -> None:
    lookup = "priority: {label: s, values: {x: high, y: low}}"
    only_x = f"routes: [{{name: a, matchers: [s=x], {lookup}}}]"
    both = f"routes: [{{name: a, {lookup}, matchers: ['s=~\".+\"'], routes: [{{name: b, matchers: [s=x]}}]}}]"

    assert codes(only_x) == ["idle-priority"]
    assert codes(both) == []
    assert codes(f"defaults: {{{lookup}}}\nroutes: [{{name: a, matchers: [s=x]}}]") == []


ROSTER = """\
users: [{email: jane@example.com, contacts: ["${J}"]}, {email: omar@example.com, contacts: ["${O}"]}]
"""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("groups: {a: {members: [jane@example.com]}}", []),  # the built-in chain pages everybody
        ("chains: {c: {steps: [{page: {group: a}}]}}\ndefaults: {chain: c}", []),  # groups are kept elsewhere
        (
            "groups: {a: {members: [jane@example.com]}}\nchains: {c: {steps: [{page: {group: a}}]}}\n"
            "defaults: {chain: c}",
            ["unreached-user"],
        ),
        (
            "groups: {a: {members: [jane@example.com]}}\nchains: {c: {steps: [{page: [{group: a}, "
            "{user: omar@example.com}]}]}}\ndefaults: {chain: c}",
            [],
        ),
        (
            "groups: {a: {members: [jane@example.com, omar@example.com]}, b: {}}\n"
            "chains: {c: {steps: [{page: {group: a}}]}}\ndefaults: {chain: c}",
            ["unreached-group"],
        ),
    ],
)
def test_people_whom_no_chain_reaches_are_told_where_that_is_known(rules: str, expected: list[str]) -> None:
    assert codes(ROSTER + rules) == expected


@pytest.mark.parametrize(
    ("contact", "exposed"),
    [
        ("mailto://jane:hunter2@example.com", True),
        ("mailto://jane:${PASSWORD}@example.com", False),
        ("mailto://jane@example.com", False),
        ("json://127.0.0.1:9000/jane", False),
        ("https://example.com/hook#secret=hunter2", True),
        ("https://example.com/hook#secret=${SECRET}", False),
        ("ntfys://ntfy.example.org/jane?token=tk_123", True),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", True),
        ("slack://${TOKENS}", False),
        ("${JANE}", False),
    ],
)
def test_a_secret_in_plain_text_is_told_and_not_repeated(contact: str, exposed: bool) -> None:
    found = found_in(f"users: [{{email: jane@example.com, contacts: ['{contact}']}}]")

    assert [each.code for each in found] == (["plain-secret"] if exposed else [])
    assert all("hunter2" not in each.message for each in found)


def test_a_namespace_without_routes_is_told_where_it_is_listed() -> None:
    (found,) = found_in("namespaces:\n  t: [team=t]\n", t="namespace: t\nchains: {}\n")

    assert (found.code, str(found.place)) == ("empty-namespace", "rules.yml:2:3")


def test_the_sixth_level_is_too_deep() -> None:
    def nested(levels: int) -> str:
        inner = ""
        for level in range(levels, 0, -1):
            inner = f"{{name: r{level}, matchers: [l{level}=x], routes: [{inner}]}}"
        return f"routes: [{inner}]"

    assert codes(nested(5)) == []
    assert codes(nested(6)) == ["deep-tree"]

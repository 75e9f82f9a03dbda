"""What `check` remarks on in rules that load: each code, and that it claims nothing that is not so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rules.findings import Finding
from rules.lint import lint, with_lint
from rules.load import load
from rules.texts import Sources

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CHAIN = "chains: {c: {steps: [{page: {group: sre}}]}}\ndefaults: {chain: c}\n"


def findings_in(**files: str) -> list[Finding]:
    """Return the lint of files by their names, without endings; what is an info has its tests elsewhere."""
    loaded = load(Sources({f"{name}.yml": text for name, text in files.items()}), lambda _: None)
    assert loaded.ruleset is not None, loaded.findings
    return [found for found in lint(loaded.ruleset, NOW) if found.severity != "info"]


def codes(text: str) -> list[str]:
    return [finding.code for finding in findings_in(rules=text)]


def places(text: str) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.place)) for finding in findings_in(rules=text)]


ROSTER = """\
users: [{email: jane@example.com, name: Jane, contacts: ["json://127.0.0.1/"]}]
groups: {sre: {members: [jane@example.com]}}
"""


def test_a_clean_set_has_no_remarks() -> None:
    assert codes(CHAIN + ROSTER) == []


def test_a_user_that_the_roster_does_not_have_is_an_error_at_its_place() -> None:
    text = (
        ROSTER + "chains:\n  c:\n    steps:\n      - page: {user: jnae@example.com}\ndefaults: {chain: c}\n"
    )

    finding = next(each for each in findings_in(rules=text) if each.code == "unknown-user")

    assert (str(finding.place), finding.severity) == ("rules.yml:6:22", "error")
    assert 'Did you mean "jane@example.com"?' in finding.message


def test_a_group_that_the_roster_does_not_have_is_an_error_at_its_place() -> None:
    text = ROSTER + "chains: {c: {steps: [{page: [{group: sre}, {group: sree}]}]}}\ndefaults: {chain: c}\n"

    (finding,) = findings_in(rules=text)

    assert (finding.code, str(finding.place), finding.severity) == (
        "unknown-group",
        "rules.yml:3:52",
        "error",
    )


def test_the_group_of_everybody_is_always_known() -> None:
    assert codes(ROSTER + "chains: {c: {steps: [{page: {group: All}}]}}\ndefaults: {chain: c}\n") == []


def test_without_a_roster_nothing_is_known_of_people() -> None:
    assert codes("chains: {c: {steps: [{page: {user: ghost@example.com}}]}}\ndefaults: {chain: c}\n") == []


def test_a_roster_of_users_alone_says_nothing_of_groups() -> None:
    assert codes(ROSTER.splitlines()[0] + "\n" + CHAIN) == []


def test_a_member_who_is_no_user_is_an_error() -> None:
    text = ROSTER + "  ops: {members: [ghost@example.com]}\n"

    assert places(
        CHAIN
        + text.replace(
            "groups: {sre: {members: [jane@example.com]}}", "groups:\n  sre: {members: [jane@example.com]}"
        )
    ) == [("unknown-user", "rules.yml:6:3")]


def test_a_namespace_pages_its_own_group() -> None:
    team = (
        "namespace: t\ngroups: {oncall: {members: [jane@example.com]}}\n"
        "chains: {d: {steps: [{page: {group: oncall}}]}}\nroutes: [{name: r, chain: d}]\n"
    )

    assert findings_in(shared=CHAIN + ROSTER, t=team) == []


def test_a_group_without_members_that_is_paged_is_a_warning() -> None:
    text = ROSTER.replace("}}", "}, empty: {}}") + (
        "chains: {c: {steps: [{page: [{group: sre}, {group: empty}]}]}}\ndefaults: {chain: c}\n"
    )

    assert codes(text) == ["empty-group"]


def test_a_default_chain_without_people_is_an_error() -> None:
    text = ROSTER.replace("[jane@example.com]", "[]") + CHAIN

    assert codes(text) == ["default-reaches-nobody", "unreached-user"]


def test_a_person_without_contacts_is_a_warning() -> None:
    assert codes(CHAIN + ROSTER.replace(', contacts: ["json://127.0.0.1/"]', "")) == ["no-contact"]


def test_a_contact_skipped_while_loading_is_not_remarked_on_twice() -> None:
    assert codes(CHAIN + ROSTER.replace("json://127.0.0.1/", "${UNSET}")) == []


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("[]", '[team="a"]'),
        ("[]", "[]"),
        ('[team="a"]', '[team="a", service="b"]'),
        ('[team=~"a|b"]', '[team="a"]'),
        ('[team=~"a|b|c"]', '[team=~"c|a"]'),
        ('[team=~"a.*"]', '[team="abc"]'),
        ('[team=~"a.*"]', '[team=~"a.*", x="y"]'),
        ('[team!="a"]', '[team="b"]'),
        ('[team!~"a.*"]', '[team!~"a.*"]'),
        ('[x=""]', '[x="", y="z"]'),
    ],
)
def test_a_route_that_an_earlier_one_wholly_takes_is_a_warning(earlier: str, later: str) -> None:
    text = (
        CHAIN
        + f"routes:\n  - {{name: first, matchers: {earlier}}}\n  - {{name: second, matchers: {later}}}\n"
    )

    assert places(text) == [("shadowed-route", "rules.yml:5:5")]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('[team="a"]', '[team="b"]'),
        ('[team="a", service="b"]', '[team="a"]'),
        ('[team=~"a|b"]', '[team=~"b|c"]'),
        ('[team=~"a"]', '[team=~"a.*"]'),
        ('[team!="a"]', '[team=~"(?s).*"]'),
        ('[team="a"]', "[]"),
    ],
)
def test_a_route_that_may_take_something_is_left_alone(earlier: str, later: str) -> None:
    text = (
        CHAIN
        + f"routes:\n  - {{name: first, matchers: {earlier}}}\n  - {{name: second, matchers: {later}}}\n"
    )

    assert codes(text) == []


def test_a_route_that_goes_on_shadows_nothing() -> None:
    assert codes(CHAIN + "routes: [{name: first, continue: true}, {name: second}]\n") == []


def test_children_are_compared_with_their_siblings() -> None:
    text = CHAIN + (
        'routes: [{name: a, matchers: [team="a"], routes: [{name: b}, {name: c, matchers: [x="y"]}]}]\n'
    )

    assert codes(text) == ["shadowed-route"]


def test_the_matchers_of_a_namespace_count() -> None:
    shared = (
        CHAIN + 'namespaces: {a: [team="a"], b: [team="b"]}\nroutes: [{name: all-a, matchers: [team="a"]}]\n'
    )

    found = findings_in(
        aa=shared, b="namespace: a\nroutes: [{name: r}]\n", c="namespace: b\nroutes: [{name: r}]\n"
    )

    assert [(each.code, each.namespace, each.place.file) for each in found] == [
        ("shadowed-route", "a", "b.yml")
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "years: ['2020:2025']",
        "{months: ['february'], days_of_month: ['30:31']}",
        "{months: ['1'], years: ['2019:2025']}",
        "times: []",
        "weekdays: []",
    ],
)
def test_an_interval_that_never_holds_again_is_a_warning(entry: str) -> None:
    entry = entry if entry.startswith("{") else f"{{{entry}}}"
    text = (
        CHAIN + f"time_intervals: {{dead: [{entry}]}}\nroutes: [{{name: r, mute_time_intervals: [dead]}}]\n"
    )

    assert places(text) == [("dead-interval", "rules.yml:3:18")]


@pytest.mark.parametrize(
    "entry",
    [
        "{months: ['february'], days_of_month: ['29'], weekdays: ['friday']}",
        "{years: ['2090']}",
        "{days_of_month: ['-31']}",
        "{times: [{start_time: '23:59', end_time: '24:00'}]}",
        "{days_of_month: ['1:30']}",
        "{years: ['2020:3000']}",
    ],
)
def test_an_interval_that_will_hold_is_left_alone(entry: str) -> None:
    text = (
        CHAIN + f"time_intervals: {{rare: [{entry}]}}\nroutes: [{{name: r, active_time_intervals: [rare]}}]\n"
    )

    assert codes(text) == []


@pytest.mark.parametrize(
    "entries",
    [
        "{}",
        "{weekdays: [saturday, sunday]}, {weekdays: ['monday:friday']}",
        "{times: [{start_time: '08:00', end_time: '24:00'}, {start_time: '00:00', end_time: '09:00'}]}",
        "{days_of_month: ['1:-2']}, {days_of_month: ['-1']}",
        "{months: ['1:6'], location: Asia/Aden}, {months: ['7:12'], location: Asia/Aden}, {years: ['2030']}",
    ],
)
def test_an_interval_that_always_holds_is_a_warning(entries: str) -> None:
    text = CHAIN + (
        f"time_intervals: {{always: [{entries}]}}\nroutes: [{{name: r, active_time_intervals: [always]}}]\n"
    )

    assert places(text) == [("always-on-interval", "rules.yml:3:18")]


@pytest.mark.parametrize(
    "entries",
    [
        "{times: [{start_time: '08:00', end_time: '24:00'}, {start_time: '00:00', end_time: '07:59'}]}",
        "{months: ['1:6'], location: Europe/Rome}, {months: ['7:12']}",
        "{days_of_month: ['1:28']}, {months: ['1', '3:12'], days_of_month: ['29:31']}",
    ],
)
def test_an_interval_with_a_gap_is_left_alone(entries: str) -> None:
    text = CHAIN + (
        f"time_intervals: {{gap: [{entries}]}}\nroutes: [{{name: r, active_time_intervals: [gap]}}]\n"
    )

    assert codes(text) == []


def test_one_dead_entry_among_others_is_named() -> None:
    text = CHAIN + (
        "time_intervals: {i: [{weekdays: [monday]}, {years: ['2020']}]}\n"
        "routes: [{name: r, mute_time_intervals: [i]}]\n"
    )

    (finding,) = findings_in(rules=text)

    assert "entry 2 never holds" in finding.message


def test_an_interval_that_no_route_names_is_a_warning() -> None:
    assert codes(CHAIN + "time_intervals: {i: [{weekdays: [monday]}]}\n") == ["unused-interval"]


def test_a_route_whose_hours_never_come_is_a_warning() -> None:
    text = CHAIN + (
        "time_intervals: {i: [{weekdays: [monday]}]}\n"
        "routes: [{name: r, active_time_intervals: [i], mute_time_intervals: [i]}]\n"
    )

    assert codes(text) == ["never-pages"]


STEPS = "chains: {c: {steps: [{page: {group: sre}}, {after: 30m, page: {group: managers}}]}}\n"


def test_a_step_after_the_expiry_is_a_warning_at_the_step() -> None:
    assert places(STEPS + "defaults: {chain: c, expires: 30m}\n") == [("late-step", "rules.yml:1:44")]


def test_a_step_before_the_expiry_is_left_alone() -> None:
    assert codes(STEPS + "defaults: {chain: c, expires: 31m}\n") == []
    assert codes(STEPS + "defaults: {chain: c, expires: never}\n") == []


def test_a_late_step_is_remarked_on_once_for_all_its_routes() -> None:
    text = (
        STEPS
        + "defaults: {chain: c}\nroutes: [{name: a, matchers: [x=y], expires: 5m}, {name: b, expires: 5m}]\n"
    )

    (finding,) = findings_in(rules=text)

    assert '"a" (and so on 1 more)' in finding.message


LOOKUP = "defaults: {chain: c, priority: {label: urgency, values: {now: critical}}}\n"


def test_a_priority_by_a_label_that_no_route_guarantees_is_a_warning() -> None:
    text = CHAIN.splitlines()[0] + "\n" + LOOKUP + 'routes: [{name: r, matchers: [team="a"]}]\n'

    assert places(text) == [("priority-label", "rules.yml:2:32")]


@pytest.mark.parametrize("matcher", ['urgency=~".+"', 'urgency="now"', 'urgency!=""', 'urgency!~"|x"'])
def test_a_priority_by_a_label_that_some_route_guarantees_is_left_alone(matcher: str) -> None:
    text = CHAIN.splitlines()[0] + "\n" + LOOKUP + f"routes: [{{name: r, matchers: ['{matcher}']}}]\n"

    assert codes(text) == []


def test_the_built_in_lookup_by_severity_is_not_remarked_on() -> None:
    assert codes(CHAIN + "routes: [{name: r}]\n") == []


def test_a_chain_that_nobody_uses_is_a_warning() -> None:
    assert codes("chains: {c: {steps: [{page: {group: sre}}]}}\n") == ["unused-chain"]


def test_errors_of_one_namespace_leave_idle_things_of_others_alone() -> None:
    files = {
        "a.yml": "chains: {c: {steps: [{page: {group: ghosts}}]}}\ngroups: {sre: {}}\n",
        "b.yml": "namespace: t\nroutes: [{name: r, chain: c, colour: red}]\n",
    }
    loaded = load(Sources(files), lambda _: None)

    found = with_lint(loaded.findings, loaded.ruleset, NOW)

    assert "unused-chain" not in [each.code for each in found]
    assert {"unknown-group", "unknown-key"} <= {each.code for each in found}


def test_a_flap_limit_without_reopen_within_has_no_effect() -> None:
    routes = "routes: [{name: a, matchers: [x=y], flap_limit: 3, reopen_within: 0s}]\n"
    assert places(CHAIN + routes) == [("idle-flap-limit", "rules.yml:3:10")]
    assert codes(CHAIN + routes.replace("0s", "5m")) == []

"""What is a change of outcome, what is not, and how it is told."""

from __future__ import annotations

import pytest

from rules.diff.effects import Effect
from rules.diff.meaning import Meaning, compare, example
from rules.diff.wording import area_words, sides
from rules.regions import Limit
from tests.rules.writing import ruled

CHAINS = """
chains:
  sre: {steps: [{page: {group: sre}}]}
  dba: {steps: [{page: {group: dba}}, {after: 20m, page: {group: sre}}]}
time_intervals:
  office: [{weekdays: ["monday:friday"]}]
  workdays: [{weekdays: ["monday:tuesday", "wednesday:friday"]}]
"""
USERS = "users: [{email: a@x.org, name: A}, {email: b@x.org, name: B}]\n"


def meaning(old: str, new: str) -> Meaning:
    return compare(ruled(a=CHAINS, b=old), ruled(a=CHAINS, b=new), ("old", "new"), Limit)


def route(extra: str = "", name: str = "db") -> str:
    return f"routes: [{{name: {name}, matchers: [team=db], chain: dba{extra and f', {extra}'}}}]"


def told(effect: Effect) -> list[tuple[str, str]]:
    found = meaning("", "")
    return [sides(each, found.old.wording, found.new.wording) for each in effect.differences]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(route(), route(name="databases"), id="a name"),
        pytest.param(route("expires: 20m"), route("expires: 15m").replace("15m", "20m"), id="nothing"),
        pytest.param(
            route("active_time_intervals: [office]"), route("active_time_intervals: [workdays]"), id="hours"
        ),
        pytest.param(
            route("reopen_within: 0s, flap_limit: 5"), route("reopen_within: 0s, flap_limit: 9"), id="no flap"
        ),
        pytest.param(
            route("suppress: x").replace(", chain: dba", ""),
            route("suppress: x, repeat_interval: 30s").replace(", chain: dba", ""),
            id="settings of what is suppressed",
        ),
        pytest.param(
            "routes: [{name: a, continue: true, chain: dba}, {name: b, chain: sre, continue: true}]",
            "routes: [{name: b, chain: sre, continue: true}, {name: a, continue: true, chain: dba}]",
            id="the order of pages",
        ),
        pytest.param(
            "routes: [{name: a, matchers: ['team=~\"x|y\"'], chain: dba}]",
            "routes: [{name: a, matchers: [team=x], chain: dba}, {name: b, matchers: [team=y], chain: dba}]",
            id="other matchers for the same",
        ),
        pytest.param(route("subject: on route 66"), route("subject: on route 66", "other"), id="a word"),
    ],
)
def test_what_does_the_same_is_no_change(before: str, after: str) -> None:
    assert not meaning(before, after).changes


def test_a_new_name_is_mentioned() -> None:
    assert meaning(route(), route(name="databases")).renamed == {"db": "databases"}


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("repeat_interval: 2m", ("repeats every 1m", "repeats every 2m")),
        ("expires: never", ("expires after 24h", "never expires")),
        ("group_by: [team]", ("grouped as its sender does", "grouped by team")),
        ("acknowledge: all", ("one acknowledgement ends it", "an acknowledgement by everybody ends it")),
        (
            "acknowledgement_timeout: 1h",
            ("an acknowledgement holds for ever", "an acknowledgement holds for 1h"),
        ),
        ("notify_resolved: false", ("tells when it is resolved", "does not tell when it is resolved")),
        ("resolve_hold: 5m", ("resolves held for 0s", "resolves held for 5m")),
        ("flap_limit: 9", ("flaps beyond 6 times in 1h", "flaps beyond 9 times in 1h")),
        ("active_time_intervals: [office]", ("at any hour", "only in office (Mon-Fri UTC)")),
    ],
)
def test_each_setting_is_told_in_words(after: str, said: tuple[str, str]) -> None:
    found = meaning(route(), route(after))

    assert [each for effect in found.effects for each in told(effect)] == [said]


def test_a_priority_changes_for_the_labels_for_which_it_does() -> None:
    found = meaning(route(), route("priority: high"))

    assert {area_words(change.area) for effect in found.effects for change in effect.changes} == {
        'team="db", severity="critical"',
        'team="db", severity="info"',
        'team="db", severity!="critical", severity!="info", severity!="warning"',
    }
    assert not any(effect.of_who for effect in found.effects)


def test_a_name_that_a_text_says_is_a_change() -> None:
    before, after = (route('subject: "{{ route }} is ill"', name) for name in ("db", "databases"))

    (effect,) = meaning(before, after).effects

    assert told(effect) == [("texts name the route db", "texts name the route databases")]


def test_a_step_that_never_fires_is_no_change() -> None:
    quick = "chains: {q: {steps: [{page: {group: sre}}%s]}}\nroutes: [{name: a, chain: q, expires: 10m}]"

    assert not meaning(quick % "", quick % ", {after: 10m, page: {group: dba}}").changes


def test_an_effect_has_an_example_of_few_words() -> None:
    (effect,) = meaning(route(), route("repeat_interval: 2m")).effects

    assert example(effect.changes[0]) == {"team": "db"}


def test_a_group_with_other_members_is_told_once_with_an_alert_that_pages_it() -> None:
    rules = USERS + "groups: {dba: {members: [%s]}, sre: {}}\n" + route()

    found = meaning(rules % "a@x.org", rules % "b@x.org")

    (change,) = found.everywhere
    assert (change.what, change.before, change.after) == ("group dba", "a@x.org", "b@x.org")
    assert (change.of_who, change.witness, change.pages) == (True, {"team": "db"}, 1)
    assert not found.effects


def test_contacts_are_told_by_their_number_alone() -> None:
    people = "users: [{email: a@x.org, name: A, contacts: [%s]}]"

    found = meaning(people % '"json://secret-one/"', people % '"json://secret-two/", "json://secret-three/"')

    (change,) = found.everywhere
    assert (change.what, change.before, change.after) == ("contacts of a@x.org", "1 contact", "2 contacts")
    assert "secret" not in repr(found.everywhere)


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("defaults: {stale_after: 1h}", "defaults: {stale_after: 2h}", "defaults: stale_after"),
        ("defaults: {burst: 5}", "defaults: {burst: 0}", "defaults: burst"),
        ("", "integrations: {eu: {resolve_hold: 1m}}", "integration eu"),
        ("", "namespaces: {web: [team=web]}", "namespace web"),
        ("", "heartbeats: {backup: {within: 25h}}", "heartbeat backup"),
        ("", "users: [{email: a@x.org, name: A}]", "person a@x.org"),
    ],
)
def test_what_holds_for_all_alerts_is_told_by_itself(before: str, after: str, what: str) -> None:
    found = meaning(before, after)

    assert [each.what for each in found.everywhere] == [what]
    assert not found.effects


def test_a_heartbeat_that_takes_alerts_is_an_effect() -> None:
    beats = "heartbeats: {dog: {matchers: [alertname=Watchdog], within: %s}}"

    (effect,) = meaning(beats % "10m", beats % "15m").effects

    assert told(effect) == [
        ("beat of heartbeat dog, missing after 10m", "beat of heartbeat dog, missing after 15m")
    ]
    assert area_words(effect.changes[0].area) == 'alertname="Watchdog"'


def test_a_route_that_came_beside_others_adds_a_page() -> None:
    audit = "{name: audit, matchers: ['severity=~\".+\"'], chain: sre, continue: true}, "
    rules = "routes: [%s{name: db, matchers: [team=db], chain: dba}]"

    found = meaning(rules % "", rules % audit)

    words = {area_words(change.area): told(effect) for effect in found.effects for change in effect.changes}
    assert words['severity=~".+", where another route takes it too (one of 1 further route)'] == [
        ("not at all; what else it does stays", "pages group sre")
    ]


def test_words_leave_out_what_follows_from_the_rest() -> None:
    old = "routes: [{name: a, matchers: ['env=~\"staging|dev\"'], suppress: quiet}]"
    new = "routes: [{name: a, matchers: ['env=~\"staging|dev|qa\"', 'env!=prod'], suppress: quiet}]"

    (effect,) = meaning(old, new).effects

    assert [area_words(change.area) for change in effect.changes] == ['env="qa"']

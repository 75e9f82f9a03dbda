"""Namespaces: what a team's files may name and take, and what their faults may not touch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rules.load import load
from tests.rules.writing import asked, faults_of, loaded, ruled, taken, unset, written

SHARED = """
    namespaces:
      payments: [team="payments"]
      search: ['team="search"', 'env!="dev"']
    chains:
      triage: {steps: [{page: {group: sre}}]}
    defaults: {chain: triage}
"""
PAYMENTS = """
    namespace: payments
    chains: {stripe: {steps: [{page: {group: payments}}]}}
    routes:
      - name: stripe
        matchers: [service="stripe"]
        chain: stripe
      - name: rest
        chain: stripe
"""
SEARCH = """
    namespace: search
    chains: {stripe: {steps: [{page: {group: search}}]}}
    routes: [{name: rest, chain: stripe}]
"""
BROKEN_SEARCH = SEARCH.replace("chain: stripe", "chain: stripy")


def test_a_namespace_takes_only_what_it_is_given() -> None:
    rules = ruled(a=SHARED, payments=PAYMENTS, search=SEARCH)

    assert taken(rules, team="payments", service="stripe") == ["payments/stripe"]
    assert taken(rules, team="payments") == ["payments/rest"]
    assert taken(rules, team="search") == ["search/rest"]
    assert taken(rules, team="search", env="dev") == ["default"]
    assert taken(rules, service="stripe") == ["default"]


def test_two_namespaces_may_use_one_name_for_different_things() -> None:
    rules = ruled(a=SHARED, payments=PAYMENTS, search=SEARCH)

    chains = [asked(rules, team=team)[0].terminal.chain for team in ("payments", "search")]

    assert [chain and (chain.name, chain.steps[0].targets[0].name) for chain in chains] == [
        ("payments/stripe", "payments"),
        ("search/stripe", "search"),
    ]


def test_both_have_their_own_business_hours() -> None:
    hours = """
        namespace: payments
        time_intervals:
          business_hours: [{times: [{start_time: "06:00", end_time: "12:00"}]}]
        routes: [{name: all, matchers: [team="payments"], active_time_intervals: [business_hours]}]
    """
    rules = ruled(a=hours, b=hours.replace("payments", "search").replace("06:00", "11:00"))

    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)

    assert [asked(rules, nine, team=team)[0].held for team in ("payments", "search")] == [False, True]


def test_a_namespace_sees_its_own_name_before_the_shared_one() -> None:
    rules = ruled(a=SHARED, b=SEARCH.replace("stripe", "triage"))

    chain = asked(rules, team="search")[0].terminal.chain

    assert chain is not None
    assert chain.name == "search/triage"


def test_what_defaults_name_is_always_the_shared_one() -> None:
    rules = ruled(
        a=SHARED,
        b="""
            namespace: search
            chains: {triage: {steps: [{page: {group: search}}]}}
            routes: [{name: rest}]
        """,
    )

    chain = asked(rules, team="search")[0].terminal.chain

    assert chain is not None
    assert chain.name == "triage"


def test_a_chain_of_another_namespace_is_not_seen() -> None:
    outcome = loaded(a=SHARED, b=PAYMENTS, c="namespace: search\nroutes: [{name: rest, chain: stripe}]")

    assert faults_of(outcome)[0].startswith('c.yml:2:30: chain "stripe" is not known here.')


def test_a_group_of_a_namespace_is_meant_before_one_of_the_database() -> None:
    rules = ruled(
        a="groups: {sre: {members: [a@example.com]}}",
        b="""
            namespace: payments
            groups: {oncall: {members: [jane@example.com]}}
            chains: {c: {steps: [{page: [{group: oncall}, {group: sre}, {group: elsewhere}]}]}}
        """,
    )

    targets = rules.chains["payments/c"].steps[0].targets

    assert [target.name for target in targets] == ["payments/oncall", "sre", "elsewhere"]
    assert [group.name for group in rules.groups] == ["sre", "payments/oncall"]


def test_an_unlisted_namespace_is_an_error_naming_the_listed() -> None:
    outcome = loaded(a=SHARED, b=SEARCH.replace("namespace: search", "namespace: serach"))

    assert faults_of(outcome)[0] == (
        'b.yml:2:12: namespace "serach" is not listed under namespaces in a shared file: list it there '
        'with the matchers that it may take. Did you mean "search"?'
    )


def test_without_a_list_every_namespace_may_exist() -> None:
    assert taken(ruled(a="namespace: any\nroutes: [{name: all}]"), x="y") == ["any/all"]


def test_a_failed_namespace_is_left_out_while_the_others_go_ahead() -> None:
    outcome = loaded(a=SHARED, payments=PAYMENTS, search=BROKEN_SEARCH)

    assert outcome.failed == {"search"}
    assert outcome.ruleset is not None
    assert taken(outcome.ruleset, team="payments") == ["payments/rest"]
    assert taken(outcome.ruleset, team="search") == ["default"]
    assert "routes nothing" in outcome.findings[-1].message


def test_a_failed_namespace_keeps_its_last_good_files() -> None:
    good = written(a=SHARED, payments=PAYMENTS, search=SEARCH)

    outcome = load(
        written(a=SHARED, payments=PAYMENTS.replace("rest", "new"), search=BROKEN_SEARCH), unset, good
    )

    assert outcome.ruleset is not None
    assert taken(outcome.ruleset, team="payments") == ["payments/new"]
    assert taken(outcome.ruleset, team="search") == ["search/rest"]
    assert outcome.findings[-1].message.startswith("namespace search keeps its last good version")
    assert outcome.sources is not None
    assert outcome.sources.files["search.yml"] == good.files["search.yml"]


def test_what_is_in_force_can_be_kept_and_loaded_again() -> None:
    good = written(a=SHARED, search=SEARCH)
    outcome = load(written(a=SHARED, payments=PAYMENTS, search=BROKEN_SEARCH), unset, good)
    assert outcome.sources is not None

    again = load(type(good).from_json(outcome.sources.to_json()), unset)

    assert again.findings == ()
    assert again.ruleset is not None
    assert outcome.ruleset is not None
    assert again.ruleset.revision == outcome.ruleset.revision


@pytest.mark.parametrize(
    "broken", ["namespace: search\nroutes: [", "routes: [", "namespace: search\na: \x01"]
)
def test_a_file_that_is_not_yaml_fails_its_own_namespace(broken: str) -> None:
    good = written(a=SHARED, search=SEARCH)

    outcome = load(written(a=SHARED, payments=PAYMENTS, search=broken), unset, good)

    assert outcome.failed == {"search"}
    assert outcome.ruleset is not None
    assert taken(outcome.ruleset, team="search") == ["search/rest"]


def test_a_shared_file_that_fails_changes_nothing() -> None:
    good = written(a=SHARED, payments=PAYMENTS)

    outcome = load(written(a=SHARED.replace("sre", "sre}"), payments=PAYMENTS), unset, good)

    assert outcome.ruleset is None
    assert outcome.sources is None
    assert "" in outcome.failed


def test_a_shared_change_that_breaks_a_namespace_changes_nothing() -> None:
    used = PAYMENTS.replace("chain: stripe", "chain: triage")
    good = written(a=SHARED, payments=used)

    outcome = load(written(a=SHARED.replace("triage", "renamed"), payments=used), unset, good)

    assert outcome.ruleset is None
    assert outcome.failed == {"", "payments"}
    assert any("the kept version fails too" in found.message for found in outcome.findings)


def test_a_file_that_changes_hands_while_its_old_namespace_fails_changes_nothing() -> None:
    good = written(a=SHARED, b=SEARCH)

    outcome = load(written(a=SHARED, b="routes: []", c=BROKEN_SEARCH), unset, good)

    assert outcome.ruleset is None
    assert outcome.findings[-1].code == "nothing-changed"


def test_no_files_at_all_are_an_error() -> None:
    outcome = loaded()

    assert outcome.ruleset is None
    assert "there are no rule files" in faults_of(outcome)[0]


def test_names_given_twice_name_both_places_across_files() -> None:
    outcome = loaded(a="routes: [{name: x}]", b="\nroutes: [{name: x}]")

    assert faults_of(outcome) == ['b.yml:2:17: route "x" is already given at a.yml:1:17: rename one of them.']


def test_routes_are_tried_in_the_order_of_paths() -> None:
    rules = ruled(b="routes: [{name: second}]", a="routes: [{name: first, continue: true}]")

    assert taken(rules) == ["first", "second"]


def test_what_a_file_that_is_no_yaml_may_name_is_not_called_unknown() -> None:
    outcome = loaded(
        a="chains: {c: {steps: [{page: {group: g}}]}\n",
        b="namespace: t\nroutes: [{name: r, chain: c, active_time_intervals: [office]}]\n",
    )

    assert [found.code for found in outcome.errors] == ["bad-yaml"]

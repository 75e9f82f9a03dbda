"""The rule file that an import writes: names, chains, comments where something stays behind."""

from __future__ import annotations

import json
import random
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.formatting.canonical import canonical
from rules.importing.naming import Taken, described, tidy
from rules.importing.recipients import ChoiceError, make_recipients, read_choices
from rules.matchers import parse_matchers
from rules.model import Target
from tests.rules.directory import GOLDEN
from tests.rules.importing import imported
from tests.rules.senders import configuration
from tests.rules.writing import loaded

SHAPE = """\
global: {slack_api_url: https://hooks.slack.com/services/hunter2}
templates: [/etc/alertmanager/*.tmpl]
route:
  receiver: sre
  group_by: [alertname, cluster]
  group_wait: 1m
  repeat_interval: 12h
  routes:
    - receiver: "null"
      matchers: [alertname=~"Watchdog|InfoInhibitor"]
    - match: {team: payments}
      match_re: {service: stripe|ledger}
      receiver: team/payments
      group_by: ['...']
      continue: true
      mute_time_intervals: [weekends]
      routes:
        - matchers: ['severity="critical", env!~"dev.*"', '{region=""}']
          group_interval: 500ms
          active_time_intervals: [office/london]
    - receiver: "null"
      matchers: [env="dev"]
      mute_time_intervals: [weekends]
      routes:
        - receiver: sre
          matchers: [severity="critical"]
          continue: true
          repeat_interval: 1h
        - receiver: team/payments
          matchers: [team="payments", "note=\\"it's, [so]\\""]
    - match: {env: dev, severity: critical}
receivers:
  - name: sre
    pagerduty_configs: [{routing_key: hunter2}]
    slack_configs: [{channel: '#sre'}, {channel: '#all'}]
  - name: team/payments
    email_configs: [{to: 'Jane Smith <Jane@Example.com>, omar.haddad@example.com'}]
  - name: "null"
  - name: "old\\n- name: evil"
mute_time_intervals:
  - name: weekends
    time_intervals: [{weekdays: ['saturday', 'sunday']}]
time_intervals:
  - name: office/london
    time_intervals:
      - times: [{start_time: 09:00, end_time: 17:00}]
        weekdays: ['monday:friday']
        location: Europe/London
      - {}
  - name: unused
inhibit_rules:
  - {source_match: {severity: critical}, target_match_re: {severity: warning|info}, equal: [alertname]}
"""


@pytest.mark.parametrize("name", ["imported.yml", "imported.test.yml"])
def test_what_is_written_is_what_people_read(name: str) -> None:
    done = imported(SHAPE)

    written = done.text if name == "imported.yml" else done.cases()

    assert written == (GOLDEN / "import" / name).read_text(encoding="utf-8")


def test_no_secret_is_written() -> None:
    assert "hunter2" not in imported(SHAPE).text


def test_a_topmost_route_that_notifies_nobody_becomes_a_last_route_that_suppresses() -> None:
    done = imported(
        """\
        route: {receiver: nobody, routes: [{receiver: sre, match: {a: b}}]}
        receivers: [{name: nobody}, {name: sre, slack_configs: [{}]}]
        """
    )

    assert [(route.name, route.suppress) for route in done.plan.routes] == [
        ("b", None),
        ("rest", "receiver nobody of Alertmanager notifies nobody"),
    ]
    assert "defaults" not in done.text


def test_there_is_no_rest_where_a_child_takes_everything() -> None:
    done = imported(
        """\
        route: {receiver: nobody, routes: [{receiver: sre, continue: true}]}
        receivers: [{name: nobody}, {name: sre, slack_configs: [{}]}]
        """
    )

    assert [route.name for route in done.plan.routes] == ["sre"]
    assert done.proof().is_whole


def test_hours_that_never_come_stay_hours() -> None:
    done = imported(
        """\
        route: {receiver: a, routes: [{match: {b: c}, active_time_intervals: [never]}]}
        receivers: [{name: a, slack_configs: [{}]}]
        time_intervals: [{name: never}]
        """
    )

    assert done.ruleset.time_intervals["never"].intervals[0].times == ()


@pytest.mark.parametrize(
    ("matchers", "name"),
    [
        ('team="payments", severity="critical"', "payments-critical"),
        ('env=~"staging|dev"', "staging-dev"),
        ('service=~"^(foo1|foo2).*$"', "foo1-foo2"),
        ('env!="prod"', "not-prod"),
        ('env!~"dev.*"', "not-dev"),
        ('team=""', "no-team"),
        ('team!=""', "any-team"),
        ('team=~".+"', "any-team"),
        ('team!~".+"', "no-team"),
        ('path="/var/lib"', "var-lib"),
        ('a="x", b="x"', "x"),
        ('team="Zahlungen für alle"', "Zahlungen-für-alle"),
        ("", ""),
    ],
)
def test_routes_are_named_by_what_they_ask_for(matchers: str, name: str) -> None:
    assert described(parse_matchers(matchers) if matchers else ()) == name


def test_names_are_given_once() -> None:
    taken = Taken(("default",))

    assert [taken.claim("a"), taken.claim("a", "b-a"), taken.claim("A", "b-a"), taken.claim("a")] == [
        "a",
        "b-a",
        "b-a-2",
        "a-2",
    ]
    assert taken.claim("Default") == "Default-2"
    assert len(taken.claim("x" * 300)) == len(taken.claim("x" * 300)[:60])


@pytest.mark.parametrize(
    ("given", "name"), [("team/sre", "team-sre"), (" a b ", "a-b"), ("☃", "unnamed"), ("a" * 200, "a" * 60)]
)
def test_names_are_made_such_as_rules_may_have(given: str, name: str) -> None:
    assert tidy(given) == name


RECEIVERS = """\
route: {receiver: a, routes: [{receiver: b, match: {x: y}}, {receiver: All, match: {x: z}}]}
receivers:
  - {name: a, slack_configs: [{}]}
  - {name: b, email_configs: [{to: jane@example.com}]}
  - {name: All, slack_configs: [{}]}
"""


def test_a_receiver_is_a_group_of_its_name_unless_chosen_otherwise() -> None:
    done = imported(RECEIVERS, "a=group:sre,user:Jane@Example.com", "b=suppress")

    assert done.recipients["a"].targets == (Target("group", "sre"), Target("user", "jane@example.com"))
    assert done.recipients["b"].chain is None
    assert done.recipients["All"].targets == (Target("group", "All-pagers"),)
    assert done.plan.routes[0].suppress == "receiver b of Alertmanager is to page nobody"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("sre", "'sre' must be NAME=group:GROUP, NAME=user:E-MAIL or NAME=suppress."),
        ("a=sre", "'a=sre': 'sre' is neither group:NAME nor user:E-MAIL. Correct it."),
        ("a=user:jane", "'a=user:jane': 'user:jane' is neither group:NAME nor user:E-MAIL. Correct it."),
        ("bb=suppress", "there is no receiver 'bb'. Did you mean \"b\"?"),
    ],
)
def test_a_choice_that_cannot_be_meant_is_refused(choice: str, message: str) -> None:
    receivers = imported(RECEIVERS).sender.receivers

    with pytest.raises(ChoiceError) as refused:
        make_recipients(receivers, read_choices([choice]))

    assert str(refused.value) == message


def test_a_receiver_is_chosen_for_once() -> None:
    with pytest.raises(ChoiceError, match="given twice"):
        read_choices(["a=suppress", "a=group:b"])


def test_addresses_are_a_roster_to_be_uncommented() -> None:
    done = imported(RECEIVERS)
    roster = dedent(done.text.partition("guessed from addresses.\n")[2].replace("# ", ""))

    outcome = loaded(imported=done.text + roster)

    assert '- {email: jane@example.com, name: Jane, contacts: ["${JANE_CONTACT}"]}' in roster
    assert outcome.errors == ()
    assert outcome.ruleset is not None
    assert [group.name for group in outcome.ruleset.groups] == ["a", "b", "All-pagers"]


@settings(max_examples=40)
@given(st.randoms(use_true_random=False))
def test_what_is_written_is_in_canonical_form(rng: random.Random) -> None:
    done = imported(json.dumps(configuration(rng)))

    assert canonical(done.text, "imported.yml") == done.text
    assert canonical(done.cases(), "imported.test.yml") == done.cases()

from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import START, Desk, body, firing, outcomes, resolved

GROUP = '{}:{alertname="Disk"}'


def test_new_alerts_of_one_webhook_and_route_become_one_page(desk: Desk) -> None:
    answer = desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP))
    (page,) = desk.pages()
    assert outcomes(answer) == [("created", page.id), ("created", page.id)]
    assert (page.status, page.route, page.alert_count) == ("active", "default", 2)
    assert desk.told(page.id) == [("Alice", "page")]


def test_alerts_of_two_routes_in_one_webhook_become_two_pages(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), firing("Disk", zone="eu"), group=GROUP))
    assert sorted(page.route for page in desk.pages()) == ["default", "zones"]


def test_an_alert_that_two_routes_take_has_two_incidents_and_two_pages(desk: Desk) -> None:
    answer = desk.post(body(firing("Login", audit="yes"), group=GROUP))
    audit, login = sorted(desk.pages(), key=lambda page: page.route)
    assert [(alert.outcome, alert.route, alert.page_id) for alert in answer.alerts] == [
        ("created", "audit", audit.id),
        ("created", "login", login.id),
    ]
    assert (desk.told(audit.id), desk.told(login.id)) == ([("Carol", "page")], [("Alice", "page")])
    assert len(desk.open_incidents()) == 2


def test_a_new_alert_of_the_group_joins_its_active_page(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    desk.pass_time(minutes=3)
    answer = desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP))
    (page,) = desk.pages()
    assert sorted(outcomes(answer)) == [("joined", page.id), ("reminder", page.id)]
    assert desk.page(page.id).alert_count == 2
    assert "joined" in desk.timeline(page.id)


def test_a_new_alert_of_another_group_opens_its_own_page(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.post(body(firing("Load"), group='{}:{alertname="Load"}'))
    assert len(desk.pages()) == 2


def test_groups_of_two_integrations_do_not_meet(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    desk.post(body(firing("Disk"), group=GROUP), "prometheus-us")
    assert len(desk.pages()) == 2


def test_joining_raises_the_priority_and_tells_at_once(desk: Desk) -> None:
    desk.post(body(firing("Disk", severity="warning"), group=GROUP))
    desk.pass_time(seconds=10)
    desk.post(body(firing("Disk", severity="critical"), group=GROUP))
    (page,) = desk.pages()
    assert page.priority == "critical"
    assert desk.told(page.id) == [("Alice", "page"), ("Alice", "joined")]


def test_a_page_takes_the_highest_priority_of_its_alerts(desk: Desk) -> None:
    alerts = [firing("Disk", severity=severity) for severity in ("info", "critical", "warning")]
    desk.post(body(*alerts, group=GROUP))
    assert [page.priority for page in desk.pages()] == ["critical"]


def test_a_new_alert_joins_an_acknowledged_page_and_tells_the_holder_once(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    (page,) = desk.pages()
    desk.acknowledge(page.id)
    desk.pass_time(minutes=10)
    answer = desk.post(body(firing("Disk", START + timedelta(minutes=9), instance="b"), group=GROUP))
    desk.pass_time(hours=1)
    desk.tick()
    assert outcomes(answer) == [("joined", page.id)]
    assert desk.told(page.id) == [("Alice", "page"), ("Alice", "joined")]
    assert desk.page(page.id).status == "acknowledged"


def test_a_higher_priority_than_the_acknowledged_pages_opens_a_new_page_linked_to_it(desk: Desk) -> None:
    desk.post(body(firing("Disk", severity="warning"), group=GROUP))
    (old,) = desk.pages()
    desk.acknowledge(old.id)
    desk.pass_time(minutes=10)
    answer = desk.post(body(firing("Disk", severity="critical"), group=GROUP))
    new = desk.pages()[-1]
    assert outcomes(answer) == [("created", new.id)]
    assert (new.linked_page_id, new.status, new.priority) == (old.id, "active", "critical")
    assert desk.page(old.id).status == "acknowledged"


def test_the_same_alert_through_a_second_receiver_joins_the_open_page(desk: Desk) -> None:
    """[33]: one alert sent through two receivers is two askings, and one page of a route."""
    first = desk.post(body(firing("Fan"), receiver="fan-a", group="{}/{a}:{}"))
    second = desk.post(body(firing("Fan"), receiver="fan-b", group="{}/{b}:{}"))
    (page,) = desk.pages()
    assert outcomes(first) + outcomes(second) == [("created", page.id), ("joined", page.id)]
    assert len(desk.open_incidents()) == 2


def test_a_page_heard_through_two_receivers_closes_when_both_have_resolved(desk: Desk) -> None:
    for receiver in ("fan-a", "fan-b"):
        desk.post(body(firing("Fan"), receiver=receiver, group=receiver))
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Fan", desk.now), receiver="fan-a", group="fan-a"))
    (page,) = desk.pages()
    assert page.status == "active"
    desk.post(body(resolved("Fan", desk.now), receiver="fan-b", group="fan-b"))
    assert (desk.page(page.id).status, desk.page(page.id).closed_reason) == ("cancelled", "resolved")


def test_a_page_stays_open_until_its_last_alert_resolves(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), firing("Disk", instance="b"), group=GROUP))
    (page,) = desk.pages()
    desk.pass_time(minutes=5)
    half = desk.post(
        body(resolved("Disk", desk.now, instance="a"), firing("Disk", instance="b"), group=GROUP)
    )
    assert sorted(outcomes(half)) == [("reminder", page.id), ("resolved", page.id)]
    assert desk.page(page.id).status == "active"
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now, instance="b"), group=GROUP))
    closed = desk.page(page.id)
    assert (closed.status, closed.closed_reason) == ("cancelled", "resolved")
    assert desk.told(page.id) == [("Alice", "page"), ("Alice", "resolved")]


def test_an_acknowledged_page_stays_acknowledged_when_it_closes(desk: Desk) -> None:
    desk.post(body(firing("Disk"), group=GROUP))
    (page,) = desk.pages()
    desk.acknowledge(page.id)
    desk.pass_time(minutes=5)
    desk.post(body(resolved("Disk", desk.now), group=GROUP))
    closed = desk.page(page.id)
    assert (closed.status, closed.closed_reason, closed.closed_at) == ("acknowledged", "resolved", desk.now)


def test_a_resolve_and_a_new_alert_in_one_body_keep_the_page_open(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    (page,) = desk.pages()
    desk.pass_time(minutes=5)
    desk.post(
        body(resolved("Disk", desk.now, instance="a"), firing("Disk", desk.now, instance="b"), group=GROUP)
    )
    assert [row.status for row in desk.pages()] == ["active"]
    assert [row.page_id for row in desk.open_incidents()] == [page.id]


def test_a_new_alert_never_joins_an_acknowledged_page_that_ends_in_the_same_body(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    (old,) = desk.pages()
    desk.acknowledge(old.id)
    desk.pass_time(minutes=5)
    answer = desk.post(
        body(resolved("Disk", desk.now, instance="a"), firing("Disk", desk.now, instance="b"), group=GROUP)
    )
    new = desk.pages()[-1]
    assert new.id != old.id
    assert sorted(outcomes(answer)) == [("created", new.id), ("resolved", old.id)]
    assert desk.page(old.id).closed_reason == "resolved"


def test_an_edited_group_key_changes_nothing_for_open_incidents(desk: Desk) -> None:
    """Section 2: `groupKey` changes when routes are edited."""
    desk.post(body(firing("Disk"), group=GROUP))
    answer = desk.post(body(firing("Disk"), group='{}/{team="db"}:{alertname="Disk"}'))
    (page,) = desk.pages()
    assert outcomes(answer) == [("reminder", page.id)]
    desk.pass_time(minutes=1)
    desk.post(body(resolved("Disk", desk.now), group='{}/{team="web"}:{}'))
    assert desk.page(page.id).closed_reason == "resolved"


def test_edited_rules_change_nothing_for_open_incidents(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    (page,) = desk.pages()
    desk.change_rules(
        "defaults: {chain: leads}\nchains: {leads: {steps: [{page: {group: leads}}]}}\n"
        'routes: [{name: everything, matchers: [alertname=~".+"]}]\n'
    )
    assert outcomes(desk.post(body(firing("Disk", instance="a"), group=GROUP))) == [("reminder", page.id)]
    desk.pass_time(minutes=5)
    desk.tick()
    assert ("Bob", "escalation") in desk.told(page.id)


def test_two_ha_twins_at_the_same_moment_make_one_page(desk: Desk) -> None:
    """[41], [42]"""
    twins = [desk.webhook(body(firing("Disk"), group=GROUP, url=f"http://am-{peer}:9093")) for peer in (0, 1)]
    answers = desk.take(*twins)
    (page,) = desk.pages()
    assert sorted(outcomes(answers[0]) + outcomes(answers[1])) == [
        ("created", page.id),
        ("reminder", page.id),
    ]


def test_many_webhooks_of_one_group_at_the_same_moment_make_one_page(desk: Desk) -> None:
    together = [desk.webhook(body(firing("Disk", instance=str(n)), group=GROUP)) for n in range(20)]
    desk.take(*together)
    (page,) = desk.pages()
    assert {row.page_id for row in desk.open_incidents()} == {page.id}
    assert len(desk.open_incidents()) == desk.page(page.id).alert_count == 20


def test_a_joining_alert_moves_the_expiry_of_the_page(desk: Desk) -> None:
    desk.post(body(firing("Disk", brief="yes", instance="a"), group=GROUP))
    desk.pass_time(minutes=9)
    desk.post(body(firing("Disk", brief="yes", instance="b"), group=GROUP))
    desk.pass_time(minutes=2)
    desk.tick()
    (page,) = desk.pages()
    assert (page.status, page.expires_at) == ("active", START + timedelta(minutes=19))


def test_a_new_outage_never_joins_the_old_ones_page_through_another_receiver(desk: Desk) -> None:
    """[38], [39] with two receivers: what the other one still says is of the old outage."""
    for receiver in ("fan-a", "fan-b"):
        desk.post(body(firing("Fan"), receiver=receiver, group=receiver))
    (old,) = desk.pages()
    desk.acknowledge(old.id)
    desk.pass_time(hours=4)
    later = firing("Fan", START + timedelta(hours=3))
    first = desk.post(body(later, receiver="fan-b", group="fan-b"))
    second = desk.post(body(later, receiver="fan-a", group="fan-a"))
    new = desk.pages()[-1]
    assert outcomes(first) + outcomes(second) == [("created", new.id), ("joined", new.id)]
    assert new.status == "active"
    assert desk.page(old.id).closed_reason == "resolved"


def test_one_who_acknowledges_before_a_repeat_spoke_of_the_joined_alert_is_told_of_it(desk: Desk) -> None:
    """The message in hand names only the first alert, and repeats end with the acknowledgement."""
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    (page,) = desk.pages()
    desk.pass_time(seconds=20)
    desk.post(body(firing("Disk", instance="b"), group=GROUP))
    desk.pass_time(seconds=10)
    desk.acknowledge(page.id)
    assert desk.told(page.id) == [("Alice", "page"), ("Alice", "joined")]


def test_one_who_acknowledges_after_the_repeat_is_not_told_again(desk: Desk) -> None:
    desk.post(body(firing("Disk", instance="a"), group=GROUP))
    (page,) = desk.pages()
    desk.pass_time(seconds=20)
    desk.post(body(firing("Disk", instance="b"), group=GROUP))
    desk.pass_time(seconds=40)
    desk.tick()
    desk.acknowledge(page.id)
    desk.acknowledge(page.id)
    assert desk.told(page.id) == [("Alice", "page"), ("Alice", "repeat")]

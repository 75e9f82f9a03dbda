from __future__ import annotations

from datetime import timedelta

from tests.intake.desk import START, Desk, body, firing, outcomes, resolved

GROUP = '{}:{alertname="Disk"}'


def test_a_suppressed_alert_pages_nobody_and_says_by_which_route_and_why(desk: Desk) -> None:
    answer = desk.post(body(firing("Disk", env="staging"), group=GROUP))
    (said,) = answer.alerts
    assert (said.outcome, said.route, said.reason) == (
        "suppressed",
        "staging",
        "only production wakes people",
    )
    assert desk.pages() == []
    (row,) = desk.incidents()
    assert (row.outcome, row.route, row.reason) == ("suppressed", "staging", "only production wakes people")


def test_a_suppressed_alert_stays_suppressed_and_is_heard_again(desk: Desk) -> None:
    desk.post(body(firing("Disk", env="staging"), group=GROUP))
    desk.pass_time(hours=4)
    desk.post(body(firing("Disk", env="staging"), group=GROUP))
    desk.tick()
    assert desk.pages() == []
    assert [row.last_heard_at for row in desk.incidents()] == [desk.now]


def test_a_suppressed_alert_ends(desk: Desk) -> None:
    desk.post(body(firing("Disk", env="staging"), group=GROUP))
    desk.pass_time(minutes=5)
    answer = desk.post(body(resolved("Disk", desk.now, env="staging"), group=GROUP))
    assert outcomes(answer) == [("resolved", None)]
    assert desk.open_incidents() == []


def test_a_suppressed_and_a_paged_alert_in_one_body_go_their_ways(desk: Desk) -> None:
    answer = desk.post(body(firing("Disk", env="staging"), firing("Disk", env="live"), group=GROUP))
    (page,) = desk.pages()
    assert sorted(outcomes(answer), key=str) == [("created", page.id), ("suppressed", None)]
    assert page.alert_count == 1


def test_a_new_episode_after_the_suppression_was_lifted_pages(desk: Desk) -> None:
    desk.post(body(firing("Disk", env="staging"), group=GROUP))
    desk.change_rules("defaults: {chain: triage}\nchains: {triage: {steps: [{page: {group: on call}}]}}\n")
    desk.pass_time(hours=4)
    answer = desk.post(body(firing("Disk", START + timedelta(hours=3), env="staging"), group=GROUP))
    assert [outcome for outcome, _ in outcomes(answer)] == ["created"]


def test_suppressed_alerts_are_stored_in_one_order_so_that_processes_do_not_wait_for_each_other(
    desk: Desk,
) -> None:
    alerts = [firing("Disk", env="staging", instance=str(number)) for number in range(20)]
    desk.post(body(*alerts, group=GROUP))
    desk.post(body(*reversed(alerts), group=GROUP, receiver="other"))
    first, second = ([row.fingerprint for row in desk.incidents()][at : at + 20] for at in (0, 20))
    assert first == second

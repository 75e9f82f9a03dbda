"""`history export` and `rules backtest`: a history that the server took, out of its database and replayed."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import secrets
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from router.store.engine import Database
from router.store.writer import Writer
from rules.history import Alert, End, Header, Record, Webhook, line_of, read
from tests.backtest.life import Life, deliver_everything
from tests.cli.running import Pingparrot
from tests.intake.desk import RULES, START, Desk, body, build_desk, firing, resolved

SINCE = ("--since", "2026-03-01", "--until", "2026-04-01")
OTHER_CHAIN = RULES.replace("page: {group: on call}", "page: {group: leads}")
FILE = "pingparrot-history.jsonl.gz"


@pytest.fixture
def desk(installed: Pingparrot, database: Database, writer: Writer, tmp_path: Path) -> Desk:
    """A server of the database that the command line works on, and its rules in `rules.yml`."""
    return build_desk(database, writer, tmp_path)


def an_outage(desk: Desk) -> None:
    """Let the disk be full for an hour; Alice acknowledges after seven minutes."""
    desk.post(body(firing("Disk", severity="critical", instance="db-1"), group="disks"))
    desk.look_on(minutes=7)
    desk.acknowledge(1)
    desk.look_on(minutes=53)
    desk.post(body(resolved("Disk", desk.now, severity="critical", instance="db-1"), group="disks"))
    deliver_everything(desk)


def exported(pingparrot: Pingparrot, *words: str) -> list[Record]:
    ran = pingparrot("history", "export", *SINCE, *words)
    assert ran.code == 0, ran
    with gzip.open(FILE) as lines:
        return list(read(lines))


def figures(pingparrot: Pingparrot, rules: str = "rules.yml", *words: str) -> Any:
    ran = pingparrot("rules", "backtest", rules, "--format", "json", *words)
    assert ran.code == 0, ran
    return ran.document


def without_pages(side: Any) -> Any:
    """Return one side's figures; the numbers of pages and the chains of their ends are its own."""
    return {name: value for name, value in side.items() if name != "pages"}


def test_an_export_tells_what_came_and_what_became_of_it(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)
    desk.post(b"no JSON")

    ran = installed("history", "export", *SINCE)

    assert ran.code == 0, ran
    assert {"webhooks": 2, "alerts": 2, "pages": 1, "quarantined": 1}.items() <= ran.json.items()
    assert Path(FILE).stat().st_mode & 0o777 == 0o600
    header, people, page, first, last, end = exported(installed)
    assert isinstance(header, Header)
    assert people.groups["on call"] == ["alice@example.com"]  # type: ignore[union-attr]
    assert [told.person for told in page.told] == ["alice@example.com", "bob@example.com"]  # type: ignore[union-attr]
    assert page.told[0].sent == [0, 60, 120, 180, 240, 300, 360, 420, 3600]  # type: ignore[union-attr]
    assert isinstance(first, Webhook)
    assert isinstance(last, Webhook)
    assert (first.group_key, first.alerts[0].labels["instance"]) == ("disks", "db-1")
    assert (last.alerts[0].status, last.at) == ("resolved", desk.now)
    assert end == End(2, 2, 1, 1)


def test_the_same_rules_do_what_was_done(installed: Pingparrot, desk: Desk) -> None:
    Life(desk, 5).live(12)
    deliver_everything(desk)
    ends = ("--until", f"{desk.now + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}")
    assert installed("history", "export", "--since", "2026-03-01", *ends).code == 0

    of_file = figures(installed, "rules.yml", "--history", FILE)
    of_database = figures(installed, "rules.yml", "--since", "2026-03-01", *ends)

    assert without_pages(of_file["simulated"]) == without_pages(of_file["happened"])
    assert of_file["simulated"]["pages_opened"] > 0
    assert of_file["differences"] == ["Everybody would hear just as often as they did."]
    assert of_database == of_file


def test_another_chain_shows(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)
    Path("other.yml").write_text(OTHER_CHAIN)

    ran = installed("rules", "backtest", "other.yml", *SINCE)

    assert ran.code == 0, ran
    # Carol is told at once and each minute, and acknowledges when Alice really did; Bob, after five minutes.
    assert "* alice@example.com would be told 9 times less (9 → 0)." in ran.out
    assert "* carol@example.com would be told 9 times more (0 → 9)." in ran.out
    assert "bob@example.com would" not in ran.out


def test_markdown_and_text_tell_of_the_same_figures(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)

    ran = installed("rules", "backtest", "rules.yml", *SINCE, "--format", "markdown")

    assert "| alice@example.com | 9 | 0 | 0 | 0 | 1 |" in ran.out.replace("\\", "")


def test_nights_are_counted_in_the_zone_that_is_asked_for(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)  # at noon, UTC

    by_day = figures(installed, "rules.yml", *SINCE)
    by_night = figures(installed, "rules.yml", *SINCE, "--time-zone", "Asia/Tokyo", "--night", "21:00-06:00")

    assert by_day["simulated"]["total"]["nights"] == 0
    assert by_night["simulated"]["total"]["nights"] == 2  # Alice's and Bob's
    assert by_night["happened"]["total"]["at_night"] == by_night["happened"]["total"]["messages"]


@pytest.mark.parametrize("after", ["never", "3m"])
def test_pages_that_nobody_really_had_are_acknowledged_as_asked(
    installed: Pingparrot, desk: Desk, after: str
) -> None:
    desk.post(body(firing("Test", env="staging"), group="staging"))
    deliver_everything(desk)
    loud = RULES.replace("suppress: only production wakes people", "expires: 1h")
    Path("loud.yml").write_text(loud)

    found = figures(installed, "loud.yml", *SINCE, "--acknowledge-after", after)

    (page,) = found["simulated"]["pages"]
    # Until it expires; or, acknowledged after its third repeat, until two days without a word have ended it.
    assert page["told"][0]["times"] == (60 if after == "never" else 4 + 1)
    assert any("that nobody really had" in sentence for sentence in found["assumes"])


def test_a_hashed_export_routes_alike_and_says_nothing_else(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)
    desk.post(
        body(
            firing("Link", zone="eu", instance="db-1", owner="Secret", severity="info"), group="secret group"
        )
    )
    deliver_everything(desk)
    plain = figures(installed, "rules.yml", *SINCE)

    exported(installed, "--hash", "--hash-people")
    hashed = figures(installed, "rules.yml", "--history", FILE)
    text = gzip.decompress(Path(FILE).read_bytes()).decode()

    assert not any(word in text for word in ("db-1", "Secret", "secret group", "alice", "not well"))
    assert hashed["simulated"]["total"] == plain["simulated"]["total"]
    assert [one["route"] for one in hashed["simulated"]["routes"]] == [
        one["route"] for one in plain["simulated"]["routes"]
    ]


def test_hashes_are_the_same_within_an_export_and_others_in_the_next(
    installed: Pingparrot, desk: Desk
) -> None:
    an_outage(desk)

    first, second = ([one for one in exported(installed, "--hash") if isinstance(one, Webhook)] for _ in "12")

    assert first[0].alerts[0].labels == first[1].alerts[0].labels
    assert first[0].alerts[0].fingerprint == first[1].alerts[0].fingerprint
    assert first[0].alerts[0].labels["instance"] != second[0].alerts[0].labels["instance"]
    assert first[0].alerts[0].labels["severity"] == "critical"  # by which priorities are found


def test_alerts_that_fired_before_the_history_begins_are_in_it(installed: Pingparrot, desk: Desk) -> None:
    desk.post(body(firing("Disk"), group="disks"))
    desk.look_on(minutes=2)
    desk.acknowledge(1)
    desk.look_on(minutes=58)
    since = f"{desk.now:%Y-%m-%dT%H:%M:%SZ}"
    desk.post(body(firing("Disk"), firing("Disk", START + timedelta(hours=1), instance="b"), group="disks"))
    deliver_everything(desk)

    ran = installed("history", "export", "--since", since, "--until", "2026-03-04")
    assert ran.code == 0, ran
    found = figures(installed, "rules.yml", "--history", FILE)

    assert found["simulated"]["pages_opened"] == 0
    assert found["simulated"]["total"]["messages"] == found["happened"]["total"]["messages"] == 1


def test_an_export_of_another_organisation_has_nothing_of_ours(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)
    assert installed("group", "add", "theirs", "--org", "other").code == 0

    records = exported(installed, "--org", "other")

    assert records[-1] == End(0, 0, 0, 0)
    assert "alice" not in str(records)
    assert installed("history", "export", "--org", "nobody").code == 1


def test_an_export_may_go_down_a_pipe(installed: Pingparrot, desk: Desk) -> None:
    an_outage(desk)
    words = [sys.executable, "-m", "router.cli", "history", "export", *SINCE, "--output", "-"]

    piped = subprocess.run(words, capture_output=True, check=True)

    assert len(list(read(gzip.decompress(piped.stdout).splitlines(keepends=True)))) == 6


def test_an_export_that_is_killed_leaves_what_was_there(installed: Pingparrot, desk: Desk) -> None:
    for number in range(40):
        desk.pass_time(microseconds=1)
        desk.post(body(firing("Disk", noise=secrets.token_hex(500)), group=str(number)))
    Path(FILE).write_bytes(b"the one before")
    os.mkfifo(f".{FILE}.part")  # nobody reads: it is killed while it writes
    words = [sys.executable, "-m", "router.cli", "history", "export", *SINCE]
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    reader = os.open(f".{FILE}.part", os.O_RDONLY)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4_096)
    assert os.read(reader, 10)

    process.send_signal(signal.SIGKILL)
    process.communicate()
    os.close(reader)

    assert Path(FILE).read_bytes() == b"the one before"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"no history\n", "line 1: JSON is malformed"),
        (line_of(Header(1, START, START + timedelta(1))), "line 2: the file ends before its end"),
        (
            line_of(Header(1, START, START + timedelta(1))) + b'{"at": 1}\n',
            "line 2: Expected `datetime`, got `int`",
        ),
    ],
)
def test_a_bad_history_says_where(pingparrot: Pingparrot, text: bytes, said: str) -> None:
    Path("rules.yml").write_text(RULES)
    Path("bad.jsonl").write_bytes(text)

    ran = pingparrot("rules", "backtest", "rules.yml", "--history", "bad.jsonl")

    assert ran.code == 1
    assert f"bad.jsonl: {said}" in ran.err
    assert "Traceback" not in ran.err


def test_a_history_of_another_tool_needs_no_people_and_no_database(pingparrot: Pingparrot) -> None:
    Path("rules.yml").write_text(RULES)
    webhook = Webhook(START, "eu", "alertmanager", [Alert("firing", "f1", {"alertname": "Disk"})])
    records = (Header(1, START, START + timedelta(hours=1)), webhook, End(1, 1, 0))
    Path("history.jsonl").write_bytes(b"".join(map(line_of, records)))

    found = figures(pingparrot, "rules.yml", "--history", "history.jsonl")

    assert [one["person"] for one in found["simulated"]["people"]] == ["group on call", "group second"]
    assert found["happened"] is None
    assert "group counts as one person" in json.dumps(found["assumes"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "soon"), "--since 'soon' is no time"),
        (("--since", "1h", "--until", "2h"), "--since must be before --until"),
        (("--night", "late"), "write it as 22:00-07:00"),
        (("--time-zone", "Mars/Olympus"), "IANA name"),
        (("--acknowledge-after", "soon"), "is no duration"),
    ],
)
def test_a_wrong_option_says_what_it_may_be(
    pingparrot: Pingparrot, words: tuple[str, ...], said: str
) -> None:
    Path("rules.yml").write_text(RULES)

    ran = pingparrot("rules", "backtest", "rules.yml", *words)

    assert ran.code == 2
    assert said in " ".join(ran.err.replace("│", " ").split())


def test_rules_that_do_not_load_are_shown(pingparrot: Pingparrot) -> None:
    Path("rules.yml").write_text("routes: [{name: a, chian: b}]")

    ran = pingparrot("rules", "backtest", "rules.yml")

    assert ran.code == 1
    assert "rules.yml:1:20: error" in ran.err

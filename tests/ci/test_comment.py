"""`rules comment`: one comment on a pull or merge request, posted once and then brought up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ci.forges import TOKEN, Forge, GitHub, GitLab
from tests.rules.directory import rules
from tests.sinks import HttpSink, Reply

MARK = "<!-- pingparrot: rules -->\n"
Env = dict[str, str | None]


@pytest.fixture(params=[GitHub, GitLab])
def forge(request: pytest.FixtureRequest, sink: HttpSink) -> Forge:
    made: Forge = request.param()
    sink.otherwise = made
    return made


@pytest.fixture
def env(forge: Forge, sink: HttpSink, tmp_path: Path) -> Env:
    """The environment of a job for the request, on the forge."""
    alone: Env = dict.fromkeys(("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_TOKEN", "PINGPARROT_GITLAB_TOKEN"))
    if isinstance(forge, GitLab):
        return alone | {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": sink.url("http", "/api/v4"),
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            "PINGPARROT_GITLAB_TOKEN": TOKEN,
        }
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    return alone | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": sink.url("http", ""),
        "GITHUB_REPOSITORY": "acme/rules",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": TOKEN,
    }


@pytest.fixture
def changes(tmp_path: Path) -> Path:
    path = tmp_path / "changes.md"
    path.write_text("### Nothing changes\n")
    return path


def bodies(forge: Forge) -> list[str]:
    return [str(comment["body"]) for comment in forge.comments]


def test_a_second_run_changes_the_comment_of_the_first(forge: Forge, env: Env, changes: Path) -> None:
    first = rules("comment", changes, env=env)
    changes.write_text("### Something changes\n")
    second = rules("comment", changes, env=env)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert bodies(forge) == [MARK + "### Something changes\n"]
    assert "Posted: " in second.output


def test_comments_of_other_names_stay(forge: Forge, env: Env, changes: Path) -> None:
    for name in ("rules", "pager/rules", "rules"):
        assert rules("comment", changes, "--name", name, env=env).exit_code == 0

    assert len(forge.comments) == 2


def test_it_is_found_among_hundreds(forge: Forge, env: Env, changes: Path) -> None:
    for number in range(250):
        forge.add(f"comment {number}")  # type: ignore[attr-defined]
    forge.add(MARK + "old")  # type: ignore[attr-defined]

    rules("comment", changes, env=env)

    assert bodies(forge)[-1] == MARK + "### Nothing changes\n"
    assert len(forge.comments) == 251


def test_a_comment_of_a_stranger_with_our_mark_is_left_alone(forge: Forge, env: Env, changes: Path) -> None:
    theirs = MARK + "approved by everybody"
    if isinstance(forge, GitHub):
        forge.add(theirs, "User", "CONTRIBUTOR")
    elif isinstance(forge, GitLab):
        forge.add(theirs, author=666)

    rules("comment", changes, env=env)

    assert bodies(forge) == [theirs, MARK + "### Nothing changes\n"]


def test_the_token_of_a_fork_posts_nothing_and_is_no_failure(forge: Forge, env: Env, changes: Path) -> None:
    forge.may_write = False

    result = rules("comment", changes, env=env)

    assert (result.exit_code, bodies(forge)) == (0, [])
    assert "The token may not comment here" in result.output


def test_a_bad_token_fails_and_is_not_told(forge: Forge, env: Env, changes: Path) -> None:
    bad = {name: "wrong-" + TOKEN if value == TOKEN else value for name, value in env.items()}

    result = rules("comment", changes, env=bad)

    assert result.exit_code == 1
    assert "401" in result.output
    assert TOKEN not in result.output


def test_no_token_is_said(forge: Forge, env: Env, changes: Path) -> None:
    without = {name: None if value == TOKEN else value for name, value in env.items()}

    result = rules("comment", changes, env=without)

    assert result.exit_code == (0 if isinstance(forge, GitLab) else 1)  # there forks do not see it
    assert "TOKEN is not set" in result.output


def test_a_long_report_is_cut_to_what_is_taken(forge: Forge, env: Env, changes: Path) -> None:
    changes.write_text("x" * 200_000)

    rules("comment", changes, env=env)

    (body,) = bodies(forge)
    assert len(body) < 65_536
    assert body.endswith("the rest is in the job's own output.\n")


@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(302, headers={"Location": "http://127.0.0.1:1/"}), Reply(200, b"<html>")]
)
@pytest.mark.usefixtures("forge")
def test_a_forge_that_is_ill_fails_with_a_sentence(
    sink: HttpSink, env: Env, changes: Path, reply: Reply
) -> None:
    sink.otherwise = reply

    result = rules("comment", changes, env=env)

    assert result.exit_code == 1
    assert result.output.startswith("Not posted: ")
    assert len(sink.requests) == 1


@pytest.mark.usefixtures("forge")
def test_answers_of_another_shape_fail_with_a_sentence(sink: HttpSink, env: Env, changes: Path) -> None:
    sink.otherwise = Reply(200, b'{"unexpected": [1]}')

    result = rules("comment", changes, env=env)

    assert (result.exit_code, result.output[:12]) == (1, "Not posted: ")


def test_a_token_is_not_sent_unencrypted(forge: Forge, env: Env, changes: Path) -> None:
    elsewhere = {
        "GITHUB_API_URL": "http://api.example.com",
        "CI_API_V4_URL": "http://gitlab.example.com/api/v4",
    }

    result = rules("comment", changes, env=env | elsewhere)

    assert result.exit_code == 1
    assert "unencrypted" in result.output


def test_a_run_for_no_request_says_so(forge: Forge, env: Env, changes: Path, tmp_path: Path) -> None:
    (tmp_path / "push.json").write_text("{}")

    result = rules(
        "comment",
        changes,
        env=env | {"GITHUB_EVENT_PATH": str(tmp_path / "push.json"), "CI_MERGE_REQUEST_IID": None},
    )

    assert result.exit_code == 1
    assert "there is nothing to comment on" in result.output


def test_outside_of_any_forge_it_is_no_command(changes: Path) -> None:
    result = rules("comment", changes, env={"GITHUB_ACTIONS": None, "GITLAB_CI": None})

    assert result.exit_code == 2


@pytest.mark.parametrize("name", ["-->", "a--b", "x\n", "", "<b>"])
def test_a_name_that_would_leave_the_mark_is_refused(
    forge: Forge, env: Env, changes: Path, name: str
) -> None:
    assert rules("comment", changes, "--name", name, env=env).exit_code == 2
    assert forge.comments == []

"""Logs: JSON lines with context, from our loggers and the libraries', without secrets."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from router.log import masked

SCRIPT = """
import logging, structlog, sys
from router.log import configure_logging
configure_logging(*sys.argv[1:])
log = structlog.get_logger("x")
structlog.contextvars.bind_contextvars(page_id=42)
log.info("page sent", url="json://u:hunter2@h/p", to=["slack://hunter2/hunter2"])
log.info("unseen \\x9b31m \\u202e \\x7f \\u2066 é", labels={"a": "\\x9b\\x1b[31m"})
log.debug("not at this level")
logging.getLogger("uvicorn.error").info("listening on http://127.0.0.1:8080")
logging.getLogger("dramatiq.worker").warning("X-API-Key: pp_live_hunter2")
try:
    raise RuntimeError("could not reach mailto://hunter2@example.com")
except RuntimeError:
    log.exception("delivery failed")
"""


def _logged(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return done.stderr


def test_every_event_is_one_json_line_with_its_context() -> None:
    events = [json.loads(line) for line in _logged("info", "json").splitlines()]

    assert [event["event"] for event in events] == [
        "page sent",
        "unseen \x9b31m \u202e \x7f \u2066 é",
        "listening on http://127.0.0.1:8080",
        "X-API-Key: ***",
        "delivery failed",
    ]
    assert {event["page_id"] for event in events} == {42}
    assert [event["level"] for event in events] == ["info", "info", "info", "warning", "error"]
    assert all(event["timestamp"].endswith("Z") for event in events)
    assert "RuntimeError" in events[4]["exception"]


@pytest.mark.parametrize("style", ["json", "console"])
def test_what_a_terminal_obeys_is_escaped(style: str) -> None:
    logged = _logged("info", style)

    assert logged.replace("\n", "").replace("é", "").isprintable()
    assert "\\u009b" in logged
    assert "é" in logged


@pytest.mark.parametrize("style", ["json", "console"])
def test_no_secret_is_logged(style: str) -> None:
    assert "hunter2" not in _logged("debug", style)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("nothing to hide", "nothing to hide"),
        ("key pp_live_abcDEF123 was used", "key pp_live_*** was used"),
        ("token 17|abcdefghijklmnop1234 expired", "token *** expired"),
        ("authorization: Bearer 1|abc", "authorization: ***"),
        ("{'Authorization': 'Basic dTpw'}", "{'Authorization': '***'}"),
        ("password=hunter2&x=1", "password=***&x=1"),
        ("to slack://T1/B2/hunter2 now", "to slack://*** now"),
        ("https://hooks.slack.com/services/hunter2", "https://hooks.slack.com/***"),
        ("https://h?token=hunter2", "https://h"),
        ("http://u:hunter2@h:9000/", "http://***@h:9000/"),
        ("postgresql://u:hunter2@db:5432/pp?password=hunter2", "postgresql://***@db:5432/pp"),
        ("redis://:hunter2@h/0", "redis://***@h/0"),
        ("sqlite:///pingparrot.db", "sqlite:///pingparrot.db"),
        ("a | b", "a | b"),
        ("Cookie: session=hunter2; csrf=hunter2", "Cookie: ***"),
        ("{'set-cookie': 'session=hunter2; Path=/', 'a': 1}", "{'set-cookie': '***', 'a': 1}"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_secrets_are_masked_at_any_depth() -> None:
    assert masked({"headers": {"X-API-Key": "abc", "a": ["pp_live_x"]}, "body": b"abc"}) == {
        "headers": {"X-API-Key": "***", "a": ["pp_live_***"]},
        "body": "3 bytes",
    }


def test_a_long_word_is_masked_in_no_time() -> None:
    word = "secret" * 500_000  # hours, were each of its letters a scheme that might go on to the end

    assert masked(f"{word} json://u:p@host/x") == f"{word} json://***"

"""`pingparrot send`: a client of the documented API, for scripts."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from router.cli.faults import CommandFailedError

_TRIES = 4
_TIMEOUT_S = 10.0


class Priority(StrEnum):
    """How urgent it is."""

    low = "low"
    normal = "normal"
    high = "high"
    critical = "critical"


def send(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The headline, at most 200 characters.")],
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="The text, or `-` to read it from stdin.")
    ],
    priority: Annotated[Priority, typer.Option("--priority", help="How urgent it is.")] = Priority.normal,
    user: Annotated[int | None, typer.Option("--user", metavar="ID", help="Page one person.")] = None,
    group: Annotated[int | None, typer.Option("--group", metavar="ID", help="Page a group.")] = None,
    repeat: Annotated[
        int | None, typer.Option("--repeat", metavar="SECONDS", help="Between repeats: 30 to 3600.")
    ] = None,
    expires: Annotated[
        int | None, typer.Option("--expires", metavar="MINUTES", help="Give up after: 1 to 1440.")
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", help="Sends with the same one make one page.")
    ] = None,
) -> None:
    """Send a page through the API and print the answer.

    Everybody is paged unless --user or --group is given.
    PINGPARROT_URL is the server's address (http://127.0.0.1:8080 unless given), PINGPARROT_API_KEY the key.
    A server that cannot be reached is tried four times; that makes one page at most.

    \b
    Examples:
      pingparrot send "Disk full" "web-01 is at 97%" --priority critical
      backup.sh 2>&1 | pingparrot send "Backup failed" - --group 2
    """
    if user is not None and group is not None:
        raise typer.BadParameter("give --user or --group, not both")
    body: dict[str, Any] = {
        "subject": subject,
        "message": sys.stdin.read() if message == "-" else message,
        "priority": priority.value,
        "delivery_mode": "single" if user is not None else "group" if group is not None else "broadcast",
        "target_user_id": user,
        "target_group_id": group,
        "repeat_interval_s": repeat,
        "expires_minutes": expires,
    }
    status, answer = _post(
        _endpoint(os.environ.get("PINGPARROT_URL", "")),
        {name: value for name, value in body.items() if value is not None},
        {"X-API-Key": _key(), "Idempotency-Key": idempotency_key or str(uuid.uuid4())},
    )
    if not 200 <= status < 300:
        raise CommandFailedError(f"The page was not sent: {_reason(status, answer)}")
    print(answer.decode("utf-8", "replace").strip())


def _endpoint(url: str) -> str:
    """Return where pages are sent to; both the server's address and the API's base URL are understood."""
    url = (url or "http://127.0.0.1:8080").rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise CommandFailedError(
            f"PINGPARROT_URL is {url!r}: give an address such as https://pager.example.com"
        )
    return f"{url.removesuffix('/api')}/api/external/pages"


def _key() -> str:
    key = os.environ.get("PINGPARROT_API_KEY", "")
    path = os.environ.get("PINGPARROT_API_KEY_FILE", "")
    if not key and path:
        key = Path(path).read_text("utf-8")
    key = key.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise CommandFailedError("PINGPARROT_API_KEY is not set: make a key with `pingparrot key create`.")
    return key


def _post(url: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, bytes]:
    """Return status and body; tries again what may be over in seconds, under the same Idempotency-Key."""
    import urllib3

    wrong = ""
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=_TIMEOUT_S)) as http:
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(2 ** (attempt - 1))
            try:
                answer = http.request(
                    "POST",
                    url,
                    body=json.dumps(body).encode(),
                    headers={"Content-Type": "application/json", "Accept": "application/json", **headers},
                    redirect=False,
                )
            except urllib3.exceptions.LocationValueError:
                raise CommandFailedError("PINGPARROT_URL is not an address that can be opened.") from None
            except urllib3.exceptions.HTTPError as error:
                wrong = f"{url} cannot be reached ({type(error).__name__})"
                continue
            if answer.status not in (429, 502, 503, 504):
                return answer.status, answer.data
            wrong = f"{url} answered {answer.status}"
    raise CommandFailedError(f"The page was not sent: {wrong}, {_TRIES} times.")


def _reason(status: int, answer: bytes) -> str:
    """Return a server's refusal as a sentence."""
    try:
        said = json.loads(answer)
        faults = [sentence for field in (said.get("errors") or {}).values() for sentence in field]
        text = " ".join(faults) or str(said.get("message") or said.get("error") or "")
    except (ValueError, AttributeError, TypeError):
        text = ""
    return f"{text or 'the server gave no reason'} (status {status})"

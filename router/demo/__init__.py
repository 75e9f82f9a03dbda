"""`pingparrot demo`: everything on a scratch database, with one recorded webhook sent through."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import urllib3

from router import server
from router.app import build_app
from router.clock import utc_now
from router.core import Core, running
from router.demo.phone import Phone
from router.log import configure_logging
from router.settings import Settings
from router.store.credentials import create_key, create_token, ensure_integration, hash_password
from router.store.people import change_user, find_user

_HERE = Path(__file__).parent
_ADMIN = "jane@example.com"
_PASSWORD = "parrots-repeat"  # noqa: S105 - of a scratch database, printed for whoever tries it
_READY_S = 20.0


@dataclass(frozen=True)
class _Visit:
    """What is printed for the visitor."""

    url: str
    key: str
    token: str
    folder: Path


def run(settings: Settings) -> None:
    """Serve the demonstration until Ctrl-C; its database, rules and key file go with it."""
    configure_logging("warning", "console")  # what is shown here is for a person
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it tells of every try until the server listens
    with _scratch() as folder, Phone(_say) as phone:
        settings = replace(
            settings,
            database_url=f"sqlite:///{folder / 'demo.db'}",
            broker_url="",
            rules=_HERE / "rules",
            secret_keys=(),
            public_url=settings.public_url or _address(settings),
        )
        with running(settings, "serve", expand=phone.expand) as core:
            visit = _furnished(core, folder)
            threading.Thread(target=_show, args=(visit,), name="demo", daemon=True).start()
            server.run(build_app(core), settings.host, settings.port)


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pingparrot-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _furnished(core: Core, folder: Path) -> _Visit:
    now = utc_now()
    with core.database.writing.begin() as connection:
        jane = find_user(connection, _ADMIN)
        assert jane is not None, "the demonstration's rules have her"
        change_user(connection, jane.id, password_hash=hash_password(_PASSWORD))
        integration = ensure_integration(connection, core.org_id, "prometheus-demo", now, kind="alertmanager")
        _, key = create_key(connection, integration.id, now)
        token = create_token(connection, jane.id, "demo", now)
    return _Visit(_address(core.settings), key, token, folder)


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _show(visit: _Visit) -> None:
    """Wait until the server listens, send the webhook, and say what can be tried."""
    http = urllib3.PoolManager(
        retries=urllib3.Retry(total=None, connect=40, backoff_factor=0.05), timeout=_READY_S
    )
    http.request("GET", f"{visit.url}/readyz")
    _say(f"PingParrot serves at {visit.url}  (Ctrl-C stops it; {visit.folder} goes with it)\n")
    _say("A webhook that a real Alertmanager sent is posted to it …")
    headers = {"Authorization": f"Bearer {visit.key}", "Content-Type": "application/json"}
    body = (_HERE / "webhook.json").read_bytes()
    response = http.request("POST", f"{visit.url}/api/adapters/alertmanager", body=body, headers=headers)
    answer: Any = response.json()
    page_id = answer["alerts"][0]["page_id"]
    _say(f"… and answered {response.status}: page {page_id}, {answer['alerts'][0]['outcome']}.\n")
    _say(
        _GUIDE.format(
            url=visit.url, key=visit.key, token=visit.token, page=page_id, email=_ADMIN, password=_PASSWORD
        )
    )


_GUIDE = """\
Open {url} and log in as {email}, password {password}.

It is repeated every minute until somebody acknowledges. By the API, as Jane:
  curl -X POST {url}/api/pages/{page}/acknowledge -H "Authorization: Bearer {token}"

Read its timeline:
  curl {url}/api/pages/{page}/timeline -H "Authorization: Bearer {token}"

Page everybody yourself:
  curl -X POST {url}/api/external/pages -H "X-API-Key: {key}" -H "Content-Type: application/json" \\
    -d '{{"subject": "Server down", "message": "web-01 is unreachable", "delivery_mode": "broadcast"}}'
"""


def _say(text: str) -> None:
    print(text, flush=True)

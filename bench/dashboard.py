"""How long the dashboard's list takes to begin, with 400 days of pages, beside a bare answer of Starlette.

    .venv/bin/python bench/dashboard.py [--pages 100000] [--days 400] [--asks 100]

Both are asked over one kept-alive connection each, in turns, in the same run: what travels to another
machine is the ratio.
"""

from __future__ import annotations

import argparse
import http.client
import re
import statistics
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from insight import fill
from intake import scratch
from machine import describe
from stage import Server, free_port

from router.clock import utc_now
from router.store.engine import connect
from router.store.tables import PAGES

LISTS = ("/", "/?show=all", "/?show=all&page=1000", "/?show=all&q=web-01", "/insight?days=90")
OPEN = 60
PASSWORD = "correct horse battery staple"
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
body = "x" * int(sys.argv[2])
app = Starlette(routes=[Route("/", lambda request: HTMLResponse(body))])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=400)
    parser.add_argument("--asks", type=int, default=100)
    options = parser.parse_args()
    with scratch() as folder, Server(folder) as server:
        print(f"dashboard: {options.pages} pages of {options.days} days, {OPEN} of them open")
        print(describe(folder))
        history(server, options.pages, options.days)
        who = ("ann@example.com", "--name", "Ann", "--admin", "--password-stdin")
        server.command("user", "add", *who, given=PASSWORD)
        server.start(60)
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as ours:
            cookie = session(ours)
            for path in LISTS:
                compare(ours, path, cookie, options.asks)
    print("target: the first screen under 100 KB, and begun within 150 ms")
    return 0


def history(server: Server, pages: int, days: int) -> None:
    """Write the pages, their newest to be open and of today."""
    database = connect(f"sqlite:///{server.database}")
    fill(database, pages, days)
    with database.writing.begin() as connection:
        newest: int = connection.execute(sa.select(sa.func.max(PAGES.c.id))).scalar_one()
        at = utc_now() - timedelta(minutes=5)
        opened = {"status": "active", "closed_at": None, "closed_reason": None, "acknowledged_at": None}
        these = sa.update(PAGES).where(PAGES.c.id > newest - OPEN)
        connection.execute(these.values(created_at=at, **opened))
    database.close()


def session(connection: http.client.HTTPConnection) -> str:
    """Log in; returns the cookie of the session."""
    asked, text = ask(connection, "/login", "")
    found = re.search(r'name="csrf" value="(\w+)"', text)
    assert found is not None
    form = urlencode({"csrf": found[1], "email": "ann@example.com", "password": PASSWORD})
    visitor = (asked.headers["set-cookie"] or "").split(";")[0]
    headers = {"Cookie": visitor, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    cookies = answer.headers.get_all("set-cookie") or []
    return next(one.split(";")[0] for one in cookies if one.startswith("pp_session="))


def compare(ours: http.client.HTTPConnection, path: str, cookie: str, asks: int) -> None:
    """Print how long a screen takes to begin, and how often that is what a bare answer takes."""
    answer, text = ask(ours, path, cookie)
    assert answer.status == 200, f"{path}: {answer.status}"
    size = len(text.encode())
    port = free_port()
    bare = subprocess.Popen([sys.executable, "-c", BARE, str(port), str(size)])
    try:
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        deadline = time.monotonic() + 20
        while True:
            try:
                plain.connect()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        with closing(plain):
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(asks):
                times[0].append(begun(ours, path, cookie))
                times[1].append(begun(plain, "/", ""))
    finally:
        bare.terminate()
        bare.wait()
    mine, theirs = (statistics.median(one) for one in times)
    worst = sorted(times[0])[int(asks * 0.99) - 1]
    print(
        f"{path:<22} {size / 1e3:5.1f} KB, begins after {mine * 1e3:6.1f} ms (p99 {worst * 1e3:.1f}); "
        f"bare {theirs * 1e3:.2f} ms: × {mine / theirs:.0f}"
    )


def begun(connection: http.client.HTTPConnection, path: str, cookie: str) -> float:
    """Return the seconds until an answer began."""
    start = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    taken = time.perf_counter() - start
    answer.read()
    return taken


def ask(
    connection: http.client.HTTPConnection, path: str, cookie: str
) -> tuple[http.client.HTTPResponse, str]:
    """Return an answer and its text."""
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    return answer, answer.read().decode()


if __name__ == "__main__":
    sys.exit(main())

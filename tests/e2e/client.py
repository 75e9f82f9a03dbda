"""A person's session with the documented API."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx2

from bench.stage import Server


class Person:
    """Somebody logged in to a running server."""

    def __init__(self, server: Server, email: str, password: str) -> None:
        self._http = httpx2.Client(base_url=f"{server.url}/api", timeout=10)
        login = self._http.post(
            "/auth/login", json={"email": email, "password": password, "device_name": "end-to-end"}
        )
        login.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {login.json()['token']}"

    def pages(self) -> list[dict[str, Any]]:
        """Return the newest pages."""
        data: list[dict[str, Any]] = self._get("/pages?per_page=100")["data"]
        return data

    def page(self, page_id: int) -> dict[str, Any]:
        """Return one page with its recipients."""
        page: dict[str, Any] = self._get(f"/pages/{page_id}")
        return page

    def acknowledge(self, page_id: int) -> None:
        """Take a page over."""
        self._http.post(f"/pages/{page_id}/acknowledge", json={}).raise_for_status()

    def wait_for_page(
        self, page_id: int, reached: Callable[[dict[str, Any]], bool], seconds: float
    ) -> dict[str, Any]:
        """Return a page once it is as wanted, or as it is when the time is over."""
        deadline = time.monotonic() + seconds
        while not reached(page := self.page(page_id)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return page

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _get(self, path: str) -> Any:
        answer = self._http.get(path)
        answer.raise_for_status()
        return answer.json()

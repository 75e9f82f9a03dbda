"""GitHub and GitLab, as far as comments go, on loopback."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sinks import Received, Reply

TOKEN = "a-token-that-nobody-may-see"


@dataclass
class Forge:
    """One that keeps comments; `may_write` is False for a fork's token.

    Parameters:
      comments: as its API shows them, in the order in which they were made.
    """

    comments: list[dict[str, Any]] = field(default_factory=list)
    may_write: bool = True

    def __call__(self, request: Received) -> Reply:
        """Answer a request."""
        if not self.knows(request):
            return _json(401, {"message": "Bad credentials"})
        parts = urlsplit(request.path)
        if request.method == "GET":
            return self.read(parts.path, parse_qs(parts.query))
        if not self.may_write:
            return _json(403, {"message": "Resource not accessible by integration"})
        return self.write(request.method, parts.path, str(request.json()["body"]))

    def knows(self, request: Received) -> bool:
        """Say whether the token is good."""
        raise NotImplementedError

    def read(self, path: str, query: dict[str, list[str]]) -> Reply:
        """Answer a GET: a screen of comments."""
        size, page = int(query["per_page"][0]), int(query["page"][0])
        return _json(200, self.comments[(page - 1) * size : page * size])

    def write(self, method: str, path: str, body: str) -> Reply:
        """Keep a comment, new or changed."""
        raise NotImplementedError

    def change(self, number: int, body: str) -> Reply:
        """Change a comment that is there."""
        (comment,) = [one for one in self.comments if one["id"] == number]
        comment["body"] = body
        return _json(200, comment)


class GitHub(Forge):
    """GitHub, for pull request 7 of acme/rules."""

    def knows(self, request: Received) -> bool:
        """Say whether the token is good."""
        return request.headers.get("authorization") == f"Bearer {TOKEN}"

    def add(self, body: str, kind: str = "Bot", association: str = "NONE") -> dict[str, Any]:
        """Have somebody comment."""
        number = 100 + len(self.comments)
        url = f"https://github.example/acme/rules/pull/7#issuecomment-{number}"
        user = {"login": "somebody", "type": kind}
        comment = {
            "id": number,
            "html_url": url,
            "body": body,
            "user": user,
            "author_association": association,
        }
        self.comments.append(comment)
        return comment

    def write(self, method: str, path: str, body: str) -> Reply:
        """Keep a comment, new or changed."""
        if method == "POST" and path == "/repos/acme/rules/issues/7/comments":
            return _json(201, self.add(body))
        found = re.fullmatch(r"/repos/acme/rules/issues/comments/(\d+)", path)
        assert method == "PATCH", method
        assert found, path
        return self.change(int(found[1]), body)


class GitLab(Forge):
    """GitLab, for merge request 7 of project 5."""

    def knows(self, request: Received) -> bool:
        """Say whether the token is good."""
        return request.headers.get("private-token") == TOKEN

    def read(self, path: str, query: dict[str, list[str]]) -> Reply:
        """Answer a GET: who asks, or a screen of notes."""
        return _json(200, {"id": 1}) if path == "/api/v4/user" else super().read(path, query)

    def add(self, body: str, author: int = 1) -> dict[str, Any]:
        """Have somebody write a note."""
        note = {"id": 100 + len(self.comments), "body": body, "author": {"id": author}}
        self.comments.append(note)
        return note

    def write(self, method: str, path: str, body: str) -> Reply:
        """Keep a note, new or changed."""
        notes = "/api/v4/projects/5/merge_requests/7/notes"
        if method == "POST" and path == notes:
            return _json(201, self.add(body))
        assert method == "PUT", method
        return self.change(int(path.removeprefix(notes + "/")), body)


def _json(status: int, body: object) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

"""Comments of a pull request on GitHub."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.cli.forges.api import Api, ForgeError

# Others could write our mark into a comment of theirs, which is not ours to change.
_OF_THE_HOUSE = ("OWNER", "MEMBER", "COLLABORATOR")
_A_SCREEN = 100
_MOST_SCREENS = 30


@dataclass(frozen=True)
class GitHub:
    """The pull request that a workflow runs for."""

    api: Api
    repository: str
    number: int

    @classmethod
    def of_environment(cls, env: Mapping[str, str]) -> GitHub:
        """Return the pull request that a workflow's environment names. Raises ForgeError."""
        token = env.get("GITHUB_TOKEN", "")
        if not token:
            raise ForgeError(
                "GITHUB_TOKEN is not set: give the step `env: GITHUB_TOKEN: ${{ github.token }}`."
            )
        headers = {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
        api = Api(env.get("GITHUB_API_URL") or "https://api.github.com", headers)
        repository = env.get("GITHUB_REPOSITORY", "")
        if re.fullmatch(r"[\w.-]+/[\w.-]+", repository) is None:
            raise ForgeError("GITHUB_REPOSITORY names no repository: run this in a workflow.")
        return cls(api, repository, _number(env.get("GITHUB_EVENT_PATH", "")))

    def put(self, mark: str, text: str) -> str:
        """Post a comment, or change the one that has the mark; returns where it is."""
        repository = f"/repos/{self.repository}"
        for comment in self._comments():
            if _is_ours(comment) and str(comment.get("body", "")).startswith(mark):
                changed = self.api.ask(
                    "PATCH", f"{repository}/issues/comments/{int(comment['id'])}", {"body": text}
                )
                return str(changed["html_url"])
        posted = self.api.ask("POST", f"{repository}/issues/{self.number}/comments", {"body": text})
        return str(posted["html_url"])

    def _comments(self) -> Iterator[dict[str, Any]]:
        for screen in range(1, _MOST_SCREENS + 1):
            path = (
                f"/repos/{self.repository}/issues/{self.number}/comments?per_page={_A_SCREEN}&page={screen}"
            )
            found = self.api.ask("GET", path)
            yield from found
            if len(found) < _A_SCREEN:
                return


def _is_ours(comment: Mapping[str, Any]) -> bool:
    writer = comment.get("user") or {}
    return writer.get("type") == "Bot" or comment.get("author_association") in _OF_THE_HOUSE


def _number(path: str) -> int:
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
        return int(event["pull_request"]["number"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ForgeError("This workflow runs for no pull request: there is nothing to comment on.") from None

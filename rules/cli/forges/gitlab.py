"""Notes of a merge request on GitLab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.cli.forges.api import Api, ForgeError, NotAllowedError

TOKEN = "PINGPARROT_GITLAB_TOKEN"  # noqa: S105 - a variable's name
_A_SCREEN = 100
_MOST_SCREENS = 30


@dataclass(frozen=True)
class GitLab:
    """The merge request that a pipeline runs for."""

    api: Api
    project: int
    number: int

    @classmethod
    def of_environment(cls, env: Mapping[str, str]) -> GitLab:
        """Return the merge request that a job's environment names. Raises ForgeError."""
        token = env.get(TOKEN, "")
        if not token:
            raise NotAllowedError(
                f"{TOKEN} is not set. Make it from a project access token with the scope api: the token of a "
                "job may not write notes."
            )
        try:
            project, number = int(env["CI_PROJECT_ID"]), int(env["CI_MERGE_REQUEST_IID"])
        except (KeyError, ValueError):
            raise ForgeError("This job runs for no merge request: there is nothing to comment on.") from None
        api = Api(env.get("CI_API_V4_URL") or "https://gitlab.com/api/v4", {"PRIVATE-TOKEN": token})
        return cls(api, project, number)

    def put(self, mark: str, text: str) -> str:
        """Post a note, or change the token's own one that has the mark; returns where it is."""
        notes = f"/projects/{self.project}/merge_requests/{self.number}/notes"
        me = self.api.ask("GET", "/user")["id"]
        for note in self._notes(notes):
            if note.get("author", {}).get("id") == me and str(note.get("body", "")).startswith(mark):
                changed = self.api.ask("PUT", f"{notes}/{int(note['id'])}", {"body": text})
                return f"note {changed['id']} of merge request {self.number}"
        posted = self.api.ask("POST", notes, {"body": text})
        return f"note {posted['id']} of merge request {self.number}"

    def _notes(self, path: str) -> Iterator[dict[str, Any]]:
        for screen in range(1, _MOST_SCREENS + 1):
            found = self.api.ask("GET", f"{path}?per_page={_A_SCREEN}&page={screen}&sort=asc")
            yield from found
            if len(found) < _A_SCREEN:
                return

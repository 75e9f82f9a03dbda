"""The texts that a rule set is made from, and the name of a revision of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of a rule set, from which it can be loaded again.

    Parameters:
      files: by name relative to the directory, read in the order of their names.
      commit: the git commit of the directory, None when it is no checkout.
      unreadable: names of files that could not be read, with the reason; loading reports them.
    """

    files: Mapping[str, str]
    commit: str | None = None
    unreadable: Mapping[str, str] = field(default_factory=dict)

    @property
    def revision(self) -> str:
        """A short name for these texts: `a1b2c3d+5f0c1122aabb`, or the content hash alone."""
        digest = hashlib.sha256()
        for name, text in sorted(self.files.items()):
            for part in (name, text):
                data = part.encode("utf-8", "surrogateescape")
                digest.update(len(data).to_bytes(8, "big") + data)
        content = digest.hexdigest()[:12]
        return f"{self.commit[:7]}+{content}" if self.commit else content

    def to_json(self) -> str:
        """Return it as JSON, to be kept and read again by `from_json`."""
        return json.dumps({"files": dict(self.files), "commit": self.commit})

    @classmethod
    def from_json(cls, text: str) -> Sources:
        """Return what `to_json` wrote.

        Raises:
          ValueError: when the text is something else.
        """
        data = json.loads(text)
        try:
            files = {str(name): str(file) for name, file in data["files"].items()}
            commit = data["commit"]
        except (TypeError, KeyError, AttributeError):
            raise ValueError("kept rules are no object of files: load them from their directory") from None
        return cls(files, None if commit is None else str(commit))

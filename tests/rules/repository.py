"""Git repositories for tests, made by git itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run_git(folder: Path, *arguments: str, at: str = "", author: str = "Jane Smith") -> str:
    """Run git in a folder, apart from whoever's configuration, and return what it printed.

    Parameters:
      at: when a commit is made, as git reads it (`2026-03-01T12:00:00Z`); now.
      author: the name of who makes it.
    """
    person = {"GIT_AUTHOR_NAME": author, "GIT_AUTHOR_EMAIL": "someone@example.com"}
    person |= {"GIT_COMMITTER_NAME": "Merge Bot", "GIT_COMMITTER_EMAIL": "bot@example.com"}
    if at:
        person |= {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    alone = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=alone | person, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Repository:
    """A checkout in a directory of its own."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.git("init", "-q")

    def git(self, *arguments: str, at: str = "", author: str = "Jane Smith") -> str:
        """Run git in it."""
        return run_git(self.root, *arguments, at=at, author=author)

    def put(self, files: dict[str, str]) -> None:
        """Write files, and commit nothing."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, files: dict[str, str], *, at: str = "", author: str = "Jane Smith") -> str:
        """Write files, commit everything, and return the commit."""
        self.put(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a change", at=at, author=author)
        return self.git("rev-parse", "HEAD")

"""The command line imports what a command needs, and no more: completion and linting in git stay quick."""

from __future__ import annotations

import subprocess
import sys

HEAVY = (
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "structlog",
    "starlette",
    "dramatiq",
    "apprise",
    "rich",
)


def _loaded_by(*arguments: str) -> list[str]:
    script = (
        "import sys\n"
        "from router.cli import main\n"
        f"sys.argv = ['pingparrot', *{list(arguments)!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()[1:]


def test_help_loads_nothing_heavy() -> None:
    assert _loaded_by("--help") == []


def test_rules_load_nothing_of_the_server() -> None:
    assert _loaded_by("rules", "--help") == []


def test_completion_is_offered() -> None:
    assert _loaded_by("--show-completion", "bash") == []

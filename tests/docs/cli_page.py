"""What docs/cli.md says: every command's own help. `python -m tests.docs.cli_page` writes the page anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from router.cli import app
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "cli.md"

_HEAD = """# The command line

`pingparrot --install-completion` makes the shell complete commands and options.

Commands exit with 0 when all is good, 1 when something was found or failed, and 2 when they were used
wrongly; what went wrong is one sentence on stderr. Commands of an administrator (`user`, `contact`, `group`,
`key`) work on the database that `PINGPARROT_DATABASE_URL` names, whether a server runs or not, and print JSON
lines, for `jq`. They bring an embedded SQLite up to date by themselves; on PostgreSQL `pingparrot migrate`
comes first. With `--org` they work in another organisation than `default`.

[settings.md](settings.md) lists the settings, [rules.md](rules.md) explains what `pingparrot rules` reads.

What follows is each command's own `--help`.
"""
_COLUMNS = 98


def sections() -> Iterator[str]:
    """Return what the page says of each command, a group before its members."""
    root: Any = typer.main.get_group(app)
    context = root.context_class(
        root, info_name="pingparrot", terminal_width=_COLUMNS, **root.context_settings
    )
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        inside = command.context_class(command, info_name=name, parent=context, **command.context_settings)
        yield from _sections("##", command, inside)


def _sections(heading: str, command: Any, context: Any) -> Iterator[str]:
    yield _section(heading, command, context)
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        inner = command.get_command(context, name)
        inside = inner.context_class(inner, info_name=name, parent=context)
        yield from _sections(heading + "#", inner, inside)


def page() -> str:
    """Return the whole page."""
    return "\n".join([_HEAD, *sections()])


def _section(heading: str, command: Any, context: Any) -> str:
    return f"{heading} {context.command_path}\n\n```text\n{command.get_help(context).strip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

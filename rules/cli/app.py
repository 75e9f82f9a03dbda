"""All commands of `pingparrot rules`; only the one that is called is imported, so that it starts at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "check": "rules.cli.check:check_rules",
    "diff": "rules.cli.diff:diff_rules",
    "coverage": "rules.cli.coverage:cover_rules",
    "explain": "rules.cli.explain:explain_alert",
    "explain-code": "rules.cli.codes:explain_code",
    "import": "rules.cli.importing:import_rules",
    "test": "rules.cli.cases:run_cases",
    "comment": "rules.cli.comment:put_comment",
    "tree": "rules.cli.tree:draw_tree",
    "fmt": "rules.cli.fmt:format_files",
    "schema": "rules.cli.schema:print_schema",
}
"""The command's name, and the module and function that it is."""


class OnDemand(TyperGroup):
    """A group whose commands are found by their place, `package.module:function`."""

    places = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, in the order in which help lists them."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a command; None when there is none of that name."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        module, _, function = place.partition(":")
        alone = typer.Typer(rich_markup_mode=None, callback=lambda: None)
        with _kept():
            alone.command(cmd_name)(getattr(import_module(module), function))
            return typer.main.get_group(alone).commands[cmd_name]


@contextmanager
def _kept() -> Iterator[None]:
    """Keep what is imported out of the garbage collector's sight, at the end of the process too.

    Modules stay for as long as the process; to look at them again and again takes a fifth of a short check.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():
            gc.freeze()
        if was_enabled:
            gc.enable()


rules_app = typer.Typer(
    cls=OnDemand,
    help="Check, explain and test the rules that say who is paged. Needs no server and no database.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@rules_app.callback()
def _rules() -> None:
    """Hold the commands."""

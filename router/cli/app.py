"""All commands, put together."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from router.cli import backup, contacts, doctor, groups, history, keys, people, send, serving

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

_BESIDES = {"backtest": "router.cli.backtest:backtest_rules"}
"""Commands about rules that need the server's own code."""

_RULES = "Check, explain and test the rules that say who is paged. Only backtest needs a database."


class _WithRules(TyperGroup):
    """Adds `rules`, which is imported only when it is called, and then without the server."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), "rules"]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name != "rules":
            return super().get_command(ctx, cmd_name)
        from rules.cli.app import OnDemand, rules_app

        class Group(OnDemand):
            places = OnDemand.places | _BESIDES

        alone = typer.Typer(rich_markup_mode=None, callback=lambda: None)  # they print as all others do
        alone.add_typer(rules_app, name="rules", cls=Group, help=_RULES)
        return typer.main.get_group(alone).commands["rules"]


app = typer.Typer(
    name="pingparrot",
    cls=_WithRules,
    help="A self-hosted pager: routing rules in git, delivery until somebody acknowledges.",
    epilog="Settings come from the environment: see docs/settings.md.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=_CONTEXT,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"pingparrot {version('pingparrot')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


app.command()(serving.serve)
app.command()(serving.api)
app.command()(serving.worker)
app.command()(serving.demo)
app.command()(serving.migrate)
app.command()(serving.reencrypt)
app.command()(doctor.doctor)
app.command()(backup.backup)
app.add_typer(people.users, name="user")
app.add_typer(contacts.contacts, name="contact")
app.add_typer(groups.groups, name="group")
app.add_typer(keys.keys, name="key")
app.command()(send.send)
app.add_typer(history.histories, name="history")

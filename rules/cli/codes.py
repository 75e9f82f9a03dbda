"""`pingparrot rules explain-code`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from rules.cli.opened import wants_color
from rules.codes import Code, every_code
from rules.codes.shown import as_json, as_list, as_text
from rules.loading.faults import hint
from rules.report import dump


class CodeFormat(StrEnum):
    """How `explain-code` prints what it knows."""

    text = "text"
    json = "json"


def _complete_code(incomplete: str) -> list[tuple[str, str]]:
    return [(name, code.summary) for name, code in every_code().items() if name.startswith(incomplete)]


def explain_code(
    code: Annotated[
        str | None,
        typer.Argument(
            metavar="CODE",
            show_default=False,
            help="What stands in brackets behind a finding; all of them without it.",
            autocompletion=_complete_code,
        ),
    ] = None,
    form: Annotated[CodeFormat, typer.Option("--format", help="How to print.")] = CodeFormat.text,
) -> None:
    """Say what a finding's code means, why it matters and what to do, with an example.

    \b
    Examples:
      pingparrot rules explain-code
      pingparrot rules explain-code shadowed-route
      pingparrot rules explain-code --format json
    """
    codes = every_code()
    if code is not None and code not in codes:
        raise typer.BadParameter(f"there is no code {code!r}.{hint(code, codes)}")
    typer.echo(_shown(codes, code, form), nl=False)


def _shown(codes: Mapping[str, Code], code: str | None, form: CodeFormat) -> str:
    if form is CodeFormat.json:
        shown = [as_json(name, about) for name, about in codes.items() if code in (None, name)]
        return dump({"codes": shown} if code is None else shown[0])
    if code is None:
        return as_list(codes)
    return as_text(code, codes[code], color=wants_color())

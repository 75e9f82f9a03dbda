"""`pingparrot rules schema`."""

from __future__ import annotations

from importlib.resources import files
from typing import Annotated

import typer


def print_schema(
    cases: Annotated[
        bool, typer.Option("--cases", help="Print the schema of case files (*.test.yml) instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of rule files, with which editors complete and validate them.

    \b
    Examples:
      pingparrot rules schema > rules.schema.json
      pingparrot rules schema --cases > cases.schema.json
    """
    name = "cases.schema.json" if cases else "rules.schema.json"
    typer.echo(files("rules").joinpath("schema", name).read_text(encoding="utf-8"), nl=False)

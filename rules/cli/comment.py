"""`pingparrot rules comment`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from rules.cli.forges.api import ForgeError, NotAllowedError
from rules.cli.forges.github import GitHub
from rules.cli.forges.gitlab import GitLab

_LONGEST = 65_000  # GitHub takes 65,536 characters
_CUT = "\n\n… and more: the rest is in the job's own output.\n"


def put_comment(
    file: Annotated[str, typer.Argument(metavar="FILE", show_default=False, help="Markdown; - for stdin.")],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Tells comments apart where there are several.")
    ] = "rules",
) -> None:
    """Post Markdown as one comment on the pull or merge request that this job runs for.

    The comment that was posted before, under the same name, is changed: there is never a second one. On
    GitHub Actions it takes GITHUB_TOKEN, on GitLab CI PINGPARROT_GITLAB_TOKEN. Where the token may not
    comment, as that of a fork, it says so and posts nothing.

    Exit code: 0 when it is posted or may not be, 1 when that failed, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules diff origin/main rules/ --format markdown > changes.md
      pingparrot rules comment changes.md
      pingparrot rules comment changes.md --name pager/rules
    """
    if re.fullmatch(r"[\w./ -]{1,200}", name) is None or "--" in name:
        raise typer.BadParameter("--name may have letters, digits, dots, slashes, spaces and single dashes.")
    mark = f"<!-- pingparrot: {name} -->"
    text = f"{mark}\n{_read(file)}"
    if len(text) > _LONGEST:
        text = text[: _LONGEST - len(_CUT)] + _CUT
    try:
        where = _forge().put(mark, text)
    except NotAllowedError as error:
        typer.echo(f"Not posted: {error}", err=True)
    except ForgeError as error:
        typer.echo(f"Not posted: {error}", err=True)
        raise typer.Exit(1) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        typer.echo(f"Not posted: the API answers otherwise than the forge's: {error!r:.200}", err=True)
        raise typer.Exit(1) from None
    else:
        typer.echo(f"Posted: {where}", err=True)


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: cannot be read: {error.strerror}.") from None
    return data.decode("utf-8", "replace")


def _forge() -> GitHub | GitLab:
    if os.environ.get("GITLAB_CI"):
        return GitLab.of_environment(os.environ)
    if os.environ.get("GITHUB_ACTIONS"):
        return GitHub.of_environment(os.environ)
    raise typer.BadParameter("this is neither GitHub Actions nor GitLab CI: there is nothing to comment on.")

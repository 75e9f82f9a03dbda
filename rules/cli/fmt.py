"""`pingparrot rules fmt`."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from rules.cli.opened import SETTING, readable, wants_color
from rules.document import DocumentError
from rules.formatting.canonical import canonical
from rules.report import BOLD, GREEN, RED, count, painter, printable, without_urls
from rules.sources import MAX_FILE, SourcesError, as_text, rule_files

_STDIN = "(standard input)"


def format_files(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            envvar=SETTING,
            show_default=False,
            help="Rule files, cases, or directories of them.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name the files that are not in canonical form.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; print what would change, without contact URLs.")
    ] = False,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read standard input and print it in canonical form.")
    ] = False,
) -> None:
    """Bring rule files and cases into the one canonical form; what they say and every comment stay.

    Exit code: 0 when all is well, 1 when a file cannot be read, or with --check and --diff when one is not in
    canonical form, 2 when the command is wrong.

    \b
    Examples:
      pingparrot rules fmt rules/
      pingparrot rules fmt rules/ --check
      pingparrot rules fmt rules/payments.yml --diff
      pingparrot rules fmt --stdin < rules/payments.yml
    """
    if stdin:
        _format_stdin()
        return
    files = _files(paths or [])
    results = [_format(file, write=not (check or diff), diff=diff) for file in files]
    changed, failed = results.count("changed"), results.count("failed")
    verb = "to format" if check or diff else "formatted"
    typer.echo(f"{count(len(files), 'file')}: {changed} {verb}, {failed} that cannot be read", err=True)
    if failed or (changed and (check or diff)):
        raise typer.Exit(1)


def _files(paths: Sequence[str]) -> list[Path]:
    if not paths:
        raise typer.BadParameter(f"name the rules: files or directories (or set {SETTING}).")
    try:
        found = [file for path in paths for file in rule_files(Path(path))]
    except SourcesError as error:
        raise typer.BadParameter(str(error)) from None
    missing = next((file for file in found if not file.is_file()), None)
    if missing is not None:
        raise typer.BadParameter(f"{readable(str(missing))}: there is no such file: check the path.")
    return list(dict.fromkeys(found))


def _format(file: Path, *, write: bool, diff: bool) -> str:
    """Format one file; returns `changed`, `same` or `failed`."""
    name = readable(file.as_posix())
    try:
        data = _read(file)
        text = as_text(data)
        form = canonical(text, name)
        if form.encode() == data:
            return "same"
        if write:
            _write(file, form.encode())
    except (OSError, DocumentError) as error:
        reason = (
            f"{name}: {error.strerror or error}." if isinstance(error, OSError) else printable(str(error))
        )
        typer.echo(f"{painter(wants_color())('error', RED)}: {reason}", err=True)
        return "failed"
    if diff:
        typer.echo(_diff(name, text, form), nl=False)
    else:
        typer.echo(name)
    return "changed"


def _format_stdin() -> None:
    data = sys.stdin.buffer.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise typer.BadParameter(f"standard input is larger than {MAX_FILE:,} bytes.")
    try:
        form = canonical(as_text(data), _STDIN)
    except DocumentError as error:
        typer.echo(f"error: {printable(str(error))}", err=True)
        raise typer.Exit(1) from None
    sys.stdout.buffer.write(form.encode())


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        data = stream.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise OSError(f"is larger than {MAX_FILE:,} bytes: split it")
    return data


def _write(file: Path, data: bytes) -> None:
    """Put a file's new content in its place at once, with the mode that it has; a link stays one."""
    target = file.resolve()
    mode = stat.S_IMODE(target.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _diff(name: str, old: str, new: str) -> str:
    paint = painter(wants_color())
    colours = {"+": GREEN, "-": RED, "@": BOLD}
    lines = unified_diff(
        old.splitlines(), new.splitlines(), f"{name} (as it is)", f"{name} (canonical)", lineterm=""
    )
    shown = [without_urls(printable(line)) for line in lines] or [
        "only line ends or a byte order mark differ"
    ]
    return "".join(f"{paint(line, colours[line[0]]) if line[:1] in colours else line}\n" for line in shown)

"""The rule of docs/adrs/0008-expand-first.md, read off the source of a migration."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_EXPANDS = {"add_column", "add_index", "batch_alter_table", "create_table", "f"}


def breaches(source: str, released: frozenset[str]) -> list[str]:
    """Return what a migration does that could break the version before it.

    Parameters:
      released: the versions that the changelog has; a migration that contracts names one of them.
    """
    module = ast.parse(source)
    contracts = _constant(module, "contracts")
    if contracts is not None:
        return [] if contracts in released else [f"contracts {contracts!r}, which is no release"]
    upgrade = next(
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    made = {_argument(call, 0) for call in _calls(upgrade) if _name(call) == "create_table"}
    batches = _batches(upgrade)
    found = [breach for call in _calls(upgrade) for breach in _breach(call, batches.get(call), made)]
    if sum(_name(call) == "add_index" for call in _calls(upgrade)) and len(upgrade.body) > 1:
        found.append("add_index commits what comes before it: give each index a migration of its own")
    return found


def _breach(call: ast.Call, table: str | None, made: set[str | None]) -> Iterator[str]:
    name = _name(call)
    if name == "create_index" and (table or _argument(call, 1)) not in made:
        yield "create_index locks a table that is there: use add_index"
    elif name == "add_column":
        column = next(each for each in call.args if isinstance(each, ast.Call))
        given = {keyword.arg: keyword.value for keyword in column.keywords}
        nullable = given.get("nullable")
        is_narrow = isinstance(nullable, ast.Constant) and nullable.value is False
        if is_narrow and "server_default" not in given:
            yield "add_column is NOT NULL without a server default"
    elif _is_of_alembic(call) and name not in _EXPANDS | {"create_index"}:
        yield f"{name} does not expand"


def _batches(function: ast.FunctionDef) -> dict[ast.Call, str | None]:
    """Return the table that a call within `with op.batch_alter_table(…)` is about."""
    return {
        call: _argument(block.items[0].context_expr, 0)
        for block in ast.walk(function)
        if isinstance(block, ast.With) and isinstance(block.items[0].context_expr, ast.Call)
        for call in _calls(block)
    }


def _calls(function: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(function) if isinstance(node, ast.Call)]


def _is_of_alembic(call: ast.Call) -> bool:
    """Whether it is called on `op` or on what `op.batch_alter_table` gives, and not on `sa`."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(owner, ast.Call) or (isinstance(owner, ast.Name) and owner.id != "sa")


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _argument(call: ast.Call, number: int) -> str | None:
    node = call.args[number] if len(call.args) > number else None
    return node.value if isinstance(node, ast.Constant) else None


def _constant(module: ast.Module, name: str) -> str | None:
    for node in module.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return str(ast.literal_eval(node.value))
    return None

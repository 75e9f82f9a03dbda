"""Many rows in one statement, without SQLAlchemy's work on each of them: for intake's path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Dialect, Table

Bind = Callable[[Any], Any]


def insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; values are bound as the columns' types say."""
    if not rows:
        return
    statement = _statement(table, tuple(rows[0]), connection.dialect)
    connection.exec_driver_sql(statement.sql, [statement.parameters(row) for row in rows])


@dataclass(frozen=True)
class _Statement:
    """An INSERT as the driver takes it.

    Parameters:
      names: of the columns, in the order of the driver's parameters.
      binds: what has to be converted, by column.
      positional: whether parameters go by position, or else by name.
    """

    sql: str
    names: tuple[str, ...]
    binds: Mapping[str, Bind]
    positional: bool

    def parameters(self, row: Mapping[str, Any]) -> Any:
        """Return a row as the driver takes it."""
        if self.positional:
            binds = self.binds
            return tuple([binds[name](row[name]) if name in binds else row[name] for name in self.names])
        return {**row, **{name: bind(row[name]) for name, bind in self.binds.items()}}


@lru_cache(maxsize=64)
def _statement(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Statement:
    compiled = sa.insert(table).compile(dialect=dialect, column_keys=list(names))
    order = tuple(getattr(compiled, "positiontup", None) or names)
    binds: dict[str, Bind] = {}
    for name in names:
        bind = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None:
            binds[name] = bind
    return _Statement(str(compiled), order, binds, positional=bool(dialect.positional))

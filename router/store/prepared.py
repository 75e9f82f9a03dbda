"""Statements that run thousands of times a second: compiled once, run by the driver's own cursor.

SQLAlchemy's work on each execution costs several times what the database does for intake's small queries.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Dialect, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

Convert = Callable[[Any], Any]
Converts = tuple[Any, ...]


class Among(ColumnElement[Any]):
    """Whether a column is one of a list; the list is one parameter, so that the text never changes."""

    inherit_cache = False
    type = sa.types.NullType()  # as a Boolean SQLite would be asked whether it `= 1`, and take no index

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.kind = "INTEGER" if isinstance(column.type, sa.Integer) else "TEXT"
        self.values = sa.bindparam(name, type_=_Listed())


class _Listed(sa.types.UserDefinedType[Any]):
    """A list as a parameter: an array on PostgreSQL, JSON text on SQLite."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Name it; it is never a column."""
        return "TEXT"

    def bind_processor(self, dialect: Dialect) -> Convert | None:
        """Return how a list is passed to a driver."""
        return json.dumps if dialect.name == "sqlite" else list


@compiles(Among)
def _compile_among(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column = compiler.process(element.column, **kw)
    values = compiler.process(element.values, **kw)
    if compiler.dialect.name == "sqlite":
        return f"{column} IN (SELECT CAST(value AS {element.kind}) FROM json_each({values}))"  # noqa: S608
    return f"{column} = ANY({values})"


class Query:
    """A SELECT with named parameters; its rows are named tuples, converted as the columns' types say."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[_Sql, Converts]] = {}
        names = [column.name for column in statement.selected_columns]
        self._row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]

    def plan(self, connection: Connection) -> str:
        """Return how SQLite goes about it, for those who doubt that it takes an index."""
        statement = self._statement.compile(dialect=connection.dialect)
        nothing = (None,) * len(statement.positiontup or ())
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing)
        return "\n".join(row.detail for row in rows)

    def rows(self, connection: Connection, **values: Any) -> list[Any]:
        """Return all rows for these parameters."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            columns = [column.type.dialect_impl(dialect) for column in self._statement.selected_columns]
            converts = tuple(type_.result_processor(dialect, None) for type_ in columns)
            self._compiled[dialect.name] = _compile(self._statement, dialect), converts
        sql, converts = self._compiled[dialect.name]
        with _cursor(connection, sql.text) as cursor:
            cursor.execute(sql.text, sql.parameters(values))
            found = cursor.fetchall()
        make = self._row
        return [
            make(*[v if convert is None else convert(v) for v, convert in zip(row, converts, strict=True)])
            for row in found
        ]


class Update:
    """An UPDATE with named parameters."""

    def __init__(self, statement: sa.Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Sql] = {}

    def run(self, connection: Connection, **values: Any) -> int:
        """Return how many rows were changed."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _compile(self._statement, dialect)
        sql = self._compiled[dialect.name]
        with _cursor(connection, sql.text) as cursor:
            cursor.execute(sql.text, sql.parameters(values))
            changed: int = cursor.rowcount
        return changed


class Insert:
    """An INSERT of many rows that all have the same columns."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._compiled: dict[tuple[str, tuple[str, ...]], _Sql] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; values are bound as the columns' types say."""
        if not rows:
            return
        key = (connection.dialect.name, tuple(rows[0]))
        if key not in self._compiled:
            statement = sa.insert(self._table).values({name: sa.bindparam(name) for name in rows[0]})
            self._compiled[key] = _compile(statement, connection.dialect)
        sql = self._compiled[key]
        with _cursor(connection, sql.text) as cursor:
            cursor.executemany(sql.text, [sql.parameters(row) for row in rows])


@dataclass(frozen=True)
class _Sql:
    """A statement as a driver takes it.

    Parameters:
      names: of the parameters, in the driver's order.
      converts: what has to be converted, by name.
      constants: values that stand in the statement itself.
      positional: whether parameters go by position, or else by name.
    """

    text: str
    names: tuple[str, ...]
    converts: Mapping[str, Convert]
    constants: Mapping[str, Any]
    positional: bool

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """Return values as the driver takes them."""
        converts = self.converts
        if self.constants:
            values = {**self.constants, **values}
        if self.positional:
            return tuple([converts[n](values[n]) if n in converts else values[n] for n in self.names])
        return {n: converts[n](values[n]) if n in converts else values[n] for n in self.names}


def _compile(statement: Any, dialect: Dialect) -> _Sql:
    compiled = statement.compile(dialect=dialect)
    converts = {}
    for name, parameter in compiled.binds.items():
        convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        if convert is not None:
            converts[name] = convert
    names = tuple(compiled.positiontup or ()) if dialect.positional else tuple(compiled.binds)
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    return _Sql(str(compiled), names, converts, constants, bool(dialect.positional))


@contextmanager
def _cursor(connection: Connection, text: str) -> Iterator[Any]:
    """Yield the driver's cursor; what it raises is SQLAlchemy's, as from any other statement."""
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            text,
            None,
            error,
            connection.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            dialect=connection.dialect,
        ) from error
    finally:
        cursor.close()

"""Migrations agree with the tables, run once however many start at once, and leave newer schemas alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from router.store.engine import Database, connect
from router.store.migrate import config, head, is_current, missing, revision, run_migrations, upgrade
from router.store.tables import GROUPS, METADATA, ORGANISATIONS


@pytest.fixture
def blank(blank_database_url: str) -> Any:
    opened = connect(blank_database_url)
    yield opened
    opened.close()


def _where(index: Any) -> list[str]:
    return [str(clause) for clause in index.get("dialect_options", {}).values()]


def _schema(database: Database) -> dict[str, Any]:
    with database.read() as connection:
        inspector = sa.inspect(connection)
        return {
            table: (
                {
                    column["name"]: (str(column["type"]), column["nullable"])
                    for column in inspector.get_columns(table)
                },
                sorted(
                    (str(index["name"]), index["unique"], str(index["column_names"]), _where(index))
                    for index in inspector.get_indexes(table)
                ),
                sorted(str(check) for check in inspector.get_check_constraints(table)),
                sorted(str(key["constrained_columns"]) for key in inspector.get_foreign_keys(table)),
                sorted(str(unique["column_names"]) for unique in inspector.get_unique_constraints(table)),
            )
            for table in sorted(inspector.get_table_names())
        }


def test_models_and_migrations_agree_by_alembic(blank: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with blank.writing.connect() as connection:
        run_migrations(connection)
    with blank.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_blank_database_is_given_the_schema_that_the_migrations_make(blank: Database) -> None:
    upgrade(blank)
    given = _schema(blank)

    with blank.writing.begin() as connection:
        METADATA.drop_all(connection)
        connection.execute(sa.text("DROP TABLE alembic_version"))
    with blank.writing.connect() as connection:
        run_migrations(connection)

    assert _schema(blank) == given


def test_a_database_that_alembic_made_is_current(blank: Database) -> None:
    with blank.writing.connect() as connection:
        run_migrations(connection)

    upgrade(blank)

    assert is_current(blank)


def test_the_head_is_the_one_alembic_knows(sqlite: Database) -> None:
    from alembic.script import ScriptDirectory

    with sqlite.read() as connection:
        assert ScriptDirectory.from_config(config(connection)).get_heads() == [head()]


def test_a_blank_database_is_not_current_until_upgraded(blank: Database) -> None:
    before = is_current(blank)
    upgrade(blank)

    assert (before, is_current(blank)) == (False, True)


def test_eight_starts_at_once_migrate_once(blank_database_url: str) -> None:
    def start(_: int) -> None:
        database = connect(blank_database_url)
        try:
            upgrade(database)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))

    database = connect(blank_database_url)
    with database.read() as connection:
        assert revision(connection) == head()
        assert connection.execute(sa.select(ORGANISATIONS.c.name)).scalars().all() == ["default"]
        assert connection.execute(sa.select(GROUPS.c.name, GROUPS.c.is_all)).all() == [("All", True)]
    database.close()


def test_a_newer_schema_is_left_alone(database: Database) -> None:
    with database.writing.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    upgrade(database)

    with database.read() as connection:
        assert revision(connection) == "9999"
    assert is_current(database)


def test_a_migration_that_fails_leaves_nothing(blank: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("seeding failed")

    monkeypatch.setattr("router.store.migrate.ensure_organisation", refuse)
    with pytest.raises(RuntimeError, match="seeding failed"):
        upgrade(blank)

    with blank.read() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_foreign_keys_hold_again_after_an_upgrade(sqlite: Database) -> None:
    upgrade(sqlite)

    with sqlite.writing.begin() as connection:
        assert connection.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1


def test_a_schema_that_lacks_a_column_is_found_whatever_its_revision_says(blank: Database) -> None:
    upgrade(blank)
    assert missing(blank) == ()
    with blank.writing.begin() as connection:
        connection.execute(sa.text("ALTER TABLE contacts DROP COLUMN label"))

    assert missing(blank) == ("contacts.label",)

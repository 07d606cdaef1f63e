"""
Many rows into one table by one prepared statement, for the paths that are counted in events per second.

The mapper builds an object and runs every field of it through a dozen calls for each row: more than half of the time of a capture. Here values come as the
database has them (`moment`, `number`), and rows that others refer to get their numbers beforehand (`reserve`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models


def insert(table: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows inside the caller's transaction. A value that breaks a constraint raises IntegrityError, as the mapper does."""
    if not connection.in_atomic_block:
        raise RuntimeError("rows are inserted in the transaction of an act")
    quote, name = connection.ops.quote_name, table._meta.db_table  # noqa: SLF001 - documented by Django
    named = ", ".join(quote(c) for c in columns)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(name)} ({named}) VALUES ({marks})", list(rows))  # noqa: S608 - names of our own tables


def look_up(
    table: type[models.Model], column: str, values: Iterable[Any], wanted: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """The `wanted` columns of the rows whose `column` is one of the values, which come as the database has them; 500 in a statement."""
    quote, name = connection.ops.quote_name, table._meta.db_table  # noqa: SLF001 - documented by Django
    named = ", ".join(quote(c) for c in wanted)
    distinct = list(dict.fromkeys(values))
    with connection.cursor() as cursor:
        for start in range(0, len(distinct), 500):
            part = distinct[start : start + 500]
            marks = ", ".join(["%s"] * len(part))
            cursor.execute(f"SELECT {named} FROM {quote(name)} WHERE {quote(column)} IN ({marks})", part)  # noqa: S608 - names of our own tables
            yield from cursor.fetchall()


def reserve(table: type[models.Model], count: int) -> Sequence[int]:
    """
    Numbers for rows that are to be inserted, ascending, never given out before.

    On SQLite, where one transaction writes at a time, they are those after the last; on PostgreSQL the sequence gives them.
    """
    if not count:
        return ()
    name = table._meta.db_table  # noqa: SLF001 - documented by Django
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{name}"', count]
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
        last = cursor.fetchone()
        first = (last[0] if last else 0) + 1
        return range(first, first + count)


def moment(at: datetime) -> Any:
    """A moment as the database has it."""
    return connection.ops.adapt_datetimefield_value(at)


def number(value: Decimal | None, digits: int, places: int) -> Any:
    """A decimal as the database has it. Raises decimal.InvalidOperation for one that does not fit."""
    return None if value is None else connection.ops.adapt_decimalfield_value(value, digits, places)

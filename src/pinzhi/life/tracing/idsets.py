"""
Queries over a set of ids of any length as one statement: a walk over the chain of 10,000 units asks a handful of them.

`IN` with a placeholder each ends at some thousands; SQLite takes the ids as one JSON text, PostgreSQL as one array.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from django.db import connection


def rows(sql: str, ids: Collection[int], *more: Any) -> list[tuple[Any, ...]]:
    """Run `sql`, in which `{ids}` stands for the set and comes before every other parameter. Nothing is asked for an empty set."""
    if not ids:
        return []
    if connection.vendor == "postgresql":
        among, value = "(SELECT unnest(%s::bigint[]))", list(ids)
    else:
        among, value = "(SELECT value FROM json_each(%s))", json.dumps(list(ids))
    with connection.cursor() as cursor:
        cursor.execute(sql.format(ids=among), [value, *more])
        return list(cursor.fetchall())

"""Commands that need Django call `ready()` first, those that need the database `installed()`; the ◇ commands call neither."""

from __future__ import annotations

import os
import sys

import click

from pinzhi.kernel.refusal import RefusedError


def ready() -> None:
    """Set Django up once. Importing it is the price of the first command that needs it, not of `pinzhi --help`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pinzhi.site.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def installed() -> None:
    """
    Set Django up and see that the database has this version's schema.

    An embedded installation that does not exist yet is made on the spot; a database that somebody keeps is never changed without being asked.
    Raises RefusedError(`schema_behind`, `database_unreachable`).
    """
    ready()
    if {"-h", "--help"} & set(sys.argv):
        return
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        empty = bool(pending) and not connection.introspection.table_names()
    except DatabaseError as why:
        raise RefusedError.because(
            "database_unreachable", str(why).splitlines()[0], "see PINZHI_DATABASE, and «pinzhi doctor»"
        ) from why
    if empty and connection.vendor == "sqlite":
        migrated()
        click.echo(f"a new installation was made in {os.environ.get('PINZHI_HOME', 'var')}", err=True)
    elif pending:
        raise RefusedError.because(
            "schema_behind", f"the database lacks {len(pending)} steps of this version's schema", "run «pinzhi migrate»"
        )


def migrated() -> None:
    """Bring the database to this version's schema."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)

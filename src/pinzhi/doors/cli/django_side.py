"""Commands that need the database call `ready()` first; the ◇ commands never do."""

from __future__ import annotations

import os


def ready() -> None:
    """Set Django up once. Importing it is the price of the first command that needs it, not of `pinzhi --help`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pinzhi.site.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()

"""`pinzhi <station> <verb>`: the same verbs as the actions."""

from pinzhi.doors.cli.main import main

__all__ = ["main"]

"""`pinzhi complaints`: the rules of the station over files, without server or database. One module per command, loaded when it is called."""

from __future__ import annotations

import click

from pinzhi.doors.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module:attribute under pinzhi.doors.cli, one line)
    "triage": (
        "complaints_triage:triage",
        "texts of buyers: kind, severity, danger, polarity, category, and why",
    ),
    "train": ("complaints_triage:train", "a model of your own from texts with labels"),
    "entitle": (
        "complaints_entitle:entitle",
        "what is the buyer owed, and by when: amounts with articles, exclusions, deadlines",
    ),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def command() -> None:
    """What is the buyer owed, and by when? 投诉维权"""

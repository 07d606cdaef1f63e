"""`pinzhi admission`: the checks of the first station over files, without server or database. One module per command, loaded when it is called."""

from __future__ import annotations

import importlib

import click

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module:attribute under pinzhi.doors.cli, one line)
    "screen": (
        "admission_screen:screen",
        "listings by the rules: one verdict each, with spans, articles and exemptions",
    ),
    "backtest": (
        "admission_backtest:backtest",
        "what a candidate ruleset would have said of listings that were judged before",
    ),
    "images": (
        "admission_images:images",
        "which pictures of a folder are pictures of the bank, however they were edited?",
    ),
    "submit": ("admission_submit:submit", "submit many listings from a file, with a file of results"),
    "number": ("admission_number:number", "can a document number exist, and what do its parts say?"),
    "report": ("admission_report:report", "a test report: fields, results judged again, checks"),
}


class Group(click.Group):
    """Finds commands by the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"pinzhi.doors.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List names and lines without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Group)
def command() -> None:
    """May it be sold here? 入驻审核"""

"""`pinzhi admission`: the checks of the first station over files, without server or database. One module per command, loaded when it is called."""

from __future__ import annotations

import click

from pinzhi.doors.cli.lazy import LazyGroup

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
    "lab": ("admission_lab:lab", "versions of the text rules: draft, backtest, shadow, percentage, live, revert"),
    "images": (
        "admission_images:images",
        "which pictures of a folder are pictures of the bank, however they were edited?",
    ),
    "submit": ("admission_submit:submit", "submit many listings from a file, with a file of results"),
    "watch": ("admission_watch:watch", "papers and standards of live listings that come to their end"),
    "number": ("admission_number:number", "can a document number exist, and what do its parts say?"),
    "labs": ("admission_labs:labs", "take in a snapshot of the register of laboratories"),
    "report": ("admission_report:report", "a test report: fields, results judged again, checks"),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def command() -> None:
    """May it be sold here? 入驻审核"""

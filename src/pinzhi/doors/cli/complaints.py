"""`pinzhi complaints`: the rules of the station over files, without server or database, its export and its books. A module per command."""

from __future__ import annotations

import click

from pinzhi.doors.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module:attribute under pinzhi.doors.cli, one line)
    "ask": ("complaints_ask:ask", "a question answered with the words of the rule, or by naming a person"),
    "triage": (
        "complaints_triage:triage",
        "texts of buyers: kind, severity, danger, polarity, category, and why",
    ),
    "train": ("complaints_triage:train", "a model of your own from texts with labels"),
    "entitle": (
        "complaints_entitle:entitle",
        "what is the buyer owed, and by when: amounts with articles, exclusions, deadlines",
    ),
    "balance": ("complaints_money:balance", "what stands on every account of deposits and the fund"),
    "pay-in": ("complaints_money:pay_in", "book what was paid into the fund or a deposit, back, or of a debt"),
    "advance": ("complaints_money:advance", "pay a buyer from the fund what the merchant did not give in time"),
    "export": ("complaints_export:export", "complaints for 12315 and as public rows"),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def command() -> None:
    """What is the buyer owed, and by when? 投诉维权"""

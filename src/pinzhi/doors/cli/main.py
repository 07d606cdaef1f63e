"""The command line. Groups load only when they are called, so that `pinzhi --help` and the ◇ commands need neither Django nor a database."""

from __future__ import annotations

import sys
from typing import Any

import click

from pinzhi import __version__
from pinzhi.doors.cli.lazy import LazyGroup
from pinzhi.kernel.refusal import RefusedError

COMMANDS: dict[str, tuple[str, str]] = {
    "feeds": ("feeds", "files of the marketplace into the house"),
    "law": ("law", "deadlines on the official calendar, statutes with their figures"),
    "demo": ("demo", "a living marketplace on this machine, from nothing"),
    "serve": ("running:serve", "serve every door: console, API, public pages, ledger"),
    "worker": ("running:worker", "hand facts to their reactions, send webhooks, run jobs and schedules"),
    "migrate": ("running:migrate", "bring the database to this version's schema"),
    "doctor": ("doctor", "what is missing on this machine, and how to get it"),
    "backup": ("safekeeping:backup", "a consistent copy of everything"),
    "restore": ("safekeeping:restore", "put a backup back"),
    "people": ("people", "accounts, roles, API tokens"),
    "decisions": ("decisions", "standing, history, feed, lift; statements of reasons for the EU"),
    "webhooks": ("webhooks", "where decisions are sent to"),
    "policy": ("policy", "versions of thresholds and ladders: draft, publish by two persons, compare"),
    "admission": ("admission", "may it be sold here: numbers of papers, texts, prices, over files"),
    "tracing": ("tracing", "is this very piece real: codes, Digital Links, EPCIS documents, over files"),
    "monitoring": ("monitoring", "what is going wrong, and how sure we are, from files of events"),
    "complaints": ("complaints", "what is the buyer owed, and by when: questions, remedies, triage, over files"),
    "rating": ("rating", "how good every listing is, and why, from files of events"),
    "evaluation": ("evaluation", "rates by cohort, adjusted for delay, with an interval"),
    "map": ("map", "which fact wakes which reaction"),
    "ledger": ("ledger", "sign the log, prove an entry, audit everything"),
    "docs": ("docs", "reference pages from the code"),
}


class House(LazyGroup):
    """The commands of the table above."""

    def invoke(self, ctx: click.Context) -> Any:
        """A refusal that no command has turned into its answer: the same three parts, exit 1."""
        try:
            return super().invoke(ctx)
        except RefusedError as no:
            from pinzhi.doors.cli.rows import REFUSED, say_refusal

            say_refusal(no.refusal, as_json="--json" in sys.argv)
            sys.exit(REFUSED)


@click.command(cls=House, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Pinzhi 品质: quality supervision over the whole life of a product."""

"""`pinzhi tracing`: codes, Digital Links and documents of the second station. One module per command, loaded when it is called."""

from __future__ import annotations

import click

from pinzhi.doors.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "issue": ("tracing_codes:issue", "codes for a batch: a file of addresses"),
    "number": ("tracing_number:number", "a GTIN of the platform for goods that have none"),
    "verify": ("tracing_codes:verify", "was this code issued here? Needs no database"),
    "keys": ("tracing_keys:keys", "the secrets that codes are made from: list, rotate, revoke"),
    "clones": ("tracing_clones:clones", "which codes are copied, from scans and sales"),
    "places": ("tracing_places:places", "in which regions the places of the chain lie"),
    "link": ("tracing_link:link", "read GS1 Digital Link addresses"),
    "epcis": ("tracing_epcis:epcis", "EPCIS documents in JSON-LD and XML: check, hash, convert"),
    "certificate": ("tracing_certificate:certificate", "is this file the certificate that an event names?"),
    "capture": ("tracing_chain:capture", "take EPCIS documents into the store and the ledger"),
    "trace": ("tracing_chain:trace", "where a thing has been and what it was made from"),
    "recall": ("tracing_chain:recall", "where the goods of a batch are; call them back"),
}


@click.command(cls=LazyGroup, table=COMMANDS)
def command() -> None:
    """Is this very piece real, and where does it come from? 商品追溯"""

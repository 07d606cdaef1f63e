"""`pinzhi tracing issue|verify`: codes for single pieces, over files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day
from pinzhi.doors.cli.tracing_keys import FOLDER, folder

if TYPE_CHECKING:
    from pinzhi.life.tracing.ring import Range
    from pinzhi.life.tracing.rules.codes import Epoch

HOST = "https://id.pinzhi.example"
LABELS = (".pdf", ".zpl", ".zip")
MOST = 10_000_000
"""Codes of one call: a file of about a gigabyte."""


@click.command()
@click.option("--gtin", required=True, help="GTIN of the goods: 8, 12, 13 or 14 digits with their check digit.")
@click.option("--count", type=click.IntRange(1, MOST), required=True, help="How many codes.")
@click.option("--batch", default="", help="Batch or lot: up to 20 characters; stands in the address as AI (10).")
@click.option(
    "--out",
    required=True,
    help="File: .csv .ndjson .parquet .arrow of codes (`-` is standard output), .pdf .zpl of labels, .zip of sheets as SVG.",
)
@click.option("--host", default=HOST, show_default=True, help="Where the addresses lead to.")
@click.option("--digits", is_flag=True, help="Codes of digits only (weaker: a guess passes with 2^-33, not 2^-60).")
@click.option("--scratch", is_flag=True, help="Add the covered second factor, which is never in the symbol.")
@click.option("--sheet", "sheet_name", default="a4-24", show_default=True, help="Sheet of the labels.")
@click.option("--symbol", type=click.Choice(["qr", "datamatrix"]), default="qr", show_default=True)
@click.option("--product", default="", help="Name of the goods on the label.")
@click.option("--produced-on", type=Day(), help="Day of production on the label.")
@click.option("--report", default="", help="Number of the test report on the label.")
@click.option("--quarantine", default="", help="Number of the quarantine certificate on the label.")
@FOLDER
@rows.polite
def issue(
    gtin: str,
    count: int,
    batch: str,
    out: str,
    host: str,
    sheet_name: str,
    symbol: str,
    product: str,
    produced_on: date | None,
    report: str,
    quarantine: str,
    keys_folder: str,
    *,
    digits: bool,
    scratch: bool,
) -> rows.Answer:
    """
    Give out COUNT codes and write them with their addresses: columns `url, gtin, batch, serial, epoch` and, with --scratch, `scratch`; or as labels.

    The serials are written into the book of ranges and flushed before the file appears, so that none is ever given out twice. No code is stored.
    """
    from pinzhi.kernel import clock
    from pinzhi.life.tracing import ring, sheets
    from pinzhi.life.tracing.addresses import address_stem, capitals
    from pinzhi.life.tracing.rules.codes import Form
    from pinzhi.life.tracing.rules.labels.layout import Wording

    labels = Path(out).suffix.lower() in LABELS
    stem = address_stem(host, gtin, batch)
    full = stem.rsplit("/01/", 1)[1][:14]
    where, today, form = folder(keys_folder), clock.today(), Form.DIGITS if digits else Form.LETTERS
    wording = Wording(
        product,
        batch,
        produced_on.isoformat() if produced_on else "",
        report,
        quarantine,
        host.rsplit("//", maxsplit=1)[-1],
    )
    drawn = (capitals(stem), wording, sheets.sheet(sheet_name), symbol)
    _tried(out, full, count, batch, drawn, labels=labels)  # before a range is given out
    epoch = ring.current(where, form, today)
    given = ring.allocate(where, epoch, full, count, batch, today)
    if labels:
        order = sheets.Order(epoch.keys(full), given.first, count, batch, *drawn)
        made = {".pdf": sheets.as_pdf, ".zpl": sheets.as_zpl, ".zip": sheets.as_svg}[Path(out).suffix.lower()](order)
        rows.write_bytes(out, made)
        written = count
    else:
        columns = ["url", "gtin", "batch", "serial", "epoch", *(["scratch"] if scratch else [])]
        written = rows.write_rows(out, _codes(epoch, given, stem, scratch=scratch), columns=columns)
    document = {"count": written, "gtin": full, "batch": batch, "epoch": epoch.number, "out": out}
    return rows.Answer(document, f"{written} codes of {full} (epoch {epoch.number}) → {out}", out=out)


def _tried(out: str, gtin: str, count: int, batch: str, drawn: Any, *, labels: bool) -> None:
    """Everything that can be refused, with keys that are never used."""
    if labels:
        from pinzhi.life.tracing import sheets
        from pinzhi.life.tracing.rules import codes

        order = sheets.Order(codes.derive(bytes(32), gtin, 0), 0, count, batch, *drawn)
        order.placed(order.carrier())
    elif out != "-":
        from pinzhi.engine.intake import files

        files.file_type(out)


def _codes(epoch: Epoch, given: Range, stem: str, *, scratch: bool) -> Iterator[dict[str, Any]]:
    from pinzhi.life.tracing.rules import codes

    keys = epoch.keys(given.gtin)
    for start in range(given.first, given.first + given.count, codes.PORTION):
        size = min(codes.PORTION, given.first + given.count - start)
        made = codes.issue(keys, start, size).tolist()
        covered = codes.second_factors(keys, start, size).tolist() if scratch else ()
        for at, code in enumerate(made):
            text = code.decode()
            row = {"url": f"{stem}/21/{text}", "gtin": given.gtin, "batch": given.batch, "serial": text}
            row["epoch"] = epoch.number
            if scratch:
                row["scratch"] = covered[at].decode()
            yield row


@click.command()
@click.argument("values", nargs=-1, required=True, metavar="CODE_OR_URL...")
@click.option("--gtin", default="", help="The GTIN, where only the twenty characters are given.")
@FOLDER
@rows.polite
def verify(values: tuple[str, ...], gtin: str, keys_folder: str) -> rows.Answer:
    """
    Say of every code whether it was issued here; `-` reads one per line from standard input. Needs the secrets and no database.

    With --json: `{code, valid, gtin, serial, batch, epoch, reason, reason_zh, reason_en}`, a list of them where several are given. Valid means that the
    number was issued, never that the piece is genuine: a printed code can be copied.
    """
    from pinzhi.life.tracing import ring

    where = folder(keys_folder)
    secrets, book = ring.ring(where), tuple(ring.ranges(where))
    given = [line.strip() for v in values for line in (sys.stdin if v == "-" else (v,))]
    found = [judged(secrets, book, value, gtin) for value in given if value]
    said = "\n".join(
        f"{'✓' if d['valid'] else '✗'} {d['code']}  {d['reason_zh']} {d['reason_en']}".rstrip() for d in found
    )
    return rows.Answer(found[0] if len(found) == 1 else found, said)


def judged(secrets: tuple[Epoch, ...], book: tuple[Range, ...], value: str, gtin: str) -> dict[str, Any]:
    """The shape of the interface contract."""
    from pinzhi.life.tracing.rules.gs1.link import read as read_link
    from pinzhi.life.tracing.tables import identifiers
    from pinzhi.life.tracing.telling import REASONS

    code, batch, reason = value, "", ""
    if "/" in value:
        link = read_link(identifiers(), value)
        gtin, code, batch = link.value("01"), link.value("21"), link.value("10")
        reason = "" if link.valid and gtin and code else "link_invalid"
    elif not gtin:
        reason = "gtin_missing"
    from pinzhi.life.tracing.rules import codes

    read = codes.Read(gtin, code, None, None, reason) if reason else codes.read(secrets, gtin.zfill(14), code)
    held = next((r for r in book if read.serial is not None and r.holds(read.gtin, read.epoch or 0, read.serial)), None)
    if held is not None and batch and held.batch != batch:
        read = codes.Read(read.gtin, read.code, read.epoch, read.serial, "other_batch")
    why = REASONS[read.reason] if read.reason else None
    return {
        "code": value,
        "valid": read.valid,
        "gtin": read.gtin,
        "serial": read.code,
        "batch": held.batch if held else batch,
        "epoch": read.epoch,
        "reason": read.reason,
        "reason_zh": why.zh if why else "",
        "reason_en": why.en if why else "",
    }

"""`pinzhi admission number`: read document numbers of one kind."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import TO_BE_CHECKED, Day
from pinzhi.kernel.refusal import Refusal

if TYPE_CHECKING:
    from pinzhi.life.admission.rules.numbers.book import Book
    from pinzhi.life.admission.rules.numbers.scheme import Known, Number


@click.command("number")
@click.argument("kind")
@click.argument("values", nargs=-1, required=True, metavar="VALUE...")
@click.option("--as-of", "as_of", type=Day(), help="The day that counts for years in numbers; without it today.")
@rows.polite
def number(kind: str, values: tuple[str, ...], as_of: date | None) -> rows.Answer:
    """
    Read every VALUE as a number of KIND; `auto` finds the kind, `-` reads one value per line from standard input.

    With --json: `{value, kind, valid, normalised, parts, reason, reason_zh, reason_en, verified, notes}`, a list of them where several values are given.
    `valid` says that the number can exist; whether it was issued only the register of the issuer says. `verified` is false where the structure of the number is
    known at second hand.
    """
    from pinzhi.kernel import clock
    from pinzhi.life.admission.rules.numbers.book import AUTO, LONGEST, SCHEMES, unknown_kind
    from pinzhi.life.admission.tables import book

    if kind != AUTO and kind not in SCHEMES:
        raise unknown_kind(kind)
    table = book()
    known = table.known((as_of or clock.today()).year)
    given = [line for v in values for line in (_lines() if v == "-" else (v,))]
    documents, refused = [], []
    for line, value in enumerate(given, 1):
        if not value.strip() or len(value) > LONGEST:
            refused.append(_unreadable(line, value))
            continue
        read = table.guess(value, known) if kind == AUTO else table.read(kind, value, known)
        documents.append(document(value, read, table, known))
    said = "\n".join(_said(d) for d in documents)
    return rows.Answer(documents[0] if len(given) == len(documents) == 1 else documents, said, refused=refused)


def _lines() -> list[str]:
    return [line.rstrip("\r\n") for line in sys.stdin]


def _unreadable(line: int, value: str) -> Refusal:
    if not value.strip():
        return Refusal("number_empty", "there is no number", "give the number as it is printed", "value", line)
    return Refusal(
        "number_too_long", f"{len(value)} characters are no document number", "give the number alone", "value", line
    )


def document(value: str, read: Number, table: Book, known: Known) -> dict[str, Any]:
    """The shape of the interface contract. Parts that a table knows are followed by `<part>_zh`, `<part>_en`."""
    from pinzhi.life.admission.rules.numbers.book import reason, remarks

    parts: dict[str, str] = {}
    for name, code, meaning in table.meaning(read):
        parts[name] = code
        if meaning is not None:
            parts |= {f"{name}_zh": meaning.zh, f"{name}_en": meaning.en}
    why = reason(read)
    return {
        "value": value,
        "kind": read.kind,
        "valid": read.valid,
        "normalised": read.normalised,
        "scheme": read.scheme.id if read.scheme else "",
        "parts": parts,
        "reason": read.fault,
        "reason_zh": why.zh if why else "",
        "reason_en": why.en if why else "",
        "verified": read.verified,
        "notes": [{"zh": t.zh, "en": t.en} for t in remarks(read, known)],
    }


def _said(d: dict[str, Any]) -> str:
    mark = "" if d["verified"] else f"  [{TO_BE_CHECKED}]"
    head = f"{'✓' if d['valid'] else '✗'} {d['kind']} {d['normalised']}{mark}"
    if not d["valid"]:
        return f"{head}\n  {d['reason_zh']} {d['reason_en']}"
    parts: dict[str, str] = d["parts"]
    named = [f"{k} {v} {parts[k + '_zh']} · {parts[k + '_en']}" for k, v in parts.items() if k + "_zh" in parts]
    return "\n  ".join([head, *named, *(f"! {n['zh']} {n['en']}" for n in d["notes"])])

"""`pinzhi tracing link`: read GS1 Digital Link addresses."""

from __future__ import annotations

import sys
from typing import Any

import click

from pinzhi.doors.cli import rows


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--compress",
    type=click.Choice(["whole", "partly"]),
    help="Add the compressed address; partly = the key stays open.",
)
@rows.polite
def link(urls: tuple[str, ...], compress: str | None) -> rows.Answer:
    """
    Read every URL as a GS1 Digital Link, compressed ones too; `-` reads one per line from standard input.

    With --json: `{link, valid, keys, qualifiers, attributes, others, canonical, errors: [{code, at, value, message_zh, message_en}]}`, a list of them where
    several are given; with --compress a valid one has `compressed`. Judged by the forms, check digits, order and companions of the GS1 Application Identifiers.
    """
    from pinzhi.life.tracing.rules.gs1.faults import FAULTS
    from pinzhi.life.tracing.rules.gs1.link import document, pack, read
    from pinzhi.life.tracing.tables import identifiers

    given = [line.rstrip("\r\n") for u in urls for line in (sys.stdin if u == "-" else (u,))]
    sentences = {code: (text.zh, text.en) for code, text in FAULTS.items()}
    found = [document(read(identifiers(), u), u, sentences) for u in given]
    for one in found if compress else ():
        if one["valid"]:
            one["compressed"] = pack(identifiers(), str(one["link"]), partly=compress == "partly")
    said = "\n".join(map(_said, found))
    return rows.Answer(found[0] if len(found) == 1 else found, said)


def _said(d: dict[str, Any]) -> str:
    if not d["valid"]:
        faults = (f"  {e['at']} {e['value']}  {e['message_zh']} · {e['message_en']}" for e in d["errors"])
        return "\n".join([f"✗ {d['link']}", *faults])
    from pinzhi.life.tracing.tables import identifiers

    titles = identifiers().by_code
    parts = {**d["keys"], **d["qualifiers"], **d["attributes"]}
    return "\n".join(
        [
            f"✓ {d['canonical']}",
            *([f"  {d['compressed']}"] if "compressed" in d else []),
            *(f"  ({c}) {v}  {titles[c].title.zh} · {titles[c].title.en}" for c, v in parts.items()),
        ]
    )

"""`pinzhi tracing link`: read GS1 Digital Link addresses."""

from __future__ import annotations

import sys
from typing import Any

import click

from pinzhi.doors.cli import rows


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@rows.polite
def link(urls: tuple[str, ...]) -> rows.Answer:
    """
    Read every URL as a GS1 Digital Link; `-` reads one per line from standard input.

    With --json: `{link, valid, keys, qualifiers, attributes, others, canonical, errors: [{code, at, value, message_zh, message_en}]}`, a list of them where
    several are given. Judged by the forms, check digits, order and companions of the GS1 Application Identifiers.
    """
    from pinzhi.life.tracing.rules.gs1.faults import FAULTS
    from pinzhi.life.tracing.rules.gs1.link import document, read
    from pinzhi.life.tracing.tables import identifiers

    given = [line.rstrip("\r\n") for u in urls for line in (sys.stdin if u == "-" else (u,))]
    sentences = {code: (text.zh, text.en) for code, text in FAULTS.items()}
    found = [document(read(identifiers(), u), u, sentences) for u in given]
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
            *(f"  ({c}) {v}  {titles[c].title.zh} · {titles[c].title.en}" for c, v in parts.items()),
        ]
    )

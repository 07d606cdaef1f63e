"""`pinzhi tracing certificate`: is this file the report or certificate that an event names? Needs no server and no database."""

from __future__ import annotations

import hashlib
from typing import Any

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import Refusal, RefusedError

SAID = {
    "match": ("是该事件所附的文件", "this is the file that the event names"),
    "other": ("不是该事件所附的文件", "this is not the file that the event names"),
    "none": ("事件没有附证明文件", "the event names no certificate"),
}
UNBOUND = (
    "但该哈希不在事件哈希之内，账本不能证明",
    "but its digest is outside the event hash: the ledger does not prove it",
)


@click.command()
@click.argument("file")
@click.option(
    "--event", required=True, help="The event, or a document of events: JSON-LD or XML of EPCIS (`-` = standard input)."
)
@rows.polite
def certificate(file: str, event: str) -> rows.Answer:
    """
    Hold FILE (a report, a quarantine certificate; `-` = standard input) against the digests that EVENT names. Only the digest of the file is taken.

    With --json: `{file, digest, verdict: match|other|none, bound, event, named: [{event, digest, kind, number, issued_on, bound}], text_zh, text_en}`.
    `bound`: the digest is part of the event hash, so that the ledger proves it; `event` is that hash. Exit 0 whatever the verdict, 1 where file or event
    cannot be read or the event's certificates are not written as they must be.
    """
    from pinzhi.doors.cli.tracing_epcis import read_bytes
    from pinzhi.life.tracing.rules.epcis import certificates

    digest = _digest(file)
    named = _named(event, read_bytes(event))
    found = [n for n in named if n["digest"] == certificates.ni(digest)]
    held = next((n for n in found if n["bound"]), found[0] if found else None)
    verdict = "match" if held else "other" if named else "none"
    zh, en = SAID[verdict]
    if held and not held["bound"]:
        zh, en = f"{zh}，{UNBOUND[0]}", f"{en}, {UNBOUND[1]}"
    said = {
        "file": file,
        "digest": certificates.ni(digest),
        "verdict": verdict,
        "bound": bool(held and held["bound"]),
        "event": held["event"] if held else "",
        "named": named,
        "text_zh": zh,
        "text_en": en,
    }
    return rows.Answer(said, f"{'✓' if held else '✗'} {file}  {said['digest']}\n  {zh} · {en}")


def _digest(file: str) -> str:
    from pinzhi.doors.cli.tracing_epcis import opened

    with opened(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _named(file: str, data: bytes) -> list[dict[str, Any]]:
    """Every certificate of every event, in the order of the document. Raises RefusedError with the first fault of one, and where there is no event."""
    from pinzhi.life.tracing.rules.epcis import certificates, hashing
    from pinzhi.life.tracing.rules.epcis.faults import sentence
    from pinzhi.life.tracing.rules.epcis.found import Found
    from pinzhi.life.tracing.rules.epcis.reading import open_document

    named: list[dict[str, Any]] = []
    events = 0
    for read in open_document(data)[1]:
        if not read.fields:
            continue
        events += 1
        found = Found(read, read.names.under(read.fields["@context"]) if "@context" in read.fields else read.names)
        certificates.judge(found)
        if found.faults:
            first = found.faults[0]
            raise RefusedError(
                Refusal(first.code, f"{first.path}: {sentence(first).en}", "ask its sender to mend it", file=file)
            )
        name = hashing.event_hash(read.fields, read.names)
        bound = {c.sha256: c for c in certificates.named(read.fields, read.names)}
        for sha256 in dict.fromkeys([*bound, *certificates.mentioned(read.fields)]):
            one = bound.get(sha256, certificates.Certificate(sha256))
            named.append(
                {
                    "event": name,
                    "digest": certificates.ni(sha256),
                    "kind": one.kind,
                    "number": one.number,
                    "issued_on": one.issued_on.isoformat() if one.issued_on else None,
                    "bound": sha256 in bound,
                }
            )
    if not events:
        raise RefusedError(Refusal("epcis_no_event", "there is no event in it", "see `epcis validate`", file=file))
    return named

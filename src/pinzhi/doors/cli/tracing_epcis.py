"""`pinzhi tracing epcis`: check, hash and convert EPCIS documents in JSON-LD and XML."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.life.tracing.rules.epcis.documents import Fault

SHOWN = 20
"""Faults of one file that people see; --json has all of them."""


@click.group()
def epcis() -> None:
    """EPCIS 2.0 and 1.2: documents, query documents, single events, lists of events. 追溯事件"""


@epcis.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--as-of", "as_of", help="The moment beyond which an event lies in the future (ISO 8601 with zone); now by default."
)
@rows.polite
def validate(files: tuple[str, ...], as_of: str | None) -> rows.Answer:
    """
    Check every FILE (`-` = standard input) by the rules of EPCIS 2.0 and CBV 2.0.

    With --json: `{file, valid, events, errors: [{path, code, value, message, message_zh, message_en}], warnings: [...]}`, a list of them where several
    files are given. `path` is a JSON Pointer or an XPath. Exit 0 where every file could be judged, whatever the verdict; 3 where some could not be read.
    """
    from pinzhi.kernel import clock

    moment = _moment(as_of) if as_of else clock.now()
    found, lost = [], list[Refusal]()
    for file in files:
        try:
            found.append(_judged(file, moment))
        except RefusedError as no:
            if len(files) == 1:
                raise
            lost.append(no.refusal)
    return rows.Answer(found[0] if len(files) == 1 else found, "\n".join(map(_said, found)), refused=lost)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as why:
        raise click.BadParameter(f"{text!r} is no moment; write 2026-01-31T08:00:00+08:00") from why
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read_bytes(file: str) -> bytes:
    """The bytes of a file or of standard input, one more than may be read at most. Raises RefusedError(`file_unreadable`)."""
    from pinzhi.life.tracing.rules.epcis.documents import BIGGEST

    with opened(file) as stream:
        return stream.read(BIGGEST + 1)


@contextmanager
def opened(file: str) -> Iterator[BinaryIO]:
    """A file to read, or standard input for `-`. Raises RefusedError(`file_unreadable`)."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as why:
        reason = f"{file}: {why.strerror or why}"
        raise RefusedError(
            Refusal("file_unreadable", reason, "give the path of a file that exists", file=file)
        ) from why


def _judged(file: str, as_of: datetime) -> dict[str, Any]:
    from pinzhi.life.tracing.rules.epcis import checking
    from pinzhi.life.tracing.rules.epcis.reading import open_document

    errors: list[dict[str, str]] = []
    warnings: list[dict[str, str]] = []
    count = 0
    data = read_bytes(file)
    try:
        head, events = open_document(data)

        def counted() -> Iterator[Any]:
            nonlocal count
            for event in events:
                count += 1
                yield event

        for fault in checking.iterate(head, counted(), as_of=as_of):
            (warnings if fault.warning else errors).append(_row(fault))
    except RefusedError as no:
        r = no.refusal
        errors.append(
            {
                "path": "",
                "code": r.code,
                "value": "",
                "message": f"{r.reason}; {r.remedy}",
                "message_zh": _unread(r),
                "message_en": r.reason,
            }
        )
    return {"file": file, "valid": not errors, "events": count, "errors": errors, "warnings": warnings}


def _unread(no: Refusal) -> str:
    from pinzhi.life.tracing.rules.epcis.faults import UNREADABLE

    return UNREADABLE[no.code].zh


def _row(fault: Fault) -> dict[str, str]:
    from pinzhi.life.tracing.rules.epcis.faults import sentence

    text = sentence(fault)
    return {
        "path": fault.path,
        "code": fault.code,
        "value": fault.value,
        "message": text.en,
        "message_zh": text.zh,
        "message_en": text.en,
    }


def _said(d: dict[str, Any]) -> str:
    head = f"{'✓' if d['valid'] else '✗'} {d['file']}  {d['events']} events"
    lines = [(("✗", e) if e in d["errors"] else ("!", e)) for e in (*d["errors"], *d["warnings"])[:SHOWN]]
    left = len(d["errors"]) + len(d["warnings"]) - len(lines)
    more = [f"  … {left} more (--json)"] if left else []
    return "\n".join(
        [head, *(f"  {mark} {e['path'] or '/'}  {e['message_zh']} · {e['message_en']}" for mark, e in lines), *more]
    )


@epcis.command("hash")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--cbv",
    "version",
    type=click.Choice(["2.0", "2.1"]),
    default="2.0",
    show_default=True,
    help="Edition of the CBV whose form is hashed.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="{NAMESPACE}NAME",
    help="An extension of the event that is left out, e.g. an id that a repository added.",
)
@click.option("--prehash", is_flag=True, help="The text that is hashed instead of its hash.")
@rows.polite
def hash_(files: tuple[str, ...], version: Any, ignore: tuple[str, ...], prehash: bool) -> rows.Answer:
    """
    The event hash of CBV 2.0 (`ni:///sha-256;…?ver=CBV2.0`) of every event, one line each, in the order of the documents.

    With --json: a list of `{file, path, hash}`. What cannot be read as an event is set aside with its place, and the rest goes on.
    """
    from pinzhi.life.tracing.rules.epcis import hashing
    from pinzhi.life.tracing.rules.epcis.reading import open_document

    make = hashing.prehash if prehash else hashing.event_hash
    left_out = frozenset(ignore)
    found: list[dict[str, str]] = []
    refused: list[Refusal] = []
    for file in files:
        try:
            _, events = open_document(read_bytes(file))
            for read in events:
                if read.fields:
                    text = make(read.fields, read.names, version=version, ignore=left_out)
                    found.append({"file": file, "path": read.path, "hash": text})
                else:
                    refused.append(_aside(file, read.number + 1, read.path))
        except RefusedError as no:
            if len(files) == 1 and not found:
                raise
            refused.append(replace(no.refusal, file=file))
    return rows.Answer(found, "\n".join(d["hash"] for d in found), refused=refused)


def _aside(file: str, line: int, path: str) -> Refusal:
    return Refusal("epcis_no_event", f"what stands at {path} is no event", "see `epcis validate`", line=line, file=file)


@epcis.command()
@click.argument("file")
@click.option("--to", "form", type=click.Choice(["json", "xml"]), required=True, help="JSON-LD or XML of EPCIS 2.0.")
@click.option("--out", required=True, help="The file to write; `-` is standard output.")
@rows.polite
def convert(file: str, form: str, out: str) -> rows.Answer:
    """
    Write the events of FILE as JSON-LD or XML of EPCIS 2.0; their hashes stay the same.

    Events are carried over, what surrounds them (header, query) is written anew. An event that the other form cannot hold is set aside with its place.
    """
    from pinzhi.kernel import clock
    from pinzhi.life.tracing.rules.epcis.faults import sentence
    from pinzhi.life.tracing.rules.epcis.reading import read_document
    from pinzhi.life.tracing.rules.epcis.writing import write

    document = read_document(read_bytes(file))
    created = document.head.fields.get("creationDate")
    stamp = created if isinstance(created, str) and created else clock.now().isoformat(timespec="milliseconds")
    done = write(document.events, form, created=stamp)
    number = {read.path: read.number + 1 for read in document.events}
    refused = [
        Refusal(
            "epcis_not_writable",
            f"{f.path}: {sentence(f).en}",
            "rename or drop that field",
            line=number[f.path],
            file=file,
        )
        for f in done.left_out
    ]
    _keep(out, done.data)
    said = f"{done.events} events → {out}"
    return rows.Answer({"events": done.events, "left_out": len(refused), "out": out}, said, refused=refused, out=out)


def _keep(out: str, data: bytes) -> None:
    if out == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        unfinished = Path(out).with_name(f".{Path(out).name}.part")
        unfinished.write_bytes(data)
        unfinished.replace(out)
    except OSError as why:
        reason = f"{out}: {why.strerror}"
        raise RefusedError(
            Refusal("file_not_writable", reason, "choose another folder or make room", file=out)
        ) from why

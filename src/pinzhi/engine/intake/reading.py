"""Reading whole inputs: files, standard input, a request's body. Chunks for the store, one table for rules that work on files."""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pinzhi.engine.intake import files
from pinzhi.engine.intake.checks import buffers, check
from pinzhi.engine.intake.columns import EVENT_SCHEMA, REQUIRED, SOURCED_SCHEMA
from pinzhi.engine.intake.twins import without_twins
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError

CHUNK_ROWS = 200_000


@dataclass(slots=True)
class Chunk:
    """A piece of a file: checked events (EVENT_SCHEMA), their lines, refusals, and how many rows were read for it."""

    table: pa.Table
    lines: np.ndarray
    refused: list[Refusal]
    read: int


@dataclass(slots=True)
class Intake:
    """All of an input: `table` (SOURCED_SCHEMA, without duplicates), the refusals, rows read, identical rows dropped."""

    table: pa.Table
    refused: list[Refusal] = field(default_factory=list)
    read: int = 0
    duplicate: int = 0

    @property
    def accepted(self) -> int:
        """Distinct good events."""
        return int(self.table.num_rows)


def iter_events(path: str | Path, chunk_rows: int = CHUNK_ROWS, *, now: datetime | None = None) -> Iterator[Chunk]:
    """
    The checked events of one file in pieces of at least `chunk_rows` rows (the last may be smaller), in memory bounded by the piece.

    Duplicates are not sought here: across pieces only the store can know them. A file that cannot be read at all gives one chunk without rows
    whose refusal has no line; `-` reads standard input.
    """
    moment = now or clock.now()
    if str(path) == "-":
        with tempfile.TemporaryDirectory(prefix="pinzhi-") as folder:
            yield from iter_events(files.stdin_as_file(Path(folder)), chunk_rows, now=moment)
        return
    name = Path(path).name
    yield from _gathered(_checked(files.read_raw(path), moment, name), chunk_rows)


def _checked(raws: Iterable[files.Raw], now: datetime, name: str) -> Iterator[Chunk]:
    first = True
    for raw in raws:
        rows = raw.table.num_rows
        if first and rows:
            first = False
            if lacking := _lacking(raw.table):
                refusal = Refusal(
                    "column_missing",
                    f"{name or 'the input'} has no column {', '.join(lacking)}",
                    f"an event needs {', '.join(REQUIRED)}",
                    lacking[0],
                    file=name,
                )
                yield Chunk(EVENT_SCHEMA.empty_table(), np.zeros(0, np.int64), [refusal], 0)
                return
        if not rows:
            yield Chunk(EVENT_SCHEMA.empty_table(), raw.lines, raw.refused, _lines_in(raw.refused))
            continue
        table, lines, refused = check(raw.table, raw.lines, now=now, file=name)
        yield Chunk(table, lines, raw.refused + refused, rows + _lines_in(raw.refused))


def _lines_in(refused: list[Refusal]) -> int:
    return sum(r.line is not None for r in refused)


def _lacking(table: pa.Table) -> list[str]:
    """Required columns that are absent, or empty in every row of the first block."""
    return [
        n
        for n in REQUIRED
        if n not in table.schema.names or (table.num_rows > 1 and table.column(n).null_count == table.num_rows)
    ]


def _gathered(chunks: Iterator[Chunk], chunk_rows: int) -> Iterator[Chunk]:
    held: list[Chunk] = []
    for chunk in chunks:
        held.append(chunk)
        if sum(c.read for c in held) >= chunk_rows:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(held: list[Chunk]) -> Chunk:
    if len(held) == 1:
        return held[0]
    return Chunk(
        pa.concat_tables([c.table for c in held]),
        np.concatenate([c.lines for c in held]),
        [r for c in held for r in c.refused],
        sum(c.read for c in held),
    )


def read_events(
    paths: Sequence[str | Path] | str | Path, *, source: str = "file", now: datetime | None = None
) -> Intake:
    """
    All events of the files as one table, each (source, event_id) once.

    The same id with the same content is a duplicate; with other content the later row is refused (`event_id_conflict`). Raises RefusedError when
    nothing could be read because a file as a whole was refused.
    """
    several = [paths] if isinstance(paths, (str, Path)) else list(paths)
    parts: list[Chunk] = []
    for path in several:
        try:
            parts.extend(iter_events(path, now=now))
        except RefusedError as no:
            parts.append(Chunk(EVENT_SCHEMA.empty_table(), np.zeros(0, np.int64), [no.refusal], 0))
    return _whole(parts, [str(Path(p).name) for p in several], source)


def _whole(parts: list[Chunk], names: list[str], source: str) -> Intake:
    chunk = _joined(parts) if parts else Chunk(EVENT_SCHEMA.empty_table(), np.zeros(0, np.int64), [], 0)
    of_file = [r for r in chunk.refused if r.line is None]
    if of_file and not chunk.read:
        raise RefusedError(of_file[0])
    table, duplicate, conflicts = without_twins(chunk.table, chunk.lines, names[0] if len(names) == 1 else "")
    named = pa.array([source]).take(pa.array(np.zeros(table.num_rows, np.int32)))
    sourced = table.add_column(0, SOURCED_SCHEMA.field(0), named).combine_chunks()
    refused = sorted(chunk.refused + conflicts, key=lambda r: (r.file, r.line is None, r.line or 0))
    return Intake(sourced, refused, chunk.read, duplicate)


def read_body(body: bytes, kind: str, *, now: datetime | None = None) -> Chunk:
    """The checked events of a request's body; `kind` is a key of `files.READERS`. Duplicates are the store's business."""
    raws = files.parse_document(body) if kind == "json" else files.READERS[kind](io.BytesIO(body), "")
    parts = list(_checked(raws, now or clock.now(), ""))
    return _joined(parts) if parts else Chunk(EVENT_SCHEMA.empty_table(), np.zeros(0, np.int64), [], 0)


def write_refused(path: str | Path, refusals: Iterable[Refusal]) -> Path:
    """Write `<path>.refused.ndjson` (`line, field, code, reason, remedy`, and `file` where known); returns its path."""
    out = Path(f"{path}.refused.ndjson")
    encode = msgspec.json.Encoder().encode
    with out.open("wb") as stream:
        for refusal in refusals:
            stream.write(encode(refusal.row()) + b"\n")
    return out


def body_digest(body: bytes) -> str:
    """SHA-256 of a body in hex: the key of its batch."""
    return hashlib.sha256(body).hexdigest()


def table_digest(table: pa.Table) -> str:
    """SHA-256 over the content of a table in hex: the key of a piece of a file, the same whenever the same file is read again."""
    digest = hashlib.sha256(f"{table.num_rows}".encode())
    for name, column in zip(table.schema.names, table.columns, strict=True):
        digest.update(name.encode())
        for part in column.chunks:
            _feed(digest, part)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, part: pa.Array) -> None:
    """The values of one array: where it is null, how long its texts are, and the bytes; what lies under a null is not looked at."""
    if part.null_count:
        digest.update(np.packbits(np.asarray(part.is_null())).tobytes())
        part = part.drop_null()
    if pa.types.is_string(part.type):
        offsets, data = buffers(part)
        digest.update(np.diff(offsets).tobytes())
        digest.update(data)
    else:
        width = part.type.bit_width // 8
        if len(part):
            digest.update(memoryview(part.buffers()[1])[part.offset * width : (part.offset + len(part)) * width])


def span(table: pa.Table) -> tuple[datetime, datetime] | None:
    """First and last moment of the events, or None for an empty table."""
    if not table.num_rows:
        return None
    both = pc.min_max(table.column("at")).as_py()
    return both["min"], both["max"]

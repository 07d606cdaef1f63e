"""
Rows in and out of files, and the manners that every command shares: exit codes, refusals, `--json`, progress.

    @command.command("scan")
    @click.argument("events")
    @click.option("--out", required=True)
    @rows.polite                                   # adds --json; a refusal becomes exit 1 with code, reason, remedy
    def scan(events: str, out: str) -> rows.Answer:
        taken = rows.events([events])              # Intake; raises a refusal where nothing could be read
        n = rows.write_rows(out, signals(...))
        return rows.Answer({"signals": n}, f"{n} signals", refused=taken.refused, out=out)

Exit codes: 0 done · 1 refused as a whole · 2 wrong usage · 3 done, but some rows were refused (they lie in `<out>.refused.ndjson`).
"""

from __future__ import annotations

import csv
import functools
import gzip
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import msgspec

from pinzhi.kernel.canon import plain
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.doors.cli.aside import Aside
    from pinzhi.engine.intake import Intake

DONE, REFUSED, USAGE, SOME_REFUSED = 0, 1, 2, 3


@dataclass(slots=True)
class Answer:
    """
    What a command says at its end: the JSON document, one line for people, the rows it set aside, and the file it wrote.

    `status` is the exit code when no row was refused: an audit that found something says REFUSED. Commands that stream write the refused rows themselves
    and name them in `aside`.
    """

    document: Mapping[str, Any] | Sequence[Any]
    line: str = ""
    refused: list[Refusal] = field(default_factory=list)
    out: str = ""
    status: int = DONE
    aside: Sequence[Aside] = ()


def polite(function: Callable[..., Answer]) -> Callable[..., None]:
    """Give a command `--json`, turn its `Answer` into output and exit code, and a `RefusedError` into exit 1."""

    @click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
    @functools.wraps(function)
    def wrapped(*args: Any, as_json: bool, **options: Any) -> None:
        try:
            answer = function(*args, **options)
        except RefusedError as no:
            say_refusal(no.refusal, as_json=as_json)
            sys.exit(REFUSED)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(DONE)
        _say(answer, as_json=as_json)
        some = answer.refused or any(a.count for a in answer.aside)
        sys.exit(SOME_REFUSED if some else answer.status)

    return wrapped


def say_refusal(refusal: Refusal, *, as_json: bool) -> None:
    """Code, reason and remedy on standard error; as a JSON document on standard output too where that was asked for."""
    if as_json:
        click.echo(to_json({"refused": refusal.row()}))
    click.echo(f"{refusal.code}: {refusal.reason}", err=True)
    click.echo(f"→ {refusal.remedy}", err=True)


def _say(answer: Answer, *, as_json: bool) -> None:
    rows_on_stdout = answer.out == "-"
    if as_json and not rows_on_stdout:
        click.echo(to_json(answer.document))
    elif answer.line:
        click.echo(answer.line, err=rows_on_stdout)
    if answer.refused:
        _say_aside(len(answer.refused), _keep_refused(answer), answer.refused[0])
    for aside in answer.aside:
        if aside.first is not None:
            _say_aside(aside.count, aside.out, aside.first)


def _say_aside(count: int, kept: Path, first: Refusal) -> None:
    where = f"row {first.line}: " if first.line else ""
    click.echo(f"{count} refused → {kept}; the first: {where}{first.code}: {first.reason}", err=True)
    click.echo(f"→ {first.remedy}", err=True)


def _keep_refused(answer: Answer) -> Path:
    from pinzhi.engine.intake import write_refused

    return write_refused("pinzhi" if answer.out in ("", "-") else answer.out, answer.refused)


def to_json(document: Any) -> str:
    """JSON text of dataclasses, dates, decimals and floats alike, UTF-8, keys as they come."""
    return msgspec.json.encode(document, enc_hook=plain).decode()


# --- reading -------------------------------------------------------------------------------------------------------------------------------


def events(paths: Sequence[str], *, source: str = "file") -> Intake:
    """All events of the files (`-` = standard input), checked; see `engine.intake.read_events`."""
    from pinzhi.engine.intake import read_events

    return read_events(paths, source=source)


class Rows:
    """
    The rows of one file as dictionaries, in order, streamed where the type allows. Iterate over it, or over `numbered()` for (line, row).

    Values are what the file has: text in CSV, JSON values in NDJSON, typed values in Parquet and Arrow. Lines that cannot be read are refusals in
    `refused`, which is complete when the iteration is. Raises RefusedError when the file as a whole cannot be read.
    """

    def __init__(self, path: str, *, required: Sequence[str] = ()) -> None:
        self.path, self.required = path, tuple(required)
        self.refused: list[Refusal] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (row for _, row in self.numbered())

    def numbered(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, row); the first row is line 1."""
        from pinzhi.engine.intake import files

        if self.path == "-":
            with tempfile.TemporaryDirectory(prefix="pinzhi-") as folder:
                yield from self._numbered(files.stdin_as_file(Path(folder)))
            return
        yield from self._numbered(Path(self.path))

    def _numbered(self, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
        from pinzhi.engine.intake import files

        kind, packed = files.file_type(str(path))
        reader = {"ndjson": _lines, "json": _document, "csv": _csv}.get(kind, _columnar)
        with files.open_bytes(path, packed) as stream:
            try:
                for line, row in reader(stream, path.name, self.refused):
                    if lacking := [n for n in self.required if row.get(n) in (None, "")]:
                        self.refuse(line, lacking[0], "field_missing", f"{lacking[0]} is empty or absent", "give it")
                    else:
                        yield line, row
            except (OSError, EOFError) as why:
                text = f"{path.name} breaks off or is damaged ({why})"
                raise RefusedError(Refusal("file_truncated", text, "fetch it again", file=path.name)) from why

    def refuse(self, line: int, name: str, code: str, reason: str, remedy: str) -> None:
        """Set one row aside."""
        self.refused.append(Refusal(code, reason, remedy, name, line, Path(self.path).name))


def read_rows(path: str, *, required: Sequence[str] = ()) -> Rows:
    """The rows of a file by its extension; `required` fields must have a value. See `Rows`."""
    return Rows(path, required=required)


def _lines(stream: IO[bytes], name: str, refused: list[Refusal]) -> Iterator[tuple[int, dict[str, Any]]]:
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(stream, 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        try:
            row = decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as why:
            refused.append(Refusal("json_invalid", str(why), "write one JSON object per line", line=number, file=name))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            refused.append(Refusal("not_an_object", "no JSON object", "write objects", line=number, file=name))


def _document(stream: IO[bytes], name: str, refused: list[Refusal]) -> Iterator[tuple[int, dict[str, Any]]]:
    body = stream.read().removeprefix(b"\xef\xbb\xbf")
    if body.lstrip()[:1] == b"{" and b"\n{" in body.strip():
        yield from _lines(io.BytesIO(body), name, refused)
        return
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as why:
        raise RefusedError(Refusal("json_invalid", f"{name}: {why}", "write a JSON array", file=name)) from why
    for number, row in enumerate(found if isinstance(found, list) else [found], 1):
        if isinstance(row, dict):
            yield number, row
        else:
            refused.append(Refusal("not_an_object", "no JSON object", "write objects", line=number, file=name))


def _csv(stream: IO[bytes], name: str, refused: list[Refusal]) -> Iterator[tuple[int, dict[str, Any]]]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    try:
        csv.field_size_limit(64 * 1024 * 1024)
        for number, row in enumerate(csv.DictReader(text, strict=True), 1):
            if None in row or None in row.values():
                remedy = "quote values that hold commas, quotation marks or line breaks"
                refused.append(
                    Refusal("csv_row_uneven", "not as many values as headings", remedy, line=number, file=name)
                )
                continue
            yield number, {k: (v if v != "" else None) for k, v in row.items()}
    except UnicodeDecodeError as why:
        remedy = "save it as UTF-8 (iconv -f GB18030 -t UTF-8)"
        raise RefusedError(Refusal("encoding_not_utf8", f"{name} is not UTF-8", remedy, file=name)) from why
    except csv.Error as why:
        raise RefusedError(Refusal("csv_invalid", f"{name}: {why}", "close the quotation marks", file=name)) from why


def _columnar(stream: IO[bytes], name: str, refused: list[Refusal]) -> Iterator[tuple[int, dict[str, Any]]]:  # noqa: ARG001
    import pyarrow as pa
    import pyarrow.ipc
    import pyarrow.parquet as pq

    source = stream if stream.seekable() and not isinstance(stream, gzip.GzipFile) else io.BytesIO(stream.read())
    head = source.read(6)
    source.seek(0)
    try:
        if head[:4] == b"PAR1":
            batches: Iterable[Any] = pq.ParquetFile(source).iter_batches(batch_size=20_000)
        elif head == b"ARROW1":
            reader = pa.ipc.open_file(source)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        else:
            batches = pa.ipc.open_stream(source)
        number = 0
        for batch in batches:
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except pa.ArrowException as why:
        reason = f"{name} is truncated or not what its extension says ({str(why)[:100]})"
        raise RefusedError(Refusal("file_unreadable", reason, "fetch it again", file=name)) from why


# --- writing -------------------------------------------------------------------------------------------------------------------------------


def write_rows(path: str, rows: Iterable[Mapping[str, Any]], *, columns: Sequence[str] = ()) -> int:
    """
    Write rows by the extension of `path` (`-` = NDJSON on standard output); returns how many.

    The file appears whole or not at all. `columns` fixes the order, and the header of an empty CSV. Lists and objects become JSON text in CSV.
    """
    if path == "-":
        return _write_lines(sys.stdout.buffer, rows, columns)
    from pinzhi.engine.intake import files

    kind, packed = files.file_type(path)
    writer = {"ndjson": _write_lines, "csv": _write_csv, "json": _write_document, "parquet": _write_parquet}.get(
        kind, _write_arrow
    )
    with whole_file(path) as raw:
        return int(writer(raw, rows, columns) if not packed else _write_packed(raw, packed, writer, rows, columns))


def write_bytes(path: str, pieces: Iterable[bytes]) -> None:
    """Write bytes piece by piece; the file appears whole or not at all."""
    with whole_file(path) as raw:
        for piece in pieces:
            raw.write(piece)


@contextmanager
def whole_file(path: str) -> Iterator[IO[bytes]]:
    """A file that appears under its name when everything is written and flushed. Raises RefusedError(`file_not_writable`)."""
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as raw:
            yield raw
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        unfinished.replace(target)
    except OSError as why:
        raise RefusedError(
            Refusal("file_not_writable", f"{path}: {why.strerror}", "choose another folder or make room", file=path)
        ) from why
    finally:
        unfinished.unlink(missing_ok=True)


def _write_packed(raw: IO[bytes], packed: str, writer: Any, rows: Any, columns: Sequence[str]) -> int:
    import pyarrow as pa

    if packed == "gz":
        with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as out:
            return int(writer(out, rows, columns))
    with pa.CompressedOutputStream(raw, "zstd") as out:
        return int(writer(out, rows, columns))


def _ordered(row: Mapping[str, Any], columns: Sequence[str]) -> Mapping[str, Any]:
    return {c: row.get(c) for c in columns} if columns else row


def _write_lines(out: Any, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    encode = msgspec.json.Encoder(enc_hook=plain).encode
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last number is the count
        out.write(encode(_ordered(row, columns)) + b"\n")
    out.flush()
    return count


def _write_document(out: Any, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    held = [_ordered(r, columns) for r in rows]
    out.write(to_json(held).encode() + b"\n")
    return len(held)


def _write_csv(out: Any, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    writer = None
    buffer = io.StringIO()
    if columns:
        writer = csv.DictWriter(buffer, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
    count = 0
    for count, row in enumerate(rows, 1):
        if writer is None:
            writer = csv.DictWriter(buffer, list(row), extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
        writer.writerow({k: _cell(v) for k, v in row.items()})
        if count % 1000 == 0:
            out.write(buffer.getvalue().encode())
            buffer.seek(0)
            buffer.truncate()
    out.write(buffer.getvalue().encode())
    return count


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    return to_json(value) if isinstance(value, (list, tuple, dict)) else str(plain(value))


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist([{k: _flat(v) for k, v in _ordered(r, columns).items()} for r in rows])


def _flat(value: Any) -> Any:
    """Columnar files hold scalars and JSON text."""
    return to_json(value) if isinstance(value, (tuple, list, dict)) else value


def _write_parquet(out: Any, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    import pyarrow.parquet as pq

    table = _table(rows, columns)
    pq.write_table(table, out, compression="zstd")
    return int(table.num_rows)


def _write_arrow(out: Any, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> int:
    import pyarrow as pa

    table = _table(rows, columns)
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return int(table.num_rows)


# --- progress ------------------------------------------------------------------------------------------------------------------------------


@contextmanager
def progress(label: str, total: float | None = None) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal once the work has lasted two seconds; yields `advance(n)`. Without a total it shows what is done so far."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(label, total=total)
    began, shown = time.perf_counter(), False

    def advance(n: float) -> None:
        nonlocal shown
        if not shown and time.perf_counter() - began > 2:
            bar.start()
            shown = True
        bar.advance(task, n)

    try:
        yield advance
    finally:
        if shown:
            bar.stop()

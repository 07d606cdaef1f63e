"""
From bytes to raw tables: one generator per file type, in blocks, so that a file of any size needs the memory of a block.

Each yields `Raw(table, lines, refused)`. What cannot be read at all is a refusal without a line; what was readable before a truncated end is kept.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pinzhi.engine.intake import flat
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.kernel.refusal import Refusal, RefusedError

BLOCK = 8 * 1024 * 1024
"""Bytes of text parsed at once. Larger blocks were not faster on the measured machine."""
LARGEST_DOCUMENT = 512 * 1024 * 1024
"""A JSON array must be held whole; beyond this it is refused with the advice to write NDJSON."""
LONGEST_LINE = 4 * BLOCK
KNOWN = tuple(EVENT_SCHEMA.names)
_SUFFIXES = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".csv": "csv",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
}


@dataclass(slots=True)
class Raw:
    """Rows as the file has them, their line numbers (first row = 1), and what could not even be parsed."""

    table: pa.Table
    lines: NDArray[np.int64]
    refused: list[Refusal] = field(default_factory=list)


def file_type(name: str) -> tuple[str, str]:
    """(`type`, `compression`) by extension. Raises RefusedError(`file_type_unknown`)."""
    path = Path(name.lower())
    packed = {".gz": "gz", ".zst": "zst"}.get(path.suffix, "")
    kind = _SUFFIXES.get(Path(path.stem).suffix if packed else path.suffix)
    if kind is None:
        raise RefusedError(
            Refusal(
                "file_type_unknown",
                f"{Path(name).name}: the extension says nothing about the content",
                "name it .ndjson, .json, .csv, .parquet or .arrow, each also .gz or .zst",
                file=Path(name).name,
            )
        )
    return kind, packed


def open_bytes(path: str | Path, packed: str = "") -> IO[bytes]:
    """The unpacked bytes of a file. Raises RefusedError when it cannot be opened."""
    try:
        raw: IO[bytes] = Path(path).open("rb")  # noqa: SIM115 - the caller closes what it reads
    except OSError as why:
        raise RefusedError(
            Refusal(
                "file_not_readable", f"{path}: {why.strerror}", "check the name and the permissions", file=str(path)
            )
        ) from why
    if packed == "gz":
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if packed == "zst":
        return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")  # type: ignore[no-any-return]
    return raw


def stdin_as_file(folder: Path) -> Path:
    """Copy standard input to a file in `folder`, named by what its first bytes say."""
    head = sys.stdin.buffer.read(8)
    first = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    suffix = (
        ".parquet"
        if head[:4] == b"PAR1"
        else ".arrow"
        if head[:6] == b"ARROW1" or head[:4] == b"\xff\xff\xff\xff"
        else ".ndjson.gz"
        if head[:2] == b"\x1f\x8b"
        else ".json"
        if first == b"["
        else ".ndjson"
        if first == b"{"
        else ".csv"
    )
    path = folder / f"stdin{suffix}"
    with path.open("wb") as out:
        out.write(head)
        while block := sys.stdin.buffer.read(BLOCK):
            out.write(block)
    return path


def read_raw(path: str | Path) -> Iterator[Raw]:
    """The raw tables of one file, block by block."""
    kind, packed = file_type(str(path))
    name = Path(path).name
    with open_bytes(path, packed) as stream:
        yield from READERS[kind](stream, name)


def _whole(code: str, reason: str, remedy: str, name: str) -> Raw:
    """A refusal of the file, or of all of it that follows."""
    refusal = Refusal(code, f"{name or 'the body'}: {reason}", remedy, file=name)
    return Raw(pa.table({}), np.zeros(0, np.int64), [refusal])


def _cut_off(name: str, after: int, why: object) -> Raw:
    return _whole(
        "file_truncated",
        f"the file breaks off or is damaged after row {after} ({str(why)[:120]})",
        "fetch it again; the rows read before are taken, feeding the whole file again doubles nothing",
        name,
    )


_EMPTY = ("file_empty", "the file is empty", "check the export; a file without events needs not be sent")
_BROKEN = (OSError, EOFError, zlib.error, pa.ArrowInvalid)


# --- encoding ------------------------------------------------------------------------------------------------------------------------------


def encoding_fault(sample: bytes) -> tuple[str, str, str] | None:
    """Whether the first bytes of a text file are in another encoding than UTF-8: (code, reason, remedy), or None."""
    if sample[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "encoding_utf16", "the file is UTF-16", "save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"
    lines = sample.split(b"\n")[:-1] or [_whole_characters(sample)]
    strange = [line for line in lines if not line.isascii()]
    bad = [line for line in strange if not _is_utf8(line)]
    if strange and not bad and _disguised(b"\n".join(strange)):
        bad = strange
    if len(bad) * 2 <= len(strange) or len(bad) * 10 < len(lines):
        return None  # a few bad lines are refused one by one
    try:
        b"\n".join(bad).decode("gb18030")
    except UnicodeDecodeError:
        why = "the file is no text in UTF-8 or GB 18030"
        return "encoding_not_utf8", why, "see whether it is the right file; text is saved as UTF-8"
    return "encoding_not_utf8", "the file is GBK / GB 18030", "save it as UTF-8 (iconv -f GB18030 -t UTF-8)"


def _disguised(text: bytes) -> bool:
    """
    Whether Chinese in GB 2312 passes for UTF-8 by chance: «童装» is CD AF D7 B0, in UTF-8 a combining letter and a Yiddish one.

    Told by scripts that stand alone in no export (combining marks, Armenian, Hebrew, Syriac, Thaana, N'Ko) without one character that UTF-8 writes in three
    bytes; true Hebrew is no GB 2312, whose second bytes begin at A1.
    """
    codes = [ord(c) for c in text.decode() if c > "\x7f"]
    if max(codes) >= 0x800 or not any(0x300 <= c < 0x370 or 0x530 <= c < 0x600 or c >= 0x700 for c in codes):
        return False
    try:
        text.decode("gb2312")
    except UnicodeDecodeError:
        return False
    return True


def _whole_characters(sample: bytes) -> bytes:
    """The sample without a UTF-8 character that its end cuts in two."""
    for back in range(1, min(4, len(sample) + 1)):
        lead = sample[-back]
        if lead >= 0xC0:
            wide = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return sample[:-back] if back < wide else sample
        if lead < 0x80:
            break
    return sample


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


# --- newline-delimited JSON ----------------------------------------------------------------------------------------------------------------


def _ndjson(stream: IO[bytes], name: str) -> Iterator[Raw]:
    rest, line, first = b"", 0, True
    while True:
        try:
            block = stream.read(BLOCK)
        except _BROKEN as why:
            yield _cut_off(name, line, why)
            return
        if first:
            first = False
            if not block:
                yield _whole(*_EMPTY, name)
                return
            block = block.removeprefix(b"\xef\xbb\xbf")
            if fault := encoding_fault(block[: 1 << 16]):
                yield _whole(*fault, name)
                return
        cut = block.rfind(b"\n") + 1 if block else 0
        whole = rest + (block[:cut] if block else b"")
        if not block and whole:
            whole += b"\n"
        rest = block[cut:] if cut else rest + block if block else b""
        if cut == 0 and block:
            if len(rest) > LONGEST_LINE:
                yield _whole("line_too_long", f"row {line + 1} is longer than 32 MB", "write one event per line", name)
                return
            continue
        if whole:
            count = whole.count(b"\n")
            yield parse_lines(whole, line + 1, name)
            line += count
        if not block:
            return


def parse_lines(block: bytes, first_line: int, name: str = "") -> Raw:
    """One block of whole lines. All at once where every line is sound, line by line otherwise."""
    table = flat.lines(block) if len(block) >= flat.WORTH_IT else None
    if table is None:
        return _line_by_line(block, first_line, name)
    return Raw(table, np.arange(first_line, first_line + table.num_rows, dtype=np.int64))


def _line_by_line(block: bytes, first_line: int, name: str) -> Raw:
    rows: list[Any] = []
    lines: list[int] = []
    refused: list[Refusal] = []
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(block.split(b"\n")[:-1], first_line):
        if not line.strip():
            continue
        try:
            rows.append(decode(line))
            lines.append(number)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
            utf8 = _is_utf8(line)
            refused.append(
                Refusal(
                    "json_invalid" if utf8 else "encoding_not_utf8",
                    f"not a JSON object: {why}" if utf8 else "the line holds bytes that are not UTF-8",
                    "write one JSON object per line" if utf8 else "save the file as UTF-8 (iconv -f GB18030 -t UTF-8)",
                    line=number,
                    file=name,
                )
            )
    return from_objects(rows, np.array(lines, np.int64), name, refused)


def from_objects(rows: list[Any], lines: NDArray[np.int64], name: str, refused: list[Refusal]) -> Raw:
    """A raw table of text columns from decoded JSON objects; what is no object, or has lists or objects as values, is refused."""
    columns: dict[str, list[str | None]] = {n: [] for n in KNOWN}
    kept: list[int] = []
    for row, line in zip(rows, lines.tolist(), strict=True):
        if not isinstance(row, dict):
            refused.append(Refusal("not_an_object", "the row is no JSON object", "write objects", line=line, file=name))
            continue
        wrong = next((n for n in KNOWN if isinstance(row.get(n), (list, dict, bool))), None)
        if wrong:
            refused.append(
                Refusal("wrong_type", f"{wrong} is no text or number", "give it as text", wrong, line, file=name)
            )
            continue
        for n in KNOWN:
            value = row.get(n)
            columns[n].append(value if value is None or isinstance(value, str) else str(value))
        kept.append(line)
    table = pa.table({n: pa.array(v, pa.string()) for n, v in columns.items()})
    return Raw(table, np.array(kept, np.int64), refused)


def _json(stream: IO[bytes], name: str) -> Iterator[Raw]:
    try:
        body = stream.read(LARGEST_DOCUMENT + 1)
    except _BROKEN as why:
        yield _cut_off(name, 0, why)
        return
    if len(body) > LARGEST_DOCUMENT:
        yield _whole(
            "document_too_large", "a JSON array beyond 512 MB", "write it as .ndjson, one event per line", name
        )
        return
    yield from parse_document(body, name)


def parse_document(body: bytes, name: str = "") -> Iterator[Raw]:
    """A JSON array of events (or, read leniently, NDJSON that was named .json)."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        yield _whole(*_EMPTY, name)
        return
    if fault := encoding_fault(body[: 1 << 16]):
        yield _whole(*fault, name)
        return
    if body.lstrip()[:1] != b"[":
        yield from _ndjson(io.BytesIO(body), name)
        return
    if len(body) >= flat.WORTH_IT and (table := flat.array(body)) is not None:
        yield Raw(table, np.arange(1, table.num_rows + 1, dtype=np.int64))
        return
    try:
        raws = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as why:
        yield _whole("json_invalid", f"the document is no JSON array: {why}", "write it again, or as .ndjson", name)
        return
    for start in range(0, len(raws), 50_000):
        part = [bytes(r) for r in raws[start : start + 50_000]]
        block = b"\n".join(r.replace(b"\n", b" ") if b"\n" in r else r for r in part) + b"\n"
        yield parse_lines(block, start + 1, name)


# --- CSV -----------------------------------------------------------------------------------------------------------------------------------


class _Rejoined(io.RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self.head, self.rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.head[: len(buffer)] if self.head else self.rest.read(len(buffer))
        self.head = self.head[len(data) :] if self.head else b""
        buffer[: len(data)] = data
        return len(data)


def _csv(stream: IO[bytes], name: str) -> Iterator[Raw]:
    try:
        head = stream.read(1 << 16)
    except _BROKEN as why:
        yield _cut_off(name, 0, why)
        return
    if not head:
        yield _whole(*_EMPTY, name)
        return
    if fault := encoding_fault(head.removeprefix(b"\xef\xbb\xbf")):
        yield _whole(*fault, name)
        return
    uneven: list[tuple[int, str]] = []

    def set_aside(row: Any) -> str:
        uneven.append((row.number - 1, f"{row.actual_columns} values under {row.expected_columns} headings"))
        return "skip"

    try:
        reader = pyarrow.csv.open_csv(
            _Rejoined(head, stream),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=BLOCK),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_aside),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={n: pa.binary() for n in KNOWN}, strings_can_be_null=True, null_values=[""]
            ),
        )
    except _BROKEN as why:
        yield _whole("csv_invalid", f"no CSV: {why}", "write a header and comma-separated, quoted values", name)
        return
    yield from _csv_batches(reader, uneven, name)


def _csv_batches(reader: Any, uneven: list[tuple[int, str]], name: str) -> Iterator[Raw]:
    last = 0
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except _BROKEN as why:
            yield _cut_off(name, last, why)
            break
        lines = _numbered(last, batch.num_rows, [n for n, _ in uneven])
        last = int(lines[-1]) if lines.size else last
        yield Raw(pa.Table.from_batches([batch]), lines, _uneven_before(uneven, last, name))
    if rest := _uneven_before(uneven, sys.maxsize, name):
        yield Raw(pa.table({}), np.zeros(0, np.int64), rest)


def _uneven_before(uneven: list[tuple[int, str]], line: int, name: str) -> list[Refusal]:
    """Take the uneven rows up to `line` out of the list, as refusals; the reader may have found later ones already."""
    remedy = "quote values that hold commas, quotation marks or line breaks"
    gone = [Refusal("csv_row_uneven", reason, remedy, line=n, file=name) for n, reason in uneven if n <= line]
    uneven[:] = [(n, reason) for n, reason in uneven if n > line]
    return gone


def _numbered(last: int, count: int, skipped: list[int]) -> NDArray[np.int64]:
    """The numbers of the next `count` good rows after row `last`, leaving out the numbers set aside."""
    gaps = [n for n in skipped if n > last]
    numbers = np.arange(last + 1, last + 1 + count + len(gaps), dtype=np.int64)
    return numbers[~np.isin(numbers, gaps)][:count] if gaps else numbers


# --- columnar ------------------------------------------------------------------------------------------------------------------------------


def _parquet(stream: IO[bytes], name: str) -> Iterator[Raw]:
    if isinstance(stream, io.BytesIO):
        source: Any = pa.BufferReader(stream.getvalue())
    else:
        seekable = stream.seekable() and not isinstance(stream, gzip.GzipFile)
        source = stream if seekable else pa.BufferReader(stream.read())
    head = source.read(4)
    source.seek(0)
    if not head:
        yield _whole(*_EMPTY, name)
        return
    try:
        file = pq.ParquetFile(source)
        wanted = [n for n in file.schema_arrow.names if n in KNOWN]
    except (pa.ArrowException, OSError) as why:
        yield _whole(
            "parquet_unreadable",
            f"the file is truncated or no Parquet, nothing of it can be read ({str(why)[:100]})",
            "fetch it again; a Parquet file is readable only with its end",
            name,
        )
        return
    last = 0
    try:
        for batch in file.iter_batches(batch_size=131_072, columns=wanted):
            yield Raw(pa.Table.from_batches([batch]), np.arange(last + 1, last + 1 + batch.num_rows, dtype=np.int64))
            last += batch.num_rows
    except (pa.ArrowException, OSError) as why:
        yield _cut_off(name, last, why)


def _arrow(stream: IO[bytes], name: str) -> Iterator[Raw]:
    held = stream.getvalue() if isinstance(stream, io.BytesIO) else None
    head = held[:8] if held is not None else stream.read(8)
    if not head:
        yield _whole(*_EMPTY, name)
        return
    last = 0
    try:
        whole = head[:6] == b"ARROW1"
        if held is not None:
            body: Any = pa.BufferReader(held)  # what is in memory already is read where it lies
        else:
            body = io.BytesIO(head + stream.read()) if whole else _Rejoined(head, stream)
        reader = pa.ipc.open_file(body) if whole else pa.ipc.open_stream(body)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches)) if whole else reader
        for batch in batches:
            table = pa.Table.from_batches([batch])
            yield Raw(
                table.select([n for n in table.schema.names if n in KNOWN]),
                np.arange(last + 1, last + 1 + batch.num_rows, dtype=np.int64),
            )
            last += batch.num_rows
    except (pa.ArrowException, OSError, EOFError) as why:
        yield _cut_off(name, last, why)


READERS = {"ndjson": _ndjson, "json": _json, "csv": _csv, "parquet": _parquet, "arrow": _arrow}
"""File type → generator of raw tables."""

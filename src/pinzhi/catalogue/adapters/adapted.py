"""What an adapter gives, and the reading of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pinzhi.kernel.refusal import Refusal, RefusedError


@dataclass(frozen=True, slots=True)
class Adapted:
    """
    A public data set as events. `events` has columns of the intake, unchecked (the intake's checks set bad rows aside); `lines` are rows of the source.

    `left_out` counts rows of the source that are no events of goods, by cause. `merchants` and `listings` are rows of the catalogue's registers.
    """

    events: pa.Table
    lines: NDArray[np.int64]
    source_rows: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    merchants: tuple[dict[str, Any], ...] = ()
    listings: tuple[dict[str, Any], ...] = ()


def read_table(path: Path, wanted: Mapping[str, Iterable[str]], *, optional: Iterable[str] = ()) -> pa.Table:
    """
    A Parquet or CSV file with the columns of `wanted` (our name → names in use), texts as strings, whatever else it holds left away.

    Raises RefusedError(`file_not_readable`, `file_unreadable`, `column_missing`). CSV may be UTF-8 or, as published, Windows-1252.
    """
    try:
        table = pq.read_table(path) if path.suffix.lower() == ".parquet" else _read_csv(path)
    except OSError as why:
        raise RefusedError(
            Refusal("file_not_readable", f"{path}: {why.strerror or why}", "check the name", file=path.name)
        ) from why
    except pa.ArrowException as why:
        reason = f"{path.name} is truncated or not what its extension says ({str(why)[:100]})"
        raise RefusedError(Refusal("file_unreadable", reason, "fetch it again", file=path.name)) from why
    columns: dict[str, Any] = {}
    for name, known in wanted.items():
        found = next((k for k in known if k in table.schema.names), None)
        if found is not None:
            columns[name] = _plain(table.column(found))
        elif name in optional:
            columns[name] = pa.nulls(table.num_rows, pa.string())
        else:
            names = " or ".join(known)
            raise RefusedError(
                Refusal(
                    "column_missing",
                    f"{path.name} has no column {names}",
                    "take the files as published",
                    name,
                    file=path.name,
                )
            )
    return pa.table(columns)


def _read_csv(path: Path) -> pa.Table:
    """As UTF-8; where a column is not, as Windows-1252, and last as Latin-1, which reads every byte."""
    table = _decoded(path, "utf8")
    for encoding in ("cp1252", "latin1"):
        if not any(pa.types.is_binary(column.type) for column in table.schema):
            break
        try:
            table = _decoded(path, encoding)
        except UnicodeDecodeError:
            continue
    return table


def _decoded(path: Path, encoding: str) -> pa.Table:
    return pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(encoding=encoding),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True),
    )


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """One contiguous array; texts as `string`."""
    array = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string()) if pa.types.is_large_string(array.type) else array


def text_of(array: pa.Array) -> pa.Array:
    """Ids as text: whole numbers without a decimal point (`13085.0` → `13085`)."""
    if pa.types.is_floating(array.type):
        array = array.cast(pa.int64(), safe=False)
    return array.cast(pa.string())


def moments(array: pa.Array, *formats: str) -> pa.Array:
    """Wall-clock times as `timestamp[us]` without a zone; text that none of the formats reads stays as it is, for the checks to refuse."""
    if pa.types.is_timestamp(array.type):
        return array.cast(pa.timestamp("us", array.type.tz))
    if pa.types.is_date(array.type):
        return array.cast(pa.timestamp("us"))
    array = array.cast(pa.string())
    try:
        return array.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        pass
    for form in formats:
        read = pc.strptime(array, form, "us", error_is_null=True)
        if read.null_count == array.null_count:
            return read
    return array


def places(needles: pa.Array, haystack: pa.Array) -> NDArray[np.int64]:
    """The first place of each needle in the haystack, -1 where it is not there."""
    return np.asarray(pc.fill_null(pc.index_in(needles, haystack), -1)).astype(np.int64)


def at_places(values: pa.Array, where: NDArray[np.int64]) -> pa.Array:
    """`values` taken at `where`, null at -1."""
    return values.take(pa.array(where, mask=where < 0))


def numbered_within(keys: pa.Array, segment: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row, how many rows of the same key and segment came up to here (1, 2, …)."""
    encoded = keys.dictionary_encode()
    codes = np.asarray(pc.fill_null(encoded.indices, len(encoded.dictionary))).astype(np.int64)
    codes += segment * (len(encoded.dictionary) + 1)
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else order
    first = np.repeat(starts, np.diff(np.append(starts, len(ordered))))
    out = np.empty(len(codes), np.int64)
    out[order] = np.arange(len(codes)) - first + 1
    return out


def joined(*parts: Any) -> pa.Array:
    """Ids put together with a hyphen; null where any part is."""
    return pc.binary_join_element_wise(*parts, "-")


def money(*factors: pa.Array) -> pa.Array:
    """The product of absolute numbers, rounded to two places, as text (the intake reads it exactly)."""
    out: Any = None
    for factor in factors:
        number = pc.abs(factor.cast(pa.float64()))
        out = number if out is None else pc.multiply(out, number)
    return pc.round(out, 2).cast(pa.decimal128(15, 2))

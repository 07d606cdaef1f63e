"""
Vectorised checks: a raw table of whatever types a file brought becomes a table of `EVENT_SCHEMA`, and every bad row a refusal.

On the good path nothing here loops over rows: each check is a kernel over a column, and rows are only looked at one by one where a column holds a
fault. The first fault of a row is the one reported.

Times: RFC 3339. A time without a zone, and a day without a time, are taken in China's legal time (UTC+8, no daylight saving since 1991), for text as for
typed columns, because that is what every Chinese marketplace's export means by it; the documentation of the feeds says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pinzhi.engine.intake.columns import (
    EARLIEST_DAY,
    EVENT_SCHEMA,
    KINDS,
    LONGEST,
    MONEY,
    MOST_PIECES,
    REQUIRED,
    TEXTS,
    TIME,
)
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import Refusal

Mask = NDArray[np.bool_]
_EIGHT_HOURS_US = 8 * 3600 * 1_000_000
# constants are made once: each conversion of a Python value looks for pandas anew, 0.15 ms where there is none
_NO_TEXT = pa.scalar(None, pa.string())
_KINDS = pa.array(KINDS)
_ONE = pa.scalar(1, pa.int32())


@dataclass(slots=True)
class Faults:
    """The faults of one table while it is checked. `lines` are the line numbers of its rows."""

    lines: NDArray[np.int64]
    file: str = ""
    bad: Mask | None = None
    refused: list[Refusal] = field(default_factory=list)

    def add(self, mask: Mask, name: str, code: str, reason: Callable[[int], str], remedy: str) -> None:
        """Refuse the rows of `mask` that have no fault yet; `reason` gets the row's position."""
        if self.bad is None:
            self.bad = np.zeros(len(self.lines), dtype=bool)
        for row in np.flatnonzero(mask & ~self.bad):
            self.refused.append(Refusal(code, reason(int(row)), remedy, name, int(self.lines[row]), self.file))
        self.bad |= mask


def check(
    raw: pa.Table, lines: NDArray[np.int64], *, now: datetime, file: str = ""
) -> tuple[pa.Table, NDArray[np.int64], list[Refusal]]:
    """
    The good rows of `raw` as a table of `EVENT_SCHEMA`, their lines, and the refusals of the others in the order of their lines.

    `raw` may lack optional columns and have text, numbers, times or dictionaries in any of them. `now` bounds the times (one day of grace).
    """
    faults = Faults(lines, file)
    columns: dict[str, pa.Array] = {}
    for name in TEXTS:
        columns[name] = _text(raw, name, faults)
    for name in REQUIRED:
        if name != "at" and columns[name].null_count:
            _missing(columns[name], name, faults)
    columns["kind"] = _kind(columns["kind"], faults)
    columns["at"] = _time(raw, faults, now)
    columns["quantity"] = _whole(
        raw, "quantity", pa.int32(), 1, MOST_PIECES, faults, "give whole pieces, 1 or more; returns are a kind"
    )
    columns["score"] = _whole(raw, "score", pa.int8(), 1, 5, faults, "give whole stars from 1 to 5, or leave it empty")
    if columns["quantity"].null_count:
        columns["quantity"] = pc.fill_null(columns["quantity"], _ONE)
    columns["amount"] = _amount(raw, faults)
    table = pa.table([columns[f.name] for f in EVENT_SCHEMA], schema=EVENT_SCHEMA)
    if faults.bad is not None and faults.bad.any():
        table, lines = table.filter(pa.array(~faults.bad)), lines[~faults.bad]
        faults.refused.sort(key=lambda r: r.line or 0)
    return table, lines, faults.refused


def _column(raw: pa.Table, name: str) -> pa.Array | None:
    """One contiguous array, decoded from a dictionary; None where the column is absent or empty of type."""
    if name not in raw.schema.names:
        return None
    chunked = raw.column(name)
    array = chunked.chunk(0) if chunked.num_chunks == 1 else chunked.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return None if pa.types.is_null(array.type) else array


def _shown(array: pa.Array, row: int) -> str:
    value: Any = array[row].as_py()
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return repr(text if len(text) <= 60 else text[:60] + "…")


def _nulls(raw: pa.Table, type_: pa.DataType) -> pa.Array:
    return pa.nulls(raw.num_rows, type_)


def _text(raw: pa.Table, name: str, faults: Faults) -> pa.Array:
    array = _column(raw, name)
    if array is None:
        return _nulls(raw, pa.string())
    if pa.types.is_binary(array.type) or pa.types.is_large_binary(array.type):
        array = _decoded(array, name, faults)
    elif array.type != pa.string():
        if pa.types.is_nested(array.type) or pa.types.is_floating(array.type):
            kind = str(array.type)
            faults.add(
                np.asarray(array.is_valid()), name, "wrong_type", lambda _: f"{name} is {kind}", "give it as text"
            )
            return _nulls(raw, pa.string())
        array = array.cast(pa.string())
    _limits(array, name, faults)
    return _without_empty(array)


def _decoded(array: pa.Array, name: str, faults: Faults) -> pa.Array:
    try:
        return array.cast(pa.string())
    except pa.ArrowInvalid:
        values = array.to_pylist()
    bad = np.zeros(len(values), dtype=bool)
    for row, value in enumerate(values):
        if value is not None:
            try:
                values[row] = value.decode()
            except UnicodeDecodeError:
                bad[row], values[row] = True, "?"
    faults.add(
        bad,
        name,
        "encoding_not_utf8",
        lambda row: f"{name} holds bytes that are not UTF-8: {_shown(array, row)}",
        "save the file as UTF-8 (iconv -f GB18030 -t UTF-8)",
    )
    return pa.array(values, pa.string())


def _without_empty(array: pa.Array) -> pa.Array:
    """Empty text is no value."""
    offsets, _ = buffers(array)
    empty = np.diff(offsets) == 0
    if not empty.any():
        return array
    missing = np.asarray(array.is_null()) if array.null_count else np.zeros(len(array), bool)
    empty &= ~missing
    return pc.if_else(pa.array(empty), _NO_TEXT, array) if empty.any() else array


def _limits(array: pa.Array, name: str, faults: Faults) -> None:
    """NUL bytes and over-long text. Both are looked for over the whole column first: a maximum and a minimum."""
    offsets, data = buffers(array)
    lengths = np.diff(offsets)
    if lengths.size and int(lengths.max()) > LONGEST[name]:
        faults.add(
            (lengths > LONGEST[name]) & np.asarray(array.is_valid()),
            name,
            "too_long",
            lambda row: f"{name} has {int(lengths[row])} bytes, at most {LONGEST[name]} are taken",
            "shorten it",
        )
    if data.size and int(data.min()) == 0:
        mask = np.asarray(pc.fill_null(pc.match_substring(array, "\x00"), False))
        faults.add(
            mask,
            name,
            "nul_byte",
            lambda _: f"{name} holds a NUL character",
            "remove the NUL character (tr -d '\\000')",
        )


def buffers(array: pa.Array) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Offsets (rows + 1) and the bytes they point into, for a string array; no copy."""
    _, offset_buffer, data_buffer = array.buffers()
    if offset_buffer is None or not len(array):
        return np.zeros(1, np.int32), np.zeros(0, np.uint8)
    offsets = np.frombuffer(offset_buffer, np.int32, len(array) + 1, array.offset * 4)
    if data_buffer is None:
        return offsets, np.zeros(0, np.uint8)
    return offsets, np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]


def _missing(array: pa.Array, name: str, faults: Faults) -> None:
    faults.add(
        np.asarray(array.is_null()), name, "field_missing", lambda _: f"{name} is empty or absent", f"give {name}"
    )


def _kind(array: pa.Array, faults: Faults) -> pa.Array:
    known = pc.is_in(array, _KINDS)
    unknown = pc.and_(pc.invert(known), array.is_valid())
    if pc.any(unknown).as_py():
        faults.add(
            np.asarray(unknown),
            "kind",
            "kind_unknown",
            lambda row: f"{_shown(array, row)} is no kind of event",
            f"use one of {', '.join(KINDS)}",
        )
    return array


# --- times ---------------------------------------------------------------------------------------------------------------------------------


def _time(raw: pa.Table, faults: Faults, now: datetime) -> pa.Array:
    array = _column(raw, "at")
    if array is None:
        nothing = _nulls(raw, TIME)
        _missing(nothing, "at", faults)
        return nothing
    given = array
    if pa.types.is_binary(array.type):
        array = _decoded(array, "at", faults)
    if pa.types.is_timestamp(array.type):
        array = _utc(array)
    elif pa.types.is_date(array.type):
        array = _utc(array.cast(pa.timestamp("us")))
    elif pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = _parsed(array.cast(pa.string()), faults)
    else:
        kind = str(array.type)
        faults.add(
            np.asarray(array.is_valid()),
            "at",
            "time_unreadable",
            lambda _: f"at is {kind}",
            "give RFC 3339 text (2026-05-03T09:30:00+08:00) or a timestamp column",
        )
        return _nulls(raw, TIME)
    if given.null_count:
        _missing(given, "at", faults)
    _within(array, faults, now)
    return array


def _utc(array: pa.Array) -> pa.Array:
    """A typed time as UTC microseconds; without a zone it is China's legal time."""
    naive = array.type.tz is None
    moments = array.cast(pa.timestamp("us", array.type.tz), safe=False)
    if not naive:
        return moments.cast(TIME)
    return pc.subtract(moments.cast(pa.int64()), _EIGHT_HOURS_US).cast(TIME)


def _parsed(array: pa.Array, faults: Faults) -> pa.Array:
    """RFC 3339 text. One cast when every row has a zone; otherwise with and without a zone apart; otherwise row by row."""
    try:
        return array.cast(TIME)
    except pa.ArrowInvalid:
        pass
    try:
        return _utc(array.cast(pa.timestamp("us")))
    except pa.ArrowInvalid:
        values = array.to_pylist()
    bad = np.zeros(len(values), dtype=bool)
    out: list[datetime | None] = [None] * len(values)
    for row, value in enumerate(values):
        if value:
            out[row] = moment = _moment(value)
            bad[row] = moment is None
    empty = np.fromiter((not v for v in values), bool, len(values))
    if empty.any():
        faults.add(empty, "at", "field_missing", lambda _: "at is empty or absent", "give at")
    faults.add(
        bad,
        "at",
        "time_unreadable",
        lambda row: f"{_shown(array, row)} is no time",
        "give RFC 3339, for example 2026-05-03T09:30:00+08:00",
    )
    return pa.array(out, TIME)


def _moment(text: str) -> datetime | None:
    if len(text) < 10 or text[4] != "-" or text[7] != "-":
        return None  # the basic formats of ISO 8601 are not RFC 3339
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_china(at: pa.Scalar) -> str:
    """A moment as the sender thinks of it."""
    moment: datetime = at.as_py()
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def _within(array: pa.Array, faults: Faults, now: datetime) -> None:
    """Refuse what lies before `EARLIEST_DAY` or more than a day after `now`."""
    if len(array) == array.null_count:
        return
    first = int(datetime.fromisoformat(EARLIEST_DAY).replace(tzinfo=SHANGHAI).timestamp()) * 1_000_000
    last = int((now + timedelta(days=1)).timestamp()) * 1_000_000
    micros = np.asarray(pc.fill_null(array.cast(pa.int64()), first))
    if int(micros.min()) < first:
        faults.add(
            micros < first,
            "at",
            "time_too_early",
            lambda row: f"{_in_china(array[row])} lies before {EARLIEST_DAY}",
            "give the true moment; 1899 and 1970 are the zero days of spreadsheets and computers",
        )
    if int(micros.max()) > last:
        faults.add(
            micros > last,
            "at",
            "time_in_future",
            lambda row: f"{_in_china(array[row])} lies in the future",
            "send events when they have happened; check the clock and the century",
        )


# --- numbers -------------------------------------------------------------------------------------------------------------------------------


def _whole(raw: pa.Table, name: str, type_: pa.DataType, low: int, high: int, faults: Faults, remedy: str) -> pa.Array:
    """A whole number between `low` and `high`, from whatever the file has; null where absent."""
    array = _column(raw, name)
    if array is None:
        return _nulls(raw, type_)
    given = array
    if pa.types.is_binary(array.type):
        array = _decoded(array, name, faults)
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = _without_empty(array.cast(pa.string()))
    try:
        if pa.types.is_floating(array.type):
            array = pc.if_else(pc.is_nan(array), None, array)
        numbers = array.cast(pa.int64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = [_as_whole(v) for v in array.to_pylist()]
        numbers = pa.array(values, pa.int64())
        bad = np.asarray(pc.and_(array.is_valid(), numbers.is_null()))
        faults.add(bad, name, "not_a_whole_number", lambda row: f"{name} is {_shown(given, row)}", remedy)
    if numbers.null_count == len(numbers):
        return _nulls(raw, type_)
    filled = np.asarray(pc.fill_null(numbers, low)) if numbers.null_count else np.asarray(numbers)
    if int(filled.min()) < low or int(filled.max()) > high:
        outside = (filled < low) | (filled > high)
        faults.add(
            outside,
            name,
            f"{name}_out_of_range",
            lambda row: f"{name} is {filled[row]}, outside {low} to {high}",
            remedy,
        )
        numbers = pc.if_else(pa.array(outside), pa.scalar(low, pa.int64()), numbers)
    return numbers.cast(type_)


def _as_whole(value: Any) -> int | None:
    try:
        number = int(value)
        return number if float(value) == number and abs(number) < 2**63 else None
    except (TypeError, ValueError, OverflowError):
        try:
            number = float(value)
            return int(number) if number == int(number) and abs(number) < 2**53 else None
        except (TypeError, ValueError, OverflowError):
            return None


def _amount(raw: pa.Table, faults: Faults) -> pa.Array:
    """Yuan as decimals with two places. Text must be an exact decimal; binary fractions are taken only when they are whole fen."""
    array = _column(raw, "amount")
    if array is None:
        return _nulls(raw, MONEY)
    given = array
    if pa.types.is_binary(array.type):
        array = _decoded(array, "amount", faults)
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), None, array).cast(pa.string())
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        array = _without_empty(array.cast(pa.string()))
    try:
        money = array.cast(MONEY)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values: list[Any] = []
        for value in array.to_pylist():
            try:
                values.append(None if value is None else pa.scalar(str(value)).cast(MONEY).as_py())
            except pa.ArrowInvalid:
                values.append(None)
        money = pa.array(values, MONEY)
        bad = np.asarray(pc.and_(array.is_valid(), money.is_null()))
        faults.add(
            bad,
            "amount",
            "amount_unreadable",
            lambda row: f"{_shown(given, row)} is no amount in yuan",
            "give yuan as a decimal with at most two places, for example 12.50",
        )
    if len(money) != money.null_count and pc.min(money).as_py() < 0:
        negative = np.asarray(pc.fill_null(pc.less(money, pa.scalar(0, MONEY)), False))
        faults.add(
            negative,
            "amount",
            "amount_negative",
            lambda row: f"amount is {money[row]}",
            "give the amount without sign; that it goes back is told by the kind (return, refund)",
        )
    return money

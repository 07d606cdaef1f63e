"""Files of labels for a range of codes: portions of codes made, drawn and written one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.codes import CodeKeys
from pinzhi.life.tracing.rules.labels import pdf, svg, zpl
from pinzhi.life.tracing.rules.labels.layout import SHEETS, Placed, Sheet, Wording, placed
from pinzhi.life.tracing.rules.symbols.many import Carrier, datamatrix_carrier, qr_carrier, tables


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be printed: the serials of a GTIN and batch, the address up to the code, the words beside it, sheet and symbol."""

    keys: CodeKeys
    first: int
    count: int
    batch: str
    stem: str
    wording: Wording
    sheet: Sheet
    symbol: str = "qr"

    def carrier(self) -> Carrier:
        """The symbol that carries the code. Raises RefusedError(`symbol_too_full`)."""
        try:
            if self.symbol == "datamatrix":
                return datamatrix_carrier(self.keys.gtin, self.batch)
            return qr_carrier(self.stem + "/21/")
        except ValueError as why:
            raise RefusedError.because("symbol_too_full", str(why), "shorten the host name or the batch") from why

    def placed(self, carrier: Carrier) -> Placed:
        """Where things stand on a label. Raises RefusedError(`label_too_small`)."""
        found = placed(self.sheet, carrier.side, carrier.quiet, self.wording.lines())
        if isinstance(found, Refusal):
            raise RefusedError(found)
        return found


def sheet(name: str) -> Sheet:
    """A sheet by its name. Raises RefusedError(`no_such_sheet`)."""
    if name not in SHEETS:
        raise RefusedError.because(
            "no_such_sheet", f"there is no sheet {name}", f"take one of {', '.join(SHEETS)}", field="sheet"
        )
    return SHEETS[name]


def as_pdf(order: Order) -> Iterator[bytes]:
    """A PDF of all labels, in pieces."""
    carrier = order.carrier()
    making = pdf.Sheets(order.sheet, order.placed(carrier), order.wording, tables(carrier))
    yield making.head()
    step = order.sheet.places * max(1, codes.PORTION // order.sheet.places)
    for begin in range(0, order.count, step):
        made = codes.issue(order.keys, order.first + begin, min(step, order.count - begin))
        yield from making.pages(made)
    yield making.tail()


def as_zpl(order: Order) -> Iterator[bytes]:
    """Labels for a thermal printer, in pieces."""
    carrier = order.carrier()
    place = order.placed(carrier)
    stem = order.stem + "/21/"
    if order.symbol == "datamatrix":
        stem = zpl.elements_stem(order.keys.gtin, order.batch)
    for begin in range(0, order.count, codes.PORTION):
        made = codes.issue(order.keys, order.first + begin, min(codes.PORTION, order.count - begin))
        yield b"".join(zpl.labels(order.sheet, place, order.wording, carrier, made, stem))


@dataclass(slots=True)
class _Pieces:
    """Takes what an archive writes and gives it on; it cannot be gone back in."""

    held: list[bytes] = field(default_factory=list)

    def write(self, piece: bytes) -> int:
        """Take a piece."""
        self.held.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        """What came since the last call."""
        whole = b"".join(self.held)
        self.held.clear()
        return whole


def as_svg(order: Order) -> Iterator[bytes]:
    """A ZIP of sheets as SVG (`0001.svg`, …), in pieces. The same order gives the same bytes: no moment is written into it."""
    carrier = order.carrier()
    place, made_from, corners = order.placed(carrier), tables(carrier), order.sheet.corners()
    out = _Pieces()
    with ZipFile(cast("IO[bytes]", out), "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for number, begin in enumerate(range(0, order.count, order.sheet.places), 1):
            made = codes.issue(order.keys, order.first + begin, min(order.sheet.places, order.count - begin))
            drawn = svg.sheet(order.sheet, place, order.wording, made_from, made, corners)
            entry = ZipInfo(f"{number:04d}.svg")
            entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, drawn)
            yield out.taken()
    yield out.taken()

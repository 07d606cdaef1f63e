"""What stands on a label and where the labels stand on a sheet. Lengths in millimetres, from the top left corner."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.refusal import Refusal

LEAST_MODULE = 0.25
"""Millimetres of a module that every phone still reads (GS1 General Specifications, 5.12: X-dimension of symbols on trade items at retail from 0.396 mm, at
least 0.25 mm where space is short)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels: its size, columns and rows, the size of a label, the margins, and the gaps between labels."""

    name: str
    width: float
    height: float
    columns: int
    rows: int
    label_width: float
    label_height: float
    left: float
    top: float
    gap_x: float = 0.0
    gap_y: float = 0.0

    @property
    def places(self) -> int:
        """Labels on a sheet."""
        return self.columns * self.rows

    def corners(self) -> list[tuple[float, float]]:
        """The top left corner of every label, row by row."""
        return [
            (self.left + c * (self.label_width + self.gap_x), self.top + r * (self.label_height + self.gap_y))
            for r in range(self.rows)
            for c in range(self.columns)
        ]


SHEETS: dict[str, Sheet] = {
    s.name: s
    for s in (
        Sheet("a4-96", 210.0, 297.0, 8, 12, 25.0, 23.5, 5.0, 7.5),
        Sheet("a4-40", 210.0, 297.0, 4, 10, 50.0, 28.0, 5.0, 8.5),
        Sheet("a4-24", 210.0, 297.0, 3, 8, 66.0, 35.0, 6.0, 8.5),
        Sheet("roll-50x30", 50.0, 30.0, 1, 1, 50.0, 30.0, 0.0, 0.0),
        Sheet("roll-40x25", 40.0, 25.0, 1, 1, 40.0, 25.0, 0.0, 0.0),
    )
}
"""Sheets that are offered; a house adds its own."""


@dataclass(frozen=True, slots=True)
class Wording:
    """
    What a label says beside its symbol: the same lines on every label of a batch.

    Product, batch, day of production, test report, quarantine certificate, each empty where it does not apply.
    """

    product: str = ""
    batch: str = ""
    produced_on: str = ""
    report: str = ""
    quarantine: str = ""
    host: str = ""

    def lines(self) -> tuple[str, ...]:
        """The lines in the order of the label, in the words of Chinese labels."""
        said = (
            ("", self.product),
            ("批号 ", self.batch),
            ("生产日期 ", self.produced_on),
            ("检验报告 ", self.report),
            ("检疫证明 ", self.quarantine),
            ("查验 ", self.host),
        )
        return tuple(head + text for head, text in said if text)


@dataclass(frozen=True, slots=True)
class Placed:
    """
    Where things stand inside one label: the symbol's corner and its side with the quiet zone, the text's corner, the sizes of its letters and of the
    code's, the distance of lines. `beside`: the text stands right of the symbol; else only the code stands, below it.
    """

    symbol_x: float
    symbol_y: float
    symbol: float
    text_x: float
    text_y: float
    letters: float
    code: float
    line: float
    beside: bool


LEAST_LETTERS = 1.2
"""Millimetres: smaller letters are not printed; a line that is too long ends in «…» (the whole of it stands on the scan page)."""
COURIER = 0.6
"""Width of a letter of Courier in its size."""


def placed(sheet: Sheet, side: int, quiet: int, lines: tuple[str, ...]) -> Placed | Refusal:
    """
    The symbol left with lines and the code in two lines beside it where the label is wide, else the symbol above and the code below.

    A refusal (`label_too_small`) where the modules would be too small to be read.
    """
    wide = sheet.label_width >= 1.55 * sheet.label_height
    symbol = min(sheet.label_height - (2.0 if wide else 4.5), sheet.label_width * (0.62 if wide else 1.0) - 2.0)
    module = symbol / (side + 2 * quiet)
    if module < LEAST_MODULE:
        return Refusal(
            "label_too_small",
            f"modules of {module:.2f} mm cannot be read safely (least {LEAST_MODULE} mm)",
            "take a larger label, a shorter host name or the Data Matrix",
            field="sheet",
        )
    if not wide:
        letters = min(2.0, (sheet.label_width - 2.0) / (23 * COURIER))
        return Placed(
            (sheet.label_width - symbol) / 2, 0.5, symbol, 1.0, symbol + 2.2, letters, letters, 2.0, beside=False
        )
    top, x = (sheet.label_height - symbol) / 2, symbol + 2.0
    line = min(3.2, symbol / (len(lines) + 3))
    room = sheet.label_width - x - 0.5
    code = min(line * 0.85, room / (11 * COURIER))
    letters = min(line * 0.8, max(LEAST_LETTERS, room / max(map(wide_as, lines), default=1.0)))
    return Placed(1.0, top, symbol, x, top + 1.0, letters, code, line, beside=True)


def wide_as(text: str) -> float:
    """Width in sizes of its letters: Chinese characters are as wide as high, others half."""
    return sum(0.5 if c.isascii() else 1.0 for c in text)


def fitted(text: str, room: float, letters: float) -> str:
    """A line that fits into `room` millimetres; what does not fit ends in «…»."""
    if wide_as(text) * letters <= room + 1e-9:
        return text
    while text and (wide_as(text) + 1) * letters > room:
        text = text[:-1]
    return text + "…"

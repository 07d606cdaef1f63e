"""
Labels for thermal printers in ZPL II. The printer makes the symbol itself: QR (`^BQ`) from the address, Data Matrix (`^BX`) from the GS1 elements with
`_1` as FNC1.

Text is UTF-8 (`^CI28`); the printer needs a font with Chinese characters, which its owner names (`^CW`), by default `E:SIMSUN.FNT`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.tracing.rules.labels.layout import Placed, Sheet, Wording, fitted
from pinzhi.life.tracing.rules.symbols.many import Carrier

DOTS = 12
"""Dots in a millimetre of a printer with 300 dpi (8 for 203 dpi)."""


def field(text: str) -> str:
    """Text for `^FD` behind `^FH`: the control characters of the language, and the underscore that escapes them, as hexadecimal."""
    return re.sub(r"[\\^~_]", lambda m: f"_{ord(m[0]):02X}", text)


def labels(
    sheet: Sheet,
    place: Placed,
    wording: Wording,
    carrier: Carrier,
    codes: NDArray[np.bytes_],
    stem: str,
    dots: int = DOTS,
) -> Iterator[bytes]:
    """One label after another, `^XA` to `^XZ`. `stem` is the address up to the code, or for Data Matrix the elements up to it."""

    def at(x: float, y: float) -> str:
        return f"^FO{round(x * dots)},{round(y * dots)}"

    module = max(2, int(place.symbol * dots / (carrier.side + 2 * carrier.quiet)))
    inset = carrier.quiet * module / dots
    if carrier.name.startswith("qr"):
        symbol = f"{at(place.symbol_x + inset, place.symbol_y + inset)}^BQN,2,{min(module, 10)}^FH^FDMA,{field(stem)}"
    else:
        symbol = f"{at(place.symbol_x + inset, place.symbol_y + inset)}^BXN,{module},200,,,,_^FD{stem}"
    head = f"^XA^CI28^PW{round(sheet.label_width * dots)}^LL{round(sheet.label_height * dots)}^CW1,E:SIMSUN.FNT"
    size = round(place.letters * dots)
    room = sheet.label_width - place.text_x - 0.5
    lines = wording.lines() if place.beside else ()
    for i, line in enumerate(lines):
        head += f"{at(place.text_x, place.text_y + i * place.line)}^A1N,{size},{size}^FH^FD{field(fitted(line, room, place.letters))}^FS"
    first = f"^FS{at(place.text_x, place.text_y + (len(lines) + 0.4) * place.line)}^A0N,{round(place.code * dots)}^FD"
    second = f"^FS{at(place.text_x, place.text_y + (len(lines) + 1.4) * place.line)}^A0N,{round(place.code * dots)}^FD"
    front = (head + symbol).encode()
    for raw in codes.tolist():
        code = raw.decode()
        if place.beside:
            text = f"{first}{code[:5]} {code[5:10]}{second}{code[10:15]} {code[15:]}"
        else:
            text = f"{first}{code[:5]} {code[5:10]} {code[10:15]} {code[15:]}"
        yield front + f"{code}{text}^FS^XZ\n".encode()


def elements_stem(gtin: str, batch: str) -> str:
    """GS1 elements up to the serial, `_1` as FNC1."""
    return f"_101{gtin}" + (f"10{batch}_1" if batch else "") + "21"

"""
Sheets of labels as PDF, written directly (ISO 32000-1).

What every label of a batch says is one form, drawn again and again; the symbol is an image mask of one bit a module in the page's stream, in hexadecimal, so
that no reader can mistake its end. A page costs one object and one stream; the pages come as bytes one after another, and nothing is held.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.tracing.rules.labels.layout import Placed, Sheet, Wording, fitted
from pinzhi.life.tracing.rules.symbols.many import Tables, symbols

POINT = 72 / 25.4
"""Points in a millimetre."""
_HEX = np.frombuffer(b"".join(b"%02x" % i for i in range(256)), np.uint16)
_CATALOGUE, _PAGES, _LATIN, _FORM, _CHINESE, _DESCENDANT, _DESCRIPTOR, _FIRST = range(1, 9)


@dataclass
class Sheets:
    """A PDF in the making: `head`, then `pages` for portions of codes in order, then `tail`. The offsets of its objects are all it remembers."""

    sheet: Sheet
    place: Placed
    wording: Wording
    made_from: Tables
    offsets: list[int] = field(default_factory=list)
    at: int = 0

    def head(self) -> bytes:
        """Everything before the first page."""
        parts = [b"%PDF-1.7\n%\xe5\x93\x81\xe8\xb4\xa8\n"]
        self.at, self.offsets = len(parts[0]), [0]
        bodies = {
            _CATALOGUE: b"<</Type/Catalog/Pages %d 0 R>>" % _PAGES,
            _LATIN: b"<</Type/Font/Subtype/Type1/BaseFont/Courier-Bold/Encoding/WinAnsiEncoding>>",
            _FORM: self._form(),
            _CHINESE: b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[%d 0 R]>>"
            % _DESCENDANT,
            _DESCENDANT: b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)"
            b"/Ordering(GB1)/Supplement 4>>/DW 1000/W[1 95 500]/FontDescriptor %d 0 R>>" % _DESCRIPTOR,
            _DESCRIPTOR: b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
            b"/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
        }
        self.offsets = [0] * _FIRST
        for number, body in bodies.items():
            parts.append(self._object(number, body))
        return b"".join(parts)

    def _object(self, number: int, body: bytes) -> bytes:
        whole = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        if number == len(self.offsets):
            self.offsets.append(self.at)
        else:
            self.offsets[number] = self.at
        self.at += len(whole)
        return whole

    def _form(self) -> bytes:
        """What every label says, with the label's lower left corner as origin."""
        p, height = self.place, self.sheet.label_height
        lines = [b"BT /C %.2f Tf %.2f TL" % (p.letters * POINT, p.line * POINT)]
        if p.beside:
            lines.append(b"%.2f %.2f Td" % (p.text_x * POINT, (height - p.text_y - p.line) * POINT))
            lines += [b"<%s> Tj T*" % line.encode("utf-16-be").hex().encode() for line in self._lines()]
        lines.append(b"ET")
        stream = b"\n".join(lines)
        box = b"[0 0 %.2f %.2f]" % (self.sheet.label_width * POINT, height * POINT)
        return (
            b"<</Type/XObject/Subtype/Form/BBox%s/Resources<</Font<</C %d 0 R>>>>/Length %d>>\nstream\n%s\nendstream"
            % (box, _CHINESE, len(stream), stream)
        )

    def _lines(self) -> list[str]:
        return [
            fitted(line, self.sheet.label_width - self.place.text_x - 0.5, self.place.letters)
            for line in self.wording.lines()
        ]

    def pages(self, codes: NDArray[np.bytes_]) -> Iterator[bytes]:
        """The pages of codes (dtype `S20`), each with what its sheet holds; the last may be shorter."""
        fronts, mids, end = self._slots()
        between = b")Tj T* (" if self.place.beside else b" "
        portion = self.sheet.places * max(1, 4096 // self.sheet.places)
        for begin in range(0, len(codes), portion):
            part = codes[begin : begin + portion]
            packed = symbols(self.made_from, part).reshape(len(part), -1)
            pictures = _HEX[packed].view(np.uint8).reshape(len(part), -1)
            width, hexes, texts = pictures.shape[1], pictures.tobytes(), part.tobytes()
            for start in range(0, len(part), self.sheet.places):
                out: list[bytes] = []
                for slot in range(min(self.sheet.places, len(part) - start)):
                    i = start + slot
                    code = texts[20 * i : 20 * i + 20]
                    out += (fronts[slot], hexes[width * i : width * i + width], mids)
                    out += (code[:5], b" ", code[5:10], between, code[10:15], b" ", code[15:], end)
                yield self._page(b"".join(out))

    def _slots(self) -> tuple[list[bytes], bytes, bytes]:
        """What stands before the picture in each place of the sheet, between picture and code, and behind the code."""
        p, side, quiet = self.place, self.made_from.carrier.side, self.made_from.carrier.quiet
        height = self.sheet.label_height
        module = p.symbol / (side + 2 * quiet)
        inner, x = side * module * POINT, (p.symbol_x + quiet * module) * POINT
        y = (height - p.symbol_y - p.symbol + quiet * module) * POINT
        image = b"q %.3f 0 0 %.3f %.3f %.3f cm BI/W %d/H %d/BPC 1/IM true/D[1 0]/F/AHx ID " % (
            inner,
            inner,
            x,
            y,
            side,
            side,
        )
        down = p.text_y + p.line * (len(self.wording.lines()) + 1.3 if p.beside else 0)
        text = b">\nEI Q BT /L %.2f Tf %.2f TL %.2f %.2f Td(" % (
            p.code * POINT,
            p.line * POINT,
            p.text_x * POINT,
            (height - down) * POINT,
        )
        page = self.sheet.height
        fronts = [
            b"q 1 0 0 1 %.3f %.3f cm/F Do %s" % (left * POINT, (page - top - height) * POINT, image)
            for left, top in self.sheet.corners()
        ]
        return fronts, text, b")Tj ET Q\n"

    def _page(self, content: bytes) -> bytes:
        stream = zlib.compress(content, 1)
        number = len(self.offsets)
        box = b"[0 0 %.2f %.2f]" % (self.sheet.width * POINT, self.sheet.height * POINT)
        page = self._object(
            number,
            b"<</Type/Page/Parent %d 0 R/MediaBox%s/Contents %d 0 R/Resources<</Font<</L %d 0 R>>/XObject<</F %d 0 R>>>>>>"
            % (_PAGES, box, number + 1, _LATIN, _FORM),
        )
        return page + self._object(
            number + 1, b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(stream), stream)
        )

    def tail(self) -> bytes:
        """The tree of pages, the table of offsets, the trailer."""
        kids = range(_FIRST, len(self.offsets), 2)
        listed = b" ".join(b"%d 0 R" % k for k in kids)
        pages = self._object(_PAGES, b"<</Type/Pages/Kids[%s]/Count %d>>" % (listed, len(kids)))
        rows = b"".join(b"%010d 00000 n \n" % o for o in self.offsets[1:])
        size = len(self.offsets)
        return (
            pages
            + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
            % (
                size,
                rows,
                size,
                _CATALOGUE,
                self.at,
            )
        )

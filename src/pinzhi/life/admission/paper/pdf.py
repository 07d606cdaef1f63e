"""
The words, lines and pictures of a PDF, by pdfium's character boxes.

Runs in the reading process only (`paper.child`): pdfium is C++, and a broken file may end it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import pi
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.rules.reports.layout import snapped
from pinzhi.life.admission.rules.reports.words import Mark, Page, Rule, Source, Word

WORD_GAP = 0.3
"""Characters further apart than so many heights are two words."""
MOST_OBJECTS = 60_000
"""Objects of a page that are looked at; drawings beyond that are no tables."""
Affine = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class Drawn:
    """What is drawn on a page besides its visible text."""

    rules: list[Rule] = field(default_factory=list)
    pictures: list[tuple[float, float, float, float]] = field(default_factory=list)
    covered: int = 0
    invisible: int = 0
    visible: int = 0


def opened(body: bytes, *, most_pages: int) -> Any:
    """The document. Raises RefusedError with `report_encrypted`, `report_damaged`, `report_no_pages`, `report_too_many_pages`."""
    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as why:
        if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD or "password" in str(why).lower():
            raise RefusedError.because(
                "report_encrypted", "the PDF asks for a password", "send it without a password", field="file"
            ) from why
        raise RefusedError.because(
            "report_damaged", "the PDF breaks off or is damaged", "fetch it again from the laboratory", field="file"
        ) from why
    pages = len(document)
    if pages == 0:
        raise RefusedError.because("report_no_pages", "the PDF has no pages", "send the whole report", field="file")
    if pages > most_pages:
        raise RefusedError.because(
            "report_too_many_pages",
            f"the PDF has {pages} pages; more than {most_pages} are not read",
            "send the pages of this one report",
            field="file",
        )
    return document


def affine(page: Any) -> tuple[Affine, float, float]:
    """(matrix from the page's own coordinates to points from the top left of the upright page, width, height); turning and cropping are in it."""
    width, height = page.get_size()
    wide, high = max(int(width * 100), 1), max(int(height * 100), 1)
    x, y = ctypes.c_int(), ctypes.c_int()

    def at(px: float, py: float) -> tuple[float, float]:
        raw.FPDF_PageToDevice(page.raw, 0, 0, wide, high, 0, px, py, ctypes.byref(x), ctypes.byref(y))
        return x.value / 100, y.value / 100

    (ox, oy), (ax, ay), (bx, by) = at(0, 0), at(1000, 0), at(0, 1000)
    return ((ax - ox) / 1000, (ay - oy) / 1000, (bx - ox) / 1000, (by - oy) / 1000, ox, oy), width, height


def _box(m: Affine, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
    xs = (m[0] * left + m[2] * bottom + m[4], m[0] * right + m[2] * top + m[4])
    ys = (m[1] * left + m[3] * bottom + m[5], m[1] * right + m[3] * top + m[5])
    return min(xs), min(ys), max(xs), max(ys)


def words(page: Any, m: Affine, *, most: int) -> list[Word]:
    """Every word of the text layer. Raises RefusedError(`report_too_much_text`)."""
    text = page.get_textpage()
    handle = text.raw
    count = raw.FPDFText_CountChars(handle)
    if count > most:
        raise RefusedError.because(
            "report_too_much_text", f"a page holds {count:,} characters", "send the report itself", field="file"
        )
    found: list[Word] = []
    box = raw.FS_RECTF()
    at = ctypes.byref(box)
    unicode, loose = raw.FPDFText_GetUnicode, raw.FPDFText_GetLooseCharBox
    held: list[str] = []
    x0 = y0 = x1 = y1 = 0.0

    def close() -> None:
        if held:
            found.append(Word("".join(held), x0, y0, x1, y1))
            held.clear()

    for i in range(count):
        code = unicode(handle, i)
        char = chr(code) if 32 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if not char or char.isspace() or not loose(handle, i, at):
            close()
            continue
        a, b, c, d = _box(m, box.left, box.bottom, box.right, box.top)
        height = max(d - b, 1.0)
        if held:
            gap = a - x1
            if gap > WORD_GAP * height or gap < -height or abs((b + d) - (y0 + y1)) > height:
                close()
        if held:
            x1, y0, y1 = max(x1, c), min(y0, b), max(y1, d)
        else:
            x0, y0, x1, y1 = a, b, c, d
        held.append(char)
    close()
    text.close()
    return _once(found)


def _once(found: list[Word]) -> list[Word]:
    """Bold is sometimes made by drawing a text twice: such twins count once."""
    seen: set[tuple[str, int, int]] = set()
    kept = []
    for word in found:
        mark = (word.text, round(word.x0 / 2), round(word.y0 / 2))
        if mark not in seen:
            seen.add(mark)
            kept.append(word)
    return kept


def _objects(page: Any) -> Iterator[tuple[Any, int, Affine]]:
    """(object, type, matrix of the forms around it) in the order in which they are drawn."""
    stack: list[tuple[Any, Affine, bool, int]] = []
    seen = 0
    one = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

    def walk(parent: Any, outer: Affine, depth: int) -> Iterator[tuple[Any, int, Affine]]:
        nonlocal seen
        form = depth > 0
        count = raw.FPDFFormObj_CountObjects(parent) if form else raw.FPDFPage_CountObjects(parent)
        for i in range(count):
            if seen >= MOST_OBJECTS:
                return
            seen += 1
            handle = raw.FPDFFormObj_GetObject(parent, i) if form else raw.FPDFPage_GetObject(parent, i)
            kind = raw.FPDFPageObj_GetType(handle)
            if kind == raw.FPDF_PAGEOBJ_FORM and depth < 5:
                yield from walk(handle, _times(_matrix(handle), outer), depth + 1)
            else:
                yield handle, kind, outer

    del stack
    yield from walk(page.raw, one, 0)


def _matrix(handle: Any) -> Affine:
    m = raw.FS_MATRIX()
    return (m.a, m.b, m.c, m.d, m.e, m.f) if raw.FPDFPageObj_GetMatrix(handle, ctypes.byref(m)) else (1, 0, 0, 1, 0, 0)


def _times(a: Affine, b: Affine) -> Affine:
    """First a, then b."""
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def drawn(page: Any, m: Affine) -> Drawn:
    """Straight lines, pictures, and how much text is invisible or was painted over."""
    found = Drawn()
    texts: list[tuple[float, float, float, float]] = []
    edge = [ctypes.c_float() for _ in range(4)]
    edges = [ctypes.byref(e) for e in edge]
    for handle, kind, outer in _objects(page):
        whole = _times(outer, m)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            if raw.FPDFTextObj_GetTextRenderMode(handle) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
                found.invisible += 1
            else:
                found.visible += 1
                if raw.FPDFPageObj_GetBounds(handle, *edges):
                    texts.append(_box(whole, *(e.value for e in edge)))
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            if raw.FPDFPageObj_GetBounds(handle, *edges):
                box = _box(whole, *(e.value for e in edge))
                found.pictures.append(box)
                if not raw.FPDFPageObj_HasTransparency(handle):
                    found.covered += sum(_over(box, t) for t in texts)
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            filled = _path(handle, whole, found.rules)
            if filled:
                found.covered += sum(_over(filled, t) for t in texts)
    return found


def _over(box: tuple[float, float, float, float], text: tuple[float, float, float, float]) -> bool:
    """Whether a painted box hides more than a third of a text."""
    wide = min(box[2], text[2]) - max(box[0], text[0])
    high = min(box[3], text[3]) - max(box[1], text[1])
    area = max((text[2] - text[0]) * (text[3] - text[1]), 1e-6)
    return wide > 0 and high > 0 and wide * high > area / 3


def _path(handle: Any, outer: Affine, rules: list[Rule]) -> tuple[float, float, float, float] | None:
    """Enter the straight level and upright lines of a path; returns the box of a filled surface that could hide something."""
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(handle, ctypes.byref(mode), ctypes.byref(stroke))
    m = _times(_matrix(handle), outer)
    points: list[tuple[float, float]] = []
    lines: list[tuple[tuple[float, float], tuple[float, float]]] = []
    start = (0.0, 0.0)
    x, y = ctypes.c_float(), ctypes.c_float()
    for i in range(min(raw.FPDFPath_CountSegments(handle), 4000)):
        segment = raw.FPDFPath_GetPathSegment(handle, i)
        raw.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = (m[0] * x.value + m[2] * y.value + m[4], m[1] * x.value + m[3] * y.value + m[5])
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO and points:
            lines.append((points[-1], point))
        points.append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            lines.append((point, start))
    if not points:
        return None
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    box = (min(xs), min(ys), max(xs), max(ys))
    if mode.value and min(box[2] - box[0], box[3] - box[1]) < 2.5:
        # A thin filled bar is a line.
        rules.append(
            _line((box[0], (box[1] + box[3]) / 2), (box[2], (box[1] + box[3]) / 2))
            if box[2] - box[0] > box[3] - box[1]
            else _line(((box[0] + box[2]) / 2, box[1]), ((box[0] + box[2]) / 2, box[3]))
        )
        return None
    if stroke.value:
        rules.extend(_line(a, b) for a, b in lines if abs(a[0] - b[0]) < 0.8 or abs(a[1] - b[1]) < 0.8)
    return box if mode.value else None


def _line(a: tuple[float, float], b: tuple[float, float]) -> Rule:
    if abs(a[0] - b[0]) < abs(a[1] - b[1]):
        x = (a[0] + b[0]) / 2
        return Rule(x, min(a[1], b[1]), x, max(a[1], b[1]))
    y = (a[1] + b[1]) / 2
    return Rule(min(a[0], b[0]), y, max(a[0], b[0]), y)


def _upright(page: Any) -> None:
    """Turn a page so that most of its text runs left to right, whatever way up it was saved."""
    text = page.get_textpage()
    count = raw.FPDFText_CountChars(text.raw)
    turns = [0, 0, 0, 0]
    for i in range(0, count, max(count // 200, 1)):
        if raw.FPDFText_GetUnicode(text.raw, i) > 32:
            turns[round(raw.FPDFText_GetCharAngle(text.raw, i) / (pi / 2)) % 4] += 1
    text.close()
    if sum(turns):
        page.set_rotation(turns.index(max(turns)) * 90)


def read_page(page: Any, number: int, *, most_characters: int) -> tuple[Page, Drawn]:
    """One page by its text layer."""
    _upright(page)
    m, width, height = affine(page)
    seen = drawn(page, m)
    found = words(page, m, most=most_characters)
    rules = snapped(r for r in seen.rules if max(r.x1 - r.x0, r.y1 - r.y0) > 4)
    return Page(number, width, height, tuple(found), rules, Source.TEXT), seen


def marks_of(number: int, seen: Drawn) -> Iterator[Mark]:
    """What is odd about how a page was put together."""
    if seen.covered:
        yield Mark("picture_covers_text", number, str(seen.covered))
    if seen.invisible and seen.invisible >= seen.visible:
        yield Mark("text_invisible", number, str(seen.invisible))


def annotated(page: Any) -> int:
    """Annotations and form fields that paint on the page (links do not)."""
    quiet = {raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP}
    count = 0
    for i in range(min(raw.FPDFPage_GetAnnotCount(page.raw), 1000)):
        note = raw.FPDFPage_GetAnnot(page.raw, i)
        count += raw.FPDFAnnot_GetSubtype(note) not in quiet
        raw.FPDFPage_CloseAnnot(note)
    return count

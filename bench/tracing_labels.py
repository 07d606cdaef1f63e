"""
Symbols and sheets of labels beside segno, zxing-cpp, ppf.datamatrix and reportlab in the same run. `python -m bench tracing_labels`.

Processor time of the thread. Every one of 10,000 symbols of both kinds is read back by zxing-cpp; a million labels are written for their size and memory.
"""

from __future__ import annotations

import io
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, thread_time

import numpy as np
import segno
import zxingcpp
from bench.ledger import Row
from ppf.datamatrix import DataMatrix
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.pdfgen.canvas import Canvas

from pinzhi.life.tracing import sheets
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.labels.layout import SHEETS, Wording
from pinzhi.life.tracing.rules.symbols import many

GTIN, BATCH = "06901234567892", "B00202"
STEM = f"HTTPS://ID.PINZHI.CN/01/{GTIN}/10/{BATCH}"
KEYS = codes.derive(bytes(range(32)), GTIN, 1)


def rate(count: int, call: Callable[[], object], runs: int = 3) -> float:
    """Things a second, the best run."""
    best = 1e9
    for _ in range(runs):
        start = thread_time()
        call()
        best = min(best, thread_time() - start)
    return count / best


def all_read(carrier: many.Carrier, head: str, count: int = 10_000) -> int:
    """How many of `count` symbols give back their code."""
    made_from, issued = many.tables(carrier), codes.issue(KEYS, 0, count)
    right = 0
    for code, packed in zip(issued.tolist(), many.symbols(made_from, issued), strict=True):
        light = np.pad(1 - many.unpacked(made_from, packed), 4, constant_values=1)
        found = zxingcpp.read_barcodes(np.kron(light, np.ones((3, 3), np.uint8)) * 255)
        right += [b.text for b in found] == [head + code.decode()]
    return right


def by_reportlab(count: int) -> None:
    """A sheet of labels with a symbol and the code."""
    canvas = Canvas(io.BytesIO())
    for at, code in enumerate(codes.issue(KEYS, 0, count).tolist()):
        widget = QrCodeWidget(f"{STEM}/21/{code.decode()}", barLevel="M")
        drawing = Drawing(60, 60)
        drawing.add(widget)
        renderPDF.draw(drawing, canvas, 70 * (at % 8), 65 * (at // 8 % 12))
        canvas.drawString(70 * (at % 8), 65 * (at // 8 % 12), code.decode())
    canvas.save()


def run() -> list[Row]:
    qr, matrix = many.qr_carrier(f"{STEM}/21/"), many.datamatrix_carrier(GTIN, BATCH)
    from_qr, from_matrix = many.tables(qr), many.tables(matrix)
    issued = codes.issue(KEYS, 0, 100_000)
    texts = [f"{STEM}/21/{c.decode()}" for c in issued[:300].tolist()]
    level = zxingcpp.BarcodeFormat.QRCode
    zxing = rate(300, lambda: [zxingcpp.create_barcode(t, level, ec_level="M").to_image() for t in texts])
    by_segno = rate(100, lambda: [segno.make(t, version=4, error="M", boost_error=False) for t in texts[:100]])
    fixed = rate(100, lambda: [segno.make(t, version=4, error="M", mask=2, boost_error=False) for t in texts[:100]])
    ppf = rate(100, lambda: [DataMatrix(t[-40:], codecs=["ascii"]).matrix for t in texts[:100]])
    ours, ours_matrix = (rate(100_000, lambda t=t: many.symbols(t, issued), 5) for t in (from_qr, from_matrix))
    words = Wording("童装卫衣", BATCH, "2026-11-01", "ZJ2026-11873", "", "id.pinzhi.cn")
    order = sheets.Order(KEYS, 0, 96_000, BATCH, STEM, words, SHEETS["a4-96"])
    drawn = rate(96_000, lambda: [len(b) for b in sheets.as_pdf(order)])
    lab = rate(96, lambda: by_reportlab(96), 2)
    with tempfile.TemporaryDirectory() as folder:
        out, start = Path(folder) / "million.pdf", perf_counter()
        million = sheets.Order(KEYS, 0, 1_000_000, BATCH, STEM, words, SHEETS["a4-96"])
        with out.open("wb") as file:
            file.writelines(sheets.as_pdf(million))
        seconds, size = perf_counter() - start, out.stat().st_size / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"   a million labels: {seconds:.1f} s by the clock, {size:.0f} MiB; peak of the whole process {peak:.0f} MiB"
    )
    return [
        Row("QR symbols, 4-M", "symbols/s", ours, zxing, "zxing-cpp"),
        Row("  beside segno", "symbols/s", ours, by_segno, "segno, best mask"),
        Row("  beside segno", "symbols/s", ours, fixed, "segno, fixed mask"),
        Row("  read back by zxing-cpp", "of 10,000", all_read(qr, f"{STEM}/21/"), 10_000, "goal"),
        Row(f"Data Matrix, {matrix.side} x {matrix.side}", "symbols/s", ours_matrix, ppf, "ppf.datamatrix"),
        Row("  read back by zxing-cpp", "of 10,000", all_read(matrix, f"(01){GTIN}(10){BATCH}(21)"), 10_000, "goal"),
        Row("labels as PDF, 96 a sheet", "labels/s", drawn, lab, "reportlab"),
    ]

"""
Test reports from file to fields, pages a second, beside pdfplumber on the same files in the same run. `python -m bench admission_reports`.

Digital PDF of four layouts, in this process (the command reads each file in a process of its own, which adds its start). Ours reads text and drawn lines,
builds the cells, finds fields and results and judges every result again; pdfplumber extracts words, or words and tables. Each figure is the best of five
rounds over all files. Recognition of a scanned page is timed where the extra is installed; it has no peer here.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from bench.ledger import Row
from tests import report_press as press

from pinzhi.life.admission.paper import pdf, scan
from pinzhi.life.admission.paper.child import Request, sheets
from pinzhi.life.admission.report_tables import labels, packaged_policy
from pinzhi.life.admission.rules.reports.checks import read

SEEDS = 5
ROUNDS = 5


def best(work: Callable[[], Any]) -> float:
    """Seconds of the quickest round."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def printed(folder: Path) -> tuple[list[bytes], list[Request]]:
    """The files of all layouts. What is read from them is compared with what was printed: a wrong field ends the benchmark."""
    policy, words = packaged_policy(), labels()
    bodies, requests = [], []
    for layout in press.LAYOUTS:
        for seed in range(SEEDS):
            truth = press.truth(seed, english=layout == "english")
            path = folder / f"{layout}{seed}.pdf"
            path.write_bytes(press.pressed(truth, layout))
            bodies.append(path.read_bytes())
            requests.append(Request(str(path), policy.reading, ocr=False))
            got = read(sheets(requests[-1]), words, policy.reports)
            if any(got.value(n) != v for n, v in truth.expected().items() if n != "standards"):
                raise RuntimeError(f"wrong fields in {path.name}")
    return bodies, requests


def words_of(bodies: list[bytes]) -> None:
    """Our text step alone."""
    for body in bodies:
        document = pdf.opened(body, most_pages=10)
        for number in range(len(document)):
            page = document[number]
            pdf.words(page, pdf.affine(page)[0], most=100_000)


def theirs(bodies: list[bytes], *, tables: bool) -> None:
    """The peer on the same files."""
    import pdfplumber

    for body in bodies:
        with pdfplumber.open(io.BytesIO(body)) as document:
            for page in document.pages:
                page.extract_words()
                if tables:
                    page.extract_tables()


def run() -> list[Row]:
    """Pages a second."""
    policy, words = packaged_policy(), labels()
    with tempfile.TemporaryDirectory() as folder:
        bodies, requests = printed(Path(folder))
        pages = sum(len(sheets(r).pages) for r in requests)
        text = best(lambda: words_of(bodies))
        whole = best(lambda: [read(sheets(r), words, policy.reports) for r in requests])
        peer_text, peer_whole = best(lambda: theirs(bodies, tables=False)), best(lambda: theirs(bodies, tables=True))
    rows = [
        Row("report: words of a page", "pages/s", pages / text, pages / peer_text, "pdfplumber words"),
        Row(
            "report: fields, results judged again",
            "pages/s",
            pages / whole,
            pages / peer_whole,
            "pdfplumber words and tables",
        ),
    ]
    if scan.available():
        page = np.asarray(press.pictures(bodies[0])[0])[:, :, ::-1].copy()
        scan.page_of(page, 0)
        rows.append(
            Row(
                "report: scanned page, figures read twice",
                "pages/s",
                1 / best(lambda: scan.page_of(page, 0)),
                0,
                "none",
            )
        )
    return rows

"""
The process that opens strangers' files: `python -m pinzhi.life.admission.paper.child REQUEST` (the request is JSON, the answer msgpack on standard output).

It bounds its own memory and processor time first. Whatever the libraries in it do, the house goes on; the parent turns its death into a refusal.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.admission.rules.reports.compare import differences, tells
from pinzhi.life.admission.rules.reports.policy import Reading
from pinzhi.life.admission.rules.reports.words import Mark, Page, Sheets, Source

OUT_OF_MEMORY = 77
"""Exit code for a file that needs more memory than a report may have."""


@dataclass(frozen=True, slots=True)
class Request:
    """One file, the limits, and whether pages may be read from their pictures."""

    path: str
    reading: Reading
    ocr: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """Either the sheets or why not."""

    sheets: Sheets | None = None
    refusal: Refusal | None = None


def bounded(reading: Reading, *, ocr: bool) -> None:
    """Take the limits on, where the system has them."""
    try:
        import resource
    except ImportError:  # Windows has none; the parent's clock still holds
        return
    memory = reading.memory_ocr if ocr else reading.memory
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * reading.seconds, 2 * reading.seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sheets(request: Request) -> Sheets:
    """Read the file in this very process. Raises RefusedError."""
    from pinzhi.life.admission.paper.sniff import sniff

    limits = request.reading
    seen = sniff(request.path, most_bytes=limits.most_bytes, most_pixels=limits.most_pixels)
    name = Path(request.path).name
    if seen.kind != "pdf":
        return _picture(name, seen.body, seen.sha256, request)
    return _document(name, seen.body, seen.sha256, request)


def _picture(name: str, body: bytes, sha256: str, request: Request) -> Sheets:
    from pinzhi.life.admission.paper import scan

    if not (request.ocr and scan.available()):
        return Sheets(name, sha256, (Page(0, 0, 0, (), (), Source.OCR),), (Mark("page_unreadable", 0),))
    return Sheets(name, sha256, (scan.picture(body, limits=request.reading),))


def _document(name: str, body: bytes, sha256: str, request: Request) -> Sheets:
    from pinzhi.life.admission.paper import pdf, scan
    from pinzhi.life.admission.paper.hazards import hazards

    limits = request.reading
    active, attached = hazards(body)
    marks = [Mark("active_content", None, ", ".join(active))] if active else []
    if attached:
        marks.append(Mark("attachment", None, ", ".join(attached)))
    document = pdf.opened(body, most_pages=limits.most_pages)
    able = request.ocr and scan.available()
    began = perf_counter()
    pages: list[Page] = []
    characters, uncompared = 0, False
    for number in range(len(document)):
        try:
            page = document[number]
        except Exception as why:
            raise RefusedError.because(
                "report_damaged",
                f"page {number + 1} of the PDF is damaged",
                "fetch it again from the laboratory",
                field="file",
            ) from why
        read, seen = pdf.read_page(page, number, most_characters=limits.most_characters)
        marks.extend(pdf.marks_of(number, seen))
        if notes := pdf.annotated(page):
            marks.append(Mark("annotation", number, str(notes)))
        length = sum(len(w.text) for w in read.words)
        characters += length
        if characters > limits.most_characters:
            raise RefusedError.because(
                "report_too_much_text",
                f"it holds more than {limits.most_characters:,} characters",
                "send the report itself",
                field="file",
            )
        hidden = any(m.code == "text_invisible" and m.page == number for m in marks)
        # Recognition takes seconds a page: what does not fit into the time of a file is said to be unread, not waited for.
        able = able and perf_counter() - began < 0.6 * limits.seconds
        picture = (
            scan.rendered(page, number, limits=limits) if able and (length or seen.pictures or seen.rules) else None
        )
        marks.extend(_compared(read, picture, page, number))
        scanned = hidden or length < limits.few_characters
        pages.append((picture or replace(read, source=Source.OCR)) if scanned else read)
        if picture is None and length < limits.few_characters and (seen.pictures or seen.rules or length):
            marks.append(Mark("page_unreadable", number))
        if picture is None and length >= limits.few_characters:
            uncompared = True
        page.close()
    if uncompared:
        marks.append(Mark("picture_not_compared"))
    return Sheets(name, sha256, tuple(pages), tuple(marks))


def _compared(layer: Page, picture: Page | None, page: Any, number: int) -> list[Mark]:
    """Where text layer and picture differ, each place looked at once more from nearer before anybody is suspected."""
    from pinzhi.life.admission.paper import scan

    if picture is None or not layer.words:
        return []
    found = differences(layer, picture)
    confirmed = []
    for one, again in zip(found, scan.nearer(page, [d.box for d in found]), strict=True):
        if tells(one.text, again):
            code = "text_differs" if not one.picture or not tells(one.picture, again) else "text_doubted"
            confirmed.append(Mark(code, number, f"«{one.text}» / «{again or one.picture}»"))
    return confirmed[:20]


def main() -> None:
    """Answer one request."""
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print must not get into the answer
    request = msgspec.json.decode(sys.argv[1], type=Request)
    bounded(request.reading, ocr=request.ocr)
    try:
        reply = Reply(sheets(request))
    except RefusedError as no:
        reply = Reply(refusal=no.refusal)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    with os.fdopen(out, "wb") as stream:
        stream.write(msgspec.msgpack.encode(reply))


if __name__ == "__main__":
    main()

"""
Reading a document of any of the forms.

    document = read_document(data)              # everything in memory
    head, events = open_document(data)          # events one by one; `head` is whole when they are through
"""

from __future__ import annotations

from collections.abc import Iterator

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis import reading_json, reading_xml
from pinzhi.life.tracing.rules.epcis.documents import BIGGEST, JSON, XML, Document, Head, Read


def open_document(data: bytes) -> tuple[Head, Iterator[Read]]:
    """
    The head, and the events as they are read. Raises RefusedError: `epcis_too_big`, `epcis_empty`, and while reading `epcis_json_invalid`,
    `epcis_xml_invalid`, `epcis_xml_doctype`, `epcis_encoding`, `epcis_too_deep`.
    """
    if len(data) > BIGGEST:
        raise RefusedError.because(
            "epcis_too_big", f"the document has {len(data):,} bytes, more than {BIGGEST:,}", "send it in parts"
        )
    first = data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
    if not first:
        raise RefusedError.because("epcis_empty", "there is nothing in it", "send an EPCIS document")
    wide = data[:2] in reading_xml.UTF_16
    if b"\x00" in data[:2] or (wide and not data[2:64].replace(b"\x00", b"").lstrip().startswith(b"<")):
        raise RefusedError.because("epcis_encoding", "this is no UTF-8", "save it as UTF-8")
    if first == b"<" or wide:
        head = Head(XML)
        return head, reading_xml.stream(data, head)
    head = Head(JSON)
    return head, reading_json.stream(data.removeprefix(b"\xef\xbb\xbf"), head)


def read_document(data: bytes) -> Document:
    """The whole document; an event that is wrong carries its faults and never stops the rest. Raises RefusedError as `open_document`."""
    head, events = open_document(data)
    return Document(head, tuple(events))

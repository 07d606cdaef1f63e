"""
Reading events from XML of EPCIS 1.1, 1.2 and 2.0 into the object of the JSON form.

Safe against hostile documents: a document type may be named but neither defined nor fetched (no entities, no bombs, no external files), depth is
limited, the size is limited by the caller. `elements` turns one element into one event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser, XMLPullParser

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis import shape, surroundings
from pinzhi.life.tracing.rules.epcis.documents import DEEPEST, EVENT, EVENT_LIST, JOB, XML, Fault, Head, Read
from pinzhi.life.tracing.rules.epcis.elements import WRAPPERS, Event, local
from pinzhi.life.tracing.rules.epcis.names import STANDARD

_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_BARE_TYPE = re.compile(r"<!DOCTYPE\s+[^\s\[>\"']+\s*>")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1", "latin1": "latin-1",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "utf-16": "utf-16",
}  # fmt: skip
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Marks of byte order. Without one the parser would guess UTF-16 from zero bytes, behind the back of the search for document types."""
CHUNK = 256 * 1024
WHOLE = 4 * 1024 * 1024
"""Characters. Up to here a document is parsed at once."""


def text_of(data: bytes) -> str:
    """The characters of a document. Raises RefusedError for an unknown encoding or a document type that defines or fetches something."""
    if data[:2] in UTF_16:
        encoding = "utf-16"
    else:
        declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf").lstrip())
        encoding = _ENCODINGS.get(declared[1].decode("ascii").lower(), "") if declared else "utf-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff") if encoding else None
    except UnicodeDecodeError:
        text = None
    if text is None or "\x00" in text[:2]:
        raise RefusedError.because(
            "epcis_encoding", "the characters of this document cannot be read", "save it as UTF-8"
        )
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if text.startswith("<!DOCTYPE", start) and not _BARE_TYPE.match(text, start):
        raise RefusedError.because(
            "epcis_xml_doctype",
            "the document defines or fetches a document type (entities)",
            "take the DOCTYPE out: EPCIS needs none",
        )
    return text


def stream(data: bytes, head: Head) -> Iterator[Read]:
    """The events of the bytes, in order; `head` is filled on the way. Raises RefusedError where the bytes are no well-formed XML."""
    text = text_of(data)
    try:
        yield from _whole(text, _Walk(head)) if len(text) <= WHOLE else _parted(text, _Walk(head))
    except RecursionError as why:
        raise _too_deep() from why
    except (ParseError, ValueError) as why:
        raise RefusedError.because(
            "epcis_xml_invalid", f"this is no well-formed XML: {str(why)[:120]}", "send a complete document"
        ) from why


def _too_deep() -> RefusedError:
    return RefusedError.because("epcis_too_deep", "the document is nested too deeply", "flatten its extensions")


def _whole(text: str, walk: _Walk) -> Iterator[Read]:
    """A small document: parsed at once, which spares a step in Python for every element."""
    parser: XMLParser[Any] = XMLParser()  # noqa: S314 - `text_of` refuses every document type that defines or fetches something
    parser.feed(text)
    root = parser.close()
    if walk.start(root):
        yield walk.event(root)
        return
    inside = [(root, iter(root))]
    while inside:
        element, rest = inside[-1]
        child = next(rest, None)
        if child is None:
            inside.pop()
            walk.end(element)
            continue
        if walk.start(child):
            yield walk.event(child)
            walk.end(child)
        else:
            inside.append((child, iter(child)))
            if len(inside) > DEEPEST:
                raise _too_deep()


def _parted(text: str, walk: _Walk) -> Iterator[Read]:
    """A large document: the tree of an event is thrown away when it has been read."""
    inside = 0  # how deep below the element of the event that is being gathered
    for what, element in _moves(text):
        if what == "start":
            if walk.event_at:
                inside += 1
            else:
                walk.start(element)
            if len(walk.open) + inside > DEEPEST:
                raise _too_deep()
        elif inside:
            inside -= 1
        elif walk.event_at:
            yield walk.event(element)
            walk.end(element)
        else:
            walk.end(element)


def _moves(text: str) -> Iterator[Any]:
    parser: XMLPullParser[Any] = XMLPullParser(("start", "end"))
    for at in range(0, len(text), CHUNK):
        parser.feed(text[at : at + CHUNK])
        yield from parser.read_events()
    parser.close()
    yield from parser.read_events()


class _Walk:
    """Where the parser stands: the elements that are open, and whether an event is being gathered."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.open: list[str] = []
        self.event_at = 0
        self.count = 0
        self.seen: dict[str, int] = {}
        self.listed = False

    def start(self, element: Element) -> bool:
        """An element opens; whether an event stands in it."""
        tag = element.tag
        if not self.open:
            self._root(element)
        self.open.append(tag)
        if local(tag) == "EventList":
            self.listed = True
        elif not self.event_at and tag not in WRAPPERS and self._in_list():
            self.event_at = len(self.open)
        return self.event_at > 0

    def _root(self, element: Element) -> None:
        name = local(element.tag)
        self.head.fields = dict(element.attrib)
        self.head.version = element.get("schemaVersion", "")
        if name in shape.DOCUMENT or name in ("EPCISMasterDataDocument", JOB):
            self.head.kind = name
        elif name == "EventList":
            self.head.kind = EVENT_LIST
        elif name in shape.FIELDS or (not name and element.tag.startswith("{")):
            self.head.kind = EVENT
            self.event_at = 1
        else:
            self.head.faults.append(Fault("xml_root", "/" + name, name))

    def _in_list(self) -> bool:
        """Whether the element that was just opened stands in a list of events, wrappers looked through."""
        for tag in reversed(self.open[:-1]):
            if tag not in WRAPPERS:
                return local(tag) == "EventList"
        return False

    def end(self, element: Element) -> None:
        depth = len(self.open)
        if self.event_at == depth:
            self.event_at = 0
            element.clear()
        elif not self.event_at:
            name = local(element.tag)
            if depth == 1:
                self._close(element)
            elif name == "EPCISHeader":
                self.head.faults += surroundings.header(element, self.head.kind)
            elif name in surroundings.REQUESTS:
                self.head.faults += surroundings.request(element, self.head.kind, name)
            if depth > 1 and name in ("EventList", "EPCISHeader"):
                element.clear()
        self.open.pop()

    def _close(self, root: Element) -> None:
        kind = self.head.kind
        if kind == JOB:
            self.head.faults += surroundings.job(root)
        elif kind in shape.DOCUMENT and not self.listed and kind != "EPCISQueryDocument":
            self.head.faults.append(Fault("field_missing", "/" + kind + "/EPCISBody/EventList", "EventList"))

    def event(self, element: Element) -> Read:
        """The event that the element holds."""
        name = local(element.tag) or element.tag
        nth = self.seen[name] = self.seen.get(name, 0) + 1
        if len(self.open) > 1:
            stem = "".join("/" + (local(t) or t) for t in self.open[:-1])
            path = f"{stem}/{name}[{nth}]"
        else:
            path = "/" + name
        number, self.count = self.count, self.count + 1
        fields, faults = Event(path).read(element, name)
        return Read(number, path, fields, STANDARD, XML, tuple(faults))

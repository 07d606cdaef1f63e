"""
Reading events from XML of EPCIS 1.1, 1.2 and 2.0 into the object of the JSON form.

Safe against hostile documents: a document type may be named but neither defined nor fetched (no entities, no bombs, no external files), depth is
limited, the size is limited by the caller. The tree of an event is thrown away when it has been read.

Elements of the standard stand in no namespace or in one of EPCIS; everything else is an extension. The wrappers `extension` and `baseExtension` of
EPCIS 1.x are looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis import shape
from pinzhi.life.tracing.rules.epcis.documents import DEEPEST, EVENT, EVENT_LIST, XML, Fault, Head, Read
from pinzhi.life.tracing.rules.epcis.names import STANDARD, TEXT

_NAMESPACE = re.compile(r"\{(urn:epcglobal:epcis(?:-query|-masterdata)?:xsd:[12])\}(.*)", re.DOTALL)
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_BARE_TYPE = re.compile(r"<!DOCTYPE\s+[^\s\[>\"']+\s*>")
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1", "latin1": "latin-1",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "utf-16": "utf-16",
}  # fmt: skip
CHUNK = 256 * 1024
_WRAPPERS = ("extension", "baseExtension")


def local(tag: str) -> str:
    """The name of an element of the standard; empty for an extension."""
    if tag[:1] != "{":
        return tag
    found = _NAMESPACE.fullmatch(tag)
    return found[2] if found else ""


def text_of(data: bytes) -> str:
    """The characters of a document. Raises RefusedError for an unknown encoding or a document type that defines or fetches something."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf").lstrip())
        encoding = _ENCODINGS.get(declared[1].decode("ascii").lower(), "") if declared else "utf-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff") if encoding else None
    except UnicodeDecodeError:
        text = None
    if text is None:
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
    walk = _Walk(head)
    inside = 0  # how deep below the element of the event that is being gathered
    try:
        for what, element in _moves(text_of(data)):
            if what == "start":
                if walk.event_at:
                    inside += 1
                    if inside > DEEPEST:
                        raise _too_deep()
                else:
                    walk.start(element)
            elif inside:
                inside -= 1
            elif found := walk.end(element):
                yield found
    except (ParseError, ValueError) as why:
        raise RefusedError.because(
            "epcis_xml_invalid", f"this is no well-formed XML: {str(why)[:120]}", "send a complete document"
        ) from why


def _too_deep() -> RefusedError:
    return RefusedError.because("epcis_too_deep", "the document is nested too deeply", "flatten its extensions")


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

    def start(self, element: Element) -> None:
        tag = element.tag
        if not self.open:
            self._root(element)
        self.open.append(tag)
        if len(self.open) > DEEPEST:
            raise _too_deep()
        if local(tag) == "EventList":
            self.listed = True
        elif not self.event_at and self._in_list() and local(tag) not in _WRAPPERS:
            self.event_at = len(self.open)

    def _root(self, element: Element) -> None:
        name = local(element.tag)
        self.head.fields = dict(element.attrib)
        self.head.version = element.get("schemaVersion", "")
        if name in shape.DOCUMENT or name == "EPCISMasterDataDocument":
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
            name = local(tag)
            if name == "EventList":
                return True
            if name not in _WRAPPERS:
                return False
        return False

    def end(self, element: Element) -> Read | None:
        depth = len(self.open)
        found = None
        if self.event_at == depth:
            found = self._event(element)
            self.event_at = 0
            element.clear()
        elif not self.event_at:
            if depth == 1:
                self._close()
            elif local(element.tag) == "EPCISHeader":
                _header(element, self.head)
            if depth > 1 and local(element.tag) in ("EventList", "EPCISHeader"):
                element.clear()
        self.open.pop()
        return found

    def _close(self) -> None:
        if self.head.kind in shape.DOCUMENT and not self.listed and self.head.kind != "EPCISQueryDocument":
            self.head.faults.append(Fault("field_missing", "/" + self.head.kind + "/EPCISBody/EventList", "EventList"))

    def _event(self, element: Element) -> Read:
        name = local(element.tag) or element.tag
        self.seen[name] = self.seen.get(name, 0) + 1
        stem = "".join("/" + (local(t) or t) for t in self.open[:-1])
        path = f"{stem}/{name}[{self.seen[name]}]" if stem else f"/{name}"
        number, self.count = self.count, self.count + 1
        fields, faults = _Event(path, self.head.version).read(element, name)
        return Read(number, path, fields, STANDARD, XML, tuple(faults))


class _Event:
    """One element turned into the object of the JSON form."""

    def __init__(self, path: str, version: str) -> None:
        self.path, self.version = path, version
        self.faults: list[Fault] = []

    def read(self, element: Element, kind: str) -> tuple[dict[str, Any], list[Fault]]:
        fields: dict[str, Any] = {"type": kind}
        order = shape.ORDER.get(kind, ())
        last = -1
        fields |= _foreign(element)
        for child in _children(element):
            name = local(child.tag)
            if not name:
                _add(fields, child.tag, content(child))
                continue
            path = f"{self.path}/{name}"
            if name in order:
                at = order.index(name)
                if at < last and name not in _TAIL:
                    self.faults.append(Fault("xml_order", path, name))
                last = max(last, at if name not in _TAIL else last)
            if name in fields and name != "certificationInfo":
                self.faults.append(Fault("xml_repeated", path, name))
                continue
            value = self._field(name, child, path)
            if name == "certificationInfo":
                _add(fields, name, value)
            else:
                fields[name] = value
        return fields, self.faults

    def _field(self, name: str, element: Element, path: str) -> Any:
        if name.endswith("List") or name == "childEPCs":
            return self._list(name, element, path)
        if name in ("readPoint", "bizLocation"):
            return self._flat(element, path)
        if name == "persistentDisposition":
            found: dict[str, Any] = {}
            for child in _children(element):
                found.setdefault(local(child.tag) or child.tag, []).append(_text(child))
            return found
        if name == "errorDeclaration":
            return self._error(element, path)
        inner = content(element) if len(element) or name == "ilmd" else _text(element)
        if name == "ilmd":
            return inner if isinstance(inner, dict) else {TEXT: inner} if inner else {}
        if len(element) and name in shape.ANY_FIELD:
            self.faults.append(Fault("type_text", path, name))
        return inner

    def _list(self, name: str, element: Element, path: str) -> Any:
        if name in shape.EPC_LISTS:
            return self._texts(element, "epc", path)
        if name in shape.QUANTITY_LISTS:
            each = self._only(element, "quantityElement", path)
            return [self._flat(e, f"{path}/quantityElement[{n}]") for n, e in each]
        if name in shape.PAIR_LISTS:
            return [self._pair(e, shape.PAIR_LISTS[name]) for _, e in self._only(element, shape.PAIR_LISTS[name], path)]
        if name == "sensorElementList":
            each = self._only(element, "sensorElement", path)
            return [self._sensor(e, f"{path}/sensorElement[{n}]") for n, e in each]
        return content(element)

    def _only(self, element: Element, name: str, path: str) -> Iterator[tuple[int, Element]]:
        number = 0
        for child in _children(element):
            if local(child.tag) == name:
                number += 1
                yield number, child
            else:
                self.faults.append(
                    Fault("field_unknown", f"{path}/{local(child.tag) or child.tag}", local(child.tag) or child.tag)
                )

    def _texts(self, element: Element, name: str, path: str) -> list[str]:
        return [_text(child) for _, child in self._only(element, name, path)]

    def _flat(self, element: Element, path: str) -> dict[str, Any]:
        """Elements of text become fields; elements of other namespaces are extensions."""
        fields = _foreign(element)
        for child in _children(element):
            name = local(child.tag)
            if not name:
                _add(fields, child.tag, content(child))
            elif name in fields:
                self.faults.append(Fault("xml_repeated", f"{path}/{name}", name))
            else:
                fields[name] = _text(child)
        return fields

    def _pair(self, element: Element, name: str) -> dict[str, Any]:
        return {**element.attrib, name: _text(element)}

    def _sensor(self, element: Element, path: str) -> dict[str, Any]:
        fields = _foreign(element)
        for child in _children(element):
            name = local(child.tag)
            if name == "sensorReport":
                fields.setdefault(name, []).append(dict(child.attrib))
            elif name == "sensorMetadata":
                if name in fields:
                    self.faults.append(Fault("xml_repeated", f"{path}/{name}", name))
                fields[name] = dict(child.attrib)
            elif name:
                fields[name] = content(child)
            else:
                _add(fields, child.tag, content(child))
        return fields

    def _error(self, element: Element, path: str) -> dict[str, Any]:
        fields = _foreign(element)
        for child in _children(element):
            name = local(child.tag)
            if name == "correctiveEventIDs":
                fields[name] = self._texts(child, "correctiveEventID", f"{path}/{name}")
            elif name:
                fields[name] = _text(child)
            else:
                _add(fields, child.tag, content(child))
        return fields


_TAIL = frozenset(
    {"ilmd", "sensorElementList", "persistentDisposition", "certificationInfo", "eventID", "errorDeclaration"}
)
"""Their place among themselves differs between editions of the schema and between GS1's own examples; it carries no meaning."""


def _children(element: Element) -> Iterator[Element]:
    """The children, those of the wrappers of EPCIS 1.x in their place. Depth is limited by the walk."""
    for child in element:
        if local(child.tag) in _WRAPPERS:
            yield from _children(child)
        else:
            yield child


def _foreign(element: Element) -> dict[str, Any]:
    """Attributes in a namespace are extensions."""
    return {name: value for name, value in element.attrib.items() if name[:1] == "{"}


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    """A second element of the same name makes a list."""
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]


def content(element: Element) -> Any:
    """An extension: text, or an object of attributes and elements with its text under `#text`."""
    if not len(element) and not element.attrib:
        return _text(element)
    fields: dict[str, Any] = {}
    for name, value in element.attrib.items():
        if not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
            fields[name] = value.strip()
    for child in element:
        _add(fields, child.tag, content(child))
    text = _text(element)
    if not fields:
        return text
    if text:
        fields[TEXT] = text
    return fields


def _header(element: Element, head: Head) -> None:
    """The ids of master data: every VocabularyElement and every attribute needs one."""
    stem = f"/{head.kind}/EPCISHeader"
    for vocabulary in element.iter():
        name = local(vocabulary.tag)
        if name == "Vocabulary" and not vocabulary.get("type"):
            head.faults.append(Fault("field_missing", f"{stem}//Vocabulary/@type", "type"))
        elif name in ("VocabularyElement", "attribute") and not vocabulary.get("id"):
            head.faults.append(Fault("field_missing", f"{stem}//{name}/@id", "id"))

"""What a document holds once it is read: events with the place where each stands, and what is wrong with the document itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pinzhi.life.tracing.rules.epcis.names import STANDARD, Names

JSON, XML = "json", "xml"
EVENT, EVENT_LIST = "Event", "EventList"
JOB = "EPCISCaptureJob"
"""Kinds of documents beside `EPCISDocument` and `EPCISQueryDocument`: one bare event, a bare list of events, the report of a capture job."""
BIGGEST = 128 * 1024 * 1024
"""Bytes. A larger document is refused: a capture of that size is sent in parts."""
DEEPEST = 64
"""Levels of nesting below an event or a document."""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong: its code (`faults.FAULTS`), where (JSON Pointer or XPath), and the value or name that it is about.

    `warning`: the document is valid all the same.
    """

    code: str
    path: str
    value: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """
    One event as it was read.

    `number` counts from 0 in the order of the document, `path` is its place, `fields` the object of the JSON form, `names` the prefixes in force,
    `form` json or xml. An event that cannot be read as one has no fields, and its faults say why.
    """

    number: int
    path: str
    fields: Mapping[str, Any]
    names: Names = STANDARD
    form: str = JSON
    faults: tuple[Fault, ...] = ()

    @property
    def kind(self) -> str:
        """The type of the event: a word of `shape.EVENTS` or the URI of a type of one's own."""
        value = self.fields.get("type", self.fields.get("isA", ""))
        return value if isinstance(value, str) else ""


@dataclass(slots=True)
class Head:
    """
    What surrounds the events. It is whole when all events have been read.

    `kind` is EPCISDocument, EPCISQueryDocument, Event or EventList; `fields` are those of the document without its events.
    """

    form: str
    kind: str = ""
    version: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    names: Names = STANDARD
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """A document read as a whole."""

    head: Head
    events: tuple[Read, ...]


def pointer(*tokens: object) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)

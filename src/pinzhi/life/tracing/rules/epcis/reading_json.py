"""
Reading events from JSON: a document, a query document, one event, a list of events.

The events are cut out of the bytes first and decoded one by one: a document of a hundred megabytes needs little more memory than its bytes, and an event
that cannot be read does not stop the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis.documents import DEEPEST, EVENT, EVENT_LIST, Fault, Head, Read, pointer
from pinzhi.life.tracing.rules.epcis.names import STANDARD, Names
from pinzhi.life.tracing.rules.epcis.shape import DOCUMENT
from pinzhi.life.tracing.rules.epcis.values import Literal

Raw = msgspec.Raw
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_OBJECT = msgspec.json.Decoder(dict[str, Raw])
_LIST = msgspec.json.Decoder(list[Raw])


_ANY = msgspec.json.Decoder(float_hook=Literal)


def stream(data: bytes, head: Head) -> Iterator[Read]:
    """The events of the bytes, in order; `head` is filled on the way. Raises RefusedError where the bytes are no JSON at all."""
    try:
        whole = _parts(data)
    except _BAD as why:
        raise RefusedError.because(
            "epcis_json_invalid", f"this is no JSON: {_short(why)}", "write one JSON document in UTF-8"
        ) from why
    if isinstance(whole, list):
        head.kind = EVENT_LIST
        yield from _events(whole, (), STANDARD)
        return
    yield from _object(whole, head)


def _short(why: Exception) -> str:
    return "too deeply nested" if isinstance(why, RecursionError) else str(why)[:160]


def _parts(data: bytes) -> dict[str, Raw] | list[Raw]:
    first = data.lstrip(b" \t\r\n")[:1]
    if first == b"[":
        return _LIST.decode(data)
    return _OBJECT.decode(data)


def _object(whole: dict[str, Raw], head: Head) -> Iterator[Read]:
    decoded = {name: _value(raw) for name, raw in whole.items() if name != "epcisBody"}
    for name, (_, fault) in decoded.items():
        if fault:
            head.faults.append(Fault(fault, pointer(name)))
    fields = {name: value for name, (value, _) in decoded.items()}
    names = STANDARD.under(fields["@context"]) if "@context" in fields else STANDARD
    head.names = names
    kind = fields.get("type", fields.get("isA"))
    if "epcisBody" not in whole and kind not in DOCUMENT:
        head.kind = EVENT
        yield Read(0, "", fields, names)
        return
    head.kind = kind if isinstance(kind, str) else ""
    head.fields = fields
    head.version = str(fields.get("schemaVersion", ""))
    if "epcisBody" not in whole:
        head.faults.append(Fault("field_missing", pointer("epcisBody"), "epcisBody"))
        return
    yield from _body(whole["epcisBody"], head, names)


def _body(raw: Raw, head: Head, names: Names) -> Iterator[Read]:
    """Walk to the list of events: epcisBody/eventList, epcisBody/event, or epcisBody/queryResults/resultsBody/eventList."""
    at: tuple[str, ...] = ("epcisBody",)
    query = head.kind == "EPCISQueryDocument"
    for step in ("queryResults", "resultsBody") if query else ():
        parts = _members(raw, at, head)
        if parts is None:
            return
        _rest(parts, at, head, names, but=step)
        if step not in parts:
            head.faults.append(Fault("field_missing", pointer(*at, step), step))
            return
        raw, at = parts[step], (*at, step)
    parts = _members(raw, at, head)
    if parts is None:
        return
    _rest(parts, at, head, names, but="eventList" if "eventList" in parts else "event")
    if "eventList" in parts:
        try:
            events = _LIST.decode(parts["eventList"])
        except _BAD:
            head.faults.append(Fault("type_list", pointer(*at, "eventList")))
            return
        yield from _events(events, (*at, "eventList"), names)
    elif "event" in parts:
        yield from _events([parts["event"]], (*at, "event"), names, single=True)
    else:
        head.faults.append(Fault("field_missing", pointer(*at, "eventList"), "eventList"))


def _members(raw: Raw, at: tuple[str, ...], head: Head) -> dict[str, Raw] | None:
    try:
        return _OBJECT.decode(raw)
    except _BAD:
        head.faults.append(Fault("type_object", pointer(*at)))
        return None


_BODY = {"queryName", "subscriptionID"}


def _rest(parts: Mapping[str, Raw], at: tuple[str, ...], head: Head, names: Names, *, but: str) -> None:
    """What stands beside the list: known words, or extensions."""
    for name in parts:
        if name != but and name not in _BODY:
            key = names.key(name)
            if key is None:
                head.faults.append(Fault("prefix_undeclared", pointer(*at, name), name, warning=names.remote))
            elif not key.startswith(("{", "@")):
                head.faults.append(Fault("field_unknown", pointer(*at, name), name))


def _events(raws: list[Raw], at: tuple[str, ...], names: Names, *, single: bool = False) -> Iterator[Read]:
    decode = _ANY.decode
    stem = pointer(*at)
    for number, raw in enumerate(raws):
        path = stem if single else f"{stem}/{number}"
        try:
            fields = decode(raw)
        except _BAD:
            yield Read(number, path, {}, names, faults=(Fault("json_unreadable", path),))
            continue
        if not isinstance(fields, dict):
            yield Read(number, path, {}, names, faults=(Fault("type_object", path),))
        elif _may_be_deep(raw) and deeper_than(fields, DEEPEST):
            yield Read(number, path, {}, names, faults=(Fault("too_deep", path),))
        else:
            yield Read(number, path, fields, names)


def _value(raw: Raw) -> tuple[Any, str]:
    try:
        value = _ANY.decode(raw)
    except _BAD:
        return None, "json_unreadable"
    return (None, "too_deep") if _may_be_deep(raw) and deeper_than(value, DEEPEST) else (value, "")


def _may_be_deep(raw: Raw) -> bool:
    """Whether there are as many brackets as levels are allowed; far quicker than to walk."""
    data = bytes(raw)
    return data.count(b"{") + data.count(b"[") > DEEPEST


def deeper_than(value: Any, limit: int) -> bool:
    """Whether objects and lists are nested deeper than `limit`, found level by level."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True

"""The rules for sensor elements (EPCIS 2.0, section 7.3.7; CBV 2.0, section 7.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinzhi.life.tracing.rules.epcis import judging, shape, terms
from pinzhi.life.tracing.rules.epcis.found import Found
from pinzhi.life.tracing.rules.epcis.names import SILENT
from pinzhi.life.tracing.rules.epcis.values import moment

_ELEMENT = frozenset({"sensorMetadata", "sensorReport", "type"}) | SILENT
_METADATA = frozenset(shape.METADATA) | SILENT
_REPORT = frozenset(shape.REPORT) | SILENT
_URIS = frozenset(
    {"deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "microorganism", "chemicalSubstance", "uriValue",
     "coordinateReferenceSystem"}
)  # fmt: skip
_WORDS = {"type": terms.MEASUREMENT, "exception": terms.EXCEPTION, "component": terms.COMPONENT}


def sensor(found: Found, element: Any, i: int) -> None:
    """One sensor element: metadata, and at least one report."""
    at = ("sensorElementList", i)
    if not isinstance(element, Mapping):
        found.no("type_object", *at)
        return
    metadata = element.get("sensorMetadata")
    if metadata is not None:
        if not isinstance(metadata, Mapping):
            found.no("type_object", *at, "sensorMetadata")
        else:
            _fields(found, metadata, _METADATA, (*at, "sensorMetadata"), report=False)
            _span(found, metadata, (*at, "sensorMetadata"))
    reports = element.get("sensorReport")
    if not isinstance(reports, list):
        found.no("field_missing" if reports is None else "type_list", *at, "sensorReport", value="sensorReport")
    elif not reports:
        found.no("list_empty", *at, "sensorReport")
    else:
        for j, report in enumerate(reports):
            place = (*at, "sensorReport", j)
            if not isinstance(report, Mapping):
                found.no("type_object", *place)
                continue
            if "type" not in report and "exception" not in report:
                found.no("field_missing", *place, "type", value="type")
            _fields(found, report, _REPORT, place, report=True)
    found.rest(element, _ELEMENT, at)


def _fields(
    found: Found, fields: Mapping[str, Any], standard: frozenset[str], at: tuple[object, ...], *, report: bool
) -> None:
    for name, value in fields.items():
        if report and name in shape.MISPLACED:
            found.no("field_misplaced", *at, name, value=name)
            found.uri(value, *at, name)
        elif name not in standard:
            found.extension(name, value, (*at, name), bare="field_unknown")
        elif value is None:
            found.no("null_value", *at, name)
        elif report and name in _WORDS:
            found.word(value, _WORDS[name], *at, name)
        elif name in _URIS:
            found.uri(value, *at, name)
        elif code := _single(found, name, value):
            found.no(code, *at, name, value=str(value))


def _single(found: Found, name: str, value: Any) -> str:
    if name in shape.TIMES:
        return judging.time(value) if isinstance(value, str) else "type_text"
    if name in shape.NUMBERS:
        return judging.figure(value, xml=found.xml)
    if name == "booleanValue":
        return judging.boolean(value, xml=found.xml)
    if name == "hexBinaryValue":
        return judging.hexadecimal(value)
    return "" if isinstance(value, str) or name in SILENT else "type_text"


def _span(found: Found, metadata: Mapping[str, Any], at: tuple[object, ...]) -> None:
    start, end = metadata.get("startTime"), metadata.get("endTime")
    if isinstance(start, str) and isinstance(end, str):
        first, last = moment(start.strip()), moment(end.strip())
        if first is not None and last is not None and last < first:
            found.no("times_reversed", *at, "endTime")

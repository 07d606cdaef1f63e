"""What an XML document holds beside events: headers with master data, requests of the query interface, capture jobs (EPCIS 2.0, sections 9.5 to 9.8)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pinzhi.life.tracing.rules.epcis import judging
from pinzhi.life.tracing.rules.epcis.documents import JOB, Fault
from pinzhi.life.tracing.rules.epcis.elements import local

REQUESTS = ("Poll", "Subscribe")


def header(element: Element, kind: str) -> list[Fault]:
    """The ids of master data: every VocabularyElement and every attribute needs one."""
    stem = f"/{kind}/EPCISHeader"
    found = []
    for inner in element.iter():
        name = local(inner.tag)
        if name == "Vocabulary" and not inner.get("type"):
            found.append(Fault("field_missing", f"{stem}//Vocabulary/@type", "type"))
        elif name in ("VocabularyElement", "attribute") and not inner.get("id"):
            found.append(Fault("field_missing", f"{stem}//{name}/@id", "id"))
    return found


def request(element: Element, kind: str, name: str) -> list[Fault]:
    """A query: its name, and parameters of which each has a name and a value."""
    stem = f"/{kind}/EPCISBody/{name}"
    inner = {local(child.tag): child for child in element}
    found = [Fault("field_missing", f"{stem}/{part}", part) for part in ("queryName", "params") if part not in inner]
    if "queryName" in inner and not (inner["queryName"].text or "").strip():
        found.append(Fault("empty", f"{stem}/queryName"))
    for number, param in enumerate(inner.get("params", ()), start=1):
        given = {local(child.tag) for child in param}
        place = f"{stem}/params/param[{number}]"
        found += [Fault("field_missing", f"{place}/{part}", part) for part in ("name", "value") if part not in given]
    return found


_BOOLEANS = ("true", "false", "1", "0")


def job(root: Element) -> list[Fault]:
    """The report of a capture job."""
    found = []
    for name in ("running", "success", "captureID"):
        value = root.get(name)
        if not value:
            found.append(Fault("field_missing", f"/{JOB}/@{name}", name))
        elif name != "captureID" and value not in _BOOLEANS:
            found.append(Fault("type_boolean", f"/{JOB}/@{name}", value))
    inner = {local(child.tag): (child.text or "").strip() for child in root}
    behaviour = inner.get("captureErrorBehaviour")
    if behaviour is None:
        found.append(Fault("field_missing", f"/{JOB}/captureErrorBehaviour", "captureErrorBehaviour"))
    elif behaviour not in ("rollback", "proceed"):
        found.append(Fault("capture_behaviour", f"/{JOB}/captureErrorBehaviour", behaviour))
    found += [
        Fault(code, f"/{JOB}/{name}", inner[name])
        for name in ("createdAt", "finishedAt")
        if name in inner and (code := judging.time(inner[name]))
    ]
    return found

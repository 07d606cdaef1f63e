"""Events of a small supply chain, written as EPCIS documents: a factory, a pallet, a warehouse, a shop, a bakery that makes bread from flour."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from pinzhi.life.tracing.rules.gs1.digits import check_digit
from pinzhi.life.tracing.tests.epcis_events import CONTEXT

T0 = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
GTIN = "06901234567892"
BREAD = "0690123400011" + check_digit("0690123400011")
FACTORY, WAREHOUSE, SHOP = (
    f"https://id.gs1.org/414/{n}{check_digit(n)}" for n in ("690123400000", "690123400001", "690123400002")
)
PALLET = f"https://id.gs1.org/00/00690123400000001{check_digit('00690123400000001')}"
CRATE = f"https://id.gs1.org/00/00690123400000002{check_digit('00690123400000002')}"


def unit(serial, gtin=GTIN):
    return f"https://id.gs1.org/01/{gtin}/21/{serial}"


def lot(name, gtin=GTIN):
    return f"https://id.gs1.org/01/{gtin}/10/{name}"


def at(hours):
    return (T0 + timedelta(hours=hours)).isoformat()


def event(kind, hours, step="", place="", **fields):
    made = {"type": kind, "eventTime": at(hours), "eventTimeZoneOffset": "+00:00"}
    if step:
        made["bizStep"] = step
    if place:
        made["bizLocation"] = {"id": place}
    return made | fields


def made(hours, units, batch="", place=FACTORY):
    more = {"ilmd": {"cbvmda:lotNumber": batch}} if batch else {}
    return event(
        "ObjectEvent", hours, "commissioning", place, action="ADD", epcList=list(units), disposition="active", **more
    )


def seen(hours, things, step, place="", **more):
    return event("ObjectEvent", hours, step, place, action="OBSERVE", epcList=list(things), **more)


def counted(hours, lots, step, place="", action="OBSERVE", **more):
    quantities = [{"epcClass": uri, "quantity": n} for uri, n in lots.items()]
    return event("ObjectEvent", hours, step, place, action=action, quantityList=quantities, **more)


def packed(hours, children, parent=PALLET, **more):
    return event("AggregationEvent", hours, "packing", action="ADD", parentID=parent, childEPCs=list(children), **more)


def unpacked(hours, children=(), parent=PALLET):
    more = {"childEPCs": list(children)} if children else {}
    return event("AggregationEvent", hours, "unpacking", action="DELETE", parentID=parent, **more)


def baked(hours, inputs, outputs, place=FACTORY, **more):
    """A transformation; inputs and outputs are lists of units or dicts of lots with quantities."""
    fields = {}
    for side, what in (("input", inputs), ("output", outputs)):
        if isinstance(what, dict):
            fields[f"{side}QuantityList"] = [{"epcClass": uri, "quantity": n} for uri, n in what.items()]
        else:
            fields[f"{side}EPCList"] = list(what)
    return event("TransformationEvent", hours, "assembling", place, **fields, **more)


def document(*events):
    whole = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at(0),
        "epcisBody": {"eventList": list(events)},
    }
    return json.dumps(whole, ensure_ascii=False).encode()

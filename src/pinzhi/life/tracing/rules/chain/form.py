"""One step of a batch as a merchant without a system tells it in a form, written as an EPCIS event. Pure; what it writes goes the way of every other event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.tracing.rules.chain.mentions import HOME
from pinzhi.life.tracing.rules.epcis import certificates
from pinzhi.life.tracing.rules.epcis.certificates import Certificate
from pinzhi.life.tracing.rules.gs1.digits import fits

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the form: its name, the words of the CBV, the action, whether a container belongs to it, whether certificates go along."""

    name: Text
    step: str
    disposition: str
    action: str = "OBSERVE"
    container: bool = False
    certified: bool = False


STEPS: dict[str, Step] = {
    "make": Step(Text("生产", "made"), "commissioning", "active", "ADD", certified=True),
    "pack": Step(Text("装箱", "packed"), "packing", "in_progress", "ADD", container=True, certified=True),
    "ship": Step(Text("发货", "shipped"), "shipping", "in_transit", certified=True),
    "receive": Step(Text("收货", "received"), "receiving", "in_progress"),
    "sell": Step(Text("售出", "sold"), "retail_selling", "retail_sold", certified=True),
    "return": Step(Text("退回", "came back"), "receiving", "returned"),
    "destroy": Step(Text("销毁", "destroyed"), "destroying", "destroyed", "DELETE"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the form says: `units` are links of pieces, else `quantity` of the lot; `gln` of the place, `sscc` of a container; `certificates` go along."""

    step: str
    at: datetime
    gln: str
    lot: str
    batch: str
    units: tuple[str, ...] = ()
    quantity: int = 0
    sscc: str = ""
    certificates: tuple[Certificate, ...] = ()


def event(told: Told) -> dict[str, Any]:
    """
    The event. A container that travels stands for what is in it.

    Raises RefusedError: `step_unknown`, `place_invalid`, `container_invalid`, `nothing_told`.
    """
    step = STEPS.get(told.step)
    if step is None:
        raise RefusedError.because("step_unknown", "there is no such step", f"one of: {', '.join(STEPS)}", field="step")
    if not _key(told.gln, 13):
        raise RefusedError.because(
            "place_invalid", "the number of the place is no GLN", "thirteen digits with their check digit", field="gln"
        )
    if (told.sscc or step.container) and not _key(told.sscc, 18):
        raise RefusedError.because(
            "container_invalid",
            "the number of the box is no SSCC",
            "eighteen digits with their check digit",
            field="sscc",
        )
    box = f"{HOME}00/{told.sscc}"
    travels = bool(told.sscc) and not step.container
    if not travels and not told.units and told.quantity < 1:
        raise RefusedError.because(
            "nothing_told", "neither pieces nor a quantity are given", "give the codes, or how many", field="quantity"
        )
    place = f"{HOME}414/{told.gln}"
    made: dict[str, Any] = {
        "type": "AggregationEvent" if step.container else "ObjectEvent",
        "eventTime": told.at.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": step.action,
        "bizStep": step.step,
        "disposition": step.disposition,
        "readPoint": {"id": place},
        "bizLocation": {"id": place},
    }
    if travels:
        return made | {"epcList": [box]}
    if step.certified:
        made |= certificates.stated(told.certificates)
    counted = [{"epcClass": told.lot, "quantity": told.quantity}]
    if step.container:
        inside = {"childEPCs": list(told.units)} if told.units else {"childQuantityList": counted}
        return made | {"parentID": box} | inside
    if told.units:
        made |= {"epcList": list(told.units)}
    else:
        made |= {"quantityList": counted}
    if told.step == "make":
        made |= {"ilmd": {"cbvmda:lotNumber": told.batch}}
        if not told.units:
            made["bizStep"] = "creating_class_instance"
    return made


def document(events: Sequence[dict[str, Any]], at: datetime) -> dict[str, Any]:
    """The document around events."""
    own = [{certificates.PREFIX: certificates.NAMESPACE}] if any("certificationInfo" in e for e in events) else []
    return {
        "@context": [CONTEXT, *own],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(),
        "epcisBody": {"eventList": list(events)},
    }


def _key(number: str, length: int) -> bool:
    return len(number) == length and number.isascii() and number.isdigit() and fits(number)

"""
What one EPCIS event says about things: which are named in which part, with what quantity, and which lot a unit belongs to.

Things are known by the canonical Digital Link of their key (`epcis.values.canonical`), whatever form an event names them in. What is no GS1 key keeps its URI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

from pinzhi.life.tracing.rules.epcis import terms
from pinzhi.life.tracing.rules.epcis.names import Names
from pinzhi.life.tracing.rules.epcis.values import canonical, moment
from pinzhi.life.tracing.rules.gs1.digits import fits, gtin_14

HOME = "https://id.gs1.org/"
_GOODS = HOME + "01/"
_UNIT = re.compile(r"https://id\.gs1\.org/01/(\d{14})/21/[^/?]+\Z")
_LOT = re.compile(r"https://id\.gs1\.org/01/(\d{14})/10/([^/?]+)\Z")
_LOT_OF_UNIT = re.compile(r"/01/(\d{14})/10/([^/?]+)/21/", re.IGNORECASE)


class Part(StrEnum):
    """The part of an event in which a thing is named."""

    OBJECT = "object"
    PARENT = "parent"
    CHILD = "child"
    INPUT = "input"
    OUTPUT = "output"


_PARTS = (
    ("epcList", "quantityList", Part.OBJECT),
    ("childEPCs", "childQuantityList", Part.CHILD),
    ("inputEPCList", "inputQuantityList", Part.INPUT),
    ("outputEPCList", "outputQuantityList", Part.OUTPUT),
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing in an event. `quantity` is None for one unit named by itself; `unit` is a UN/ECE code, empty for pieces."""

    uri: str
    part: Part
    quantity: Decimal | None = None
    unit: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """An event in the words of the chain. Step and disposition are bare words of the CBV (or URIs of one's own), places are canonical."""

    kind: str
    at: datetime
    action: str
    step: str
    disposition: str
    read_point: str
    location: str
    transformation: str
    mentions: tuple[Mention, ...]


def told(fields: Mapping[str, Any], names: Names) -> Told:
    """Read a valid event (`epcis.checking` found no fault). Raises ValueError where it has no time that can be read."""
    at = moment(str(fields.get("eventTime", "")))
    if at is None:
        raise ValueError("the event has no time")
    return Told(
        kind=str(fields.get("type", "")),
        at=at,
        action=str(fields.get("action", "") or ""),
        step=_word(fields.get("bizStep"), terms.BIZ_STEP),
        disposition=_word(fields.get("disposition"), terms.DISPOSITION),
        read_point=_place(fields.get("readPoint")),
        location=_place(fields.get("bizLocation")),
        transformation=canonical(str(fields.get("transformationID") or "")),
        mentions=tuple(_mentions(fields, names)),
    )


def lot_uri(gtin: str, lot: str) -> str:
    """The canonical Digital Link of a batch of goods: AI 01 and 10. Raises ValueError for a GTIN that is none."""
    key = gtin_14(gtin)
    if not (key.isascii() and key.isdigit() and len(key) == 14 and fits(key)):
        raise ValueError(f"{gtin} is no GTIN")
    return f"{HOME}01/{key}/10/{quote(lot, safe='')}"


def unit_uri(gtin: str, serial: str) -> str:
    """The canonical Digital Link of one unit: AI 01 and 21."""
    return f"{HOME}01/{gtin_14(gtin)}/21/{serial}"


def unit_parts(uri: str) -> tuple[str, str] | None:
    """(GTIN-14, serial) of a unit's canonical link; None for anything else."""
    found = _UNIT.fullmatch(uri)
    return (found[1], unquote(uri.rpartition("/")[2])) if found else None


def lot_of(uri: str) -> tuple[str, str] | None:
    """(GTIN-14, lot) of a batch's canonical link; None for anything else."""
    found = _LOT.fullmatch(uri)
    return (found[1], unquote(found[2])) if found else None


def gtin_of(uri: str) -> str:
    """The GTIN-14 of goods by their canonical link; empty for anything else."""
    return uri[len(_GOODS) : len(_GOODS) + 14] if uri.startswith(_GOODS) else ""


def _word(value: Any, words: terms.Vocabulary) -> str:
    text = str(value or "")
    return text if not text or text in words.words else words.word(text) or text


def _place(value: Any) -> str:
    return canonical(str(value.get("id", ""))) if isinstance(value, Mapping) else canonical(str(value or ""))


def _mentions(fields: Mapping[str, Any], names: Names) -> Iterator[Mention]:
    lots = _lots_in_ilmd(fields, names)
    if parent := fields.get("parentID"):
        yield _one(str(parent), Part.PARENT, ())
    for single, many, part in _PARTS:
        own = lots if part in (Part.OBJECT, Part.OUTPUT) else ()
        for uri in _listed(fields.get(single)) if single in fields else ():
            yield _one(str(uri), part, own)
        for element in _listed(fields.get(many)) if many in fields else ():
            if isinstance(element, Mapping) and element.get("epcClass"):
                yield Mention(
                    canonical(str(element["epcClass"])),
                    part,
                    _decimal(element.get("quantity")),
                    str(element.get("uom") or ""),
                )
    if fields.get("epcClass"):  # QuantityEvent of EPCIS 1.0
        yield Mention(canonical(str(fields["epcClass"])), Part.OBJECT, _decimal(fields.get("quantity")))


def _one(uri: str, part: Part, lots: tuple[str, ...]) -> Mention:
    """A unit with its lot: from its own link (`…/10/LOT/21/SERIAL`), else from the lot that the event gives the goods it makes."""
    plain = canonical(uri)
    unit = _UNIT.fullmatch(plain)
    if unit is None:
        return Mention(plain, part)
    if uri is not plain and uri != plain and (found := _LOT_OF_UNIT.search(uri)):
        return Mention(plain, part, lot=f"{HOME}01/{unit[1]}/10/{found[2]}")
    return Mention(plain, part, lot=f"{HOME}01/{unit[1]}/10/{quote(lots[0], safe='')}" if len(lots) == 1 else "")


def _lots_in_ilmd(fields: Mapping[str, Any], names: Names) -> tuple[str, ...]:
    """Lot numbers that the master data of the event give (CBV `lotNumber`), whatever prefix they were written with."""
    ilmd = fields.get("ilmd")
    if not isinstance(ilmd, Mapping):
        return ()
    found = [
        v
        for k, v in ilmd.items()
        if (names.key(k) or k).rpartition("}")[2].rpartition(":")[2].rpartition("/")[2] == "lotNumber"
    ]
    return tuple(dict.fromkeys(str(v) for value in found for v in _listed(value) if v and not isinstance(v, Mapping)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _decimal(value: Any) -> Decimal | None:
    """None where the quantity is not said: class-level things are then in play in an unknown number."""
    try:
        return Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None

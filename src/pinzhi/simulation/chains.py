"""
The tracing of a simulated marketplace: which batches carry a GTIN and papers, what EPCIS events their merchants hand in, and where chains have gaps.

    traced(world)                            → the batches that merchants trace, with what they leave out
    quantities(traced, sold)                 → events of a batch that is counted only
    pieces(traced, codes, sold, pallets)     → events of a batch whose pieces are known one by one, with cartons, pallets and temperatures

Merchants began one after the other, so that the share of traced goods grows by month; a third of them leaves something out, a third has not begun.
Numbers lie in GS1's prefix for demonstrations (952). Nobody and nothing in it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pinzhi.simulation.contracts import World

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
DEMONSTRATION = "952"
HOME = "https://id.gs1.org/"
CARTON = 24
CARTONS_ON_A_PALLET = 12
LEFT_OUT = ("", "report", "codes", "way")
"""What a merchant of the second third leaves out, batch by batch: nothing, the number of the report, the codes, the events of the way."""
COLD = "生鲜"
FROZEN = "冷冻"


def check_digit(body: str) -> str:
    """The digit that ends a GS1 key: weights 3 and 1 alternate from the right."""
    return str(-sum((3, 1)[i % 2] * int(c) for i, c in enumerate(reversed(body))) % 10)


def gtin(listing: int) -> str:
    """The GTIN-13 of the goods of a listing (counted from 1)."""
    body = f"{DEMONSTRATION}{100_000_000 + listing}"
    return body + check_digit(body)


def place(kind: int, number: int) -> str:
    """A place by its GLN: 1 a factory, 2 a warehouse, 3 the hub that sends to buyers."""
    body = f"{DEMONSTRATION}{kind}{number:08d}"
    return f"{HOME}414/{body}{check_digit(body)}"


def logistic(number: int) -> str:
    """A carton or a pallet by its SSCC."""
    body = f"0{DEMONSTRATION}{number:013d}"
    return f"{HOME}00/{body}{check_digit(body)}"


@dataclass(frozen=True, slots=True)
class Traced:
    """A batch as its merchant records it. `row` for the batch feed; `left_out` as in LEFT_OUT; `cold` for goods that travel cooled."""

    row: dict[str, Any] = field(hash=False)
    left_out: str
    cold: bool
    frozen: bool

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.row["batch_id"])

    @property
    def lot(self) -> str:
        """Its Digital Link."""
        return f"{HOME}01/0{self.row['gtin']}/10/{self.id}"

    @property
    def number(self) -> int:
        """A number of its own, for what is packed."""
        return int(self.id[1:6]) * 100 + int(self.id[7:])

    @property
    def made(self) -> date:
        """The day of production."""
        return date.fromisoformat(self.row["produced_on"])


@dataclass(frozen=True, slots=True)
class Pallet:
    """Pieces `first` to `last` travel on `day`. `warm_hours`: so long the cooling of the lorry was off; `lost`: it never arrived."""

    first: int
    last: int
    day: date
    warm_hours: int = 0
    lost: bool = False


def traced(world: World) -> dict[str, Traced]:
    """The batches that are traced at all, by id: those that a merchant made after he began."""
    titles = {row["listing_id"]: row for row in world.market.listings}
    story = {i.entity_id for i in world.incidents if i.name in ("leaking_battery", "cold_chain_broken")}
    owners = {row["merchant_id"] for row in world.batches if {row["batch_id"], row["listing_id"]} & story} | {"M0001"}
    found = {}
    for row in world.batches:
        merchant, (listing, number) = int(row["merchant_id"][1:]), (int(row["batch_id"][1:6]), int(row["batch_id"][7:]))
        willing = row["merchant_id"] in owners or merchant % 3 != 2
        made = date.fromisoformat(row["produced_on"])
        if not willing or made < _began(world, merchant, early=row["merchant_id"] in owners):
            continue
        whole = merchant % 3 == 0 or {row["batch_id"], row["listing_id"]} & story
        left_out = "" if whole else LEFT_OUT[(listing + number) % len(LEFT_OUT)]
        goods = titles[row["listing_id"]]
        cold = goods["category"].startswith(COLD)
        more = {"gtin": gtin(listing), "report_no": f"SJ{made:%Y}{listing:05d}{number:02d}"}
        if left_out == "report":
            del more["report_no"]
        if cold:
            more["quarantine_no"] = f"Q{made:%Y%m%d}{listing:05d}"
        found[row["batch_id"]] = Traced(row | more, left_out, cold, FROZEN in goods["title"])
    return found


def _began(world: World, merchant: int, *, early: bool) -> date:
    """Since when a merchant's batches are traced: five to nine months into the year."""
    return world.first_day + timedelta(days=145 if early else 150 + merchant * 7 % 100)


def sold(world: World, wanted: set[str]) -> dict[str, list[tuple[datetime, str]]]:
    """(moment, order) of every piece sold of these batches, in the order of time. What was cancelled was never sold."""
    found: dict[str, list[tuple[datetime, str]]] = {b: [] for b in wanted}
    e = world.events
    ended = {order for kind, order in zip(e["kind"], e["order_id"], strict=True) if kind == "cancel"}
    for kind, at, batch, order, count in zip(
        e["kind"], e["at"], e["batch_id"], e["order_id"], e["quantity"], strict=True
    ):
        if kind == "sale" and batch in found and order not in ended:
            found[batch] += [(at, order)] * int(count or 1)
    return found


def returned(world: World, batch: str) -> dict[str, datetime]:
    """When something of an order of this batch came back."""
    e = world.events
    rows = zip(e["kind"], e["at"], e["batch_id"], e["order_id"], strict=True)
    return {order: at for kind, at, name, order in rows if kind == "return" and name == batch}


def document(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The events as an EPCIS document."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": max((e["eventTime"] for e in events), default="2026-01-01T00:00:00+00:00"),
        "epcisBody": {"eventList": list(events)},
    }


def quantities(of: Traced, sales: Sequence[tuple[datetime, str]], now: datetime) -> list[dict[str, Any]]:
    """The events of a batch of which only quantities are told: made, shipped, received, sold month by month."""
    factory, hub = place(1, int(of.row["merchant_id"][1:])), place(3, 1)
    made, quantity = _at(of.made, 9), int(of.row["quantity"])
    events = [_made(of, made, factory, quantityList=_count(of, quantity))]
    if of.left_out != "way":
        go = made + timedelta(days=6)
        events += [
            _event(go, "shipping", factory, "in_transit", quantityList=_count(of, quantity)),
            _event(go + timedelta(hours=30), "receiving", hub, "in_progress", quantityList=_count(of, quantity)),
        ]
        if of.cold:
            events.append(_travel(of, go, 0, quantityList=_count(of, quantity)))
        by_month: dict[str, list[datetime]] = {}
        for at, _ in sales:
            by_month.setdefault(f"{at:%Y-%m}", []).append(at)
        events += [
            _event(max(each), "retail_selling", hub, "retail_sold", quantityList=_count(of, len(each)))
            for each in by_month.values()
        ]
    return _until(events, now)


def pieces(
    of: Traced,
    codes: Sequence[str],
    sales: Sequence[tuple[datetime, str]],
    back: dict[str, datetime],
    pallets: Sequence[Pallet],
    now: datetime,
) -> list[dict[str, Any]]:
    """
    The events of a batch whose pieces are told one by one: made, put into cartons and these on pallets, carried (with temperatures where cooled), received,
    taken out, sold in the order of `sales`, and what came `back`.
    """
    factory, hub = place(1, int(of.row["merchant_id"][1:])), place(3, 1)
    units = [f"{HOME}01/0{of.row['gtin']}/21/{code}" for code in codes]
    events = [_made(of, _at(of.made, 9, n), factory, epcList=units[n : n + 100]) for n in range(0, len(units), 100)]
    stock: list[str] = []
    for n, pallet in enumerate(pallets):
        mine = units[pallet.first : pallet.last]
        cartons = {
            logistic(of.number * 1000 + n * 50 + k): mine[k * CARTON : (k + 1) * CARTON]
            for k in range(-(-len(mine) // CARTON))
        }
        whole = logistic(of.number * 1000 + 900 + n)
        go = _at(pallet.day, 18)
        pack = go - timedelta(hours=6)
        events += [_packed(pack, parent, inside, factory) for parent, inside in cartons.items()]
        events.append(_packed(pack + timedelta(hours=1), whole, list(cartons), factory))
        events.append(_event(go, "shipping", factory, "in_transit", epcList=[whole]))
        if pallet.lost:
            continue
        if of.cold:
            events.append(_travel(of, go, pallet.warm_hours, epcList=[whole]))
        there = go + timedelta(hours=20)
        events.append(_event(there, "receiving", hub, "in_progress", epcList=[whole]))
        events += [_unpacked(there + timedelta(hours=1), parent, hub) for parent in (whole, *cartons)]
        stock += mine
    by_day: dict[date, list[tuple[datetime, str]]] = {}
    for unit, (at, order) in zip(stock, sales, strict=False):
        by_day.setdefault(at.date(), []).append((at, unit))
        if order in back:
            events.append(_event(back[order], "receiving", place(2, 1), "returned", epcList=[unit]))
    for each in by_day.values():
        last = max(at for at, _ in each)
        events.append(_event(last, "retail_selling", hub, "retail_sold", epcList=[unit for _, unit in each]))
    return _until(events, now)


# --- one event -----------------------------------------------------------------------------------------------------------------------------


def _event(at: datetime, step: str, where: str, disposition: str, **what: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "readPoint": {"id": where},
        "bizLocation": {"id": where},
    } | what


def _made(of: Traced, at: datetime, where: str, **what: Any) -> dict[str, Any]:
    step = "commissioning" if "epcList" in what else "creating_class_instance"
    more = {"cbvmda:lotNumber": of.id}
    return _event(at, step, where, "active", **what) | {"action": "ADD", "ilmd": more}


def _packed(at: datetime, parent: str, inside: Sequence[str], where: str) -> dict[str, Any]:
    made = _event(at, "packing", where, "in_progress", parentID=parent, childEPCs=list(inside))
    return made | {"type": "AggregationEvent", "action": "ADD"}


def _unpacked(at: datetime, parent: str, where: str) -> dict[str, Any]:
    made = _event(at, "unpacking", where, "in_progress", parentID=parent)
    return made | {"type": "AggregationEvent", "action": "DELETE"}


def _travel(of: Traced, go: datetime, warm_hours: int, **what: Any) -> dict[str, Any]:
    """The journey with a temperature every half-hour; cooling that is off lets it rise by some degrees an hour and takes its time to come back."""
    held, worst = (-20.5, 6.0) if of.frozen else (3.0, 17.0)
    seed = of.number
    reports, value = [], held
    for n in range(38):
        hour = n / 2
        off = warm_hours and 4 <= hour < 4 + warm_hours
        value += min(2.2, (worst - value) * 0.12) if off else (held - value) * 0.35
        wobble = ((seed * 31 + n * 17) % 7 - 3) * 0.1
        reports.append(
            {
                "type": "Temperature",
                "time": (go + timedelta(hours=hour, minutes=10)).isoformat(),
                "value": round(value + wobble, 1),
                "uom": "CEL",
            }
        )
    device = f"{HOME}8004/{DEMONSTRATION}0000T{seed % 97:03d}"
    made = _event(go + timedelta(hours=19), "transporting", place(2, seed % 5 + 1), "in_transit", **what)
    del made["bizLocation"]
    return made | {"sensorElementList": [{"sensorMetadata": {"deviceID": device}, "sensorReport": reports}]}


def _count(of: Traced, quantity: int) -> list[dict[str, Any]]:
    return [{"epcClass": of.lot, "quantity": quantity}]


def _at(day: date, hour: int, second: int = 0) -> datetime:
    """An hour of China's day."""
    return datetime.combine(day, time(hour), UTC) - timedelta(hours=8) + timedelta(seconds=second)


def _until(events: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """What has happened by now, in the order of time: a history has no future."""
    return sorted((e for e in events if datetime.fromisoformat(e["eventTime"]) <= now), key=lambda e: e["eventTime"])

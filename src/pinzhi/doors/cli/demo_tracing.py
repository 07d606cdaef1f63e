"""
The tracing part of the demo: merchants register batches with GTIN and papers, have codes given out, and hand in the events of their goods' way.

Everything goes through the verbs of the station. Some chains have gaps, one cold journey was warm for hours, and one batch can be called back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pinzhi.people.roles import Actor
    from pinzhi.simulation.chains import Traced
    from pinzhi.simulation.contracts import World


def particulars(world: World) -> list[dict[str, Any]]:
    """The rows of the batch feed: with GTIN and numbers of papers where the merchant traces."""
    from pinzhi.simulation.chains import traced

    known = traced(world)
    return [known[row["batch_id"]].row if row["batch_id"] in known else row for row in world.batches]


def enter(world: World) -> dict[str, str]:
    """Codes, events, and the rehearsal of one recall. Returns addresses of pieces that are worth looking at, by what they show."""
    from pinzhi.kernel import clock
    from pinzhi.life.tracing import capture, giving, recall
    from pinzhi.people.roles import Actor
    from pinzhi.simulation import chains

    now, known = clock.now(), chains.traced(world)
    sales = chains.sold(world, set(known))
    told = _by_piece(world, known, sales)
    events: dict[str, list[dict[str, Any]]] = defaultdict(list)
    shown: dict[str, str] = {}
    for of in known.values():
        merchant = _merchant(of.row["merchant_id"])
        if of.left_out != "codes" and sales[of.id]:
            given = giving.issue(of.id, int(of.row["quantity"]), merchant)
            if of.id in told:
                codes = _codes(given)
                pallets = told[of.id]
                back = chains.returned(world, of.id)
                named = _papers(of, merchant)
                events[merchant.merchant_id] += [
                    event | named if event["bizStep"] == "commissioning" else event
                    for event in chains.pieces(of, codes, sales[of.id], back, pallets, now)
                ]
                warm = next((p for p in pallets if p.warm_hours), None)
                shown["cold" if warm else "recall"] = (
                    f"/01/0{of.row['gtin']}/10/{of.id}/21/{codes[warm.first if warm else 0]}"
                )
                continue
        if sales[of.id]:
            events[merchant.merchant_id] += chains.quantities(of, sales[of.id], now)
    for merchant_id, each in events.items():
        capture.capture(json.dumps(chains.document(each)).encode(), _merchant(merchant_id), now=now)
    leaking = next((i.entity_id for i in world.incidents if i.name == "leaking_battery"), "")
    if leaking in told:
        recall.drill(leaking, Actor.system("demo"))
    return shown


def _by_piece(
    world: World, known: dict[str, Traced], sales: dict[str, list[tuple[datetime, str]]]
) -> dict[str, list[Any]]:
    """The two batches of which every piece is told: the leaking power banks, and the fresh food that travelled warm."""
    from pinzhi.simulation.chains import CARTON, CARTONS_ON_A_PALLET, Pallet

    found = {}
    for incident in world.incidents:
        mine = [k for k in known.values() if incident.entity_id in (k.id, k.row["listing_id"])]
        if incident.name == "leaking_battery":
            of = next(iter(mine), None)
        elif incident.name == "cold_chain_broken":
            on_sale = incident.start - timedelta(days=20)
            of = max((k for k in mine if k.made <= on_sale), key=lambda k: k.made, default=None)
        else:
            continue
        if of is None:
            continue
        quantity, size = int(of.row["quantity"]), CARTON * CARTONS_ON_A_PALLET
        if of.cold:
            # What was sold in the days of the complaints came with a pallet of its own, and that one travelled warm.
            before = sum(at.date() < incident.start for at, _ in sales[of.id])
            cuts = [0, *range(size, before, size), before, min(before + size, quantity), quantity]
            plan = [Pallet(a, b, of.made + timedelta(days=12)) for a, b in pairwise(cuts) if a < b <= before]
            plan.append(Pallet(before, cuts[-2], incident.start - timedelta(days=1), warm_hours=7))
            plan += [Pallet(a, b, incident.start + timedelta(days=4)) for a, b in [(cuts[-2], quantity)] if a < b]
        else:
            whole = [*range(0, quantity - CARTON, size), quantity - CARTON]
            plan = [Pallet(a, b, of.made + timedelta(days=8 + n)) for n, (a, b) in enumerate(pairwise(whole))]
            # The last carton left the factory and arrived nowhere.
            plan.append(Pallet(quantity - CARTON, quantity, plan[-1].day + timedelta(days=3), lost=True))
        found[of.id] = plan
    return found


def _papers(of: Traced, merchant: Actor) -> dict[str, Any]:
    """Attach the papers of which the batch has numbers, the report for everybody to download; what the event that makes the goods says of them."""
    from pinzhi.catalogue import files, papers, queries
    from pinzhi.life.tracing import certificates
    from pinzhi.life.tracing.rules.epcis.certificates import NAMESPACE, PREFIX, stated

    for kind, column in (("report", "report_no"), ("quarantine", "quarantine_no")):
        if number := of.row.get(column):
            file = files.upload([_sheet(f"{kind} {number} of batch {of.id}: a simulated paper")], merchant)
            paper = papers.attach(
                of.id, kind=kind, number=number, issued_on=of.made.isoformat(), sha256=file.sha256, by=merchant
            )
            papers.publish(paper.id, merchant, public=kind == "report")
    card = queries.batch(of.id)
    carried = certificates.carried(card, "", "make") if card else ()
    return {"@context": {PREFIX: NAMESPACE}, **stated(carried)} if carried else {}


def _sheet(text: str) -> bytes:
    """A page with one line of ASCII, as PDF."""
    line = f"BT /F1 12 Tf 60 760 Td ({text}) Tj ET"
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(line)}>>stream\n{line}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += f"{number} 0 obj{part}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    made += f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(made)}\n%%EOF\n"
    return made.encode("ascii")


def _codes(given: Any) -> list[str]:
    from pinzhi.life.tracing import giving
    from pinzhi.life.tracing.rules import codes

    epoch = giving.epoch_of(given)
    assert epoch is not None
    return [c.decode() for c in codes.issue(epoch.keys(given.gtin), given.first, given.count)]


def _merchant(merchant_id: str) -> Actor:
    from pinzhi.people.roles import Actor, Role

    return Actor("person", f"person:demo-{merchant_id}", roles=frozenset({Role.MERCHANT}), merchant_id=merchant_id)

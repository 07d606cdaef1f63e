"""The tracing of the demo, on a small market: everything is taken, some chains are whole and some are not, pieces are real."""

from datetime import timedelta

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue import queries
from pinzhi.doors.cli import demo_tracing
from pinzhi.kernel import clock
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import certificates, completeness, history, scans
from pinzhi.life.tracing.models import CaptureJob, Recall
from pinzhi.people.roles import Actor
from pinzhi.simulation import chains
from pinzhi.simulation.history import simulate

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    first = clock.today() - timedelta(days=300)
    return simulate(seed=7, first_day=first, days=300, merchants=12, listings=40, sales_per_day=12)


def test_chains_of_the_demo(world, settings, tmp_path):
    settings.CODE_KEYS, settings.FILES = tmp_path / "codes", tmp_path / "files"
    house = Actor.system("test")
    for kind, rows in (
        (Kind.MERCHANT, world.market.merchants),
        (Kind.LISTING, world.market.listings),
        (Kind.BATCH, demo_tracing.particulars(world)),
    ):
        assert catalogue.register(kind, enumerate(rows, 1), house).aside == []
    pieces = demo_tracing.enter(world)

    jobs = CaptureJob.objects.all()
    assert all((j.refused, j.errors) == (0, []) for j in jobs)
    assert sum(j.accepted for j in jobs) > 100
    assert set(pieces) == {"cold", "recall"}
    known = chains.traced(world)
    sold = chains.sold(world, set(known))
    cards = queries.batches([b for b in known if sold[b]])
    judged = completeness.of_batches(cards.values())
    for name, state in judged.items():
        missing = {"": (), "report": ("report",), "codes": ("codes",), "way": ("moved",)}[known[name].left_out]
        assert state.missing == missing, name
    for path in pieces.values():
        gtin, lot, serial = path.split("/")[2::2]
        assert scans.look(gtin, serial, lot).said is scans.Said.VALID
        steps = [line.step for line in history.of(f"https://id.gs1.org/01/{gtin}/21/{serial}").lines]
        assert steps[0] == "commissioning"
        shown = certificates.of_batch(queries.batch(lot))
        wanted = {
            k for k, column in (("report", "report_no"), ("quarantine", "quarantine_no")) if known[lot].row.get(column)
        }
        assert {s.kind for s in shown if s.own and s.event} == wanted
        assert "report" in wanted
        assert {s.kind for s in shown if s.paper.public} == {"report"}
        assert "shipping" in steps
    (drill,) = Recall.objects.all()
    d = drill.found
    assert drill.drill
    assert d["under_way"] == chains.CARTON
    assert d["made"] == d["sold_by_events"] + d["located"] + d["under_way"]

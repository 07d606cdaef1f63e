"""Two snapshots of the register, and the live listings that stood on what was lost."""

from datetime import date

import pytest

from pinzhi.decisions import queries as decided
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import actions, queries, renewal, tables
from pinzhi.life.admission.models import Doubt, Screening, Sweep
from pinzhi.life.admission.rules.laboratories import Lost, gaps, lost, standing_on
from pinzhi.life.admission.rules.reports.register import Licence
from pinzhi.life.admission.stored import verdict_bytes
from pinzhi.life.admission.tests.goods import CLEAN, HOUSE, SHOP, T0, at, goods, paper

ON = date(2026, 11, 24)
CMA, CNAS = "210012345678", "L1234"


def row(standard="GB 18401-2010", *, until=None, lab="青禾检测有限公司", cma=CMA, cnas=CNAS):
    return Licence(lab, cma, cnas, date(2024, 1, 1), until, standard)


def said(found):
    return [(x.cma, x.standard, x.years, x.since.isoformat()) for x in found]


@pytest.mark.parametrize(
    ("before", "after", "expect"),
    [
        ([row()], [row()], []),
        ([row(), row("GB 31701-2015")], [row("GB 31701-2015")], [(CMA, "GB 18401", (), "2026-11-24")]),
        (
            [row(), row("GB 31701-2015")],
            [row(until=date(2026, 10, 31)), row("GB 31701-2015")],
            [(CMA, "GB 18401", (), "2026-11-01")],
        ),
        ([row()], [], [(CMA, "", (), "2026-11-24")]),
        ([row(until=ON)], [row(until=ON)], []),  # the last day still counts
        ([row(until=date(2026, 11, 1))], [], []),  # it had run out before the first snapshot's day
        ([row(), row("GB 31701-2015")], [row("")], []),  # a row without a standard stands for everything
        (
            [row("GB 7000.1-2015"), row("GB 7000.1-2023")],
            [row("GB 7000.1-2023")],
            [(CMA, "GB 7000.1", ("2015",), "2026-11-24")],
        ),
        ([row(cma="1"), row("GB 31701-2015", cma="1")], [row(cma="1", lab="改名"), row("GB 31701-2015", cma="1")], []),
        ([row(cma="")], [row("GB 31701-2015", cma="")], [("", "GB 18401", (), "2026-11-24")]),
    ],
)
def test_what_a_new_snapshot_takes_away(before, after, expect):
    assert said(lost(before, after, ON)) == expect


def report(issued="2026-12-01", standards="GB 18401-2010", **fields):
    fields = {"cma": CMA, "检验机构": "青禾检测有限公司", **fields}
    return goods(CLEAN, documents=(paper("report", "TR-2026-00001", 签发日期=issued, 检验依据=standards, **fields),))


GONE = Lost("青禾检测有限公司", CMA, CNAS, "GB 18401", (), ON)


@pytest.mark.parametrize(
    ("listing", "loss", "stands", "has_gap"),
    [
        (report("2026-11-23"), GONE, True, False),  # issued while it held the scope
        (report("2026-11-24"), GONE, True, True),
        (report(""), GONE, True, True),
        (report(standards="GB 31701-2015"), GONE, False, False),
        (report(standards="GB 31701-2015"), Lost("青禾检测有限公司", CMA, CNAS, "", (), ON), True, True),
        (report(cma="999999999999"), GONE, False, False),
        (report(cma="", cnas="CNAS L01234"), GONE, True, True),
        (report(cma=""), GONE, True, True),  # by its name where no number is stated
        (
            report(standards="GB 18401-2010"),
            Lost("青禾检测有限公司", CMA, CNAS, "GB 18401", ("2003",), ON),
            False,
            False,
        ),
    ],
)
def test_reports_that_stand_on_a_loss(listing, loss, stands, has_gap):
    known = (tables.matrix(), tables.book(), date(2026, 12, 2))
    assert bool(standing_on(listing, [loss], *known)) is stands
    found = gaps(listing, [loss], *known)
    assert [m.claim for m in found] == (["laboratory:0"] if has_gap else [])


# --- live listings ------------------------------------------------------------------------------------------------------------------------------


def facts(name):
    return [r.payload for r in FactRow.objects.filter(name=name).order_by("seq")]


def standing(when):
    return decided.standing(Subject(Kind.LISTING, "L1"), when).state


@pytest.mark.django_db
def test_live_listings_on_a_lost_scope_are_told_and_returned_after_their_grace():
    late = actions.submit(report("2026-11-24"), SHOP, now=T0).row
    early = actions.submit(
        goods(
            CLEAN,
            id="L2",
            documents=(paper("report", "TR-2026-00002", 签发日期="2026-05-01", 检验依据="GB 18401-2010", cma=CMA),),
        ),
        SHOP,
        now=T0,
    ).row
    losses = lost([row()], [row("GB 31701-2015")], ON)
    sweep = renewal.laboratories_lost(HOUSE, losses, now=at(days=1))
    assert (sweep.state, sweep.judged, sweep.told) == ("done", 2, 1)
    (fact,) = facts("LabLostScope")
    assert (fact["cma"], fact["standards"], fact["since"]) == (CMA, ["GB 18401"], "2026-11-24")
    (doubt,) = Doubt.objects.all()
    assert (doubt.submission_id, doubt.state, doubt.rules) == (late.pk, "told", ["missing"])
    notice = decided.find(doubt.notice_id)
    assert "GB 18401" in notice.reasons[1]["sentence"]["zh"]
    assert standing(at(days=2)) == "normal"
    again = renewal.laboratories_lost(HOUSE, losses, now=at(days=2))
    assert (again.pk, len(facts("LabLostScope")), Doubt.objects.count()) == (sweep.pk, 1, 1)
    assert renewal.end_grace(HOUSE, now=at(days=17)) == {"returned": 1, "closed": 0}
    late.refresh_from_db()
    early.refresh_from_db()
    assert (late.state, early.state) == ("returned", "passed")
    for screening in Screening.objects.all():
        assert queries.replay(screening) == verdict_bytes(screening.verdict)


@pytest.mark.django_db
def test_a_killed_sweep_over_laboratories_is_finished_by_the_nightly_job():
    actions.submit(report("2026-11-24"), SHOP, now=T0)
    losses = lost([row()], [], ON)
    half = renewal.laboratories_lost(HOUSE, losses, now=at(days=1), stop=lambda _: True)
    assert half.state == "judging"
    assert renewal.go_on(HOUSE, now=at(days=2)) == 1
    half.refresh_from_db()
    assert (half.state, half.judged, half.told) == ("done", 1, 1)
    assert renewal.go_on(HOUSE, now=at(days=3)) == 0


@pytest.mark.django_db
def test_nothing_lost_and_nobody_allowed():
    assert renewal.laboratories_lost(HOUSE, (), now=T0) is None
    with pytest.raises(RefusedError, match="not_permitted"):
        renewal.laboratories_lost(SHOP, [GONE], now=T0)
    assert not Sweep.objects.exists()

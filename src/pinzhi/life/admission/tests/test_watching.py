"""Watching what live listings stand on: papers and editions of standards that end."""

from datetime import date, timedelta

import pytest

from pinzhi.casework import queries as cases
from pinzhi.decisions import queries as decided
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import actions, queries, watching
from pinzhi.life.admission.models import PaperWatch
from pinzhi.life.admission.tests.goods import CLEAN, HOUSE, SHOP, T0, at, goods, paper

pytestmark = pytest.mark.django_db

L1 = Subject(Kind.LISTING, "L1")


def facts(name):
    return [r.payload for r in FactRow.objects.filter(name=name).order_by("seq")]


def standing(when=T0):
    return decided.standing(L1, when).state


# --- papers that end --------------------------------------------------------------------------------------------------------------------------


def submitted_with_paper(day):
    return actions.submit(goods(CLEAN, documents=(paper("ccc", "2026010101000001", valid_to=day),)), SHOP, now=T0)


def test_papers_are_spoken_of_at_thirty_seven_one_and_no_days_and_then_the_listing_is_hidden():
    done = submitted_with_paper("2026-12-31")
    said = []
    for days in range(40):
        found = watching.watch_papers(HOUSE, now=at(days=days))
        again = watching.watch_papers(HOUSE, now=at(days=days))
        assert again == {"told": 0, "ended": 0}
        if found != {"told": 0, "ended": 0}:
            said.append(((T0 + timedelta(days=days)).date().isoformat(), found["told"], found["ended"]))
    assert said == [
        ("2026-12-01", 1, 0),
        ("2026-12-24", 1, 0),
        ("2026-12-30", 1, 0),
        ("2026-12-31", 1, 0),
        ("2027-01-01", 0, 1),
    ]
    assert [f["days_left"] for f in facts("PaperExpiring")] == [30, 7, 1, 0, -1]
    done.row.refresh_from_db()
    assert done.row.state == "quarantined"
    assert [d.effect for d in decided.history(L1)] == ["quarantine", "admit"]
    assert standing(at(days=39)) == "quarantined"
    assert list(done.row.screenings.values_list("why", "outcome")) == [("submitted", "pass"), ("paper", "reject")]
    reason = decided.history(L1)[0].reasons[0]
    assert (reason["code"], "2026-12-31" in reason["sentence"]["zh"]) == ("paper_missing", True)


def test_a_renewed_paper_brings_the_listing_back():
    submitted_with_paper("2026-12-31")
    watching.watch_papers(HOUSE, now=at(days=39))
    new = goods(CLEAN, documents=(paper("ccc", "2026010101000002", valid_to="2027-12-31"),))
    done = actions.submit(new, SHOP, now=at(days=40))
    assert done.row.state == "passed"
    assert standing(at(days=41)) == "normal"
    assert list(PaperWatch.objects.values_list("number", flat=True)) == ["2026010101000002"]


def test_only_the_house_and_administrators_watch_papers():
    submitted_with_paper("2026-11-25")
    with pytest.raises(RefusedError, match="not_permitted"):
        watching.watch_papers(SHOP, now=T0)
    assert facts("PaperExpiring") == []


def test_the_job_is_entered_and_comes_round_daily():
    from pinzhi.engine.jobs import JOBS, SCHEDULES

    assert "admission.watch_papers" in JOBS
    assert [s.period for s in SCHEDULES if s.name == "admission.watch_papers"] == [timedelta(days=1)]


# --- standards that are replaced ----------------------------------------------------------------------------------------------------------------


def labelled(standards, **more):
    """Goods whose label names standards, with a paper that never ends."""
    attributes = (("材质", "棉100%"), ("执行标准", standards), *more.get("attributes", ()))
    return actions.submit(
        goods(CLEAN, attributes=attributes, documents=(paper("ccc", "2026010101000001", valid_to="长期"),)),
        SHOP,
        now=T0,
    )


def days_until(day):
    return (day - T0.date()).days


def test_an_edition_that_ends_is_spoken_of_and_its_listing_goes_to_a_person():
    done = labelled("GB 7718-2011")
    assert list(PaperWatch.objects.values_list("kind", "number", "expires_on")) == [
        ("standard", "GB 7718-2011", date(2027, 3, 15))
    ]
    end = days_until(date(2027, 3, 15))
    found = [watching.watch_papers(HOUSE, now=at(days=end - left)) for left in (31, 30, 7, 1, 0, -1, -2)]
    assert [(f["told"], f["ended"]) for f in found] == [(0, 0), (1, 0), (1, 0), (1, 0), (1, 0), (0, 1), (0, 0)]
    said = facts("StandardReplaced")
    assert [f["days_left"] for f in said] == [30, 7, 1, 0, -1]
    assert {(f["standard"], f["replaced_by"], f["transition"], f["verified"]) for f in said} == {
        ("GB 7718-2011", "GB 7718-2025", "made_before", False)
    }
    assert facts("PaperExpiring") == []
    done.row.refresh_from_db()
    assert done.row.state == "passed"
    case = cases.case(done.row.case_id, HOUSE, now=at(days=end + 1))
    assert case.state == "open"
    assert "生产日期" in case.evidence["reasons_zh"][0]
    assert standing(at(days=end + 1)) == "normal"


def test_goods_made_in_time_stay_on_sale_without_a_question():
    done = labelled("GB 7718-2011", attributes=(("生产日期", "2026-11-20"),))
    watching.watch_papers(HOUSE, now=at(days=days_until(date(2027, 3, 16))))
    done.row.refresh_from_db()
    assert (done.row.state, done.row.case_id) == ("passed", "")
    assert list(done.row.screenings.values_list("why", "outcome")) == [("submitted", "pass"), ("paper", "pass")]


def test_the_edition_in_force_and_one_of_no_known_end_are_not_watched():
    labelled("GB 18401-2010，GB 7718-2025，GB/T 14272-2021")
    assert not PaperWatch.objects.exists()


def test_the_standard_on_the_label_counts_though_no_paper_came():
    """Papers are always asked for at the desk, so that the verdict rests on the standard that the goods name."""
    actions.submit(goods(CLEAN, attributes=(("执行标准", "GB 7718-2011"),)), SHOP, now=T0)
    assert list(PaperWatch.objects.values_list("number", flat=True)) == ["GB 7718-2011"]


def test_what_is_due_is_known_without_doing_it():
    labelled("GB 7718-2011")
    policy = queries.policy_in_force(T0)
    (one,) = watching.due(date(2027, 3, 8), policy)
    assert (one.paper.number, one.line, one.ended) == ("GB 7718-2011", 7, False)
    assert watching.due(date(2027, 2, 12), policy) == []
    assert facts("StandardReplaced") == []

"""Complaints that are one matter: placed once, by key before likeness, never against a person's word; and gathered until a person decides."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pinzhi.casework import queries as cases
from pinzhi.engine.jobs import Progress
from pinzhi.engine.models import FactRow, JobRun
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import incident_desk, incidents, placing
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, Placement, Tie
from pinzhi.life.complaints.rules.gathering import (
    Candidate,
    Ground,
    IncidentFigures,
    choose,
    same_goods,
    same_kind,
    surfaces,
)
from pinzhi.life.complaints.tests.buyers import NOW, market, opened, person, refused
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Role

COLD = "上周买的电热水壶，用了两天壶底就不加热了，客服说正常，我要求退货退款"
SHUFFLED = "我要求退货退款！客服说正常，上周买的电热水壶用两天壶底不加热了"
OTHER = "快递显示已经签收，可是我家里没有人拿到，打电话给驿站也说没有这个件"
FIGURES = IncidentFigures(5, 3, 5, 2, "2000.00", "1000.00", "200000.00", 400)


def sent(n: int, words: str = COLD, **more):
    given_ = {"order_id": f"O{n}", "buyer_id": f"b{n}", "kind": "Q1", **more}
    return opened(words, now=NOW + timedelta(minutes=n), **given_)


def placed(now=NOW + timedelta(hours=1)):
    placing._shelf.clear()  # a process of its own: what it knows it reads
    placing.run(now)


def where(row) -> str:
    return Placement.objects.get(complaint=row).incident_id


@pytest.fixture
def agent():
    return person("ada", Role.COMPLAINT_AGENT)


# --- pure ----------------------------------------------------------------------------------------------------------------------------------


def test_a_key_goes_before_the_text_and_a_persons_word_before_both():
    key, text = Candidate("I1", Ground.KEY, 1.0, "a"), Candidate("I2", Ground.TEXT, 0.9, "b")
    assert choose([key], [text], ()) is key
    assert choose([key], [text], {"I1"}) is text
    assert choose([key], [text], {"I1", "I2"}) is None


@given(
    keyed=st.lists(st.sampled_from("ABCDE"), max_size=4),
    like=st.lists(st.sampled_from("ABCDE"), max_size=6),
    never=st.sets(st.sampled_from("ABCDE")),
)
def test_no_complaint_is_put_where_a_person_said_it_does_not_belong(keyed, like, never):
    found = choose(
        [Candidate(i, Ground.KEY, 1, "x") for i in keyed], [Candidate(i, Ground.TEXT, 0.5, "y") for i in like], never
    )
    assert found is None or found.incident not in never
    assert (found is None) == (not (set(keyed) | set(like)) - never)


def test_the_same_goods_are_those_of_one_listing_or_one_batch():
    assert same_goods(("L1", ""), ("L1", "B1"))
    assert same_goods(("L1", "B1"), ("L2", "B1"))
    assert not same_goods(("L1", ""), ("L2", ""))
    assert not same_goods(("", ""), ("", ""))


def test_kinds_that_are_known_have_one_in_common():
    assert same_kind(["Q1", "Q2"], ["Q2"])
    assert same_kind([], ["Q2"])
    assert not same_kind(["Q1"], ["L1"])


def test_a_person_decides_on_all_from_the_number_the_rate_or_the_danger_on():
    assert surfaces(4, 0, None, FIGURES) is None
    assert surfaces(5, 0, None, FIGURES).zh == "5 名消费者反映同一问题"
    assert surfaces(3, 0, 601, FIGURES) is None
    assert surfaces(3, 0, 600, FIGURES).en == "3 buyers complain of one matter, 600 pieces sold (0.5%)"
    assert surfaces(2, 0, 1, FIGURES) is None
    assert surfaces(2, 1, None, FIGURES).en == "2 buyers complain of one matter, 1 of them of a hazard"
    assert surfaces(1, 1, None, FIGURES) is None


@given(st.integers(0, 50), st.integers(0, 50), st.one_of(st.none(), st.integers(0, 10_000)))
def test_more_buyers_never_take_an_incident_off_the_desk(buyers, severe, sold):
    if surfaces(buyers, severe, sold, FIGURES) is not None:
        assert surfaces(buyers + 1, severe, sold, FIGURES) is not None


# --- with the tables -----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shops(db, settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"
    market()


def test_a_shuffled_copy_joins_another_matter_does_not_and_the_reason_is_kept(shops):
    one, two, three = sent(1), sent(2, SHUFFLED), sent(3, OTHER)
    placed()
    first, second, third = (Placement.objects.get(complaint=c) for c in (one, two, three))
    assert (first.ground, first.like_id, first.version) == ("alone", None, placing.shelf().index.version)
    assert (second.incident_id, second.ground, second.like_id) == (first.incident_id, "text", one.pk)
    assert second.score > 0.5
    assert third.incident_id != first.incident_id
    assert any("不加热了" in piece for piece in placing.because(second).pieces)
    assert placing.because(first) is None
    assert [incidents.faults(i) for i in Incident.objects.all()] == [[], []]


def test_the_same_order_is_one_matter_whatever_the_words_are(shops):
    one, two = sent(1, COLD), sent(2, OTHER, order_id="O1", buyer_id="b1")
    placed()
    assert (where(two), Placement.objects.get(complaint=two).ground) == (where(one), "key")


def test_another_merchants_and_other_goods_need_more_likeness(shops):
    one = sent(1)
    elsewhere = sent(2, COLD, listing_id="L2", batch_id="")
    same_shop = sent(3, "水壶的壶底不加热了，请问怎么办理退货", listing_id="L9", batch_id="", merchant_id="M1")
    placed()
    assert where(elsewhere) != where(one)
    assert Complaint.objects.get(pk=same_shop.pk).merchant_id == "M1"
    assert where(same_shop) != where(one)


def test_placing_again_changes_nothing_and_a_process_that_dies_loses_nothing(shops, monkeypatch):
    rows = [sent(n, COLD if n % 2 else SHUFFLED) for n in range(1, 7)]
    real, calls = incidents.placed, []

    def dies(*args, **more):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt  # as if killed in the middle of an act
        return real(*args, **more)

    monkeypatch.setattr(incidents, "placed", dies)
    with pytest.raises(KeyboardInterrupt):
        placed()
    assert Placement.objects.count() == 2
    placed()
    assert Placement.objects.count() == 6
    before = list(Placement.objects.order_by("pk").values())
    placed(NOW + timedelta(hours=2))
    assert placing.place(rows[0].pk, now=NOW + timedelta(hours=3)).pk == before[0]["id"]
    assert list(Placement.objects.order_by("pk").values()) == before
    assert Incident.objects.filter(size=6).count() == 1


def test_what_a_person_parted_stays_parted_and_its_like_follow_it(shops, agent):
    one, two = sent(1), sent(2, SHUFFLED)
    placed()
    own = incidents.part(two.pk, agent, now=NOW + timedelta(hours=2))
    assert (where(one) != where(two), own.pk) == (True, where(two))
    again = sent(3, OTHER, order_id="O2", buyer_id="b2")
    placed(NOW + timedelta(hours=3))
    assert where(again) == own.pk
    refused("parted_by_a_person", incidents.put, two.pk, where(one), agent, now=NOW + timedelta(hours=4))
    refused("parted_by_a_person", incidents.merge, own.pk, where(one), agent, now=NOW + timedelta(hours=4))
    assert (where(two), Tie.objects.count()) == (own.pk, 1)
    incidents.put(two.pk, where(one), agent, overrule=True, now=NOW + timedelta(hours=5))
    assert where(two) == where(one)
    assert [(t.together, t.ended_at is None) for t in Tie.objects.order_by("pk")] == [(False, False), (True, True)]
    refused("joined_by_a_person", incidents.part, two.pk, agent, now=NOW + timedelta(hours=6))
    assert [incidents.faults(i) for i in Incident.objects.all()] == [[]] * Incident.objects.count()


def test_a_person_joins_what_no_text_would_and_new_ones_follow(shops, agent):
    one, two = sent(1), sent(2, OTHER)
    placed()
    incidents.merge(where(two), where(one), agent, now=NOW + timedelta(hours=2))
    assert where(one) == where(two)
    third = sent(3, OTHER)
    placed(NOW + timedelta(hours=3))
    assert where(third) == where(one)
    old = Incident.objects.get(state="merged")
    assert (old.size, old.merged_into_id, incidents.faults(old)) == (0, where(one), [])


def test_refused_moves_leave_nothing(shops, agent):
    one, two, three = sent(1), sent(2, OTHER), sent(3, COLD, listing_id="L2", batch_id="")
    refused("not_placed", incidents.part, one.pk, agent, now=NOW)
    placed()
    before = list(Incident.objects.order_by("pk").values())
    refused("alone_already", incidents.part, one.pk, agent, now=NOW)
    refused("there_already", incidents.put, one.pk, where(one), agent, now=NOW)
    refused("other_merchant", incidents.put, one.pk, where(three), agent, now=NOW)
    refused("incident_unknown", incidents.put, one.pk, "0" * 32, agent, now=NOW)
    refused("complaint_unknown", incidents.part, "0" * 32, agent, now=NOW)
    refused("not_permitted", incidents.merge, where(one), where(two), person("lab", Role.SAMPLING_OFFICER), now=NOW)
    refused("batch_of_another", incidents.batches, where(three), ["B1"], agent, now=NOW)
    assert (list(Incident.objects.order_by("pk").values()), Tie.objects.count()) == (before, 0)


def test_five_buyers_bring_it_to_the_desk_one_buyer_five_times_does_not(shops):
    for n in range(1, 6):
        sent(n, buyer_id="b1")
    placed()
    assert (Incident.objects.get().state, Incident.objects.get().size) == ("gathering", 5)
    for n in range(6, 10):
        sent(n)
    placed(NOW + timedelta(hours=2))
    row = Incident.objects.get()
    assert (row.state, row.size, bool(row.case_id)) == ("open", 9, True)
    told = FactRow.objects.get(name="IncidentSurfaced").payload
    assert (told["members"], told["merchant_id"], told["listing_id"]) == (5, "M1", "L1")


def test_nobody_joins_an_incident_that_has_become_another_one_meanwhile(shops, agent, monkeypatch):
    one, two = sent(1), sent(2, OTHER)
    placed()
    late = sent(3)
    real = incidents.never

    def meanwhile(row):  # as if somebody joined the two between the question and its answer
        incidents.merge(where(one), where(two), agent, now=NOW + timedelta(hours=2))
        return real(row)

    monkeypatch.setattr(incidents, "never", meanwhile)
    placed(NOW + timedelta(hours=3))
    assert not Placement.objects.filter(complaint=late).exists()
    monkeypatch.setattr(incidents, "never", real)
    incidents.merge(where(one), where(two), agent, now=NOW + timedelta(hours=2))
    placed(NOW + timedelta(hours=4))
    assert where(late) == where(two)
    assert {f for i in Incident.objects.all() for f in incidents.faults(i)} == set()


def test_taken_up_by_a_person_its_case_counts_buyers_not_complaints(shops, agent):
    for n in range(1, 4):
        sent(n, buyer_id="b1")
    sent(4, buyer_id="")
    placed()
    taken = incidents.take_up(Incident.objects.get().pk, agent, now=NOW + timedelta(hours=1))
    assert cases.case(taken.case_id, agent, now=NOW + timedelta(hours=1)).evidence["buyers"] == 2


def test_one_incident_that_fails_stops_no_other_and_where_nothing_is_new_nothing_is_written(shops, monkeypatch):
    for n in range(1, 6):
        sent(n)
    for n in range(6, 11):
        sent(n, OTHER)
    placed()
    one, two = Incident.objects.filter(state="open").order_by("pk")
    before = AuditLine.objects.count()
    placed(NOW + timedelta(hours=2))
    assert AuditLine.objects.count() == before
    Complaint.objects.filter(placement__incident__in=(one, two)).update(state="closed")
    real = incident_desk.follow

    def fails(a, row):
        if row.pk == one.pk:
            raise RuntimeError("a fault of ours")
        return real(a, row)

    monkeypatch.setattr(incident_desk, "follow", fails)
    placed(NOW + timedelta(hours=3))
    assert list(Incident.objects.order_by("pk").values_list("state", flat=True)) == ["open", "gathering"]


def test_a_process_that_was_killed_while_it_placed_holds_nobody_up_for_long(shops):
    one = sent(1)
    started = clock.now() - timedelta(minutes=4)
    other = JobRun.objects.create(name=placing.JOB, key="other", state="running", started_at=started, queued_at=started)
    mine = JobRun.objects.create(name=placing.JOB, key="mine", state="running", started_at=started, queued_at=started)
    assert placing.place_all(Progress(mine.pk)) == {"placed": 0}
    JobRun.objects.filter(pk=other.pk).update(started_at=started - timedelta(minutes=2))
    placing._shelf.clear()
    assert placing.place_all(Progress(mine.pk)) == {"placed": 1}
    assert Placement.objects.get().complaint_id == one.pk


@pytest.mark.django_db
def test_the_last_of_an_incident_is_not_put_where_one_stands_that_was_parted_from_it(agent):
    market()
    one, two = sent(1), sent(2)
    placed()
    incidents.part(one.pk, agent, now=NOW + timedelta(hours=2))
    refused("parted_by_a_person", incidents.put, two.pk, where(one), agent, now=NOW + timedelta(hours=3))
    assert (where(one) != where(two), Incident.objects.filter(state="merged").count()) == (True, 0)
    incidents.put(two.pk, where(one), agent, overrule=True, now=NOW + timedelta(hours=4))
    assert where(one) == where(two)
    assert not Tie.objects.filter(together=False, ended_at=None).exists()


RUN = count()


@pytest.mark.django_db
@settings(max_examples=15, deadline=None)
@given(order=st.permutations(range(6)), moves=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=5))
@example(
    order=[0, 3, 2, 4, 1, 5], moves=[(4, 4), (0, 0), (3, 5), (1, 0), (1, 4)]
)  # the last one of an emptied incident
def test_whatever_persons_say_their_words_hold_and_every_log_adds_up(order, moves):
    run = next(RUN)
    by = person(f"ada{run}", Role.COMPLAINT_AGENT)
    shop = {"merchant_id": f"X{run}", "listing_id": f"Y{run}", "batch_id": ""}
    rows = [sent(n, (COLD, SHUFFLED, OTHER)[n % 3], **shop) for n in order]
    placed()
    for n, (a, b) in enumerate(moves):
        with suppress(RefusedError):
            at = NOW + timedelta(hours=2 + n)
            if a == b:
                incidents.part(rows[a].pk, by, now=at)
            else:
                incidents.put(rows[a].pk, where(rows[b]), by, now=at)
    late = [sent(20 + n, (COLD, OTHER)[n % 2], order_id=f"O{n}", **shop) for n in range(3)]
    placed(NOW + timedelta(hours=20))
    for tie in Tie.objects.filter(ended_at=None, complaint__merchant_id=shop["merchant_id"]):
        assert (incidents._now(tie.incident_id) == where(tie.complaint)) == tie.together
    for n, row in enumerate(late):
        assert where(row) in {
            where(r) for r in rows if r.order_id == f"O{n}"
        }  # the same order goes before every likeness
    mine = Incident.objects.filter(merchant_id=shop["merchant_id"])
    assert {f for i in mine for f in incidents.faults(i)} == set()
    assert Placement.objects.filter(complaint__merchant_id=shop["merchant_id"]).count() == 9

"""One complaint with two matters becomes two: nothing that was said is lost, the law's time does not begin anew, and nobody puts them together again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pinzhi.engine.models import FactRow
from pinzhi.life.complaints import consumer, dividing, entitling, incidents, keys, log, placing, timing
from pinzhi.life.complaints.models import Complaint, Shown
from pinzhi.life.complaints.models_incidents import Incident, Placement, Tie
from pinzhi.life.complaints.tests.buyers import NOW, opened, person, refused
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db
BOTH = "用了两天壶底就不加热了，另外说好送的滤网也没有送，客服一直不回复"
GIFT = "说好送的滤网没有送"
LATER = NOW + timedelta(hours=30)


def clocks(row):
    return {c.name: c for c in timing.of(Complaint.objects.get(pk=row.pk), LATER)}


def test_both_go_on_and_the_law_counts_from_the_first_word(agent):
    row = opened(BOTH, wish="return_refund")
    before = row.log.count()
    new = dividing.divide(row.pk, agent, kind="Q6", words=GIFT, now=LATER)
    row = Complaint.objects.get(pk=row.pk)
    assert (new.state, new.kinds, new.order_id, new.price, new.opened_at) == (
        "with_house",
        ["Q6"],
        row.order_id,
        row.price,
        NOW,
    )
    assert new.receipt != row.receipt
    assert (
        row.log.get(n=before + 1).words
        == f"您反映的「{dividing.kind_name('Q6').zh}」另立投诉 {new.receipt}，由专人继续处理，受理时间不变。"
    )
    assert clocks(new)["first_proposal"].started == NOW
    assert clocks(new)["first_proposal"].due.at == clocks(row)["first_proposal"].due.at
    assert (dividing.parts(row), dividing.origin(new), dividing.origin(row)) == ([new], row, None)
    assert (log.faults(row), log.faults(new)) == ([], [])
    assert entitling.answer(new) is not None
    told = [f.payload["complaint_id"] for f in FactRow.objects.filter(name="ComplaintOpened").order_by("seq")]
    assert told == [row.pk, new.pk]
    assert consumer.find(new.receipt, keys.key_of(new.pk), now=LATER).pk == new.pk


def test_files_are_with_both(agent):
    row = opened(BOTH)
    Shown.objects.create(complaint=row, step=1, side="consumer", sha256="a" * 64, owner="draft:x", at=NOW)
    new = dividing.divide(row.pk, agent, kind="Q6", words=GIFT, now=LATER)
    assert list(new.files.values_list("sha256", "side", "owner")) == [("a" * 64, "consumer", "draft:x")]
    assert new.log.get(n=1).data["files"] == ["a" * 64]
    assert log.faults(new) == []


def test_they_are_never_one_incident_though_they_have_one_order(agent):
    row = opened(BOTH)
    placing._shelf.clear()
    placing.run(NOW + timedelta(hours=1))
    new = dividing.divide(row.pk, agent, kind="Q6", words=GIFT, now=LATER)
    placing.run(LATER)
    one, two = (Placement.objects.get(complaint=c).incident for c in (row, new))
    assert one != two
    assert Tie.objects.get(complaint=new).together is False
    assert [incidents.faults(i) for i in Incident.objects.all()] == [[], []]


def test_a_type_that_was_named_goes_over(agent):
    from pinzhi.life.complaints import house

    row = opened(BOTH)
    house.assess(row.pk, agent, kinds=["Q1", "Q6"], now=NOW)
    dividing.divide(row.pk, agent, kind="Q6", words=GIFT, now=LATER)
    assert Complaint.objects.get(pk=row.pk).kinds == ["Q1"]


def test_refused_divisions_leave_nothing(agent):
    row = opened(BOTH)
    head = row.head
    refused("kind_unknown", dividing.divide, row.pk, agent, kind="ZZ", words=GIFT, now=LATER)
    refused("words_missing", dividing.divide, row.pk, agent, kind="Q6", words=" ", now=LATER)
    refused("text_too_long", dividing.divide, row.pk, agent, kind="Q6", words="长" * 5001, now=LATER)
    refused("complaint_unknown", dividing.divide, "0" * 32, agent, kind="Q6", words=GIFT, now=LATER)
    refused(
        "not_permitted", dividing.divide, row.pk, person("eve", Role.SAMPLING_OFFICER), kind="Q6", words=GIFT, now=LATER
    )
    assert (Complaint.objects.count(), Complaint.objects.get().head) == (1, head)
    dividing.divide(row.pk, agent, kind="Q6", words=GIFT, now=LATER)
    refused("divided_already", dividing.divide, row.pk, agent, kind="Q6", words=GIFT, now=LATER)
    consumer.do("withdraw", row.pk, now=LATER)
    refused("divide_closed", dividing.divide, row.pk, agent, kind="Q5", words="另一件", now=LATER)
    assert Complaint.objects.count() == 2

"""Where the goods of a dangerous complaint are: counts of tracing, other complaints of the batch, a recall under way; nothing where nothing is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry
from pinzhi.kernel import clock
from pinzhi.kernel.values import Kind
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.tests.buyers import HOUSE, market, opened, person
from pinzhi.life.tracing import recall
from pinzhi.people.roles import Role
from pinzhi.reading.whereabouts import whereabouts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def batch():
    market()
    made = BatchEntry("B9", "M1", listing_id="L1", gtin="06901234567892", quantity=500)
    catalogue.register_entries(Kind.BATCH, [made], HOUSE)


def told(number, words="用了两天就不加热了", days_ago=0, **more):
    at = clock.now() - timedelta(days=days_ago)
    return opened(words, now=at, **{"batch_id": "B9", "order_id": f"O{number}", "buyer_id": f"b{number}", **more})


def test_counts_others_and_the_recall():
    told(1)
    told(2)
    told(3, days_ago=31)  # longer ago than a hold looks back
    row = told(4, "插上电冒烟，手被烫出水泡", kind="S1")
    found = whereabouts(row)
    assert (found.batch, found.days, found.others, found.recall) == ("B9", 30, ((3, 2),), "")
    assert (found.known["made"], found.known["orders"], found.places) == (500, 0, [])
    called = recall.recall("B9", person("eve", Role.MANAGER), "温控器失灵，干烧起火")
    assert whereabouts(row).recall == called.pk


def test_a_batch_of_which_no_event_can_tell_and_no_batch_at_all():
    row = told(1, batch_id="B1")  # has no GTIN: no event can name it
    found = whereabouts(row)
    assert (found.batch, found.known, found.places, found.others) == ("B1", {}, [], ())
    Complaint.objects.filter(pk=row.pk).update(batch_id="")
    row.refresh_from_db()
    assert whereabouts(row) is None

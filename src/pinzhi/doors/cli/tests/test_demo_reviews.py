"""The demo's past of the admission desk fills both pages, through the house's own verbs."""

from __future__ import annotations

import numpy as np
import pytest

from pinzhi.casework import agreement
from pinzhi.casework.models import Case, Inspection
from pinzhi.doors.cli import demo_admission, demo_reviews
from pinzhi.kernel import clock
from pinzhi.people import actions as people
from pinzhi.people.models import Account
from pinzhi.people.roles import Actor, Role
from pinzhi.simulation.market import build_market

pytestmark = pytest.mark.django_db


def test_the_pages_are_not_empty():
    people.add(Actor.system("test"), "manager", frozenset({Role.MANAGER}))
    market = build_market(np.random.default_rng(1), 12, 30, 60, 40.0)
    demo_admission.enter(market)
    before = set(Case.objects.filter(purpose="work").exclude(state="decided").values_list("pk", flat=True))
    made = demo_reviews.plant(market, clock.now())
    found = agreement.agreement("admission", Account.objects.get(username="manager").actor())
    assert made["second"] == found.second.of >= 14
    assert made["golden"] >= found.golden.of >= 6  # the draw after a decision may have left one waiting
    assert found.golden.hits < found.golden.of
    assert made["inspections"] == 2
    assert set(Inspection.objects.values_list("state", "result")) == {("proposed", ""), ("closed", "conform")}
    # What waits for the people of the demo still waits, but for what is being inspected.
    after = set(Case.objects.filter(purpose="work").exclude(state="decided").values_list("pk", flat=True))
    assert before <= after
    assert Case.objects.filter(paused_at__isnull=False).count() == 1

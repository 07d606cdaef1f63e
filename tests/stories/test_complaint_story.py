"""
Food complaint on the eve of Spring Festival, through the real doors: the buyer writes on his phone, the shop is silent, a person establishes what is wrong,
the law gives 1,000 yuan, every clock knows the holidays, and what nobody may do is refused and leaves nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.engine.models import FactRow
from pinzhi.kernel.clock import frozen_at
from pinzhi.kernel.values import Kind
from pinzhi.law.tables import official
from pinzhi.life.complaints import entitling, keys, log, timing, upkeep
from pinzhi.life.complaints.models import Complaint
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
EVE = datetime(2026, 2, 13, 2, 0, tzinfo=UTC)
"""The Friday before Spring Festival, ten in the morning in China."""
HOUSE = Actor.system("story")


def at(**later):
    return frozen_at(EVE + timedelta(**later))


def account(name, role, merchant=""):
    organisation = Organisation.objects.create(name=name, kind="merchant", merchant_id=merchant) if merchant else None
    made = Account.objects.create(username=name, display_name=name, organisation=organisation)
    Grant.objects.create(account=made, role=role, given_at=EVE)
    return made


def row():
    return Complaint.objects.get()


def names():
    return list(FactRow.objects.order_by("seq").values_list("name", flat=True))


def test_story_expired_food_before_the_holidays(client, settings):
    settings.SECOND_FACTOR_REQUIRED = False  # its own tests are in people
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "年货铺")], HOUSE)
    catalogue.register_entries(
        Kind.LISTING, [ListingEntry("L1", "M1", category="食品/坚果", title="开心果 500 克")], HOUSE
    )
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], HOUSE)
    agent, shop = account("ada", Role.COMPLAINT_AGENT), account("bao", Role.MERCHANT, "M1")
    order = {
        "order_id": "O1",
        "listing_id": "L1",
        "batch_id": "B1",
        "goods": "开心果 500 克",
        "buyer_id": "b1",
        "price": "20.00",
        "paid_at": "2026-02-10T10:00:00+08:00",
        "received_on": "2026-02-12",
    }
    with at():
        begun = client.post(
            "/complain", {"order": keys.order_token(order), "words": "生产日期写的是前年，已经过期半年了", "kind": "S2"}
        )
        form = re.fullmatch(r"/complain/([\w-]{24})/2", begun["Location"])[1]
        for page in (2, 3, 4):
            client.post(f"/complain/{form}/{page}", {"wish": "refund"})
        assert row().kind == "S2"
        key = keys.key_of(row().pk)
    with at(minutes=10):  # expired food is read by a person first
        client.force_login(agent)
        case = f"/console/cases/{row().case_id}/"
        answer = client.get(case)
        seen = re.search(r'name="seen" value="(\w{64})"', answer.content.decode())[1]
        outcome = "contacted" if row().level == 1 else "propose"
        refused = client.post(case + "decide", {"seen": seen, "outcome": "adjudicate", "reason": "x"})
        assert (refused.status_code, row().state) == (422, "with_house")
        if outcome == "contacted":
            client.post(case + "decide", {"seen": seen, "outcome": outcome, "reason": "消费者未食用，保留了实物"})
    with at(hours=1):
        here = f"/console/complaints/{row().pk}/step/"
        client.post(
            here + "assess",
            {"kinds": "S2", "finding": ["expired_when_sold", "unsafe_food"], "stand": ["established", "established"]},
        )
        found = entitling.answer(row())
        by_kind = {r.kind: r for r in found.remedies if r.owed and not r.needs}
        assert by_kind["punitive_food"].amount == Decimal("1000.00")
        assert by_kind["punitive_food"].formula == "10 × 20.00 = 200.00 < 1000.00 → 1000.00"
        assert by_kind["punitive_food"].law.article == "148"
        client.post(
            here + "draft",
            {
                "kind": ["refund", "compensation"],
                "amount": ["20.00", "1000.00"],
                "what": ["", "食品安全法第一百四十八条"],
            },
        )
        page = f"/console/cases/{row().case_id}/"
        shown = client.get(page).content.decode()
        assert "1000.00" in shown
        seen = re.search(r'name="seen" value="(\w{64})"', shown)[1]
        client.post(
            page + "decide",
            {"seen": seen, "outcome": "adjudicate", "reason": "销售超过保质期的食品，依食品安全法第一百四十八条。"},
        )
        assert (row().state, row().amount) == ("fulfilling", Decimal("1020.00"))
    with at(hours=2):  # the shop cannot end what it has not given, and nobody else's shop sees it
        client.force_login(shop)
        mine = f"/merchant/complaints/{row().pk}/"
        before = row().head
        assert client.post(mine + "fulfil", {"which": "0", "proof": ""}).status_code == 422
        assert (
            client.post(
                mine + "answer", {"do": "offer", "words": "x", "kind": ["refund"], "amount": ["1.00"], "what": [""]}
            ).status_code
            == 422
        )
        client.force_login(account("eve", Role.MERCHANT, "M2"))
        assert client.get(mine).status_code == 404
        assert row().head == before
    with at(days=7, minutes=61):
        assert (
            upkeep.tick(EVE + timedelta(days=7, minutes=61)) == 1
        )  # not given in time: into the shop's file, and a person takes over
        assert (row().state, row().broken >= 1) == ("with_house", True)
        assert names().count("PromiseBroken") >= 1
    with at(days=8):
        client.logout()
        client.post(f"/complaint/{row().receipt}", {"key": key})
        told = client.get(f"/complaint/{row().receipt}").content.decode()
        assert ("作出裁定" in told, "未按期履行" in told) == (True, True)
    assert log.faults(row()) == []


def test_the_clocks_of_the_authority_know_spring_festival():
    """Seven working days from 13 February 2026 end on 2 March: the nine days of the holiday are off, the Saturdays worked in their place are counted."""
    assert official().add_working_days(EVE.date(), 7).due.isoformat() == "2026-03-02"
    assert official().add_working_days(datetime(2026, 9, 29, tzinfo=UTC).date(), 7).due.isoformat() == "2026-10-14"
    assert set(timing.SAYS["escalate"]) >= {"regulator_received"}

"""
An incident from the first complaint to the last share. `python -m bench complaints_incident` (`=N`: members).

N buyers of one batch complain of the same, each in words of his own. They are taken in and placed, one decision for all is planned with its preview to the
fen, approved and carried out. By the clock, one process. At the end everybody has been decided once, for the sum of the preview.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bench.ledger import Row

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
MEMBERS = 1000
WHEN = (
    "用了两天",
    "第二次用的时候",
    "刚拆封",
    "上周买的",
    "用了不到一个星期",
    "昨天晚上",
    "才烧了三壶水",
    "一个月不到",
)
WHAT = (
    "壶底就不加热了",
    "底盘怎么按都不加热",
    "加热盘不加热了",
    "加热盘坏了不加热",
    "插电后完全不加热",
    "水一直是凉的，不加热",
)
THEN = (
    "客服说正常",
    "客服不理人",
    "联系店家没有结果",
    "问了客服让我再等等",
    "店家说是我操作不对",
    "找了三次都没有下文",
)
WISH = ("我要求退货退款", "要求退款", "请给我退了", "希望尽快处理退款", "不换，只要退款")


def run(members: int = MEMBERS) -> list[Row]:
    """Complaints, places, preview, decision, shares."""
    from pinzhi.casework import actions as casework
    from pinzhi.casework import queries as cases
    from pinzhi.life.complaints import incidents, joint, placing, reader
    from pinzhi.life.complaints.models import Complaint
    from pinzhi.life.complaints.models_incidents import Incident, Placement, Share
    from pinzhi.people.models import Account, Grant
    from pinzhi.people.roles import Actor, Role

    reader.reader()  # trains once; not what is measured
    placing.shelf()
    house = Actor.system("bench")
    market(house)
    account = Account.objects.create(username="may", display_name="May")
    Grant.objects.create(account=account, role=Role.MANAGER, given_at=NOW)
    manager = account.actor()

    opening = spent(lambda: complain(members))
    contest()
    placing_ = spent(place_everybody)
    found = list(Incident.objects.filter(state="open").order_by("-size"))
    incident, one = found[0], found[0].size
    for other in found[1:]:  # a person who has read them: other words, the same matter
        incidents.merge(other.pk, incident.pk, manager, now=LATER)
    inside = Placement.objects.filter(incident=incident).count()
    said = {"words_zh": "同批次抽检加热元件不合格。", "words_en": "The heating element of the batch failed a test."}
    planning = spent(lambda: joint.plan(incident.pk, manager, outcome="uphold", remedy="refund", now=LATER, **said))
    plan = incident.joint.get()
    seen = cases.case(incident.case_id, house, now=LATER).seen
    casework.decide(incident.case_id, "approve", manager, seen=seen, reason="检测报告一致", now=LATER)
    carrying = spent(lambda: joint.carry_out(plan.pk, LATER + timedelta(hours=1)))

    shares = Share.objects.filter(decision=plan, left_out="")
    done = shares.exclude(applied_at=None).count()
    decided = Complaint.objects.filter(placement__incident=incident, state="fulfilling").count()
    if not shares.count() == done == decided or plan.total != sum(s.amount for s in shares):
        raise RuntimeError(
            f"{shares.count()} shares, {done} carried out, {decided} complaints decided, {plan.total} yuan"
        )
    return [
        Row("complaints of one matter that were taken in", "per s", members / opening, 0, ""),
        Row("complaints placed", "per s", members / placing_, 0, ""),
        Row(f"of them in the largest of {len(found)} incidents, by their words alone", "%", 100 * one / members, 0, ""),
        Row("preview of a decision for all", "members/s", inside / planning, 0, ""),
        Row("decided by it (the others by themselves, each with its reason)", "%", 100 * done / inside, 0, ""),
        Row("shares carried out", "per s", done / carrying, 0, ""),
    ]


def market(house: object) -> None:
    """A shop with one batch of kettles."""
    from pinzhi.catalogue import actions as catalogue
    from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
    from pinzhi.kernel.values import Kind

    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], house)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="小家电", title="电热水壶")], house)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], house)


def complain(members: int) -> None:
    """Everybody by himself, within the same ten hours."""
    from pinzhi.life.complaints import opening
    from pinzhi.life.complaints.rules.entry import Entry

    drawn = random.Random(20261127)
    for n in range(members):
        words = f"{drawn.choice(WHEN)}，{drawn.choice(WHAT)}，{drawn.choice(THEN)}，{drawn.choice(WISH)}"
        entry = Entry(
            channel="web", words=words, kind="Q1", order_id=f"O{n}", listing_id="L1", batch_id="B1", buyer_id=f"b{n}",
            price=Decimal("128.00") + n % 40, paid_at=NOW - timedelta(days=5), received_on=date(2026, 11, 20), vouched=True,
        )  # fmt: skip
        opening.open_complaint(entry, now=NOW + timedelta(seconds=36_000 * n // members))


def contest() -> None:
    """The shop answers everybody: without its answer nobody is decided with the others before its time is over."""
    from pinzhi.life.complaints import merchant
    from pinzhi.life.complaints.models import Complaint
    from pinzhi.people.roles import Actor, Role

    shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
    for id_ in Complaint.objects.filter(state="awaiting_merchant").values_list("pk", flat=True):
        merchant.answer("contest", id_, shop, words="产品没有问题", now=LATER - timedelta(hours=2))


def place_everybody() -> None:
    """Run the job until nobody waits."""
    from pinzhi.life.complaints import placing

    while placing.run(LATER - timedelta(hours=1)):
        pass


def spent(work: Callable[[], object]) -> float:
    """Seconds of the clock."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun

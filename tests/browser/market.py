"""
A small marketplace for the browser: a simulated half-year, swept and rated by the demo's own steps, and people with passwords that the tests know.

    python market.py          # inside an installation's environment; prints what the tests need as one line of JSON
"""

from __future__ import annotations

import json
from typing import Any

if __package__:
    from . import desk
else:
    import desk

PASSWORD = "browser-tests-only"
TOTP = "JBSWY3DPEHPK3PXP"
SIZE = {"days": 200, "merchants": 20, "listings": 100, "sales_per_day": 140.0}
PEOPLE = {
    "lin": ("senior_reviewer", "analyst", "manager", "administrator"),  # sees and may do everything
    "mei": ("manager",),  # the second person
    "fan": ("analyst",),  # has an authenticator app
    "wei": ("analyst",),  # will have a security key
}


def build() -> dict[str, Any]:
    """Fill the installation and say which ids the screens are looked at with."""
    from pinzhi.casework.models import Case
    from pinzhi.doors.cli import demo
    from pinzhi.life.monitoring.models import SignalRow

    demo.SIZE.update(SIZE)
    demo.PEOPLE = ()
    demo._build(None, 9000)
    recovery = people()
    stood = desk.stand()
    cases = reviews()
    doubtful, appealed, refused = submissions()
    signal = SignalRow.objects.exclude(case_id=None).filter(entity_kind="listing").order_by("-severity", "id").first()
    assert signal is not None, "the market has no signal; choose another size"
    return {
        **stood,
        "case": cases[0],
        "reviews": cases,
        "doubtful": doubtful,
        "appealed": appealed,
        "refused": refused,
        "ruleset": ruleset(),
        "signal": signal.id,
        "listing": signal.entity_id,
        **traced(),
        **complained(),
        **gathered(),
        "recovery": recovery,
        "password": PASSWORD,
        "cases": Case.objects.count(),
        "signals": SignalRow.objects.count(),
    }


def complained() -> dict[str, str]:
    """Complaints about goods of the shop that the tests log in to: one that waits for its answer, one contested, one offered, one of a hazard."""
    from datetime import timedelta
    from decimal import Decimal

    from pinzhi.kernel import clock
    from pinzhi.life.complaints import merchant, opening
    from pinzhi.life.complaints.contracts import Remedy
    from pinzhi.life.complaints.models import Complaint
    from pinzhi.life.complaints.rules.entry import Entry
    from pinzhi.people.roles import Actor, Role

    now = clock.now()
    shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M001")

    def sent(reference: str, words: str, kind: str) -> str:
        entry = Entry(
            "order", words=words, kind=kind, reference=reference, order_id=f"BO-{reference}", listing_id="TL1", merchant_id="M001", goods="手工红豆面包",
            price=Decimal("36.00"), paid_at=now - timedelta(days=4), received_on=(now - timedelta(days=2)).date(), wish="return_refund",
        )  # fmt: skip
        return opening.open_complaint(entry, now=now - timedelta(hours=2)).row.pk

    found = {
        "asked": sent("asked", "面包发硬，和描述不一样", "Q2"),
        "complaint": sent("contested", "包装破了，面包散了", "Q3"),
        "offered": sent("offered", "少发了一袋", "Q4"),
        "hazard": sent("hazard", "孩子吃了以后嘴唇肿起来，呼吸困难", "S1"),
    }
    merchant.answer("contest", found["complaint"], shop, words="出库时完好，请联系快递。", now=now - timedelta(hours=1))
    found["contested"], found["hazard"] = (
        Complaint.objects.get(pk=found[name]).case_id for name in ("complaint", "hazard")
    )
    merchant.answer(
        "offer", found["offered"], shop, words="补发一袋。", remedies=[Remedy("exchange")], now=now - timedelta(hours=1)
    )
    return found | refunded(shop)


def refunded(shop: Any) -> dict[str, str]:
    """Two fast refunds that the shop has allowed: one that it objects to, one that it may still object to; and something in the books."""
    from datetime import timedelta
    from decimal import Decimal

    from pinzhi.kernel import clock
    from pinzhi.life.complaints import allowing, money, opening, rechecking
    from pinzhi.life.complaints.models import FastDecision
    from pinzhi.life.complaints.rules.entry import Entry
    from pinzhi.people.roles import Actor

    now, house = clock.now(), Actor.system("market")
    money.fund_in("1000.00", "BANK-1", house, now=now - timedelta(days=3))
    money.deposit_in("M001", "200.00", "BANK-2", "类目保证金", house, now=now - timedelta(days=3))
    allowing.allow("100.00", "500.00", shop, now=now - timedelta(days=2))
    for name in ("objected", "quick"):
        entry = Entry(
            "order", words="收到时杯口就有裂纹，没法用", kind="Q1", reference=name, order_id=f"BO-{name}", merchant_id="M001", goods="玻璃杯", category="厨具",
            buyer_id=f"buyer-{name}", price=Decimal("36.00"), paid_at=now - timedelta(days=4), wish="refund", vouched=True,
        )  # fmt: skip
        opening.open_complaint(entry, now=now - timedelta(hours=3))
    objected, quick = FastDecision.objects.filter(outcome="refund", merchant_id="M001").order_by("complaint__source")
    rechecking.object_to(objected.pk, shop, words="照片不是本店商品。", now=now - timedelta(hours=1))
    objected.refresh_from_db()
    return {"objected": objected.objection_case, "quick": quick.pk, "fast_receipt": quick.complaint.receipt}


def gathered() -> dict[str, str]:
    """Six complaints that are one matter, with a preview of one decision for all on the desk."""
    from datetime import timedelta
    from decimal import Decimal

    from pinzhi.kernel import clock
    from pinzhi.life.complaints import joint, merchant, opening, placing
    from pinzhi.life.complaints.models_incidents import Incident
    from pinzhi.life.complaints.rules.entry import Entry
    from pinzhi.people.roles import Actor, Role

    now = clock.now()
    shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M001")
    said = ("红豆馅里全是糖精味，和描述的无添加完全不符", "完全不符！描述的无添加，红豆馅里全是糖精味")
    for n in range(6):
        entry = Entry(
            "order", words=said[n % 2], kind="Q2", reference=f"many-{n}", order_id=f"BM-{n}", listing_id="TL1", merchant_id="M001", goods="手工红豆面包",
            batch_id="TB-1", buyer_id=f"bm-{n}", price=Decimal("36.00") + n, paid_at=now - timedelta(days=9), wish="refund",
        )  # fmt: skip
        row = opening.open_complaint(entry, now=now - timedelta(hours=3)).row
        if row.state == "awaiting_merchant":
            merchant.answer("contest", row.pk, shop, words="配料表真实。", now=now - timedelta(hours=2))
    placing.run(now - timedelta(hours=1))
    row_ = Incident.objects.get(members__complaint__order_id="BM-0")
    joint.plan(
        row_.pk,
        Actor.system("test"),
        outcome="uphold",
        remedy="share",
        figure="50",
        words_zh="抽检不符。",
        words_en="Tested.",
        now=now,
    )
    return {"incident": Incident.objects.get(pk=row_.pk).case_id}


def traced() -> dict[str, str]:
    """A batch with codes, one of them on a piece whose way is recorded and in the signed ledger; and a number that nobody issued."""
    from datetime import date

    from pinzhi.catalogue import actions as catalogue
    from pinzhi.catalogue import files, papers
    from pinzhi.catalogue.contracts import BatchEntry, ListingEntry
    from pinzhi.kernel import clock
    from pinzhi.kernel.values import Kind
    from pinzhi.ledger import store
    from pinzhi.life.tracing import capture, certificates, giving, printing, recall
    from pinzhi.life.tracing.rules import codes
    from pinzhi.life.tracing.rules.epcis import certificates as rules
    from pinzhi.life.tracing.tests.chains import (
        FACTORY,
        GTIN,
        PALLET,
        WAREHOUSE,
        document,
        lot,
        made,
        packed,
        seen,
        unit,
    )
    from pinzhi.people.roles import Actor, Role

    house = Actor.system("browser")
    catalogue.register_entries(
        Kind.LISTING, [ListingEntry("TL1", "M001", category="食品/糕点", title="手工红豆面包", gtin=GTIN)], house
    )
    batch = BatchEntry(
        "B20261101",
        "M001",
        listing_id="TL1",
        produced_on=date(2026, 11, 1),
        report_no="WH2026-11873",
        factory="晴川食品有限公司",
    )
    catalogue.register_entries(Kind.BATCH, [batch], house)
    given = giving.issue("B20261101", 10, house)
    epoch = giving.epoch_of(given)
    assert epoch is not None
    code = codes.issue(epoch.keys(GTIN), given.first, 1)[0].decode()
    shop = Actor("person", "person:bao", roles=frozenset({Role.MERCHANT}), merchant_id="M001")
    for kind, number in (("report", "WH2026-11873"), ("quarantine", "鄂动检证 4201-0071")):
        pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n% " + kind.encode() + b"\ntrailer<</Root 1 0 R>>\n%%EOF"
        file = files.upload([pdf], shop)
        attached = papers.attach(
            "B20261101", kind=kind, number=number, issued_on="2026-11-01", sha256=file.sha256, by=shop
        )
        papers.publish(attached.id, shop, public=kind == "quarantine")
    carried = certificates.carried(giving.own_batch("B20261101", shop), lot("B20261101"), "make")
    named = {"@context": {rules.PREFIX: rules.NAMESPACE}, **rules.stated(carried)}
    capture.capture(
        document(
            made(1, [unit(code)], "B20261101") | named,
            packed(2, [unit(code)]),
            seen(3, [PALLET], "shipping", FACTORY),
            seen(9, [PALLET], "receiving", WAREHOUSE),
        ),
        house,
    )
    store.checkpoint(at=clock.now())
    asked = printing.ask(given.pk, house)
    printing.write(asked.pk)
    return {
        "traced": "B20261101",
        "recall": recall.drill("B20261101", house).pk,
        "piece": f"/01/{GTIN}/10/B20261101/21/{code}",
        "unknown_piece": f"/01/{GTIN}/21/{'0' * 20}",
        "covered": codes.second_factor(epoch.keys(GTIN), given.first),
    }


def reviews() -> list[str]:
    """Open the question whether to delist the three listings that stand worst, as rating opens it: two persons answer it, with a reason."""
    from pinzhi.casework import actions as casework
    from pinzhi.life.rating.models import RatingRow
    from pinzhi.life.rating.telling import _title, evidence_of, subject_of
    from pinzhi.people.acts import act
    from pinzhi.people.roles import Actor

    opened = []
    for row in RatingRow.objects.filter(subject_kind="listing").order_by("-bad_risk", "subject_id")[:3]:
        with act("rating.recompute", Actor.system("browser")) as a:
            case = casework.open_case(
                a,
                desk="rating",
                subject=subject_of(row),
                title=_title(row),
                evidence=evidence_of(row),
                severity="H",
                source=f"browser:{row.subject_id}",
                merchant_id=row.merchant_id,
                category=row.category,
            )
            row.case_id = case.id
            row.save()
            opened.append(str(case.id))
    return opened


def submissions() -> tuple[str, str, str]:
    """A listing that a person must look at, with everything that the page can show, and an appeal against a refusal. Returns their cases, and a refusal."""
    from pinzhi.life.admission import actions, reading
    from pinzhi.people.roles import Actor

    house = Actor.system("browser")

    def submit(number: str, title: str, **more: Any) -> Any:
        row = {"id": number, "merchant_id": "M001", "category": "服装/T恤", "title": title, "price": "59.00", **more}
        return actions.submit(reading.listing(row), house).row

    submit("A1", "简约圆领短袖T恤 宽松百搭", price="49.00")
    submit("A2", "简约圆领短袖T恤 加厚", price="89.00")
    submit("A3", "全网第一品牌 圆领短袖T恤")
    doubtful = submit(
        "A3",
        "首選 圆领短袖T恤",
        description="我们致力于做到最好。\n舒适透气，四季可穿。",
        attributes={"材质": "棉100%", "颜色": "白色"},
        compared_price="99.00",
        compared_price_meaning="厂商建议零售价",
        deal_prices=[{"at": "2026-11-01T09:00:00+08:00", "price": "57.50"}],
        documents=[{"kind": "ccc", "number": "2026010101000001", "fields": {"valid_to": "2999-01-01"}}],
    )
    severe = submit("A4", "高仿 圆领短袖T恤")
    refused = submit("A5", "高仿 圆领短袖T恤 白色", description="全网最低价，我们致力于做到最好。")
    appeal = actions.appeal(severe.pk, house, "“高仿”指仿真花材，并非仿冒品牌。")
    return doubtful.case_id, appeal.case_id, refused.pk


def ruleset() -> int:
    """Rules that were drafted on top of the shipped ones, tried on the past, and run in the shadow. Returns the number of the version."""
    from pinzhi.life.admission import actions, lab, lab_shadow, reading
    from pinzhi.people.models import Account
    from pinzhi.people.roles import Actor

    text = """version = "9"
[[rule]]
id = "X01"
severity = "M"
law = "advert.absolute_terms"
zh = "“{text}”须有依据。"
en = "«{text}» needs a ground."
[[rule.group]]
name = "trial"
words = "宽松百搭 加厚"
"""
    lin = Account.objects.get(username="lin").actor()
    version = lab.draft(lin, "百搭类用语", {"trial": text}, note="投诉集中，先试运行", origin="case:12")
    lab.backtest(lin, version.pk)
    lab.step(lin, version.pk, "shadow", seen=lab.seen_digest(lab.find(version.pk)))
    row = {"id": "A6", "merchant_id": "M002", "category": "服装/T恤", "title": "圆领短袖T恤 宽松百搭", "price": "69.00"}
    actions.submit(reading.listing(row), Actor.system("browser"))
    lab_shadow.sweep()
    return version.pk


def people() -> list[str]:
    """Accounts through the house's own verbs; one of them with an authenticator app. Returns his recovery codes."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal import auth as totp

    from pinzhi.people import actions
    from pinzhi.people.models import Account, Organisation
    from pinzhi.people.roles import Actor, Role

    for name, roles in PEOPLE.items():
        _, invitation = actions.add(Actor.system("browser"), name, frozenset(map(Role, roles)), display_name=name)
        actions.accept(invitation, PASSWORD)
    shop = Organisation.objects.create(name="M001 shop", kind="merchant", merchant_id="M001")
    merchant = frozenset({Role.MERCHANT})
    _, invitation = actions.add(Actor.system("browser"), "bao", merchant, display_name="bao", organisation=shop)
    actions.accept(invitation, PASSWORD)
    fan = Account.objects.get(username="fan")
    totp.TOTP.activate(fan, TOTP)
    codes: list[str] = RecoveryCodes.activate(fan).get_unused_codes()
    return codes


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(build()))  # noqa: T201

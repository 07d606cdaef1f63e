"""What the screens of admission are looked at with: pictures, names and prices to weigh, a forged report, inspections in every state, two answers."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]
OWN, OTHER = "M001", "M002"
NAMES = {OWN: "浙江云杉服饰有限公司", OTHER: "宁波另家服饰有限公司"}


def stand() -> dict[str, Any]:
    """Fill the desk; the ids by the name that `screens.py` knows them by."""
    from pinzhi.casework.models import Case
    from pinzhi.catalogue import actions as catalogue
    from pinzhi.kernel.values import Kind
    from pinzhi.people.roles import Actor

    rows = [{"merchant_id": m, "name": name} for m, name in NAMES.items()]
    taken = catalogue.register(Kind.MERCHANT, enumerate(rows, 1), Actor.system("browser"))
    assert not taken.aside, taken.aside
    two = Case.objects.filter(purpose="consensus").exclude(state="decided").first()
    assert two is not None, "the demo leaves no two answers to settle"
    return {"weighed": weighed(), "reported": reported(), "two": str(two.pk), **inspected()}


def handed_in(row: dict[str, Any]) -> Any:
    from pinzhi.life.admission import actions, reading
    from pinzhi.people.roles import Actor

    given = {"merchant_id": OWN, "category": "服装/T恤", "price": "59.00", **row}
    return actions.submit(reading.listing(given), Actor.system("browser")).row


def picture(seed: int, merchant: str, **cut: int) -> str:
    """A picture of goods, drawn by its seed, in the merchant's own name."""
    from pinzhi.catalogue import files
    from pinzhi.life.admission.tests.painting import goods
    from pinzhi.people.roles import Actor

    drawn, out = goods(seed, (720, 600)), io.BytesIO()
    if cut:
        drawn = drawn.crop((cut["left"], cut["top"], drawn.width - 40, drawn.height - 30))
    drawn.save(out, "PNG")
    return files.upload([out.getvalue()], Actor.system("browser"), owner=f"merchant:{merchant}").reference


def weighed() -> str:
    """A borrowed picture, a paper in another company's name, and a price ten times that of like goods. Returns the case."""
    from pinzhi.life.admission.models import Submission

    for n, price in enumerate(("58.00", "59.00", "59.00", "61.00")):
        handed_in({"id": f"B{n}", "title": f"云杉 圆领短袖T恤 {n}号色", "brand": "云杉", "price": price})
    refused = handed_in({"id": "B5", "merchant_id": OTHER, "title": "高仿 云杉短袖", "images": [picture(7, OTHER)]})
    assert refused.state == "refused"
    row = handed_in(
        {
            "id": "B6",
            "title": "云杉 圆领短袖T恤 首选 6号色",
            "brand": "云杉",
            "price": "590.00",
            "description": "一 线 大 牌同款面料，穿着不闷热。",
            "images": [picture(7, OWN, left=30, top=20), picture(8, OWN)],
            "documents": [
                {
                    "kind": "brand_authorisation",
                    "number": "SQ-2026-118",
                    "fields": {"holder": NAMES[OTHER], "valid_to": "2027-11-01", "brand": "云杉"},
                }
            ],
        }
    )
    assert Submission.objects.get(pk=row.pk).case_id, row.state
    return str(row.case_id)


def reported() -> str:
    """A report whose figures are beyond the limit under a printed «conforms». Returns the case of the appeal."""
    import report_press as press
    from pinzhi.catalogue import files
    from pinzhi.life.admission import actions
    from pinzhi.people.roles import Actor

    truth = next(t for t in map(press.truth, range(40)) if t.product == "全麦苏打饼干")
    lines = [replace(truth.lines[0], value="3.2"), *truth.lines[1:]]
    body = press.pressed(replace(truth, lines=tuple(lines)), "chinese")
    house = Actor.system("browser")
    reference = files.upload([body], house, owner=f"merchant:{OWN}").reference
    paper = {"kind": "test_report", "number": truth.report_no, "path": reference}
    row = handed_in({"id": "B7", "category": "食品/饼干", "title": truth.product, "documents": [paper]})
    return str(actions.appeal(row.pk, house, "报告系原件扫描，请复核。").case_id)


def inspected() -> dict[str, str]:
    """One whose days wait for the merchant, one for today that is lin's to do, one that has ended, one whose days were declined."""
    from pinzhi.casework import inspecting, inspections
    from pinzhi.casework.models import Case
    from pinzhi.kernel import clock
    from pinzhi.people.models import Account
    from pinzhi.people.roles import Actor, Role

    lan, lin = (Account.objects.get(username=n) for n in ("lan", "lin"))
    shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id=OWN)
    made: dict[str, str] = {}
    for n, name in enumerate(("proposed", "appointed", "closed", "declined")):
        row = handed_in({"id": f"C{n}", "title": f"首选 纯色打底T恤 修身 {n}号款"})
        at = clock.now() - (timedelta(days=0) if name in ("proposed", "declined") else timedelta(days=14))
        days = [date.fromisoformat(d) for d in inspections.days_to_propose(at)[:3]]
        one = inspecting.ask(
            str(Case.objects.get(pk=row.case_id).pk),
            lan.actor(),
            reason="宣称与证明材料对不上，须到现场核对货物。",
            place_kind="warehouse",
            place="杭州市临平区临港路 18 号 2 号库",
            days=days,
            inspector=lin.pk,
            now=at,
        )
        key = made[f"visit_{name}"] = str(one.pk)
        if name in ("appointed", "closed"):
            inspecting.confirm(key, shop, day=days[0].isoformat(), now=at + timedelta(hours=4))
        if name == "declined":
            inspecting.decline(key, shop, why="当周仓库盘点，无人接待。")
        if name == "closed":
            answers = {p["id"]: "yes" for p in one.points} | {"storage": "no"}
            inspecting.record(
                key,
                lin.actor(),
                answers=answers,
                remarks={"storage": "不合格品与待发货物同架存放"},
                finding="货物与页面一致；不合格品未单独存放，已要求整改。",
                result="conform",
                now=at + timedelta(days=(days[0] - at.date()).days, hours=5),
            )
    return made

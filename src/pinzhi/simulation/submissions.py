"""
Listings that the simulated merchants hand in for admission, with known problems: what the rules must refuse, what only a person can decide, what is clean.

Hand-written; nobody and nothing in it exists. `truth` says for each what it was made to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pinzhi.simulation.contracts import Market


@dataclass(frozen=True, slots=True)
class Handed:
    """One listing in the shape of the feed, and what it was made to be: `pass`, `manual` or `reject`."""

    truth: str
    row: dict[str, Any] = field(hash=False)


CLEAN = (
    ("服装/T恤", "简约圆领短袖T恤 宽松百搭 白色", "69.00", (("材质", "棉100%"), ("颜色", "白色"))),
    ("服装/衬衫", "亚麻立领长袖衬衫 浅灰", "159.00", (("材质", "亚麻55% 棉45%"),)),
    ("厨具/炒锅", "麦饭石色不粘炒锅 28厘米 带盖", "129.00", (("直径", "28厘米"),)),
    ("家居/窗帘", "遮光窗帘 挂钩式 2米×2.7米 雾蓝", "189.00", (("材质", "聚酯纤维100%"),)),
    ("图书/菜谱", "家常川菜四十道 彩图版", "39.80", (("页数", "192"),)),
    ("家居/收纳", "可折叠布艺收纳箱 66升 两只装", "45.00", (("容量", "66升"),)),
    ("服装/裤装", "高腰阔腿裤 垂感西装裤 黑色", "139.00", (("材质", "聚酯纤维95% 氨纶5%"),)),
    ("厨具/水杯", "双层玻璃杯 350毫升 两只装", "49.00", (("容量", "350毫升"),)),
    ("家居/床品", "全棉四件套 1.8米床 素色", "329.00", (("材质", "棉100%"),)),
    ("服装/针织", "羊毛混纺针织开衫 驼色", "259.00", (("材质", "羊毛30% 腈纶70%"),)),
)
DOUBTFUL = (
    ("服装/T恤", "首选 纯色打底T恤 修身"),
    ("饰品/手串", "开光转运手串 檀木"),
    ("厨具/炒锅", "首选不粘炒锅 30厘米"),
    ("服装/连衣裙", "极致显瘦连衣裙 法式方领"),
    ("家居/床品", "至尊蚕丝被 春秋被"),
    ("厨具/刀具", "首选家用切菜刀 不锈钢"),
    ("家居/香薰", "至尊香薰礼盒 木质调"),
    ("服装/外套", "极致保暖羽绒外套 短款"),
)
ABSOLUTE = (
    ("服装/衬衫", "全网第一品牌 真丝衬衫"),
    ("家居/枕头", "国家级品质 乳胶枕"),
    ("厨具/炒锅", "全国最好的不粘锅 28厘米"),
    ("小家电/加湿器", "顶级静音加湿器 4升"),
    ("服装/裤装", "国 家 级 面料阔腿裤"),
    ("家居/窗帘", "最佳遮光窗帘 史上最低价"),
)
CLAIMS = (
    ("食品/坚果", "每日坚果 降血糖 孕妇可食"),
    ("化妆品/面霜", "药妆祛痘面霜 消炎杀菌"),
    ("食品/蜂蜜", "土蜂蜜 治疗咳嗽 500克"),
    ("家居/枕头", "磁疗枕 根治颈椎病"),
)
SEVERE = (
    ("服装/卫衣", "高仿 大牌卫衣 1:1复刻"),
    ("箱包/双肩包", "A货双肩包 原单尾货"),
    ("服装/运动鞋", "莆田高仿跑鞋 专柜可验"),
)
EXPIRING = (
    ("小家电/电饭煲", "迷你电饭煲 2升 预约定时", -20),
    ("小家电/电水壶", "电热水壶 1.5升 自动断电", 5),
    ("小家电/加湿器", "桌面加湿器 3升 轻音", 25),
    ("小家电/电水壶", "电热水壶 1.7升 双层防烫", 60),
)
FOOD_CONTACT = {
    "不粘": "GB 4806.1-2016；GB 4806.9-2023；GB 4806.10-2016",
    "玻璃": "GB 4806.1-2016；GB 4806.5-2016",
    "刀": "GB 4806.1-2016；GB 4806.9-2023",
}
"""Standards that the report of what touches food names, by a word of the title."""
INCOMPLETE = (("玩具/遥控车", "遥控越野车 充电款 1:18"), ("玩具/积木", "磁力片 三角形方形组合 60片"))
"""With a certificate and without the test report that the category needs."""


def submissions(market: Market, today: date) -> tuple[Handed, ...]:
    """The listings, a fifth of them by the first merchant, the others by all; the same for everybody on the same day."""
    merchants = [m["merchant_id"] for m in market.merchants]
    made: list[Handed] = []

    def add(truth: str, category: str, title: str, **more: Any) -> None:
        number = len(made) + 1
        row = {
            "id": f"N{number:04d}",
            "merchant_id": merchants[0 if number % 5 == 0 else number * 7 % len(merchants)],
            "category": category,
            "title": title,
            "price": "99.00",
            "documents": papers(category, title, number, today),
        }
        made.append(Handed(truth, row | more))

    for category, title, price, attributes in CLEAN:
        add("pass", category, title, price=price, attributes=dict(attributes))
    for truth, table in (("manual", DOUBTFUL), ("reject", ABSOLUTE), ("reject", CLAIMS), ("reject", SEVERE)):
        for category, title in table:
            add(truth, category, title)
    for n, (category, title, days) in enumerate(EXPIRING):
        paper = {"kind": "ccc", "number": f"20260122020{n:05d}", "fields": {"valid_to": _later(today, days)}}
        add("reject" if days < 0 else "pass", category, title, documents=[paper])
    for n, (category, title) in enumerate(INCOMPLETE):
        paper = {"kind": "ccc", "number": f"20260122021{n:05d}", "fields": {"valid_to": _later(today, 300)}}
        add("reject", category, title, documents=[paper])
    _again(made)
    return tuple(made)


def papers(category: str, title: str, number: int, today: date) -> list[dict[str, Any]]:
    """What the category asks for without exception: who sells pots hands in the report on what touches food, a bookshop its numbers. Others nothing."""
    if category.startswith("图书/"):
        permit = {
            "kind": "publication",
            "number": "新出发京零字第朝210001号",
            "fields": {"valid_to": _later(today, 800)},
        }
        return [{"kind": "isbn", "number": "9787999000006"}, permit]
    if category.startswith("厨具/"):
        standards = next(s for word, s in FOOD_CONTACT.items() if word in title)
        fields = {"签发日期": _later(today, -100), "检验依据": standards}
        return [{"kind": "report", "number": f"SJ2026{number:05d}", "fields": fields}]
    return []


def _later(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def _again(made: list[Handed]) -> None:
    """One merchant puts a refused listing right; another hands a severe one in again under a new id."""
    refused = next(h for h in made if h.row["title"] == ABSOLUTE[1][1])
    made.append(Handed("pass", refused.row | {"title": "乳胶枕 成人护颈 60厘米×40厘米"}))
    forged = next(h for h in made if h.row["title"] == SEVERE[0][1])
    made.append(Handed("reject", forged.row | {"id": f"N{len(made) + 1:04d}"}))


def counted(handed: Sequence[Handed]) -> dict[str, int]:
    """How many of each truth."""
    found = dict.fromkeys(("pass", "manual", "reject"), 0)
    for one in handed:
        found[one.truth] += 1
    return found

"""
Complaints of the simulated marketplace: what buyers of real orders of it say, and what merchants and buyers then do. Hand-written; no text of a real buyer.

`told(world)` gives each of them an order of the last weeks, and the months before some that are closed; hours count from the complaint. Where the merchant
does nothing, the house's rule answers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from pinzhi.simulation.contracts import World


@dataclass(frozen=True, slots=True)
class Act:
    """
    A step, `hours` after the complaint: of the merchant (offer of `share` of the price, contest, ask, fulfil), of the buyer, or of the house (contacted,
    propose).
    """

    hours: float
    verb: str
    words: str = ""
    share: float = 1.0
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A complaint: type as chosen on the form (empty: words only), words, wish, how many hours ago, and what follows."""

    kind: str
    words: str
    wish: str
    hours_ago: float
    acts: tuple[Act, ...] = ()


OFFER, ACCEPT, PAID = (
    Act(6, "offer", "非常抱歉，给您办理退货退款，运费由我们承担。"),
    Act(20, "accept"),
    Act(30, "fulfil", "支付流水 2026-"),
)
STORIES: tuple[Story, ...] = (
    Story(
        "Q1", "用了三天就不工作了，按键没有反应", "return_refund", 200, (OFFER, ACCEPT, PAID, Act(60, "rate", mark=5))
    ),
    Story("Q2", "页面写的是 500 克，称了只有 430 克", "refund", 190, (OFFER, ACCEPT, PAID, Act(50, "rate", mark=4))),
    Story(
        "Q3",
        "到货外包装破损，里面也碎了",
        "exchange",
        170,
        (Act(3, "offer", "马上补发一件，旧的不用退。", 0), Act(9, "accept"), Act(40, "fulfil", "运单 SF")),
    ),
    Story("Q4", "少发了一个配件，说明书上写着有两个", "", 150, ()),
    Story("Q5", "买的是蓝色，发来的是红色", "exchange", 140, (Act(5, "contest", "下单备注写的是随机发货。"),)),
    Story(
        "R1",
        "退货签收五天了，退款一直没有到账",
        "refund",
        130,
        (Act(40, "propose", "商家已收到退货，应予退款。"), Act(45, "accept")),
    ),
    Story(
        "F1",
        "怀疑是假货，包装印刷模糊，扫码也查不到",
        "refund",
        96,
        (
            Act(20, "propose", "商家未能提供进货凭证，支持退货退款。"),
            Act(26, "accept"),
            Act(50, "fulfil", "支付流水 2026-"),
        ),
    ),
    Story("F2", "宣传写治疗失眠，问客服又说没有这个功效", "return_refund", 90, ()),
    Story(
        "L1",
        "显示已签收，但是我没有收到，快递柜里也没有",
        "refund",
        80,
        (
            Act(10, "ask", "请提供收货地址附近是否有代收点。"),
            Act(16, "reply", "没有代收点，物业也没收到。"),
            Act(22, "offer", "核实为误签收，全额退款。"),
            Act(26, "accept"),
            Act(30, "fulfil", "支付流水 2026-"),
        ),
    ),
    Story(
        "C1",
        "客服三天不回复消息，电话也打不通",
        "apology",
        72,
        (
            Act(30, "propose", "已督促商家在 4 小时内回复，并向您致歉。", 0),
            Act(36, "accept"),
            Act(40, "fulfil", "书面致歉 "),
        ),
    ),
    Story("Q1", "充电口松动，插上要扶着才能充", "repair", 60, (Act(20, "contest", "外力造成，不在保修范围。"),)),
    Story(
        "S2",
        "打开发现里面有一根头发，保质期也看不清",
        "refund",
        50,
        (
            Act(0.15, "contacted", "已电话联系，消费者未食用，保留了实物。"),
            Act(3, "propose", "支持退款。"),
            Act(9, "accept"),
            Act(20, "fulfil", "支付流水 2026-"),
        ),
    ),
    Story(
        "R2",
        "拆开看了一眼就说不给退，说影响二次销售",
        "return_refund",
        40,
        (Act(8, "contest", "商品已拆封，不支持七天无理由。"),),
    ),
    Story(
        "Q2",
        "图片是实木，收到是贴皮的",
        "return_refund",
        30,
        (
            OFFER,
            Act(12, "decline", "不同意自己出运费"),
        ),
    ),
    Story("", "东西还行就是有点小毛病，不知道能不能处理一下", "", 26, ()),
    Story(
        "S3",
        "充电的时候冒烟，外壳烫手，已经拔掉了",
        "refund",
        20,
        (Act(0.2, "contacted", "已联系消费者停用并保留实物。"),),
    ),
    Story("Q4", "少了一包螺丝，装不起来", "exchange", 12, (Act(3, "offer", "已安排补发。", 0),)),
    Story("G2", "活动说满两件送一件，赠品没有发", "other", 9, ()),
    Story("Q3", "水果坏了一半，汤都流出来了", "refund", 6, (Act(1, "offer", "按坏果比例赔付。", 0.5),)),
    Story("I1", "要求开发票，商家说要加税点", "", 4, ()),
    Story("S1", "孩子手被边缘划了一道口子，流血了", "compensation", 0.1, ()),
    Story("Q1", "刚收到就不开机，换了插座也一样", "return_refund", 2, (Act(1, "withdraw", "是我没插好，抱歉"),)),
)


CLOSED, MERCHANTS = 96, 4
GRUMPY = (0.15, 0.35, 0.6, 0.2)
"""How often each of the merchants does not simply give the money back."""
COURSES: tuple[tuple[Act, ...], ...] = (
    (OFFER, ACCEPT, PAID, Act(60, "rate", mark=5)),
    (
        Act(20, "contest", "出库前已检验，商品没有问题。"),
        Act(70, "propose", "商家未能举证，支持退款。"),
        Act(80, "accept"),
        Act(120, "fulfil", "支付流水 2026-"),
        Act(150, "rate", mark=3),
    ),
    (
        Act(40, "offer", "可以补偿三成。", 0.3),
        Act(46, "accept"),
        Act(70, "fulfil", "支付流水 2026-"),
        Act(90, "rate", mark=2),
    ),
    (),
)
"""Given back at once; contested and decided; a part of it; silence, so that the house's rule answers."""
PAST: tuple[tuple[str, str], ...] = (
    ("Q1", "才用一周拉链头就掉了"),
    ("Q1", "开关要按好几次才有反应"),
    ("Q1", "洗了两次就起球，领口也变形了"),
    ("Q1", "底座不平，放在桌上一直晃"),
    ("Q1", "杯盖漏水，倒过来就滴"),
    ("Q1", "夜里自己响，声音关不掉"),
    ("Q1", "缝线开了，口袋里的东西往下掉"),
    ("Q1", "屏幕右下角有一块亮斑"),
    ("Q2", "页面写三层加厚，摸着就一层"),
    ("Q2", "标称两米，量出来一米八"),
    ("Q2", "说是全棉，水洗标上有涤纶"),
    ("Q2", "实物颜色和图片差得太多"),
    ("Q2", "写着可以进洗碗机，说明书又说不行"),
    ("Q3", "盒子压扁了，边角都磕坏"),
    ("Q3", "瓶子路上裂了，流得到处都是"),
    ("Q3", "到手发现镜面有一道划痕"),
    ("Q4", "套装里少了收纳袋"),
    ("Q4", "买三件只到了两件，快递单写的也是三件"),
    ("Q4", "赠送的替换芯没有放进来"),
    ("Q5", "要的大号，来的是中号"),
    ("Q5", "型号发错，装不上我家的水龙头"),
    ("R1", "寄回去半个月，钱还没退"),
    ("R1", "退款只退了一半，另一半说是优惠"),
    ("R2", "没拆封想退，商家说活动款不退"),
    ("R2", "说好七天可退，到第五天就不认了"),
    ("L1", "物流停在中转站八天没动"),
    ("L1", "说放门卫了，门卫没见过"),
    ("C1", "问了四次售后，每次都让等通知"),
    ("C1", "客服态度差，说嫌麻烦就别买"),
    ("G2", "说满减，付款的时候没有减"),
    ("G2", "预售价比当天直接买还贵"),
    ("I1", "发票抬头开错，让改一直不改"),
    ("Q1", "电池充满只能用二十分钟"),
    ("Q2", "介绍说静音，其实很吵"),
    ("Q3", "鸡蛋碎了六个"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A story with the order that it is about."""

    story: Story
    order: dict[str, Any]


def told(world: World, now: datetime) -> list[Told]:
    """Every story with a sale of the last forty days before it; the same for the same world."""
    rows, chance = world.sales(), np.random.default_rng(world.seed)
    recent = [r for r in rows if now - timedelta(days=40) < r["at"] < now - timedelta(days=12)]
    late = [Told(story, (recent or rows)[int(chance.integers(len(recent or rows)))]) for story in STORIES]
    return late + _closed(rows, now, chance)


def _closed(rows: list[dict[str, Any]], now: datetime, chance: np.random.Generator) -> list[Told]:
    """Complaints of the months before about the merchants that sell most, answered well or badly as each of them does; 5 to 24 days after the sale."""
    first, last = now - timedelta(days=125), now - timedelta(days=45)
    then = [r for r in rows if first - timedelta(days=14) < r["at"] < last and r["buyer_id"]]
    shops = [m for m, _ in Counter(r["merchant_id"] for r in then).most_common(MERCHANTS)]
    found = []
    for number in range(CLOSED):
        place = number % MERCHANTS
        of_shop = [r for r in then if place < len(shops) and r["merchant_id"] == shops[place]]
        if not of_shop:
            continue
        sale = of_shop[int(chance.integers(len(of_shop)))]
        start = sale["at"] + timedelta(days=5 + float(chance.random()) * 19)
        kind, words = PAST[number % len(PAST)]
        course = COURSES[0 if chance.random() > GRUMPY[place] else 1 + int(chance.integers(len(COURSES) - 1))]
        found.append(Told(Story(kind, words, "refund", (now - start) / timedelta(hours=1), course), sale))
    return found

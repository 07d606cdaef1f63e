"""How much of the chain of a batch is there: eight questions, each answered by what is recorded. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pinzhi.kernel.values import Text

ANIMAL = re.compile("肉|禽|蛋|水产|海鲜|鱼|虾|蟹|贝|奶|活体|生鲜|宠物")
"""Words of a category whose goods travel with a quarantine certificate (动物检疫法 49): animals and what is made of them, fresh."""
COOKED = re.compile("熟食|即食|罐头|宠物用品|鱼具|渔具")

QUESTIONS: dict[str, tuple[Text, Text]] = {
    "goods": (
        Text("关联商品条码（GTIN）", "the number of the goods (GTIN)"),
        Text(
            "登记批次时填写 GTIN，或关联已有 GTIN 的商品",
            "register the batch with a GTIN or with a listing that has one",
        ),
    ),
    "produced": (Text("生产日期", "day of production"), Text("补充生产日期", "enter the day of production")),
    "quantity": (Text("批次数量", "quantity made"), Text("填写本批生产数量", "enter how many were made")),
    "factory": (Text("生产者", "who made it"), Text("填写生产企业名称", "enter the name of the maker")),
    "report": (
        Text("检验报告编号", "number of the test report"),
        Text("填写本批检验报告编号", "enter the number of the batch's test report"),
    ),
    "quarantine": (
        Text("检疫证明编号", "number of the quarantine certificate"),
        Text("填写动物检疫证明编号", "enter the number of the quarantine certificate"),
    ),
    "codes": (
        Text("一物一码", "codes for every piece"),
        Text("为全部商品签发编码", "have codes issued for all pieces"),
    ),
    "made": (
        Text("生产赋码记录", "event of making"),
        Text("提交生产或赋码事件（commissioning）", "hand in the event of making (commissioning)"),
    ),
    "moved": (
        Text("流转记录", "events of its way"),
        Text("提交装箱、发货或收货事件", "hand in events of packing, shipping or receiving"),
    ),
}
"""Code → what is asked, and what to do where it is missing."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded of a batch. `codes`: pieces with a code of the house or named by an event."""

    gtin: bool
    produced: bool
    quantity: int | None
    factory: bool
    report: bool
    quarantine: bool
    category: str
    codes: int
    made: bool
    moved: bool


@dataclass(frozen=True, slots=True)
class Completeness:
    """Which questions are answered and which are not; one that does not concern the goods is in neither."""

    there: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def score(self) -> int:
        """Answered questions in percent of those that concern the batch, rounded down: 100 only where nothing is missing."""
        return 100 * len(self.there) // (len(self.there) + len(self.missing))

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def judge(of: Recorded) -> Completeness:
    """The chain of a batch. Every piece needs a code: fewer codes than pieces is not there."""
    found = {
        "goods": of.gtin,
        "produced": of.produced,
        "quantity": bool(of.quantity),
        "factory": of.factory,
        "report": of.report,
        "codes": of.codes > 0 and of.codes >= (of.quantity or 0),
        "made": of.made,
        "moved": of.moved,
    }
    if ANIMAL.search(of.category) and not COOKED.search(of.category):
        found["quarantine"] = of.quarantine
    ordered = [code for code in QUESTIONS if code in found]
    return Completeness(tuple(c for c in ordered if found[c]), tuple(c for c in ordered if not found[c]))

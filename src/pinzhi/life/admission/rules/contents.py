"""Net content (C04) and nutrition claims (C07) against the label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.rules.claimed import Case, Freed, Hit, says

# --- C04 net content -------------------------------------------------------------------------------------------------------------------------

_UNITS: dict[str, tuple[str, Decimal]] = {
    **dict.fromkeys(("kg", "千克", "公斤"), ("g", Decimal(1000))),
    **dict.fromkeys(("g", "克"), ("g", Decimal(1))),
    "斤": ("g", Decimal(500)),
    "mg": ("g", Decimal("0.001")),
    "oz": ("g", Decimal("28.35")),
    **dict.fromkeys(("ml", "毫升"), ("ml", Decimal(1))),
    **dict.fromkeys(("l", "升"), ("ml", Decimal(1000))),
}
_AMOUNT = re.compile(
    r"(?P<about>约|近|大约)?\s*(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>kg|mg|ml|oz|g|l|千克|公斤|毫升|克|斤|升)(?![a-z])"
    r"(?P<half>半)?(?:\s*/?\s*[袋瓶盒罐包支片条桶听枚个]?\s*[*x×]\s*(?P<times>\d{1,4})(?!\d))?"
)
_TOTAL = re.compile(r"(?:足足|整整|实发|实重|共计?|总计?|合计|总净含量|总重量?|总共)\s*[:：]?\s*$")


_PACKED = re.compile(r"\s*装(?!修|饰|机|备|载|置)")
"""«5斤装»: the only amount of the text is that of the pack, not of one choice among several."""


class Amount(NamedTuple):
    """A quantity in the text: base unit `g` or `ml`, one piece and all pieces."""

    start: int
    end: int
    unit: str
    each: Decimal
    total: Decimal
    about: bool
    is_total: bool


def amounts(text: str) -> tuple[Amount, ...]:
    """Every weight or volume of a folded text; `500g*2` counts as one with a total of 1000."""
    found = []
    for m in _AMOUNT.finditer(text):
        unit, factor = _UNITS[m["unit"]]
        each = (Decimal(m["n"]) + (Decimal("0.5") if m["half"] else 0)) * factor
        total_word = _TOTAL.search(text[: m.start()])
        start = total_word.start() if total_word else m.start()
        found.append(
            Amount(start, m.end(), unit, each, each * int(m["times"] or 1), bool(m["about"]), total_word is not None)
        )
    return tuple(found)


def net_content(case: Case) -> Iterator[Hit | Freed]:
    """C04: weights and volumes of the text against the labelled one, or against each other where no label is given."""
    found = amounts(case.text)
    if not found:
        return
    labelled = [a for v in case.stated["net_content"] for a in amounts(v)]
    if not labelled:
        yield from _against_itself(found)
    if len(labelled) == 2 and labelled[0].total in {labelled[1].total, labelled[1].each}:
        labelled = labelled[:1] if labelled[0].total == labelled[1].total else labelled[1:]
    if len(labelled) != 1:
        return
    label = labelled[0]
    for a in found:
        if a.unit != label.unit or re.search("沥干|带箱|毛重|连箱|含箱", case.text[max(0, a.start - 6) : a.start]):
            continue
        right = {label.total, label.each}
        slack = Decimal("0.1") if a.about or label.about else Decimal("0.001")
        near = any(abs(v - r) <= slack * r for v in (a.total, a.each) for r in right)
        whole = not a.is_total and a.total == a.each and (label.total % a.each == 0 if a.each else True)
        if not near and not whole:
            packed = _PACKED.match(case.text[a.end : a.end + 6]) and sum(b.unit == a.unit for b in found) == 1
            named = re.search("净含量|净重", case.text[max(0, a.start - 5) : a.start])
            sure = a.is_total or a.total != a.each or named or packed
            severity = Severity.HIGH if sure else Severity.MEDIUM
            message = says("净含量", "net content", case.text[a.start : a.end], " ".join(case.stated["net_content"]))
            yield Hit("C04", a.start, a.end, severity, message)


def _against_itself(found: tuple[Amount, ...]) -> Iterator[Hit]:
    parts = [a for a in found if not a.is_total and a.total != a.each]
    totals = [a for a in found if a.is_total]
    if len(parts) != 1 or len(totals) != 1 or parts[0].unit != totals[0].unit:
        return
    if abs(parts[0].total - totals[0].total) > Decimal("0.1" if totals[0].about else "0.001") * parts[0].total:
        message = Text(
            "同一文案中的单件含量与总含量算不拢。", "The pieces and the total of the same text do not add up."
        )
        yield Hit("C04", totals[0].start, totals[0].end, Severity.HIGH, message)


# --- C04 pieces ---

_PIECES = re.compile(
    r"(?<![\d.~-])(?P<n>\d{1,4})\s*(?P<unit>[包片支只瓶袋罐枚粒条双件盒卷张贴颗抽块个听根对])(?![装以套入~-]?\d)(?!/)"
)
_WHOLE = re.compile(r"(?:整箱|全套|一共|共|总共|共计|足足|合计|整盒|整包|一箱|全装|到手|实发)\s*$")


def pieces(case: Case) -> Iterator[Hit | Freed]:
    """C04: pieces of the text that call themselves all of them («整箱30包») against the labelled number of the same pieces."""
    claimed = [m for m in _PIECES.finditer(case.text) if _WHOLE.search(case.text[: m.start()])]
    for m in claimed:
        labelled = {int(s["n"]) for v in case.stated["pieces"] for s in _PIECES.finditer(v) if s["unit"] == m["unit"]}
        if len(labelled) == 1 and int(m["n"]) not in labelled:
            word = _WHOLE.search(case.text[: m.start()])
            start = word.start() if word else m.start()
            stated = " ".join(case.stated["pieces"])
            yield Hit("C04", start, m.end(), Severity.HIGH, says("数量", "number", case.text[start : m.end()], stated))


# --- C07 nutrition ---


_SUGAR_FREE = re.compile(
    r"(?<![\d.])[0零无]\s*(?:添加)?\s*(?P<sucrose>蔗)?糖(?![果纸心醋霜浆衣])|不(?:添)?加(?P<also>蔗)?糖|(?:一[滴点粒勺]|半[滴点粒勺])糖(?:都|也)?(?:没|不)(?:有)?[加兑掺放]"
)
_NO_ADDITIVE = re.compile(
    r"(?<![\d.])[0零无]添加(?!\s*(?:蔗?糖))|(?<![\d.])不添加(?:任何)?(?:防腐剂|色素|香精|添加剂)|[0零无](?:防腐剂|色素|香精|添加剂)"
)
_LOW_FAT = re.compile(r"低脂|[0零无]脂(?:肪)?(?!肪酸|溶|质)")
_FIGURE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:g|克)?")


def nutrition(case: Case) -> Iterator[Hit | Freed]:
    """C07: free of sugar, of additives, of fat, against the ingredients and the nutrition table (per 100 g)."""
    if "food" not in case.classes:
        return
    listed = " ".join(case.stated["ingredients"])
    for m in _SUGAR_FREE.finditer(case.text):
        yield from _sugar(case, m, listed)
    for m in _NO_ADDITIVE.finditer(case.text):
        if found := next((a for a in case.tables.names["additives"] if a in listed), None):
            yield Hit(
                "C07", *m.span(), Severity.HIGH, says("配料", "ingredients", m.group(), found), "label.nutrition_claim"
            )
    for m in _LOW_FAT.finditer(case.text):
        limit = Decimal("0.5") if m.group()[0] in "0零无" else Decimal(3)
        yield from _over(case, m, "fat", limit, "脂肪")
    yield from _richness(case)


_CLAIMED_AMOUNT = (
    ("低钠", "钠", Decimal(120), False),
    ("无钠", "钠", Decimal(5), False),
    ("高蛋白", "蛋白质", Decimal(6), True),
)
"""(claim, nutrient, limit per 100 g or 100 ml, at least): GB 28050, Table C.1, the milder limit of solids and liquids; not verified."""


def _richness(case: Case) -> Iterator[Hit]:
    table = " ".join(case.stated["nutrition"])
    for claim, nutrient, limit, at_least in _CLAIMED_AMOUNT:
        figure = re.search(rf"{nutrient}[^\d，,;；]{{0,4}}(\d+(?:\.\d+)?)\s*(?:m?g|毫?克)", table)
        for m in re.finditer(claim, case.text) if figure else ():
            stated = Decimal(figure[1]) if figure else limit
            if (stated < limit) if at_least else (stated > limit):
                message = says(
                    f"每 100 g 的{nutrient}", f"{nutrient} per 100 g", claim, figure.group() if figure else ""
                )
                yield Hit("C07", *m.span(), Severity.HIGH, message, "label.nutrition_claim")


def _sugar(case: Case, m: re.Match[str], listed: str) -> Iterator[Hit | Freed]:
    sucrose = m["sucrose"] or m["also"]
    listed = re.sub("低聚果糖|[木麦芽赤藓山梨乳异]+糖醇", "", listed)
    plain = next((s for s in case.tables.names["sugars"] if s in listed), None)
    other = next((s for s in case.tables.names["other_sugars"] if s in listed), None)
    law = "label.nutrition_claim"
    if plain or (other and not sucrose):
        yield Hit("C07", *m.span(), Severity.HIGH, says("配料", "ingredients", m.group(), plain or other or ""), law)
    elif other:
        message = Text(
            f"“{m.group()}”不等于无糖：配料含“{other}”。",
            f"«{m.group()}» is not sugar-free: the ingredients name «{other}».",
        )
        yield Hit("C07", *m.span(), Severity.MEDIUM, message, law)
    elif not sucrose:
        yield from _over(case, m, "sugar", Decimal("0.5"), "糖")


def _over(case: Case, m: re.Match[str], key: str, limit: Decimal, name: str) -> Iterator[Hit]:
    figure = _FIGURE.search(" ".join(case.stated[key])) or re.search(
        rf"(?<!不饱和)(?<!饱和){name}[^\d，,;；]{{0,4}}(\d+(?:\.\d+)?)\s*(?:g|克)", " ".join(case.stated["nutrition"])
    )
    if figure and Decimal(figure[1]) > limit:
        message = says(f"每 100 g 的{name}", f"{key} per 100 g", m.group(), figure.group())
        yield Hit("C07", *m.span(), Severity.HIGH, message, "label.nutrition_claim")

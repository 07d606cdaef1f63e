"""
What a message says besides its matter: when, how much, how many, which order, which code, which batch, what happens to the body.

Numbers are read as people write them (一百二十块, 3万, 两斤); days relative to the day of the message (昨天, 上周三, 前几天 is none: it names no
day). A GTIN counts only with its check digit. Nothing is guessed: what is not said is not there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pinzhi.life.complaints.rules.assistant.figures import value
from pinzhi.life.complaints.rules.assistant.words import normalise


class Slot(StrEnum):
    """What can be read."""

    DATE = "date"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    ORDER = "order"
    CODE = "code"
    GTIN = "gtin"
    BATCH = "batch"
    CASE = "case"
    SYMPTOM = "symptom"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was read: the slot, its value in one form (ISO day, decimal yuan, digits), and the words it stands in."""

    slot: Slot
    value: str
    words: str


_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
_FIGURES, _NUMERALS = "(?<![0-9])[0-9]+", rf"(?<![{_NUMERAL}])[{_NUMERAL}]+"
"""A whole run: whoever writes two thousand figures is not looked at from each of them again."""
_NUMBER = rf"(?:{_FIGURES}(?:\.[0-9]+)?\s*[万千百]?|{_NUMERALS})"
_AMOUNT = re.compile(
    rf"[¥￥]\s*(?P<a>[0-9]+(?:\.[0-9]+)?)|(?P<b>{_NUMBER})\s*(?:块钱|块|元|圆|人民币|rmb|yuan|cny)(?P<half>半)?|(?:rmb|cny)\s*(?P<c>[0-9]+(?:\.[0-9]+)?)"
)
_BARE = re.compile(
    rf"(?:花了?|付了?|交了?|充了?|价格|金额|赔|转了?|扣了?|被骗了?|损失)\s*(?P<a>{_NUMBER})(?![0-9{_NUMERAL}年月日号天个件次人折%])"
)
_QUANTITY = re.compile(
    rf"(?P<n>{_NUMBER})\s*(?P<unit>件|个|瓶|盒|箱|包|袋|双|条|台|只|斤|公斤|克|份|罐|支|套|本|部|辆)(?!月|小时|工作日|星期|礼拜)"
)
_AGE = re.compile(rf"(?P<n>{_FIGURES}|{_NUMERALS})\s*(?:周岁|岁|个月大)|(?P<e>{_FIGURES})[- ](?:year|month)s?[- ]old")
_ORDER = re.compile(
    r"(?:订单(?:号|编号)?|(?<!投诉)单号|order(?: number| no\.?)?)\s*(?:是|为|[:：#])?\s*(?P<n>[a-z]{0,4}-?[0-9][0-9a-z-]{4,29})"
)
_CASE = re.compile(
    r"(?:投诉(?:单号|编号|单|号)|工单号?|受理号|case(?: number| no\.?)?)\s*(?:是|为|[:：#])?\s*(?P<n>[a-z]{0,4}-?[0-9][0-9a-z-]{3,29})"
)
_RECEIPT = re.compile(
    r"(?i:回执(?:号|编号)?|投诉(?:单号|编号|单|号)?|举报(?:编号|号)?|receipt|complaint)\s*(?i:是|为|no\.?|number|[:：#])?\s*(?P<n>[2-9A-HJ-NP-Z]{10})(?![0-9A-Za-z])"
)
"""The receipt of a complaint, as it is printed: in capitals, since in small letters some English words would be receipts."""
_CODE = re.compile(
    r"(?i)(?:追溯码|防伪码|溯源码|trace code|serial)\s*(?:是|为|[:：#])?\s*(?P<n>[0-9a-z][0-9a-z./-]{5,59})|(?P<link>/01/[0-9]{14}/21/[0-9a-z%._-]{1,60})"
)
_BATCH = re.compile(r"(?:批号|批次号?|生产批号|batch|lot)\s*(?:是|为|[:：#])?\s*(?P<n>[0-9a-z][0-9a-z-]{2,19})")
_GTIN = re.compile(r"(?<![0-9])[0-9]{8}(?:[0-9]{4,6})?(?![0-9])")
_ISO = re.compile(r"(?P<y>20[0-9]{2})[-/.年](?P<m>[0-9]{1,2})[-/.月](?P<d>[0-9]{1,2})日?")
_MONTH_DAY = re.compile(
    rf"(?P<m>[0-9]{{1,2}}|[一二三四五六七八九十]{{1,2}})月(?P<d>[0-9]{{1,2}}|[{_NUMERAL}]{{1,3}})[日号]?"
)
_AGO = re.compile(
    rf"(?P<n>{_FIGURES}|{_NUMERALS}|半)\s*(?P<unit>天|日|个?星期|周|个?礼拜|个月|月|年)(?:之?前|以前)|(?P<e>{_FIGURES}) (?P<eu>day|week|month|year)s? ago"
)
_WEEKDAY = re.compile("(?P<which>上上|上|这|本)?(?:个)?(?:周|星期|礼拜)(?P<d>[一二三四五六日天])")
_DAYS: Mapping[str, int] = {
    "今天": 0,
    "今儿": 0,
    "今日": 0,
    "昨天": 1,
    "昨儿": 1,
    "昨日": 1,
    "昨晚": 1,
    "前天": 2,
    "大前天": 3,
    "前日": 2,
    "today": 0,
    "yesterday": 1,
}
_SINGLE = re.compile("大前天|前天|前日|昨天|昨儿|昨日|昨晚|今天|今儿|今日|yesterday|today")
_WEEK = "一二三四五六日"
_SYMPTOMS = re.compile(
    "拉肚子|腹泻|呕吐|上吐下泻|发烧|头晕|昏迷|过敏|红肿|起疹子|皮疹|瘙痒|呼吸困难|烫伤|烧伤|触电|电击|割伤|划伤|骨折|出血|流血|中毒|窒息|噎住|吞下|误食|抽搐|休克|脱发|刺痛|"
    "rash|vomit(?:ed|ing)?|diarrh?o?ea|fever|dizzy|unconscious|allerg(?:y|ic)|swollen|burn(?:ed|t)?|electric shock|"
    "bleeding|poison(?:ed|ing)|chok(?:ed|ing)|swallowed"
)  # fmt: skip


def slots(message: str, on: date) -> tuple[Read, ...]:
    """Everything that can be read in a message of this day, in the order of the slots."""
    text = normalise(message)
    found = [
        *_dates(text, on),
        *_amounts(text),
        *_counted(text),
        *_numbers(text),
        *_receipts(message),
        *_codes(message),
    ]
    found += [Read(Slot.SYMPTOM, m[0], m[0]) for m in _SYMPTOMS.finditer(text)]
    seen: dict[tuple[Slot, str], Read] = {}
    for read in found:
        seen.setdefault((read.slot, read.value), read)
    return tuple(sorted(seen.values(), key=lambda r: list(Slot).index(r.slot)))


def number(text: str) -> Decimal | None:
    """A number as people write it: 120, 3万, 1.5千, 一百二十, 两万五. None where it is none."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([万千百]?)", text)
    if found:
        return Decimal(found[1]) * {"": 1, "百": 100, "千": 1000, "万": 10_000}[found[2]]
    return value(text)


def _amounts(text: str) -> Iterator[Read]:
    for m in _AMOUNT.finditer(text):
        read = number((m["a"] or m["b"] or m["c"]).strip())
        if read is not None:
            yield Read(Slot.AMOUNT, f"{read + (Decimal('0.5') if m['half'] else 0):.2f}", m[0])
    for m in _BARE.finditer(text):
        read = number(m["a"].strip())
        if (
            read is not None
            and read >= 1
            and not any(r["b"] and r.start("b") == m.start("a") for r in _AMOUNT.finditer(text))
        ):
            yield Read(Slot.AMOUNT, f"{read:.2f}", m[0])


def _counted(text: str) -> Iterator[Read]:
    for m in _QUANTITY.finditer(text):
        read = number(m["n"].strip())
        if read is not None:
            yield Read(Slot.QUANTITY, f"{read.normalize():f}{m['unit']}", m[0])
    for m in _AGE.finditer(text):
        read = number(m["n"] or m["e"])
        if read is not None:
            months = "个月" in m[0] or "month" in m[0]
            yield Read(Slot.AGE, f"{read.normalize():f}{'m' if months else ''}", m[0])


def _numbers(text: str) -> Iterator[Read]:
    taken: set[str] = set()
    for slot, pattern in ((Slot.ORDER, _ORDER), (Slot.CASE, _CASE), (Slot.BATCH, _BATCH)):
        for m in pattern.finditer(text):
            taken.add(m["n"])
            yield Read(slot, m["n"].upper(), m[0])
    taken |= {r.value.lower() for r in _codes(text)}
    for m in _GTIN.finditer(text):
        if not any(m[0] in one for one in taken) and gtin_valid(m[0]) and not _looks_like_a_day(m[0]):
            yield Read(Slot.GTIN, m[0].zfill(14), m[0])


def _codes(message: str) -> Iterator[Read]:
    """Trace codes with the capitals that they were written with."""
    for m in _CODE.finditer(unicodedata.normalize("NFKC", message)):
        yield Read(Slot.CODE, m["n"] or m["link"], m[0])


def _receipts(message: str) -> Iterator[Read]:
    for m in _RECEIPT.finditer(unicodedata.normalize("NFKC", message)):
        yield Read(Slot.CASE, m["n"], m[0])


def gtin_valid(digits: str) -> bool:
    """Whether 8, 12, 13 or 14 digits end in their check digit (GS1 General Specifications 7.9)."""
    if len(digits) not in (8, 12, 13, 14):
        return False
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def _looks_like_a_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return len(digits) == 8 and digits.startswith("20")


def _dates(text: str, on: date) -> Iterator[Read]:
    for m in _ISO.finditer(text):
        yield from _day(int(m["y"]), int(m["m"]), int(m["d"]), m[0])
    rest = _ISO.sub(" ", text)
    for m in _MONTH_DAY.finditer(rest):
        month, day = (int(number(m[k]) or 0) for k in ("m", "d"))
        for found in _day(on.year, month, day, m[0]):
            past = date.fromisoformat(found.value) <= on
            yield found if past else Read(Slot.DATE, f"{on.year - 1}{found.value[4:]}", m[0])
    for m in _AGO.finditer(rest):
        yield from _ago(m, on)
    for m in _WEEKDAY.finditer(rest):
        back = on.weekday() - _WEEK.index(m["d"].replace("天", "日"))
        back += {"上上": 14, "上": 7}.get(m["which"] or "", 0)
        if m["which"] is None and back < 0:
            back += 7  # 周五 said on a Monday is the last one: what is told has happened
        if back >= 0:
            yield Read(Slot.DATE, (on - timedelta(days=back)).isoformat(), m[0])
    for m in _SINGLE.finditer(rest):
        yield Read(Slot.DATE, (on - timedelta(days=_DAYS[m[0]])).isoformat(), m[0])


def _ago(m: re.Match[str], on: date) -> Iterator[Read]:
    unit = (m["unit"] or m["eu"] or "").lstrip("个")
    amount = Decimal("0.5") if m["n"] == "半" else number(m["n"] or m["e"])
    if amount is None or amount > 400:
        return
    if unit in ("月", "month", "年", "year"):
        months = int(amount * (12 if unit in ("年", "year") else 1))
        if not months:
            yield Read(Slot.DATE, (on - timedelta(days=15)).isoformat(), m[0])
            return
        year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
        last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
        yield Read(Slot.DATE, date(year, month + 1, min(on.day, last)).isoformat(), m[0])
        return
    days = int(amount * (7 if unit in ("星期", "周", "礼拜", "week") else 1))
    yield Read(Slot.DATE, (on - timedelta(days=days)).isoformat(), m[0])


def _day(year: int, month: int, day: int, words: str) -> Iterator[Read]:
    try:
        yield Read(Slot.DATE, date(year, month, day).isoformat(), words)
    except ValueError:
        return

"""
Re-judging: what a value says against its limit, whatever is printed beside it.

Figures are compared as they stand (全数值比较法, GB/T 8170: rounding before comparing is for standards that say so). «Not detected» is held against the limit
of detection where the report states one. What cannot be decided is `unsure` and goes to a person; it is never taken for a pass.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pinzhi.life.admission.rules.reports.labels import Labels

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERS = re.compile(r"([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_NUM = r"[+-]?\d+(?:\.\d+)?"
_FIGURE = re.compile(
    rf"(?P<n>{_NUM})(?:\s*[x×*·]\s*10\s*\^?\s*(?P<p>[+-]?\d+)|[eE](?P<e>[+-]?\d+))?|(?<![\d.])10\^(?P<t>[+-]?\d+)"
)
_BETWEEN = re.compile(r"\s*(?:~|至|to|-(?=\s*[+\d]))\s*", re.IGNORECASE)
_AT_MOST = (
    "<=",
    "≤",
    "≦",
    "⩽",
    "不大于",
    "不超过",
    "不得超过",
    "不高于",
    "不得大于",
    "最大",
    "max",
    "nomorethan",
    "notmorethan",
    "atmost",
    "upto",
)
_AT_LEAST = (
    ">=",
    "≥",
    "≧",
    "⩾",
    "不小于",
    "不低于",
    "不少于",
    "不得低于",
    "不得小于",
    "最小",
    "最低",
    "min",
    "notlessthan",
    "nolessthan",
    "atleast",
)
_BELOW = ("<", "＜", "小于", "低于", "lessthan", "below")
_ABOVE = (">", "＞", "大于", "高于", "greaterthan", "morethan", "above")
_WORDS = (("<=", _AT_MOST), (">=", _AT_LEAST), ("<", _BELOW), (">", _ABOVE))
_GRADE = re.compile(r"(?P<a>[1-5])(?:\s*[-~]\s*(?P<b>[1-5]))?\s*(?:级|grade)?", re.IGNORECASE)
_PLAN = re.compile(
    r"n\s*=\s*(\d+).*?c\s*=\s*(\d+).*?m\s*=\s*([^,;，；M]+?)(?:[,;，；\s]+M\s*=\s*([^,;，；]+))?\s*\Z", re.DOTALL
)
_UNITS: dict[str, tuple[str, Decimal]] = {
    # unit, folded: (dimension, factor to its base). The base of shares of mass is mg/kg.
    **dict.fromkeys(("mg/kg", "ppm", "μg/g", "ug/g"), ("share", Decimal(1))),
    **dict.fromkeys(("μg/kg", "ug/kg", "ppb", "ng/g"), ("share", Decimal("0.001"))),
    **dict.fromkeys(("g/kg", "mg/g"), ("share", Decimal(1000))),
    **dict.fromkeys(("%", "g/100g"), ("share", Decimal(10000))),
    "mg/100g": ("share", Decimal(10)),
    **dict.fromkeys(("mg/l", "μg/ml", "ug/ml"), ("volume", Decimal(1))),
    **dict.fromkeys(("μg/l", "ug/l"), ("volume", Decimal("0.001"))),
    "g/l": ("volume", Decimal(1000)),
    **dict.fromkeys(("mg/m3", "mg/m³"), ("air", Decimal(1))),
    **dict.fromkeys(("μg/m3", "ug/m3"), ("air", Decimal("0.001"))),
    "n": ("force", Decimal(1)),
    "kn": ("force", Decimal(1000)),
    "mm": ("length", Decimal(1)),
    "cm": ("length", Decimal(10)),
    "m": ("length", Decimal(1000)),
    "g": ("mass", Decimal(1)),
    "kg": ("mass", Decimal(1000)),
    "mg": ("mass", Decimal("0.001")),
    "mv": ("voltage", Decimal("0.001")),
    "v": ("voltage", Decimal(1)),
    "kv": ("voltage", Decimal(1000)),
    "ma": ("current", Decimal("0.001")),
    "a": ("current", Decimal(1)),
    "w": ("power", Decimal(1)),
    "kw": ("power", Decimal(1000)),
    **dict.fromkeys(("cfu/g", "cfu/ml", "mpn/g", "级", "ph", "mpa", "℃", "°c"), ("", Decimal(1))),
}
_UNIT_TAIL = re.compile(
    r"(mg/kg|μg/kg|ug/kg|ng/g|μg/g|ug/g|mg/100\s?g|g/100\s?g|g/kg|mg/g|mg/m[3³]|μg/m[3³]|mg/l|μg/l|ug/l|g/l|μg/ml|ppm|ppb|cfu/g|cfu/ml|mpn/g|mpn/100g|%|℃|°c|级|kn|mpa|n|mm|cm|mω|ma|kv|mv|kg|mg|g|v|a|w|m)\s*\Z",
    re.IGNORECASE,
)
_NAME_UNIT = re.compile(r"[\s,，]*[(（\[]\s*([^()（）\[\]]{1,14})\s*[)）\]]\s*\Z|[,，]\s*([a-zμA-Z%/0-9³]{1,10})\s*\Z")


def fold(text: str, *, thousands: bool = True) -> str:
    """Width folded, superscripts as powers («10³» becomes «10^3»), dashes and comparison marks one, commas between thousands gone."""
    text = _SUPERS.sub(lambda m: "^" + m[1].translate(_SUPER), text)
    text = unicodedata.normalize("NFKC", text)
    for mark in "‒–—―−－─":
        text = text.replace(mark, "-")
    text = (
        text.replace("～", "~")
        .replace("∼", "~")
        .replace("〜", "~")
        .replace("µ", "μ")
        .replace("≦", "≤")
        .replace("≧", "≥")
        .replace("⩽", "≤")
        .replace("⩾", "≥")
    )
    if thousands:
        text = re.sub(r"(?<=\d),(?=\d{3}(?:\D|\Z))", "", text)
    return text.strip()


def number(text: str) -> Decimal | None:
    """A text that is one figure («1.0×10^3», «2E4», «-1.5»), else None."""
    match = _FIGURE.fullmatch(text.strip())
    return _decimal(match) if match else None


def _decimal(match: re.Match[str]) -> Decimal | None:
    try:
        if match["t"]:
            return Decimal(10) ** int(match["t"])
        power = int(match["p"] or match["e"] or 0)
        return Decimal(match["n"]).scaleb(power) if abs(power) < 40 else None
    except (InvalidOperation, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Limit:
    """
    A requirement: how a value must stand to it.

    `low`, `high` are bounds (None: open); `strict` excludes the bound itself; `grade` marks half grades of fastness; `plan` is (n, c, m, M).
    """

    operator: str
    text: str
    low: Decimal | None = None
    high: Decimal | None = None
    strict: bool = False
    unit: str = ""
    grade: bool = False
    plan: tuple[int, int, Decimal, Decimal | None] | None = None
    detection: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A result: `figures` as measured, `below`/`above` where only a bound is known («<5»), `absent` for «not detected» with its limit of detection if known."""

    figures: tuple[Decimal, ...] = ()
    below: Decimal | None = None
    above: Decimal | None = None
    absent: bool = False
    words: str = ""
    unit: str = ""


def _grade(text: str) -> Decimal | None:
    match = _GRADE.fullmatch(text.strip())
    if match is None:
        return None
    a, b = Decimal(match["a"]), Decimal(match["b"] or match["a"])
    return (a + b) / 2 if b - a in (0, 1) else None


def _unit_off(text: str) -> tuple[str, str]:
    """(text without the unit behind its last figure, unit)."""
    match = _UNIT_TAIL.search(text)
    if match and re.search(r"[\d)]\s*\Z", text[: match.start()]):
        return text[: match.start()].strip(), match[1]
    return text, ""


def is_grade(unit: str, name: str, limit: str) -> bool:
    """Colour fastness and its like are judged in half grades («3-4»)."""
    return (
        "级" in unit or "grade" in unit.casefold() or "级" in limit or "色牢度" in name or "fastness" in name.casefold()
    )


def limit_of(text: str, labels: Labels, *, unit: str = "", name: str = "") -> Limit | None:
    """Read a requirement. None where the report states none («/», «—», empty); operator `text` where it is words; `?` where it cannot be read."""
    raw = fold(text)
    if not raw or labels.is_word("unjudged", raw) or not re.search(r"[\w√]", raw):
        return None
    plan = _PLAN.search(raw)
    if plan:
        m, upper = number(_unit_off(fold(plan[3]))[0]), number(_unit_off(fold(plan[4]))[0]) if plan[4] else None
        return Limit("plan", raw, plan=(int(plan[1]), int(plan[2]), m, upper)) if m is not None else Limit("?", raw)
    if labels.holds("absent", raw) or "禁用" in raw or "prohibited" in raw.casefold():
        bound = re.search(r"[(（]?\s*(?:≤|<=?|检出限|LOD)\s*[:：]?\s*(" + _NUM + ")", raw)
        if bound and re.search("禁用|prohibited", raw, re.IGNORECASE):
            return Limit("<=", bound[1], high=Decimal(bound[1]))
        return Limit("absent", raw, detection=Decimal(bound[1]) if bound else None)
    body, own = _unit_off(raw)
    graded = is_grade(unit or own, name, raw)
    found = _bounded(body, graded=graded)
    if found is None:
        return Limit("text", raw) if not re.search(r"\d", raw) else Limit("?", raw)
    operator, shown, low, high, strict = found
    return Limit(operator, shown, low, high, strict, own, graded)


def _bounded(body: str, *, graded: bool) -> tuple[str, str, Decimal | None, Decimal | None, bool] | None:
    compact = re.sub(r"[\s()（）]", "", body).casefold()
    for operator, words in _WORDS:
        for word in words:
            for rest in ((compact.removeprefix(word).lstrip(".:"),) if compact.startswith(word) else ()) + (
                (compact.removesuffix(word).rstrip("."),) if compact.endswith(word) and word.isalpha() else ()
            ):
                value = _grade(rest) if graded else None
                value = number(rest) if value is None else value
                if value is not None:
                    low, high = (value, None) if operator.startswith(">") else (None, value)
                    return operator, rest, low, high, operator in ("<", ">")
    if graded and (value := _grade(compact)) is not None:
        return ">=", compact, value, None, False
    plus = re.fullmatch(rf"({_NUM})(?:±|\+/-)({_NUM})", compact)
    if plus:
        return "range", compact, Decimal(plus[1]) - Decimal(plus[2]), Decimal(plus[1]) + Decimal(plus[2]), False
    two_sided = re.fullmatch(rf"±({_NUM})", compact)
    if two_sided:
        return "range", compact, -Decimal(two_sided[1]), Decimal(two_sided[1]), False
    for cut in _BETWEEN.finditer(compact):
        low, high = number(compact[: cut.start()]), number(compact[cut.end() :])
        if low is not None and high is not None and low <= high:
            return "range", f"{compact[: cut.start()]}~{compact[cut.end() :]}", low, high, False
    value = number(compact)
    return None if value is None else ("=", compact, value, value, False)


def value_of(text: str, labels: Labels, *, graded: bool = False, lod: str = "") -> Value:
    """Read a result."""
    raw = fold(text)
    if labels.holds("absent", raw) and not labels.is_word("passed", raw):
        stated = re.search(rf"(?:<|≤|检出限|定量限|LOD|MDL|RL|[(（])\s*[:：=]?\s*({_NUM})", raw, re.IGNORECASE)
        bound = Decimal(stated[1]) if stated else _first(lod)
        return Value(absent=True, below=bound, words=raw)
    body, unit = _unit_off(raw)
    if graded and (grade := _grade(body.replace(" ", ""))) is not None:
        return Value((grade,), unit=unit)
    for mark, side in (
        ("<=", "below"),
        ("≤", "below"),
        ("<", "below"),
        (">=", "above"),
        ("≥", "above"),
        (">", "above"),
    ):
        if body.startswith(mark) and (figure := number(body.removeprefix(mark))) is not None:
            return Value(below=figure, unit=unit) if side == "below" else Value(above=figure, unit=unit)
    pieces = [p.strip() for p in re.split(r"[;；、,，/|]|\s{1,}", body) if p.strip()]
    figures = [number(_unit_off(p)[0]) if not graded else _grade(_unit_off(p)[0]) for p in pieces]
    if pieces and all(f is not None for f in figures):
        return Value(tuple(f for f in figures if f is not None), unit=unit)
    return Value(words=raw, unit=unit)


def _first(text: str) -> Decimal | None:
    found = re.search(_NUM, fold(text))
    return Decimal(found[0]) if found else None


def _factor(value_unit: str, limit_unit: str) -> Decimal | None:
    """By what the value is multiplied to be in the limit's unit; None where the two cannot be compared."""
    a, b = (u.replace(" ", "").replace("µ", "μ").casefold() for u in (value_unit, limit_unit))
    if not a or not b or a == b:
        return Decimal(1)
    if a in _UNITS and b in _UNITS and _UNITS[a][0] and _UNITS[a][0] == _UNITS[b][0]:
        return _UNITS[a][1] / _UNITS[b][1]
    return None

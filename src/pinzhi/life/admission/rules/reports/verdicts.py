"""One line of the table, re-judged, and what a whole table must add up to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.reports.judging import (
    _NAME_UNIT,
    Limit,
    Value,
    _factor,
    fold,
    is_grade,
    limit_of,
    value_of,
)
from pinzhi.life.admission.rules.reports.labels import Labels, key
from pinzhi.life.admission.rules.reports.table import Row
from pinzhi.life.admission.rules.reports.words import Item, Judged

Said = tuple[Judged, Text | None]
_EMPTY = Text("没有结果。", "There is no result.")
_UNREADABLE_LIMIT = Text("标准要求无法解读，需人工核对。", "The requirement could not be read; a person must look.")
_UNREADABLE_VALUE = Text("结果无法解读，需人工核对。", "The result could not be read; a person must look.")
_WORDS_ONLY = Text("按文字判定，没有可核算的数值。", "Judged by words; there is no figure to compute with.")


def judge(name: str, unit: str, limit: str, value: str, printed: str, labels: Labels, *, lod: str = "") -> Item:
    """Re-judge one result. All arguments are texts as printed; empty where the report has none."""
    name_unit = _NAME_UNIT.search(name)
    named = (name_unit[1] or name_unit[2]).strip() if name_unit else ""
    column = "" if labels.is_word("unjudged", unit) else fold(unit)
    if not column and named and (_factor(named, "mg/kg") or is_grade(named, "", "") or fold(named).casefold() in _OWN):
        column = fold(named)
    wanted = limit_of(limit, labels, unit=column, name=name)
    graded = wanted.grade if wanted else is_grade(column, name, limit)
    got = value_of(value, labels, graded=graded, lod=lod)
    shown_unit = column or (wanted.unit if wanted else "") or got.unit
    verdict, why = _judged(wanted, got, column, value, labels)
    return Item(
        name=name,
        unit=shown_unit,
        limit=wanted.text if wanted else ("" if not limit else fold(limit)),
        operator="" if wanted is None else wanted.operator.replace("?", ""),
        value=_plain(value, got),
        verdict_printed=printed,
        verdict=verdict,
        why=why,
    )


_OWN = frozenset("cfu/g cfu/ml mpn/g n kn mpa mm cm g mg v kv ma w % ℃ 级 mω".split())  # noqa: SIM905


def _plain(printed: str, got: Value) -> str:
    """The result without its unit, as printed otherwise."""
    text = re.sub(r"([,;、])\s+", r"\1", fold(printed))
    return text[: len(text) - len(got.unit)].strip() if got.unit and text.endswith(got.unit) and got.figures else text


def _judged(limit: Limit | None, value: Value, unit: str, raw: str, labels: Labels) -> Said:  # noqa: PLR0911 - one line per case reads best
    if limit is None:
        failed = labels.is_word("failed", raw)
        return (Judged.FAIL if failed else Judged.NOT_JUDGED), None
    if not raw.strip() or (labels.is_word("unjudged", raw) and not value.figures):
        return Judged.UNSURE, _EMPTY
    if limit.operator == "?":
        return Judged.UNSURE, _UNREADABLE_LIMIT
    if limit.operator == "text":
        return _by_words(limit, value, raw, labels)
    if limit.operator == "absent":
        return _absent(limit, value, raw, labels)
    if limit.plan:
        return _plan(limit, value, raw, labels)
    if value.words and not value.absent:
        return _by_printed_words(raw, labels)
    factor = _factor(value.unit or unit, limit.unit or unit)
    if factor is None:
        return Judged.UNSURE, Text(
            f"结果的单位 {value.unit or unit} 与要求的单位 {limit.unit or unit} 无法换算。",
            f"The units of result ({value.unit or unit}) and requirement ({limit.unit or unit}) cannot be compared.",
        )
    if value.figures:
        return _figures(limit, [f * factor for f in value.figures])
    return _bound(limit, value, factor)


def _inside(limit: Limit, figure: Decimal) -> bool:
    if limit.strict:
        return (limit.low is None or figure > limit.low) and (limit.high is None or figure < limit.high)
    return (limit.low is None or figure >= limit.low) and (limit.high is None or figure <= limit.high)


def _figures(limit: Limit, figures: Sequence[Decimal]) -> Said:
    outside = [f for f in figures if not _inside(limit, f)]
    if outside and limit.operator == "=":
        return Judged.UNSURE, Text(
            f"要求只写了 {limit.text}，没有写明是上限还是下限。",
            f"The requirement is just {limit.text}; whether that is a highest or a lowest value is not said.",
        )
    if outside:
        shown = "、".join(f"{f.normalize():f}" for f in outside)
        sign = {"range": "", "<=": "≤", ">=": "≥"}.get(limit.operator, limit.operator)
        return Judged.FAIL, Text(
            f"实测 {shown}，不符合要求 {sign}{limit.text}。",
            f"Measured {shown.replace('、', ', ')}, required {sign}{limit.text}.",
        )
    return Judged.PASS, None


def _bound(limit: Limit, value: Value, factor: Decimal) -> Said:  # noqa: PLR0911 - one line per case reads best
    """Only a bound of the result is known: «<5», «>100», «not detected»."""
    if value.above is not None:
        above = value.above * factor
        if limit.high is None and limit.low is not None and above >= limit.low:
            return Judged.PASS, None
        if limit.high is not None and above >= limit.high:
            return Judged.FAIL, Text(
                f"实测大于 {value.above}，要求不超过 {limit.text}。",
                f"Measured above {value.above}, required at most {limit.text}.",
            )
        return Judged.UNSURE, _open(limit)
    below = None if value.below is None else value.below * factor
    if limit.low is not None and limit.low > 0:
        if below is not None and below <= limit.low:
            return Judged.FAIL, Text(
                f"实测低于 {value.below}，要求不低于 {limit.low}。",
                f"Measured below {value.below}, required at least {limit.low}.",
            )
        return (
            (Judged.FAIL, Text("未检出，但要求有最低含量。", "Not detected, but a least amount is required."))
            if value.absent
            else (
                Judged.UNSURE,
                _open(limit),
            )
        )
    if below is None:
        return Judged.PASS, None
    if limit.high is not None and below <= limit.high:
        return Judged.PASS, None
    return Judged.UNSURE, Text(
        f"检出限 {below.normalize():f} 高于限量 {limit.text}，“未检出”不能证明合格。",
        f"The limit of detection {below.normalize():f} lies above the limit {limit.text}: «not detected» proves nothing.",
    )


def _open(limit: Limit) -> Text:
    return Text(
        f"结果只给出界限，与要求 {limit.text} 相比不能判定。",
        f"The result is only a bound; against {limit.text} it decides nothing.",
    )


def _absent(limit: Limit, value: Value, raw: str, labels: Labels) -> Said:  # noqa: PLR0911 - one line per case reads best
    if value.absent or (limit.detection is not None and value.below is not None and value.below <= limit.detection):
        return Judged.PASS, None
    if value.figures:
        if limit.detection is not None and all(f < limit.detection for f in value.figures):
            return Judged.PASS, None
        if all(f == 0 for f in value.figures):
            return Judged.PASS, None
        return Judged.FAIL, Text(f"要求不得检出，实测 {fold(raw)}。", f"It must not be detected; measured {fold(raw)}.")
    if value.below is not None:
        return Judged.PASS, None
    if re.match(r"检出|阳性|positive|detected", fold(raw), re.IGNORECASE):
        return Judged.FAIL, Text(
            f"要求不得检出，结果为“{fold(raw)}”。", f"It must not be detected; the result is «{fold(raw)}»."
        )
    return _by_printed_words(raw, labels)


def _plan(limit: Limit, value: Value, raw: str, labels: Labels) -> Said:
    """
    Sampling plan of food microbiology: of n units at most c above m, none above M (GB 29921 and its like).

    One «not detected» or one «<10» stands for all units; «<10» counts as 10, which is not above m = 10.
    """
    assert limit.plan is not None
    n, c, m, upper = limit.plan
    pieces = [value_of(p, labels) for p in re.split(r"[;；、,，\s]+", fold(raw, thousands=False)) if p]
    if value.absent or (len(pieces) == 1 and pieces[0].below is not None):
        pieces = [value] * n
    figures = [
        Decimal(0) if p.absent else p.figures[0] if len(p.figures) == 1 else p.below
        for p in pieces
        if p.absent or len(p.figures) == 1 or (p.below is not None and p.below <= m)
    ]
    if len(figures) != n:
        return Judged.UNSURE, Text(
            f"采样方案要求 {n} 个结果，报告给出 {len(figures)} 个。",
            f"The plan asks for {n} results, the report gives {len(figures)}.",
        )
    over = sum(f is not None and f > m for f in figures)
    if over > c or (upper is not None and any(f is not None and f > upper for f in figures)):
        return Judged.FAIL, Text(
            f"{n} 个样品中 {over} 个超过 m={m.normalize():f}（允许 {c} 个）"
            + (f"，M={upper.normalize():f}。" if upper is not None else "。"),
            f"{over} of {n} units exceed m={m.normalize():f} ({c} allowed)"
            + (f", M={upper.normalize():f}." if upper is not None else "."),
        )
    return Judged.PASS, None


def _by_words(limit: Limit, value: Value, raw: str, labels: Labels) -> Said:
    if labels.is_word("failed", raw) or labels.holds("failed_inside", raw):
        return Judged.FAIL, Text(f"结果为“{fold(raw)}”。", f"The result is «{fold(raw)}».")
    if labels.is_word("passed", raw) or key(raw) == key(limit.text) or (value.absent and key(raw)):
        return Judged.PASS, _WORDS_ONLY
    return Judged.UNSURE, Text(
        f"结果“{fold(raw)}”与要求“{limit.text}”不一致，需人工核对。",
        f"The result «{fold(raw)}» is not in the words of the requirement «{limit.text}».",
    )


def _by_printed_words(raw: str, labels: Labels) -> Said:
    if labels.is_word("failed", raw) or labels.holds("failed_inside", raw):
        return Judged.FAIL, Text(f"结果为“{fold(raw)}”。", f"The result is «{fold(raw)}».")
    if labels.is_word("passed", raw):
        return Judged.UNSURE, Text(
            "要求是数值，结果只写了符合，没有实测值。",
            "The requirement is a figure; the result only says that it conforms.",
        )
    return Judged.UNSURE, _UNREADABLE_VALUE


def printed(text: str, labels: Labels) -> Judged | None:
    """What the printed verdict says; None where it says nothing known."""
    if not text.strip():
        return None
    if labels.is_word("failed", text):
        return Judged.FAIL
    if labels.is_word("passed", text):
        return Judged.PASS
    if labels.is_word("unjudged", text) or not re.search(r"\w", text):
        return Judged.NOT_JUDGED
    return (
        Judged.FAIL
        if labels.holds("failed_inside", text)
        else Judged.PASS
        if labels.holds("passed_inside", text)
        else None
    )


def items(rows: Sequence[Row], labels: Labels) -> tuple[Item, ...]:
    """Every row re-judged."""
    found = []
    for row in rows:
        t = row.texts
        one = judge(
            t.get("name", ""),
            t.get("unit", ""),
            t.get("limit", ""),
            t.get("value", ""),
            t.get("verdict", ""),
            labels,
            lod=t.get("lod", ""),
        )
        found.append(
            Item(
                one.name,
                one.unit,
                one.limit,
                one.operator,
                one.value,
                one.verdict_printed,
                one.verdict,
                one.why,
                row.page,
                row.doubted,
            )
        )
    return tuple(found)


def fibre_sums(found: Sequence[Item], labels: Labels) -> list[tuple[str, Decimal]]:
    """Fibre contents that stand together and what they add up to in percent; they must make 100."""
    sums: list[tuple[str, Decimal]] = []
    names: list[str] = []
    total = Decimal(0)
    for item in (*found, None):
        figure = None
        if item is not None and any(
            key(item.name).endswith(f) or key(item.name).startswith(f) for f in labels.words["fibres"]
        ):
            got = value_of(item.value, labels)
            figure = (
                got.figures[0]
                if len(got.figures) == 1
                and ("%" in item.unit or got.unit == "%" or "含量" in item.name or not item.unit)
                else None
            )
        if figure is not None and item is not None:
            names.append(item.name)
            total += figure
        elif names:
            if len(names) > 1:
                sums.append((" + ".join(names), total))
            names, total = [], Decimal(0)
    return sums

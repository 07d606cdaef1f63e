"""The words that the charts themselves say, in both languages. Everything else comes from the caller, already in the reader's language."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str]] = {
    "data": ("查看数据表", "Show the data"),
    "observed": ("实测", "observed"),
    "expected": ("预期", "expected"),
    "band": ("预期区间", "expected range"),
    "limit": ("警戒线", "limit"),
    "date": ("日期", "date"),
    "value": ("数值", "value"),
    "low": ("下限", "low"),
    "high": ("上限", "high"),
    "note": ("说明", "note"),
    "breach": ("超出警戒线", "beyond the limit"),
    "item": ("项目", "item"),
    "target": ("目标", "target"),
    "interval": ("区间", "interval"),
    "part": ("因素", "part"),
    "effect": ("影响", "effect"),
    "start": ("起点", "start"),
    "total": ("合计", "total"),
    "step": ("环节", "step"),
    "count": ("数量", "count"),
    "share": ("占上一环节", "of the step before"),
    "station": ("环节", "station"),
    "event": ("事件", "event"),
    "grade": ("评级", "grade"),
    "none": ("暂无数据", "no data yet"),
    "panel": ("对象", "subject"),
    "from": ("自", "from"),
    "state": ("状态", "state"),
    "now": ("当前", "now"),
    "onward": ("进入下一级的条件", "leads on when"),
    "back": ("从下一级退回的条件", "comes back when"),
    "month": ("月份", "month"),
    "week": ("周", "week"),
}


def word(key: str, language: str) -> str:
    """A built-in word in `language` (`zh…`, or English for anything else)."""
    return _WORDS[key][0 if language.lower().startswith("zh") else 1]


def pair(left: str, right: str, language: str) -> str:
    """`left: right` with the colon of the language."""
    return f"{left}：{right}" if language.lower().startswith("zh") else f"{left}: {right}"

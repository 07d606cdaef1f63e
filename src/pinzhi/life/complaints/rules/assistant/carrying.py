"""What goes to the person with a conversation: why, what was understood, which code was scanned, which rules were quoted, and every message and answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules.assistant.handing import REASONS

SLOT_NAMES: Mapping[str, Text] = {
    "date": Text("日期", "day"),
    "amount": Text("金额", "amount"),
    "quantity": Text("数量", "quantity"),
    "order": Text("订单", "order"),
    "code": Text("追溯码", "trace code"),
    "gtin": Text("商品条码", "barcode"),
    "batch": Text("批号", "batch"),
    "case": Text("投诉编号", "complaint"),
    "symptom": Text("症状", "symptom"),
    "age": Text("年龄", "age"),
}
"""What can be understood, in words."""
ASKER, ANSWER, PERSON = Text("用户", "asks"), Text("助手", "assistant"), Text("专员", "person")


def reasons_in_words(reasons: Sequence[str], language: str) -> str:
    """Why a person takes over."""
    return ("、" if language == "zh" else ", ").join(REASONS[r].in_language(language) for r in reasons if r in REASONS)


def understood(slots: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What was understood: name and value, in the order of the slots."""
    return [(name.in_language(language), slots[slot]) for slot, name in SLOT_NAMES.items() if slots.get(slot)]


def transcript(
    turns: Sequence[Mapping[str, Any]],
    *,
    reasons: Sequence[str],
    slots: Mapping[str, str],
    context: Sequence[str] = (),
    language: str = "zh",
) -> str:
    """
    The conversation for whoever takes over, in one text: nothing has to be asked twice.

    `turns` are {at, said, answer}, an answer with `text` and `citations`. `context` are lines of what is known besides (the code that was scanned, the order).
    """
    zh = language == "zh"
    colon, stop = ("：", "；") if zh else (": ", "; ")
    lines = []
    if reasons:
        lines.append(f"{'转人工原因' if zh else 'Handed over because'}{colon}{reasons_in_words(reasons, language)}")
    if told := understood(slots, language):
        lines.append(f"{'已了解' if zh else 'Understood'}{colon}{stop.join(f'{n} {v}' for n, v in told)}")
    lines += context
    quoted = dict.fromkeys(
        c["label"] for t in turns for c in t.get("answer", {}).get("citations", ()) if c.get("quotation")
    )
    if quoted:
        lines.append(f"{'已引用' if zh else 'Quoted'}{colon}{stop.join(quoted)}")
    lines.append("")
    for turn in turns:
        at = datetime.fromisoformat(turn["at"]).astimezone(SHANGHAI)
        if turn.get("said"):
            lines.append(f"{at:%m-%d %H:%M} {ASKER.in_language(language)}{colon}{turn['said']}")
        if text := turn.get("answer", {}).get("text"):
            who = PERSON if turn["answer"].get("person") else ANSWER
            lines.append(f"{at:%m-%d %H:%M} {who.in_language(language)}{colon}{text}")
    return "\n".join(lines)

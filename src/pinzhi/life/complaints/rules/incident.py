"""
What an incident's log adds up to: its state, how many belong to it, which batches it is about, how often it was decided. A fold, step by step.

The columns of the table are one `Whole`; `after` brings it one step further, so that a log of ten thousand members is not read again for the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pinzhi.kernel.course import INCIDENT
from pinzhi.kernel.values import Text

SPOKEN = frozenset({"join", "part", "plan", "batches", "hold", "note"})
"""Steps that change no state; all but the last state of an incident have them."""
VERB_NAMES: dict[str, Text] = {
    "gather": Text("首件投诉", "the first complaint"),
    "join": Text("归入一件", "one joined"),
    "part": Text("移出一件", "one was parted"),
    "surface": Text("达到群体性投诉标准，提交处理", "so many that a person decides on all"),
    "sink": Text("不再达到标准", "no longer enough"),
    "plan": Text("拟定统一处理方案", "one decision for all planned"),
    "batches": Text("确定涉及批次", "batches concerned set"),
    "hold": Text("临时停止销售", "sale stopped for now"),
    "note": Text("备注", "note"),
    "decide": Text("作出统一处理决定", "decided for all"),
    "applied": Text("决定已逐件执行完毕", "applied to everybody"),
    "leave": Text("不作统一处理，逐件办理", "each is handled by itself"),
    "merge": Text("并入另一起群体性投诉", "joined to another incident"),
}
STATE_NAMES: dict[str, Text] = {
    "gathering": Text("尚未达到标准", "gathering"),
    "open": Text("待统一处理", "waits for a decision"),
    "applying": Text("决定执行中", "the decision is being applied"),
    "decided": Text("已统一处理", "decided"),
    "left": Text("逐件办理", "handled one by one"),
    "merged": Text("已并入另一起", "joined to another"),
}


@dataclass(frozen=True, slots=True)
class Whole:
    """The fold. `size` counts members; `decisions` how often all were decided; `batches` are those that a person set; `into` the incident it was joined to."""

    state: str = ""
    size: int = 0
    decisions: int = 0
    batches: tuple[str, ...] = ()
    into: str = ""


def after(before: Whole, verb: str, data: Mapping[str, Any]) -> Whole:
    """One step further. Raises RefusedError(`step_not_allowed`): nobody joins what has become another incident."""
    if verb in SPOKEN and not before.into:
        if verb in ("join", "part"):
            return replace(before, size=before.size + int(data.get("count", 1)) * (1 if verb == "join" else -1))
        return replace(before, batches=tuple(str(b) for b in data["batches"])) if verb == "batches" else before
    moved = replace(before, state=INCIDENT.step(before.state, verb))
    if verb == "gather":
        return replace(moved, size=1)
    if verb == "decide":
        return replace(moved, decisions=before.decisions + 1)
    return replace(moved, size=0, into=str(data["into"])) if verb == "merge" else moved


def whole(steps: Iterable[tuple[str, Mapping[str, Any]]]) -> Whole:
    """Fold a log of (verb, data)."""
    found = Whole()
    for verb, data in steps:
        found = after(found, verb, data)
    return found

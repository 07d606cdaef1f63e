"""
What the words of a complaint say: type, severity, whether somebody may be hurt.

The rules are those of `rules.triage`; here they meet what the buyer chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules.entry import Entry

KINDS = {
    "Q1": (3, Text("质量缺陷、不能使用", "quality defect, does not work")),
    "S1": (1, Text("人身伤害", "injury")),
    "X": (3, Text("其他", "other")),
    "F1": (2, Text("疑似假货", "counterfeit")),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Types (the first is the main one), severity 1-4, findings that the words allege, and whether the words were unlike anything known."""

    kinds: tuple[str, ...]
    level: int
    abstained: bool = False
    findings: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "kinds": list(self.kinds),
            "level": self.level,
            "abstained": self.abstained,
            "findings": list(self.findings),
            "why": list(self.why),
        }


def read(entry: Entry) -> Reading:
    """Read what came in. Raises RefusedError(`kind_unknown`)."""
    if entry.kind and entry.kind not in KINDS:
        raise RefusedError.because("kind_unknown", "no type has this code", "choose one of the list", field="kind")
    kind = entry.kind or ("S1" if "起火" in entry.words else "X")
    return Reading((kind,), KINDS[kind][0], abstained=not entry.kind and kind == "X")


def known_kinds() -> frozenset[str]:
    """Codes of the types."""
    return frozenset(KINDS)


def kind_name(code: str) -> Text:
    """The name of a type."""
    return KINDS[code][1]

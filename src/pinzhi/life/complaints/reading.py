"""
What the words of a complaint say: type, severity, whether somebody may be hurt. The rules are those of `rules.triage`; here they meet what the buyer chose.

What he chose counts; what he wrote only ever makes it graver. Where neither says anything, a person reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.complaints import reader, tables
from pinzhi.life.complaints.rules.entry import Entry
from pinzhi.life.complaints.rules.triage import Reader

UNKNOWN = Text("类型待定", "type not yet known")
NO_COMPLAINT = "N"
CHOICES: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("人身安全与健康", "safety and health"), ("S1", "S3", "S2", "S4")),
    (Text("商品质量", "quality of the goods"), ("Q1", "Q2", "Q3", "Q4", "Q5", "U1", "D1")),
    (Text("真假与宣传", "genuine, and as advertised"), ("F1", "F2", "F3", "T1")),
    (Text("退换与赔付", "returns and money"), ("R1", "R2", "R3", "R4", "G3")),
    (Text("物流", "delivery"), ("L1",)),
    (Text("服务与承诺", "service and promises"), ("Q6", "C1", "C2", "C3", "I1", "G1", "G2")),
)
"""What the form offers, in the order in which people look for it: what may hurt somebody comes first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Types (the first is the main one; none where nothing could be said), severity 1-4, whether the words were unlike anything known, and why."""

    kinds: tuple[str, ...]
    level: int
    abstained: bool = False
    why: tuple[dict[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "kinds": list(self.kinds),
            "level": self.level,
            "abstained": self.abstained,
            "why": [dict(w) for w in self.why],
        }


def read(entry: Entry) -> Reading:
    """Read what came in. Raises RefusedError(`kind_unknown`)."""
    kinds = tables.taxonomy().kinds
    if entry.kind and entry.kind not in kinds:
        raise RefusedError.because("kind_unknown", "no type has this code", "choose one of the list", field="kind")
    return read_words(entry.words, entry.category or entry.goods, entry.kind)


def read_words(words: str, goods: str, kind: str = "") -> Reading:
    """Read words about goods (category or title); `kind` is the type that the buyer chose, where he chose one."""
    found = _reader().read(words, goods)
    told = tuple(k for k in found.types if k != NO_COMPLAINT)
    group = tables.taxonomy().category(goods)
    levels = [found.severity] if found.safety or not kind else []
    if kind:
        levels.append(tables.taxonomy().kinds[kind].severity_for(group.group if group else ""))
    why = tuple({"basis": w.basis, "words": w.words, "zh": w.text.zh, "en": w.text.en} for w in found.why)
    return Reading(
        tuple(dict.fromkeys((*([kind] if kind else []), *told))),
        min(levels),
        not kind and (found.abstained or not told),
        why,
    )


def _reader() -> Reader:
    """The reader with the model of the house; while that has not been trained (a job does it once), the words of danger alone."""
    return reader.reader() if reader.trained() else _without_model()


@cache
def _without_model() -> Reader:
    return Reader(tables.taxonomy(), tables.lexicon(), tables.packaged_policy().triage, ())


def known_kinds() -> frozenset[str]:
    """Codes of the types."""
    return frozenset(tables.taxonomy().kinds)


def kinds_to_choose() -> list[tuple[str, Text]]:
    """Every kind that a person may choose, in the order of the form: code and name."""
    return [(code, kind_name(code)) for _, codes in CHOICES for code in codes]


def kind_name(code: str) -> Text:
    """The name of a type; that it is not yet known, for a code that is none."""
    known = tables.taxonomy().kinds.get(code)
    return known.name if known else UNKNOWN


def is_hazard(code: str) -> bool:
    """Whether the goods may hurt somebody now."""
    known = tables.taxonomy().kinds.get(code)
    return known is not None and known.severity == 1

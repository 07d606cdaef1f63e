"""What every rule returns: an outcome with reasons, each with its evidence and its article."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text


class Severity(StrEnum):
    """How bad: H(igh), M(edium), L(ow)."""

    HIGH = "H"
    MEDIUM = "M"
    LOW = "L"


@dataclass(frozen=True, slots=True)
class LawRef:
    """A pointer to a row of the law tables. `verified=False` is shown as «需核对 / to be checked» wherever it is used."""

    instrument: str
    article: str
    version: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a stable code, a sentence in both languages, the evidence (canonical JSON values), and the article if one applies."""

    code: str
    sentence: Text
    evidence: tuple[tuple[str, str], ...] = ()
    law: LawRef | None = None
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule. `policy` is the policy version it was computed with; the same inputs give the same digest."""

    outcome: str
    reasons: tuple[Reason, ...]
    policy: str
    figures: tuple[tuple[str, str], ...] = field(default=())

    @property
    def digest(self) -> str:
        """Hash over outcome, reasons, policy and figures: what a person has seen when he decides (stale guard)."""
        return digest(self)

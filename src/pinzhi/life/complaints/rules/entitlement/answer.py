"""What comes back: remedies, the best of them, deadlines, and what nobody understood. `document` is the shape of the command and the interface."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Deadline
from pinzhi.law.citing import citation
from pinzhi.law.rows import Row

ESTIMATE = Text(
    "这是估算：按所给事实和公布的条文计算，向商家提出，不是承诺；是否支持由双方协商、行政机关调解或者人民法院决定。",
    "This is an estimate from the facts given and the published articles, proposed to the merchant, no promise; the parties, the authority or a court decide.",
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name with its meaning: a fact still to be shown, a piece of evidence."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Considered:
    """An exclusion, a defence that does not help, or a caution, with its row of law."""

    id: str
    says: Text
    law: Row


@dataclass(frozen=True, slots=True)
class Remedy:
    """
    One remedy. `name` is what its kind is called. `amount` is yuan, None for what is not money or lacks a figure. `excluded` is why it is not owed, `would_be`
    the amount that it would have had.

    `needs` are facts that are only alleged or not shown; `may_fall` exclusions that are only alleged. `at_most`: the law only bounds the amount.
    """

    id: str
    kind: str
    name: Text
    group: str
    says: Text
    law: Row
    amount: Decimal | None = None
    formula: str = ""
    at_most: bool = False
    excluded: Considered | None = None
    would_be: Decimal | None = None
    needs: tuple[Named, ...] = ()
    may_fall: tuple[Considered, ...] = ()
    no_help: tuple[Considered, ...] = ()
    cautions: tuple[Considered, ...] = ()
    evidence_missing: tuple[Named, ...] = ()
    promised: str = ""

    @property
    def owed(self) -> bool:
        """Whether nothing excludes it."""
        return self.excluded is None


@dataclass(frozen=True, slots=True)
class Due:
    """
    One deadline. `deadline` None: the official calendar does not reach so far (`reason`).

    `assumed`: the day of the start was not given; `complaint`: the day of the complaint stands for it, `deadline`: the last day of the period before.
    """

    id: str
    what: Text
    law: Row
    start: date
    deadline: Deadline | None
    reason: str = ""
    assumed: str = ""
    shown: bool = True

    def document(self) -> dict[str, Any]:
        """`what` names the period, `due` is a day or null; then `earliest`, `latest` and `reason` say more."""
        row: dict[str, Any] = {"what": self.id, "zh": self.what.zh, "en": self.what.en, "due": None}
        if self.deadline is None:
            row["reason"] = self.reason
        else:
            row |= self.deadline.row()
        return row | {"from": self.start.isoformat(), "from_assumed": self.assumed, "law": cited(self.law)}


@dataclass(frozen=True, slots=True)
class Best:
    """
    The most favourable lawful sum: `main` is the remedy that carries it, `together` what is paid besides, `instead_of` what it excludes.

    `total` adds the amounts of `main` and `together`. `shown` is the best sum of those remedies alone for which nothing more has to be shown.
    """

    main: Remedy
    together: tuple[Remedy, ...]
    instead_of: tuple[Remedy, ...]
    total: Decimal
    shown: Decimal
    formula: str
    why: Text


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything that `entitle` says about a case."""

    case: str
    order: str
    remedies: tuple[Remedy, ...]
    best: Best | None
    deadlines: tuple[Due, ...]
    not_understood: tuple[tuple[str, str], ...]

    def document(self) -> dict[str, Any]:
        """The shape of the interface contract; `excluded_because` stands only where a remedy is excluded."""
        return {
            "case": self.case,
            "order": self.order,
            "remedies": [_remedy(r) for r in self.remedies],
            "best": None if self.best is None else _best(self.best),
            "deadlines": [d.document() for d in self.deadlines if d.shown],
            "not_understood": [{"name": name, "where": where} for name, where in self.not_understood],
            "estimate": {"zh": ESTIMATE.zh, "en": ESTIMATE.en},
        }


def cited(row: Row) -> dict[str, Any]:
    """A row of law as a remedy cites it."""
    said = citation(row.instrument.name.zh, row.article)
    return {
        "id": row.id,
        "instrument": row.instrument.name.zh,
        "version": row.instrument.version,
        "article": row.article,
        "verified": row.verified,
        "citation_zh": said.zh,
        "citation_en": said.en,
        "zh": row.summary.zh,
        "en": row.summary.en,
    }


def _remedy(r: Remedy) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": r.id,
        "kind": r.kind,
        "kind_zh": r.name.zh,
        "kind_en": r.name.en,
        "amount": _money(r.amount),
        "formula": r.formula,
        "at_most": r.at_most,
        "zh": r.says.zh,
        "en": r.says.en,
        "law": cited(r.law),
        "group": r.group,
        "needs": [_named(n) for n in r.needs],
        "evidence_missing": [_named(n) for n in r.evidence_missing],
        "may_fall": [_considered(c) for c in r.may_fall],
        "no_help": [_considered(c) for c in r.no_help],
        "cautions": [_considered(c) for c in r.cautions],
    }
    if r.promised:
        row["promised"] = r.promised
    if r.excluded is not None:
        row["excluded_because"] = _considered(r.excluded)
        row["would_be"] = _money(r.would_be)
    return row


def _best(best: Best) -> dict[str, Any]:
    return {
        "id": best.main.id,
        "kind": best.main.kind,
        "amount": _money(best.main.amount),
        "formula": best.formula,
        "law": cited(best.main.law),
        "total": _money(best.total),
        "total_shown": _money(best.shown),
        "together_with": [{"id": r.id, "kind": r.kind, "amount": _money(r.amount)} for r in best.together],
        "instead_of": [{"id": r.id, "kind": r.kind, "amount": _money(r.amount)} for r in best.instead_of],
        "needs": [_named(n) for n in best.main.needs],
        "why": {"zh": best.why.zh, "en": best.why.en},
    }


def _named(n: Named) -> dict[str, str]:
    return {"id": n.id, "zh": n.text.zh, "en": n.text.en}


def _considered(c: Considered) -> dict[str, Any]:
    return {"id": c.id, "zh": c.says.zh, "en": c.says.en, "law": cited(c.law)}


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")

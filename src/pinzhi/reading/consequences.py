"""Decisions with what a reader wants beside them: whether a signed checkpoint already proves each one, and why it was lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pinzhi.decisions import queries as decisions
from pinzhi.decisions.models import DecisionRow
from pinzhi.kernel.standing import DecisionRecord
from pinzhi.kernel.values import Text
from pinzhi.ledger import store as ledger


@dataclass(frozen=True, slots=True)
class Consequence:
    """A decision; `proof` tells whether a signed checkpoint covers it already."""

    record: DecisionRecord
    lift_why: Text | None
    proof: bool


def consequences(rows: Iterable[DecisionRow]) -> tuple[Consequence, ...]:
    """The decisions in the order given. Two queries, whatever their number."""
    found = list(rows)
    signed = ledger.latest()
    leaves = ledger.leaves_of("decision", [r.id for r in found]).filter(index__lt=signed.size if signed else 0)
    covered = set(leaves.values_list("ref", flat=True))
    return tuple(
        Consequence(decisions.record(r), Text(**r.lift_why) if r.lift_why else None, r.id in covered) for r in found
    )

"""The most favourable lawful sum for the buyer, without adding up what excludes each other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules.entitlement.answer import Best, Remedy

MULTIPLE = "multiple"
RANK = {
    kind: rank
    for rank, kind in enumerate(("refund_only", "return_quality", "refund", "return_no_reason", "exchange", "repair"))
}
"""Of equal sums the buyer is best off where he need not send the goods back, then where the freight is the seller's, then without reason."""


def best(remedies: Sequence[Remedy]) -> Best | None:
    """One remedy of each group, the highest amount of it; None where no money is owed."""
    owed = [r for r in remedies if r.owed and r.amount is not None]
    if not owed:
        return None
    groups: dict[str, list[Remedy]] = {}
    for r in owed:
        groups.setdefault(r.group or r.id, []).append(r)
    chosen = [min(found, key=_favour) for found in groups.values()]
    main = min(chosen, key=lambda r: (r.group != MULTIPLE, -(r.amount or Decimal(0)), RANK.get(r.kind, 9), r.id))
    together = tuple(sorted((r for r in chosen if r is not main), key=lambda r: (RANK.get(r.kind, 9), r.id)))
    instead = tuple(r for r in owed if r not in chosen and r.group == main.group)
    parts = [*together, main]
    total = sum((r.amount or Decimal(0) for r in parts), Decimal(0))
    shown = sum((r.amount or Decimal(0) for r in parts if not r.needs), Decimal(0))
    return Best(main, together, instead, total, shown, _formula(parts, total), _why(main, instead, together))


def _favour(r: Remedy) -> tuple[Decimal, int, int, bool, str]:
    return (-(r.amount or Decimal(0)), len(r.needs), RANK.get(r.kind, 9), not r.law.verified, r.id)


def _formula(parts: Sequence[Remedy], total: Decimal) -> str:
    if len(parts) == 1:
        return parts[0].formula
    return f"{' + '.join(format(r.amount or Decimal(0), 'f') for r in parts)} = {total}"


def _why(main: Remedy, instead: Sequence[Remedy], together: Sequence[Remedy]) -> Text:
    zh = f"{main.amount} 元是可选依据中最有利的一项" if instead else f"可以主张 {main.amount} 元"
    en = f"{main.amount} yuan is the most favourable of the grounds" if instead else f"{main.amount} yuan may be asked"
    if instead:
        others = ", ".join(f"{r.kind} {r.amount}" for r in instead)
        zh += f"；与 {others} 只能择一，不相加"
        en += f"; it takes the place of {others} and is not added to it"
    if together:
        more = ", ".join(f"{r.kind} {r.amount}" for r in together)
        zh += f"；另加 {more}"
        en += f"; besides {more}"
    return Text(zh + "。", en + ".")

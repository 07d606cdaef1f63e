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
    total = sum((r.amount or Decimal(0) for r in parts), Decimal("0.00"))
    sure = total if not any(r.needs for r in owed) else _total([r for r in owed if not r.needs])
    return Best(main, together, instead, total, sure, _formula(parts, total), _why(main, instead, together))


def _total(remedies: Sequence[Remedy]) -> Decimal:
    found = best(remedies)
    return found.total if found else Decimal("0.00")


def _favour(r: Remedy) -> tuple[Decimal, int, int, bool, str]:
    return (-(r.amount or Decimal(0)), len(r.needs), RANK.get(r.kind, 9), not r.law.verified, r.id)


def _formula(parts: Sequence[Remedy], total: Decimal) -> str:
    if len(parts) == 1:
        return parts[0].formula
    return f"{' + '.join(format(r.amount or Decimal(0), 'f') for r in parts)} = {total}"


def _why(main: Remedy, instead: Sequence[Remedy], together: Sequence[Remedy]) -> Text:
    zh = f"{main.name.zh} {main.amount} 元" + ("，在可选依据中最有利" if instead else "")
    en = f"{main.name.en}: {main.amount} yuan" + (", the most favourable of the grounds" if instead else "")
    if instead:
        zh += f"；与{'、'.join(f'{r.name.zh} {r.amount} 元' for r in instead)}只能择一，不相加"
        en += (
            f"; it takes the place of {', '.join(f'{r.name.en} ({r.amount})' for r in instead)} and is not added to it"
        )
    if together:
        zh += f"；另加{'、'.join(f'{r.name.zh} {r.amount} 元' for r in together)}"
        en += f"; besides {', '.join(f'{r.name.en} ({r.amount})' for r in together)}"
    return Text(zh + "。", en + ".")

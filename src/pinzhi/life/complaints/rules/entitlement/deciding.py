"""Which remedies arise, what excludes them, what they amount to. The rows decide; this module only applies them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pinzhi.kernel.values import Text
from pinzhi.law.rows import Row, Statutes
from pinzhi.life.complaints.rules.entitlement import sums
from pinzhi.life.complaints.rules.entitlement.answer import Considered, Named, Remedy
from pinzhi.life.complaints.rules.entitlement.case import Case, Promise
from pinzhi.life.complaints.rules.entitlement.facts import Facts
from pinzhi.life.complaints.rules.entitlement.periods import in_force
from pinzhi.life.complaints.rules.entitlement.table import Base, Condition, Exclusion, Remark, RemedyRow, Rules

BETTER, BETTER_FOOD = "promise.better", "food.promise"
MULTIPLE = "multiple"
KNEW = "buyer_knew_proved"


@dataclass(frozen=True, slots=True)
class Ground:
    """What a decision stands on."""

    case: Case
    facts: Facts
    rules: Rules
    law: Statutes

    def row(self, id_: str, by: str) -> Row | None:
        """The row of law of the day that counts; None when it was not in force."""
        return in_force(self.law, id_, self.case.complaint_on if by == "complaint" else self.case.order.ordered_on)

    def named(self, ids: Iterable[str]) -> tuple[Named, ...]:
        """Facts with their names; a derived fact that is alleged is told by the findings on which it rests."""
        told = dict.fromkeys(base for id_ in ids for base in self._bases(id_))
        return tuple(Named(id_, self._name(id_)) for id_ in told)

    def _bases(self, id_: str) -> tuple[str, ...]:
        rests_on = next((d.if_ for d in self.rules.derived if d.id == id_), None)
        if rests_on is None or not self.facts.any_claimed(rests_on):
            return (id_,)
        return tuple(base for name in self.facts.lacking(rests_on) for base in self._bases(name))

    def _name(self, id_: str) -> Text:
        if id_ in self.rules.names:
            return self.rules.names[id_]
        if period := next((d for d in self.rules.deadlines if f"past.{d.id}" == id_), None):
            return Text(f"期限已过：{period.what.zh}", f"the time is over to {period.what.en}")
        parts = [self._all(one) for d in self.rules.derived if d.id == id_ for one in d.if_]
        return Text("或者".join(p.zh for p in parts), " or ".join(p.en for p in parts))

    def _all(self, names: Iterable[str]) -> Text:
        """The names of one alternative, all of which it takes."""
        said = [self._name(name) for name in sorted(names)]
        return Text("并且".join(s.zh for s in said), " and ".join(s.en for s in said))


def remedies(ground: Ground) -> tuple[Remedy, ...]:
    """Every remedy that is claimed, excluded ones with their reason, promises last; in the order of the table."""
    found: list[Remedy] = []
    for row in ground.rules.remedies:
        law = ground.row(row.law, row.by)
        if law is not None and ground.facts.any_claimed(row.when):
            found.append(_followed(row, _remedy(row, law, ground), found))
    return (*found, *_promises(ground, found))


def _followed(row: RemedyRow, remedy: Remedy, found: Sequence[Remedy]) -> Remedy:
    before = next((r for r in found if r.id == row.follows), None)
    if before is None or before.owed or not remedy.owed:
        return remedy
    return replace(remedy, excluded=before.excluded)


def _remedy(row: RemedyRow, law: Row, ground: Ground) -> Remedy:
    facts = ground.facts
    needs = list(facts.lacking(row.when)) + [n for n in row.needs if n not in facts.shown]
    excluded, may_fall = None, []
    for x in row.excluded:
        verdict, lacking = _excludes(x, facts)
        source = ground.row(x.law, x.by or row.by)
        if source is None or verdict == "no":
            continue
        told = Considered(x.id, x.says, source)
        if verdict == "yes":
            excluded = excluded or told
        elif verdict == "alleged":
            may_fall.append(told)
        needs += lacking
    result = amount(row, law, ground)
    return Remedy(
        id=row.id,
        kind=row.kind,
        name=ground.rules.kinds[row.kind],
        group=row.group,
        says=row.says,
        law=law,
        amount=None if excluded else result.amount,
        formula=result.formula,
        at_most=row.at_most,
        excluded=excluded,
        would_be=result.amount if excluded else None,
        needs=ground.named(needs),
        may_fall=tuple(may_fall),
        no_help=_remarks(row.no_help, row.by, ground),
        cautions=(*_remarks(row.caution, row.by, ground), *_cap(row, ground)),
        evidence_missing=_missing(row.evidence, ground),
    )


def _excludes(x: Exclusion, facts: Facts) -> tuple[str, tuple[str, ...]]:
    """`yes`, `alleged` (would exclude if it were shown), `spared` (by facts that are still to be shown: the second value), or `no`."""
    if not facts.any_claimed(x.if_) or facts.shown & x.spared:
        return "no", ()
    lacking = tuple(sorted(facts.alleged & x.spared))
    if lacking:
        return "spared", lacking
    return ("yes" if facts.any_proved(x.if_) else "alleged"), ()


def amount(row: RemedyRow, law: Row, ground: Ground) -> sums.Sum:
    """The money of a row. Rows without money have no amount and no formula."""
    order, case = ground.case.order, ground.case
    if row.base is Base.NONE:
        return sums.Sum(None, "")
    if row.base is Base.LOSS_ITSELF:
        return (
            sums.Sum(sums.yuan(case.loss), f"{sums.yuan(case.loss)}") if case.loss else sums.of_unknown_loss(None, None)
        )
    bought = sums.bought(order.price, order.quantity, order.paid)
    if row.base is Base.PRICE_BACK:
        return sums.Sum(bought.amount, bought.formula)
    floor_row = ground.row(row.floor, row.by) if row.floor else None
    floor = floor_row.value if floor_row else None
    times = law.value or Decimal(0)
    if row.base is Base.LOSS:
        if not case.loss:
            return sums.of_unknown_loss(times, floor)
        return sums.multiple(times, sums.Basis(sums.yuan(case.loss), f"{sums.yuan(case.loss)}"), floor)
    if _capped(row, ground):
        reasonable = order.reasonable_quantity or ground.rules.reasonable_quantity
        bought = sums.household(order.price, order.quantity, order.paid, order.earlier_quantity, reasonable)
    return sums.multiple(times, bought, floor)


def _capped(row: RemedyRow, ground: Ground) -> bool:
    """Whether a buyer who is proved to have known gets this multiple of unsafe food only for what a household uses."""
    knew = KNEW in ground.facts.shown and "unsafe" in ground.facts.said
    return bool(row.capped) and knew and ground.row(row.capped[0], "complaint") is not None


def _cap(row: RemedyRow, ground: Ground) -> tuple[Considered, ...]:
    if not _capped(row, ground):
        return ()
    order = ground.case.order
    reasonable = order.reasonable_quantity or ground.rules.reasonable_quantity
    given = order.reasonable_quantity is not None
    found = [
        Considered(
            "reasonable_quantity",
            Text(
                f"消费者明知：仅在合理生活消费需要范围内支持，按 {reasonable} 件计算"
                + ("。" if given else "（平台假设，应按保质期和通常消费习惯认定）。"),
                f"The buyer knew: only within reasonable living consumption, here {reasonable} pieces"
                + ("." if given else " (our assumption; shelf life and usual consumption decide)."),
            ),
            law,
        )
        for law in [ground.row(row.capped[0], "complaint")]
        if law is not None
    ]
    if order.earlier_quantity and (law := ground.row(row.capped[1], "complaint")):
        found.append(
            Considered(
                "purchases_added",
                Text(
                    f"短时间内多次购买，按总数 {order.quantity + order.earlier_quantity} 件一并计算。",
                    f"Bought several times in a short time: {order.quantity + order.earlier_quantity} pieces counted together.",
                ),
                law,
            )
        )
    return tuple(found)


def _remarks(remarks: Sequence[Remark], by: str, ground: Ground) -> tuple[Considered, ...]:
    return tuple(
        Considered(m.id, m.says, law)
        for m in remarks
        if ground.facts.any_claimed(m.if_) and (law := ground.row(m.law, m.by or by)) is not None
    )


def _missing(evidence: Sequence[str], ground: Ground) -> tuple[Named, ...]:
    lacking = [e for e in evidence if e not in ground.case.evidence]
    if ground.case.loss is not None:
        lacking = [e for e in lacking if e != "loss_bills"]
    return tuple(Named(e, ground.rules.evidence[e]) for e in lacking)


# --- promises ------------------------------------------------------------------------------------------------------------------------------


def _promises(ground: Ground, found: Sequence[Remedy]) -> tuple[Remedy, ...]:
    best_law = max((r.amount for r in found if r.group == MULTIPLE and r.amount is not None), default=Decimal(0))
    made = (
        _promise(number, p, ground, best_law)
        for number, p in enumerate(ground.case.promises, 1)
        if p.multiple is not None or p.amount is not None
    )
    return tuple(r for r in made if r is not None)


def _promise(number: int, promise: Promise, ground: Ground, best_law: Decimal) -> Remedy | None:
    facts = ground.facts
    when: Condition = tuple(frozenset({n}) for n in promise.when) or (
        frozenset({"multiple_breach" if promise.multiple is not None else "breach"}),
    )
    food = "unsafe" in facts.said
    law = ground.row(BETTER_FOOD if food else BETTER, "complaint")
    if law is None or not facts.any_claimed(when):
        return None
    order = ground.case.order
    result = (
        sums.multiple(promise.multiple, sums.bought(order.price, order.quantity, order.paid), None)
        if promise.multiple is not None
        else sums.Sum(sums.yuan(promise.amount or Decimal(0)), f"{sums.yuan(promise.amount or Decimal(0))}")
    )
    excluded = _promise_excluded(result, best_law, law, ground)
    return Remedy(
        id=f"promise_{number}",
        kind="promise",
        name=ground.rules.kinds["promise"],
        group=MULTIPLE,
        says=Text(
            "承诺的赔偿高于法定标准的，按承诺赔偿；不与法定倍数相加。",
            "A promise above what the law gives is owed instead of it, not added to it.",
        ),
        law=law,
        amount=None if excluded else result.amount,
        formula=result.formula,
        excluded=excluded,
        would_be=result.amount if excluded else None,
        needs=ground.named(facts.lacking(when)),
        evidence_missing=_missing(("promise_text", "order_record"), ground),
        promised=promise.said,
    )


def _promise_excluded(result: sums.Sum, best_law: Decimal, law: Row, ground: Ground) -> Considered | None:
    for row in ground.rules.everywhere("promise"):
        verdict, _ = _excludes(row, ground.facts)
        source = ground.row(row.law, row.by)
        if verdict == "yes" and source is not None:
            return Considered(row.id, row.says, source)
    if result.amount is not None and result.amount <= best_law:
        return Considered(
            "promise_not_better",
            Text(
                "承诺不高于法定赔偿，按法定赔偿。", "The promise is not better than the law: the law's amount is owed."
            ),
            law,
        )
    return None

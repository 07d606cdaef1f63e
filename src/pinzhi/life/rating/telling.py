"""What a changed rating is told as: the fact, the decision in place of the last one, and the case where a person should consider delisting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.kernel.facts import GradeChanged
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import LawRef
from pinzhi.law.tables import cited
from pinzhi.life.rating.contracts import Rating, State
from pinzhi.life.rating.models import RatingRow, Run
from pinzhi.life.rating.rules.effects import FADED, FOLLOWED, HEALED, effect_of, reason_of
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.stored import day_of
from pinzhi.people.acts import Act
from pinzhi.people.roles import Actor

KIND_NAMES = {"listing": Text("商品", "listing"), "merchant": Text("商家", "merchant")}
HOUSE = Actor.system("rating")


def subject_of(row: RatingRow) -> Subject:
    """What a row is about."""
    return Subject(Kind(row.subject_kind), row.subject_id)


def say(a: Act, row: RatingRow, old_grade: str, old_state: State, codes: tuple[str, ...] = ()) -> None:
    """Write the fact that grade or state changed."""
    a.fact(
        GradeChanged(
            subject=subject_of(row),
            as_of=row.as_of,
            old_grade=old_grade,
            grade=row.grade,
            old_state=old_state.word,
            state=State(row.state).word,
            mean=f"{row.mean:.4f}",
            low=f"{row.low:.4f}",
            high=f"{row.high:.4f}",
            orders=row.orders,
            reasons=codes,
            merchant_id=row.merchant_id,
        )
    )


def tell(a: Act, run: Run, row: RatingRow, rating: Rating, policy: RatingPolicy) -> None:
    """
    Put the rule's decision right, if its effect has changed. The new one is issued before the old one is lifted, so that no reader sees a gap.

    A decision that a person has lifted meanwhile stays lifted as long as the effect is the same. Nothing is touched while a person's delisting holds.
    """
    state = State(row.state)
    if state is State.DELISTED:
        return
    effect = effect_of(Kind(row.subject_kind), state, promoted=row.promoted)
    if (effect.value if effect else "") == row.effect:
        return
    old, before = row.decision_id, row.effect
    row.effect, row.decision_id = "", ""
    if effect is not None:
        issued = decisions.issue(
            a,
            subject_of(row),
            effect,
            [replace(reason_of(rating, effect, row.line, policy), law=_article(a.now.date()))],
            policy=policy.version,
            decided_by=f"rule:{policy.version}",
            source=f"rating:{row.pk}.{run.pk}",
        )
        row.effect, row.decision_id = effect.value, issued.id
        run.issued += 1
    last = decided.find(old) if old else None
    if last is not None and last.lifted_at is None:
        gone = FADED if before == Effect.PROMOTE.value else HEALED
        decisions.lift(a, old, FOLLOWED if effect else gone)
        run.lifted += 1


def _article(day: date) -> LawRef | None:
    """E-Commerce Law, Article 39: a platform has a system of credit evaluation whose rules are public."""
    return cited("platform.reviews_not_deleted", day)


def propose(a: Act, run: Run, row: RatingRow) -> None:
    """Open the delisting case of this restriction, once; while it is undecided, keep its evidence up to date."""
    source = f"rating:delist.{row.pk}.{row.since.isoformat()}"
    if row.proposal and cases.by_source(source, HOUSE) is None:
        case = casework.open_case(
            a,
            desk="rating",
            subject=subject_of(row),
            title=_title(row),
            evidence=evidence_of(row),
            severity="H",
            source=source,
            merchant_id=row.merchant_id or (row.subject_id if row.subject_kind == "merchant" else ""),
            category=row.category,
        )
        row.case_id = case.id
        run.proposed += 1
    elif row.case_id and cases.case(row.case_id, HOUSE).state != "decided":
        casework.update_evidence(a, row.case_id, evidence_of(row), title=_title(row))


def _title(row: RatingRow) -> Text:
    kind = KIND_NAMES[row.subject_kind]
    return Text(
        f"{kind.zh}{row.subject_id}不良率高于{row.line:.0%}的把握为{row.bad_risk:.0%}，是否下架",
        f"{kind.en} {row.subject_id}: {row.bad_risk:.0%} sure of more than {row.line:.0%} bad orders. Delist?",
    )


def evidence_of(row: RatingRow) -> Mapping[str, Any]:
    """What two persons judge by, as canonical values."""
    return {
        "as_of": row.as_of.isoformat(),
        "state": State(row.state).word,
        "since": row.since.isoformat(),
        "grade": row.grade,
        "mean": f"{row.mean:.4f}",
        "low": f"{row.low:.4f}",
        "high": f"{row.high:.4f}",
        "orders": row.orders,
        "evidence": f"{row.evidence:.1f}",
        "bad_risk": f"{row.bad_risk:.4f}",
        "line": f"{row.line:.4f}",
        "policy": row.policy,
        "reasons_zh": [t["zh"] for t in row.reasons],
        "reasons_en": [t["en"] for t in row.reasons],
    }


def follow(a: Act, row: RatingRow, state: State, since: int) -> None:
    """A person has moved the state (delisting, or taking it back): write it down, with its fact."""
    old = State(row.state)
    row.state = row.state_before = int(state)
    row.since = row.since_before = day_of(since)
    row.save(update_fields=["state", "state_before", "since", "since_before"])
    say(a, row, row.grade, old, ("person",))

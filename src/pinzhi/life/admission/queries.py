"""Reading admission: submissions with what the rules said, replay, regression cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from pinzhi.decisions import policies
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import captions, filed, rulesets, surroundings
from pinzhi.life.admission.contracts import Listing, State
from pinzhi.life.admission.models import Appeal, RegressionCase, Screening, Submission, Sweep
from pinzhi.life.admission.rules.filed import judgements
from pinzhi.life.admission.rules.policy import AdmissionPolicy, typed_policy
from pinzhi.life.admission.rules.reports.words import Judgement
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.life.admission.screening import Judged, judge, without
from pinzhi.life.admission.stored import gaps_of, goods_compared, last_screening, listing_from, verdict_bytes
from pinzhi.people.roles import Actor


def policy_in_force(at: datetime | None = None) -> AdmissionPolicy:
    """The station's policy in force, typed."""
    return typed_policy(policies.policy_in_force("admission", at))


@dataclass(frozen=True, slots=True)
class Seen:
    """A submission with its listing, the last screening, the one before it (None for the first), and the appeals against its refusals."""

    row: Submission
    listing: Listing
    screening: Screening
    appeals: tuple[Appeal, ...]


def mine(by: Actor) -> Q:
    """The condition that holds a merchant's user to his own."""
    return Q(merchant_id=by.merchant_id) if by.outside else Q()


def submission(id_: str, by: Actor) -> Seen:
    """One submission. Raises RefusedError(`submission_unknown`) where there is none, or it is another merchant's."""
    row = Submission.objects.filter(mine(by), pk=id_).select_related("previous").first()
    if row is None:
        raise RefusedError.because("submission_unknown", "there is no such submission", "check the id")
    return Seen(
        row,
        listing_from(row.snapshot),
        last_screening(row),
        tuple(Appeal.objects.filter(submission=row).order_by("-at")),
    )


def as_screened(seen: Seen, digest: str) -> Seen:
    """The same submission with the screening that a case was decided on, where it was screened again since."""
    then = Screening.objects.filter(submission=seen.row, digest=digest).order_by("pk").first()
    return replace(seen, screening=then) if then is not None else seen


def of_case(case_id: str) -> Submission | None:
    """The submission that a case of the desk is about: the latest that was put before it, or the one that is appealed about."""
    appeal = Appeal.objects.filter(case_id=case_id).select_related("submission").first()
    if appeal is not None:
        return appeal.submission
    return Submission.objects.filter(case_id=case_id).order_by("-at", "-pk").first()


def of_cases(case_ids: Iterable[str]) -> dict[str, Submission]:
    """The same for a page of cases. Two queries."""
    wanted = list(case_ids)
    found = {s.case_id: s for s in Submission.objects.filter(case_id__in=wanted).order_by("at", "pk")}
    appeals = Appeal.objects.filter(case_id__in=wanted).select_related("submission")
    return found | {a.case_id: a.submission for a in appeals}


def submissions(by: Actor, *, state: str = "", listing_id: str = "") -> QuerySet[Submission]:
    """Submissions that the actor may see, newest first. An unknown state has none."""
    rows = Submission.objects.filter(mine(by))
    if state:
        rows = rows.filter(state=state)
    if listing_id:
        rows = rows.filter(listing_id=listing_id)
    return rows.order_by("-at", "-pk")


def counts(by: Actor) -> dict[str, int]:
    """How many submissions stand in each state. One query."""
    found: dict[str, int] = Submission.objects.filter(mine(by)).aggregate(
        **{s.value: Count("pk", filter=Q(state=s)) for s in State}
    )
    return found


PEERS = 200
"""How many of the latest prices of a category a price is shown against."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Prices of admitted listings of the same category, in yuan: how many, the lowest, the middle one, the highest."""

    count: int
    low: Decimal
    middle: Decimal
    high: Decimal


def peers(row: Submission) -> Peers | None:
    """The prices that a submission's price is held against; None where nothing of its category is admitted. One query."""
    rows = Submission.objects.filter(category=row.category, state=State.PASSED, price__isnull=False)
    others = rows.exclude(listing_id=row.listing_id).order_by("-at", "-pk")
    found = sorted(p for p in others.values_list("price", flat=True)[:PEERS] if p is not None)
    return Peers(len(found), found[0], found[len(found) // 2], found[-1]) if found else None


def earlier(row: Submission) -> list[Submission]:
    """The earlier submissions of the same listing, newest first, at most twenty."""
    rows = Submission.objects.filter(listing_id=row.listing_id, at__lte=row.at).exclude(pk=row.pk)
    return list(rows.order_by("-at", "-pk")[:20])


def screenings_of(rows: Iterable[Submission]) -> dict[str, Screening]:
    """What the rules said last about each of several submissions, by submission. One query."""
    found = Screening.objects.filter(submission__in=[r.pk for r in rows]).order_by("pk")
    return {s.submission_id: s for s in found}


def replay(screening: Screening) -> bytes:
    """
    Compute a stored screening again and return the canonical bytes: those of `stored.verdict_bytes(screening.verdict)`, or something is wrong.

    The ruleset is the shipped one or one of the rule lab, found by its hash. Raises RefusedError(`ruleset_gone`) where this version of the software has it no
    longer.
    """
    rules = rulesets.by_hash(screening.ruleset)
    if rules is None:
        raise RefusedError.because(
            "ruleset_gone",
            f"the ruleset {screening.ruleset[:12]} is not that of this version",
            "replay with the version that it was made with",
        )
    return verdict_bytes(judged_again(screening, rules).verdict)


def judged_again(screening: Screening, rules: Ruleset) -> Judged:
    """What a ruleset says of everything that a stored screening was made with: the same snapshot, day, policy and goods compared with."""
    row = screening.submission
    policy = typed_policy(read_policy(policies.text_of(screening.policy)))
    refused, around = goods_compared(screening.reference), surroundings.read(screening.around)
    listing = listing_from(row.snapshot)
    judged = judge(listing, rules, screening.as_of, policy, refused, around)
    swept = screening.around["sweeps"]
    for sweep in Sweep.objects.filter(pk__in=swept) if swept else ():
        judged = without(judged, gaps_of(listing, sweep, screening.as_of), sweep.pk)
    return judged


def words_on_pictures(screening: Screening) -> tuple[tuple[str, str], ...]:
    """The words read on the pictures that a screening was computed with, by field."""
    stored = screening.around.get("captions")
    return captions.again(stored).texts if stored else ()


def regression_cases(rule: str = "") -> QuerySet[RegressionCase]:
    """What rules were wrong about and nobody has taken back, oldest first."""
    rows = RegressionCase.objects.filter(withdrawn_at=None).select_related("submission")
    return (rows.filter(rule=rule) if rule else rows).order_by("rule", "pk")


def regression_toml(rows: Iterable[RegressionCase]) -> str:
    """The regression cases as golden cases (`given`, `expect`, `because`) for the tests of their rules. Nothing that names a merchant is in it."""
    return "\n".join(
        _case_toml(r.rule, r.rule_version, r.field, r.text, r.submission.snapshot, r.because) for r in rows
    )


def _case_toml(rule: str, version: str, field: str, text: str, snapshot: Mapping[str, Any], because: str) -> str:
    said = dict(listing_from(snapshot).texts())
    lines = [
        "[[case]]",
        f"rule = {_quoted(rule)}",
        f"rule_version = {_quoted(version)}",
        f"because = {_quoted(because)}",
        "[case.given]",
        f"category = {_quoted(snapshot['category'])}",
        f"field = {_quoted(field)}",
        f"text = {_quoted(said.get(field, text))}",
        "[case.expect]",
        f"not_flagged = {_quoted(text)}",
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = "".join(
        c if c.isprintable() and c not in '"\\' else f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"
        for c in text
    )
    return f'"{escaped}"'


def reports_of(seen: Seen) -> list[tuple[int, Judgement]]:
    """The test reports of a submission as the screening judged them, by the number of the document. Recomputed from what the screening stands on."""
    stored = seen.screening.around.get("reports")
    return list(judgements(seen.listing, filed.again(stored), seen.screening.as_of)) if stored else []

"""What the outcome of a submission is told as: reasons with the very words and the article, one decision in place of the last, the fact, the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.contracts import CaseRow
from pinzhi.casework.policy import policy as desk_policy
from pinzhi.casework.rules.queue import after_working_time
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.decisions.models import DecisionRow
from pinzhi.kernel.facts import ListingAdmitted, ListingRefused
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import LawRef, Reason, Severity
from pinzhi.life.admission import tables
from pinzhi.life.admission.contracts import State
from pinzhi.life.admission.models import Appeal, PaperWatch, Screening, Submission
from pinzhi.life.admission.rules import footing, papers
from pinzhi.life.admission.rules.naming import field_name
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.screening import only_papers, rules_in
from pinzhi.life.admission.stored import last_screening, listing_from
from pinzhi.people.acts import Act
from pinzhi.people.roles import Actor

DESK = "admission"
PASSED = Text("文字、号码、证明文件、价格各项审核均通过。", "Texts, numbers, papers and prices have all passed.")
BY_PERSON = Text("经人工审核，同意上架。", "A person has reviewed it and agrees that it is sold.")
WAITS = Text("有事项须由人工审核，审核结束前暂不展示。", "A person has to look at it; it is not shown until then.")
NOT_ADMITTED = Text("经人工审核，不同意上架。", "A person has reviewed it and does not agree that it is sold.")
MORE = Text(
    "经人工审核，请补充材料后重新提交。", "A person has reviewed it; add what is asked for and submit it again."
)


def subject_of(submission: Submission) -> Subject:
    """What its decisions are about."""
    return Subject(Kind.LISTING, submission.listing_id)


def reasons_of(verdict: Mapping[str, Any]) -> list[Reason]:
    """The reasons in a stored verdict, high before medium: where, which words, what is wrong, which article, and the smallest change. Notes are left out."""
    held = sorted((f for f in verdict["findings"] if f["severity"] != "L"), key=lambda f: f["severity"] != "H")
    return [_of_finding(f) for f in held] + [_of_missing(m) for m in verdict["missing"]]


def _of_finding(f: Mapping[str, Any]) -> Reason:
    where = field_name(f["field"])
    fix = f["suggestion"] or {}
    evidence = {
        "field": f["field"],
        "start": str(f["start"]),
        "end": str(f["end"]),
        "text": f["text"][:500],
        "fix_zh": fix.get("zh", ""),
        "fix_en": fix.get("en", ""),
        "rule_version": f["version"],
    }
    return Reason(
        f["rule"],
        Text(f"{where.zh}：{f['message_zh']}", f"{where.en[:1].upper()}{where.en[1:]}: {f['message_en']}"),
        tuple((k, v) for k, v in evidence.items() if v),
        _law(f["law"]),
    )


def _of_missing(m: Mapping[str, Any]) -> Reason:
    return Reason(
        "paper_missing",
        Text(m["reason_zh"], m["reason_en"]),
        (("claim", m["claim"]), ("kinds", ", ".join(m["kinds"]))),
        _law(m["law"]),
    )


def _law(law: Mapping[str, Any] | None) -> LawRef | None:
    return None if law is None else LawRef(law["instrument"], law["article"], law["version"], law["verified"])


def standing_decision(submission: Submission) -> DecisionRow | None:
    """The last decision of admission about the listing that is neither lifted nor replaced."""
    history = [d for d in decided.history(subject_of(submission)) if d.source.startswith("admission:")]
    replaced = {d.supersedes for d in history if d.lifted_at is None}
    return next((d for d in history if d.lifted_at is None and d.pk not in replaced), None)


def tell(
    a: Act,
    submission: Submission,
    effect: Effect,
    reasons: Iterable[Reason],
    *,
    policy: str,
    decided_by: str,
    source: str,
) -> None:
    """Take the decision in place of the last one of admission about the listing: lifting it (undo, appeal) brings the last one back."""
    last = standing_decision(submission)
    row = decisions.issue(
        a,
        subject_of(submission),
        effect,
        list(reasons),
        policy=policy,
        decided_by=decided_by,
        source=source,
        supersedes=last.pk if last else "",
    )
    submission.decision_id = row.pk
    passed = Submission.objects.filter(listing_id=submission.listing_id, state=State.PASSED)
    passed.exclude(pk=submission.pk).update(state=State.REPLACED)


def restore(submission: Submission, policy: AdmissionPolicy) -> None:
    """A decision was lifted: the earlier submission whose admission holds again has passed again, and its papers are watched."""
    last = standing_decision(submission)
    if last is None or last.effect != Effect.ADMIT:
        return
    earlier = Submission.objects.filter(decision_id=last.pk, state=State.REPLACED).exclude(pk=submission.pk).first()
    if earlier is not None:
        earlier.state = State.PASSED
        earlier.save(update_fields=["state"])
        watch(earlier, policy, last_screening(earlier).as_of)


def admit(
    a: Act, submission: Submission, screening: Screening, policy: AdmissionPolicy, *, decided_by: str, source: str
) -> None:
    """It may be sold: decision, fact, and from now on its papers are watched."""
    sentence = PASSED if decided_by.startswith("rule:") else BY_PERSON
    evidence = (("submission", submission.pk), ("content", submission.content), ("ruleset", screening.ruleset))
    reason = Reason("admission_passed", sentence, evidence)
    tell(a, submission, Effect.ADMIT, [reason], policy=policy.version, decided_by=decided_by, source=source)
    submission.state, submission.held_on, submission.basis = State.PASSED, screening, basis_of(screening)
    submission.save(update_fields=["state", "decision_id", "held_on", "basis"])
    watch(submission, policy, screening.as_of)
    a.fact(
        ListingAdmitted(
            subject=subject_of(submission),
            submission_id=submission.pk,
            content=submission.content,
            ruleset=screening.ruleset,
            decided_by=decided_by,
            merchant_id=submission.merchant_id,
            category=submission.category,
        )
    )


def basis_of(screening: Screening) -> str:
    """What a screening was held against: ruleset and policy."""
    return f"{screening.ruleset}:{screening.policy}"


def watch(submission: Submission, policy: AdmissionPolicy, on: date) -> None:
    """
    Enter the last days of its papers and of the editions that they name, once; those of the listing's earlier submissions are not watched any more.

    An edition that had ended on the day of the screening is not: it was admitted with that known.
    """
    PaperWatch.objects.filter(submission__listing_id=submission.listing_id).exclude(submission=submission).delete()
    if PaperWatch.objects.filter(submission=submission).exists():
        return
    PaperWatch.objects.bulk_create(watched(submission, policy, on))


def watched(submission: Submission, policy: AdmissionPolicy, on: date) -> list[PaperWatch]:
    """What there is to watch about a submission, not stored."""
    listing = listing_from(submission.snapshot)
    rows = [
        PaperWatch(submission=submission, kind=e.kind, number=e.number, expires_on=e.expires_on)
        for e in papers.ends(listing, policy.papers)
    ]
    # Standards are judged with the papers of a listing (`verdict.Surroundings.papers`): without any, nothing stands on them.
    if listing.documents or policy.papers.always:
        rows += [
            PaperWatch(submission=submission, kind=footing.STANDARD, number=e.number, expires_on=e.last)
            for e in footing.editions(listing, tables.matrix(), tables.book(), on)
        ]
    return rows


def refuse(
    a: Act,
    submission: Submission,
    screening: Screening,
    state: State,
    policy: AdmissionPolicy,
    *,
    decided_by: str,
    source: str,
) -> None:
    """It may not be sold as it is. `refused` takes it off; the others hide it until the papers are there and say nothing against the merchant."""
    reasons = reasons_of(screening.verdict)
    if not decided_by.startswith("rule:"):
        reasons.append(
            Reason("admission_returned", MORE) if state is State.RETURNED else Reason("admission_refused", NOT_ADMITTED)
        )
    effect = Effect.DELIST if state is State.REFUSED else Effect.QUARANTINE
    tell(a, submission, effect, reasons, policy=policy.version, decided_by=decided_by, source=source)
    submission.state = state
    submission.save(update_fields=["state", "decision_id"])
    a.fact(
        ListingRefused(
            subject=subject_of(submission),
            submission_id=submission.pk,
            content=submission.content,
            ruleset=screening.ruleset,
            decided_by=decided_by,
            outcome=state.value,
            rules=rules_in(screening.verdict),
            severe=tuple(screening.severe),
            merchant_id=submission.merchant_id,
            category=submission.category,
        )
    )


def state_of(screening: Screening) -> State:
    """How a rejected screening is told: returned when nothing but papers stands against it."""
    return State.RETURNED if only_papers(screening.verdict, screening.severe) else State.REFUSED


def hold(a: Act, submission: Submission, policy: AdmissionPolicy, *, source: str) -> None:
    """A person has to look. Goods that were never decided on are hidden until then; what was admitted before stays as it was admitted."""
    if standing_decision(submission) is None:
        tell(
            a,
            submission,
            Effect.QUARANTINE,
            [Reason("admission_waits", WAITS, (("submission", submission.pk),))],
            policy=policy.version,
            decided_by=f"rule:{policy.version}",
            source=source,
        )
    submission.state = State.PENDING
    submission.save(update_fields=["state", "decision_id"])


def waiting_case(submission: Submission | None) -> CaseRow | None:
    """The case of a submission that nobody has decided yet."""
    if submission is None or not submission.case_id:
        return None
    found = cases.case(submission.case_id, Actor.system("admission"))
    return None if found.state == "decided" else found


def ask(
    a: Act, submission: Submission, screening: Screening, policy: AdmissionPolicy, known: CaseRow | None
) -> CaseRow:
    """Put the submission before a person: a new case, or more evidence for the one that waits already."""
    evidence = evidence_of(submission, screening)
    due = a.now + timedelta(hours=policy.clock.review_hours)
    if known is not None:
        row = casework.update_evidence(
            a, known.id, evidence, severity=worst(screening), title=title_of(submission), due=known.due or due
        )
    else:
        row = casework.open_case(
            a,
            desk=DESK,
            subject=subject_of(submission),
            title=title_of(submission),
            evidence=evidence,
            severity=worst(screening),
            # a case that was decided is not opened again: a later screening is a question of its own
            source=f"admission:{submission.pk}" + ("" if screening.why == "submitted" else f".{screening.pk}"),
            due=due,
            merchant_id=submission.merchant_id[:64],
            category=submission.category[:120],
        )
    submission.case_id = row.id
    submission.save(update_fields=["case_id"])
    return row


def appeal_due(start: datetime, policy: AdmissionPolicy) -> datetime:
    """Until when an appeal is answered, in the desk's working hours."""
    return after_working_time(start, timedelta(hours=policy.clock.appeal_hours), desk_policy().hours)


def title_of(submission: Submission, *, appeal: bool = False) -> Text:
    """The name of a case, by the listing's id: what a merchant writes is no word of the house."""
    of = submission.listing_id
    if appeal:
        return Text(f"商品{of}的驳回申诉", f"Appeal about listing {of}")
    return Text(f"商品{of}可否上架", f"May listing {of} be sold?")


def worst(screening: Screening) -> Severity:
    """How bad the worst finding is; missing papers alone are medium."""
    found = {f["severity"] for f in screening.verdict["findings"]}
    if "H" in found:
        return Severity.HIGH
    return Severity.MEDIUM if "M" in found or screening.verdict["missing"] else Severity.LOW


def evidence_of(submission: Submission, screening: Screening, appeal: Appeal | None = None) -> dict[str, Any]:
    """What a person decides by, as canonical values: the digests of snapshot and verdict, and what was found in words."""
    found = reasons_of(screening.verdict)
    evidence: dict[str, Any] = {
        "submission": submission.pk,
        "content": submission.content,
        "verdict": screening.digest,
        "ruleset": screening.ruleset,
        "as_of": screening.as_of.isoformat(),
        "severe": list(screening.severe),
        "rules": sorted({r.code for r in found}),
        "reasons_zh": [r.sentence.zh for r in found],
        "reasons_en": [r.sentence.en for r in found],
    }
    if appeal is not None:
        evidence |= {"appeal": appeal.words, "decision": appeal.decision_id}
    return evidence

"""
The verbs of admission: submit a listing, try it without storing anything, appeal. What admissions stand on is looked after in `watching`.

A submission is stored with its screening in one act. The same content again is the same submission, and nothing is written.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from pinzhi.casework import actions as casework
from pinzhi.casework.contracts import CaseRow
from pinzhi.casework.rules.changes import differences
from pinzhi.catalogue import files
from pinzhi.catalogue import queries as catalogue
from pinzhi.decisions import queries as decided
from pinzhi.engine import jobs
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import captions, filed, picture_bank, rulesets, surroundings, telling
from pinzhi.life.admission.contracts import Listing, Outcome, State
from pinzhi.life.admission.models import Appeal, Docket, Screening, Submission
from pinzhi.life.admission.queries import policy_in_force
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.life.admission.screening import Judged, judge
from pinzhi.life.admission.stored import last_screening, listing_from, refused_before, snapshot_of, verdict_digest
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor

MOST_WORDS = 4000
LONGEST_ID = 128
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission. `fresh` is False when the same content was submitted before and nothing was written."""

    row: Submission
    screening: Screening
    fresh: bool


def dry_run(listing: Listing, by: Actor, *, now: datetime | None = None) -> Judged:
    """
    The verdict that a submission would get now. Nothing is stored.

    Raises RefusedError: `not_permitted`, `id_too_long`, `listing_unknown` for goods and `file_unknown` for files of another merchant.
    """
    permit("admission.submit", by, subject=Subject(Kind.LISTING, listing.id))
    _check_owner(listing, by)
    filed.read_digital(listing)
    moment = now or clock.now()
    policy = policy_in_force(moment)
    rules = rulesets.in_force(listing.id)
    refused = refused_before(listing, policy, moment)
    return judge(listing, rules, day_of(moment), policy, refused, surroundings.known(listing))


def submit(listing: Listing, by: Actor, *, now: datetime | None = None) -> Submitted:
    """
    Take a listing in and answer: admitted, refused with reasons, or put before a person.

    Raises RefusedError: `not_permitted`, `id_too_long`, `listing_unknown` for goods and `file_unknown` for files of another merchant.
    """
    permit("admission.submit", by, subject=Subject(Kind.LISTING, listing.id))
    _check_owner(listing, by)
    # What takes its time is done before the docket is held.
    filed.read_digital(listing)
    if picture_bank.can_compare():
        picture_bank.remember(listing)
    with act("admission.submit", by, subject=Subject(Kind.LISTING, listing.id), now=now) as a:
        _check_owner(listing, by)
        docket, _ = Docket.objects.get_or_create(listing_id=listing.id, defaults={"merchant_id": listing.merchant_id})
        docket = Docket.objects.select_for_update().get(pk=docket.pk)
        snapshot, content = snapshot_of(listing)
        before = docket.latest
        policy, rules = policy_in_force(a.now), rulesets.in_force(listing.id)
        if before is not None and before.content == content:
            said = _still_holds(before, listing, rules, policy)
            if said is not None:
                return Submitted(before, said, fresh=False)
        refused, around = refused_before(listing, policy, a.now), surroundings.known(listing)
        judged = judge(listing, rules, day_of(a.now), policy, refused, around)
        row = Submission.objects.create(
            id=uuid.uuid4().hex,
            listing_id=listing.id,
            merchant_id=listing.merchant_id,
            category=listing.category,
            title=listing.title,
            brand=listing.brand,
            price=None if listing.price is None else listing.price.quantize(CENT, ROUND_DOWN),
            content=content,
            snapshot=snapshot,
            previous=before,
            changes=_changes(before, snapshot),
            at=a.now,
            by=a.by.label,
            state=State.PENDING,
        )
        picture_bank.used(row, listing)
        filed.keep(row, listing, around.reports)
        scans = around.reports is not None and any(filed.waits(c) for c in filed.reports(listing).values())
        if scans or captions.waits(listing):
            jobs.enqueue("admission.read_files", key=f"admission.read_files:{row.pk}", submission=row.pk)
        screening = store(row, judged, policy, a.now, "submitted")
        docket.latest = row
        docket.save(update_fields=["latest"])
        a.note = f"submission:{row.pk} {screening.outcome}"
        _follow(a, row, screening, policy, before)
        return Submitted(row, screening, fresh=True)


def read_and_judge_again(submission_id: str, by: Actor, *, now: datetime | None = None) -> int:
    """
    Read what only pictures say, of a submission's reports and on its own pictures, and submit the same content again where it is still the latest.

    Gives how many files were read.
    """
    row = Submission.objects.filter(pk=submission_id).first()
    if row is None:
        return 0
    listing = listing_from(row.snapshot)
    read = filed.read_pictures(listing) + captions.read(listing)
    if read and Docket.objects.filter(listing_id=row.listing_id, latest=row).exists():
        submit(listing, by, now=now)
    return read


def _still_holds(before: Submission, listing: Listing, rules: Ruleset, policy: AdmissionPolicy) -> Screening | None:
    """What was said about the same content, unless papers have ended, or the rules, the merchant's name or what was read of his files are others since."""
    last = last_screening(before)
    whose = surroundings.merchant(before.merchant_id)
    same = (last.ruleset, last.policy) == (rules.hash, policy.version)
    same = same and surroundings.read(last.around).merchant == whose
    same = same and filed.readings_of(listing) == ((last.around.get("reports") or {}).get("readings") or {})
    same = same and captions.readings_of(listing) == (last.around.get("captions") or {})
    return last if same and before.state != State.QUARANTINED else None


def _check_owner(listing: Listing, by: Actor) -> None:
    """A merchant submits his own goods, and no id belongs to two merchants. Both sound the same, so that no id can be found out."""
    if max(len(listing.id), len(listing.merchant_id)) > LONGEST_ID:
        raise RefusedError.because(
            "id_too_long", f"ids have at most {LONGEST_ID} characters", "give the id of the marketplace", field="id"
        )
    known = Docket.objects.filter(listing_id=listing.id).values_list("merchant_id", flat=True).first()
    card = None if known else catalogue.listing(listing.id)
    owner = known or (card.merchant_id if card else listing.merchant_id)
    if owner != listing.merchant_id or (by.outside and by.merchant_id != listing.merchant_id):
        raise RefusedError.because(
            "listing_unknown", "there is no such listing of this merchant", "check listing and merchant id", field="id"
        )
    files.check_owned(_named_files(listing), files.merchant_owner(listing.merchant_id))


def _named_files(listing: Listing) -> list[tuple[str, str]]:
    pictures = [(f"images[{n}]", name) for n, name in enumerate(listing.images)]
    return pictures + [(f"documents[{n}].path", d.path) for n, d in enumerate(listing.documents)]


def day_of(moment: datetime) -> date:
    """The day in China."""
    return moment.astimezone(SHANGHAI).date()


def _changes(before: Submission | None, snapshot: dict[str, object]) -> list[dict[str, object]]:
    if before is None:
        return []
    return [{"path": c.path, "before": c.before, "after": c.after} for c in differences(before.snapshot, snapshot)]


def store(row: Submission, judged: Judged, policy: AdmissionPolicy, now: datetime, why: str) -> Screening:
    """Keep what the rules said about a submission."""
    return Screening.objects.create(
        submission=row,
        at=now,
        as_of=judged.screened.as_of,
        why=why,
        outcome=judged.screened.outcome.value,
        verdict=judged.verdict,
        digest=verdict_digest(judged.verdict),
        ruleset=judged.screened.ruleset,
        policy=policy.version,
        reference=[[g.submission_id, g.screening, list(g.links)] for g in judged.reference],
        around=surroundings.written(judged.around) | {"sweeps": list(judged.sweeps)},
        severe=list(judged.severe),
    )


def _follow(a: Act, row: Submission, screening: Screening, policy: AdmissionPolicy, before: Submission | None) -> None:
    """Let the outcome take effect. A case of the earlier submission that waits is decided by the rule, or gets the new evidence."""
    waits = telling.waiting_case(before)
    if before is not None and before.state in (State.PENDING, State.RETURNED, State.REFUSED):
        before.state = State.REPLACED if before.state == State.PENDING else before.state
        before.save(update_fields=["state"])
    how = {"decided_by": f"rule:{policy.version}", "source": f"admission:{row.pk}"}
    outcome = Outcome(screening.outcome)
    if outcome is Outcome.MANUAL:
        telling.hold(a, row, policy, source=how["source"])
        telling.ask(a, row, screening, policy, waits)
    elif outcome is Outcome.PASS:
        if waits is not None:
            _settle(a, row, screening, policy, waits, "admit")
        else:
            telling.admit(a, row, screening, policy, **how)
    else:
        state = telling.state_of(screening)
        if waits is not None and not screening.severe:
            _settle(a, row, screening, policy, waits, "return" if state is State.RETURNED else "refuse")
            return
        telling.refuse(a, row, screening, state, policy, **how)
        if waits is not None:
            telling.ask(a, row, screening, policy, waits)


def _settle(
    a: Act, row: Submission, screening: Screening, policy: AdmissionPolicy, waits: CaseRow, outcome: str
) -> None:
    """The rule answers a question that a person had not answered yet: the same way as a person, so that undo and history are the same."""
    known = telling.ask(a, row, screening, policy, waits)
    house = Actor.rule(policy.version)
    said = "a later submission answered the question" if outcome == "admit" else "a later submission is refused by rule"
    if known.state == "proposed":
        casework.reject(known.id, house, reason=said)
    elif known.state == "claimed":
        casework.release(known.id, house)
    casework.decide(known.id, outcome, house, seen=known.seen, reason=said)
    row.refresh_from_db()


def appeal(submission_id: str, by: Actor, words: str, *, now: datetime | None = None) -> Appeal:
    """
    A merchant says that the refusal of his listing was wrong. Once for each decision, until the day that the decision names; somebody else will judge.

    Raises RefusedError: `not_permitted`, `submission_unknown`, `not_refused`, `appealed_already`, `appeal_too_late`, `reason_missing`, `text_too_long`.
    """
    with act("admission.appeal", by, now=now) as a:
        row = Submission.objects.select_for_update().filter(pk=submission_id).first()
        if row is None or (by.outside and row.merchant_id != by.merchant_id):
            raise RefusedError.because("submission_unknown", "there is no such submission", "check the id")
        a.subject = telling.subject_of(row)
        if (no := _not_appealable(row, words, a.now)) is not None:
            raise RefusedError(no)
        made = Appeal(decision_id=row.decision_id, submission=row, at=a.now, by=a.by.label, words=words.strip())
        policy, screening = policy_in_force(a.now), last_screening(row)
        case = casework.open_case(
            a,
            desk=telling.DESK,
            subject=telling.subject_of(row),
            title=telling.title_of(row, appeal=True),
            evidence=telling.evidence_of(row, screening, made),
            severity=telling.worst(screening),
            source=f"admission:appeal.{row.decision_id}",
            due=telling.appeal_due(a.now, policy),
            merchant_id=row.merchant_id[:64],
            category=row.category[:120],
        )
        made.case_id = case.id
        made.save()
        a.note = f"submission:{row.pk}"
        return made


def _not_appealable(row: Submission, words: str, now: datetime) -> Refusal | None:
    decision = decided.find(row.decision_id) if row.decision_id else None
    if row.state not in (State.REFUSED, State.RETURNED) or decision is None or decision.lifted_at is not None:
        return Refusal("not_refused", "this submission is not refused", "appeal against a refusal")
    if Appeal.objects.filter(decision_id=row.decision_id).exists():
        return Refusal("appealed_already", "this refusal has been appealed against", "wait for the answer")
    if decision.appeal_until is not None and now > decision.appeal_until:
        return Refusal("appeal_too_late", "the time for an appeal is over", "put right what was named and submit again")
    if not words.strip():
        return Refusal("reason_missing", "an appeal says why the refusal is wrong", "say why", "words")
    if len(words) > MOST_WORDS:
        return Refusal("text_too_long", f"at most {MOST_WORDS} characters are read", "shorten it", "words")
    return None

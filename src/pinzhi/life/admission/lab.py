"""
The verbs of the rule lab: draft, backtest, shadow, percentage, live, revert.

A version reaches listings only by two persons, with every golden and regression case holding and a backtest of exactly these rules on the stored history.
Taking it back takes one person and one click, and the rules before it hold at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from pinzhi.engine.jobs import enqueue
from pinzhi.kernel import clock
from pinzhi.kernel.canon import digest
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.facts import RulesetPublished
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import lab_history, lab_shadow, rulesets, shipped
from pinzhi.life.admission.models import RulesetBacktest, RulesetStep, RulesetVersion
from pinzhi.life.admission.queries import policy_in_force
from pinzhi.life.admission.rules.golden import brought
from pinzhi.life.admission.rules.lab import ON_TRIAL, RULESET, TWO_PERSONS, Stage
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor

SUBJECT = Subject(Kind.POLICY, "admission")
MOST_FILES, MOST_CHARACTERS, LONGEST_NOTE = 40, 1_000_000, 4000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
JOB = "admission.backtest_rules"
STEPS = ("shadow", "percentage", "live", "withdraw")
"""What `step` does; the others have verbs of their own."""


def draft(
    by: Actor,
    name: str,
    files: Mapping[str, str],
    *,
    cases: str = "",
    note: str = "",
    origin: str = "",
    now: datetime | None = None,
) -> RulesetVersion:
    """
    Write a draft on top of what is live: `files` replace or join the files of text rules, by name without ending.

    Raises RefusedError: `not_permitted`, `person_required`, `name_missing`, `ruleset_empty`, `ruleset_too_large`, `file_name`, `ruleset_invalid`,
    `cases_invalid`, `ruleset_unchanged`.
    """
    permit("admission.draft", by, subject=SUBJECT)
    _check_draft(name, files, cases, note)
    with act("admission.draft", by, subject=SUBJECT, now=now) as a:
        account = _person(a)
        parent = rulesets.live()
        whole = _on_top(parent, files)
        said = "\n".join(filter(None, [parent.cases if parent else "", cases.strip()]))
        brought(said)
        rules = rulesets.build(whole)
        if rules.hash == _hash_of(parent) and not cases.strip():
            raise RefusedError.because(
                "ruleset_unchanged", "the draft says what the rules say already", "change a rule", field="files"
            )
        row = RulesetVersion.objects.create(
            name=name.strip(),
            note=note.strip(),
            origin=origin.strip()[:80],
            files=whole,
            cases=said,
            digest=rulesets.content_digest(whole, said),
            hash=rules.hash,
            parent=parent,
            stage=Stage.DRAFT,
            drafted_at=a.now,
            drafted_by_id=account,
        )
        _wrote(a, row, "draft")
        return row


def _check_draft(name: str, files: Mapping[str, str], cases: str, note: str) -> None:
    if not name.strip() or len(name) > 80:
        raise RefusedError.because(
            "name_missing", "a draft has a name of at most 80 characters", "name it", field="name"
        )
    if not files and not cases.strip():
        raise RefusedError.because("ruleset_empty", "there is no rule file", "give at least one file", field="files")
    size = sum(map(len, files.values())) + len(cases) + len(note)
    if len(files) > MOST_FILES or size > MOST_CHARACTERS or len(note) > LONGEST_NOTE:
        raise RefusedError.because(
            "ruleset_too_large",
            f"at most {MOST_FILES} files, {MOST_CHARACTERS} characters in all, {LONGEST_NOTE} of them in the note",
            "leave out the files that you have not changed",
            field="files",
        )
    if wrong := next((n for n in files if not _NAME.match(n)), None):
        raise RefusedError.because(
            "file_name", f"{wrong[:60]!r} is no name of a rule file", "use small letters, digits and _", field="files"
        )


def _on_top(parent: RulesetVersion | None, files: Mapping[str, str]) -> dict[str, str]:
    """The parent's files with the changed ones in their place, without those that are as shipped."""
    known = shipped.texts()
    both = {**(parent.files if parent else {}), **files}
    return {n: t for n, t in sorted(both.items()) if known.get(n) != t}


def _hash_of(version: RulesetVersion | None) -> str:
    return shipped.ruleset().hash if version is None else rulesets.compiled(version).hash


# --- backtest --------------------------------------------------------------------------------------------------------------------------------


def ask_backtest(by: Actor, version_id: int, *, now: datetime | None = None) -> RulesetVersion:
    """Have the backtest run in the background. Raises RefusedError: `not_permitted`, `ruleset_unknown`, `step_not_allowed`."""
    with act("admission.draft", by, subject=SUBJECT, now=now) as a:
        row = _held(version_id)
        RULESET.step(row.stage, "backtest")
        number = row.backtests.count() + row.steps.filter(verb="ask").count()
        enqueue(JOB, key=f"{JOB} {row.pk}.{number}", version_id=row.pk)
        _wrote(a, row, "ask")
        return row


def backtest(
    by: Actor, version_id: int, *, advance: Callable[[int], None] = lambda _: None, now: datetime | None = None
) -> RulesetBacktest:
    """
    Try a version on the golden cases, the regression cases and the stored history, and keep the report.

    The long part is outside any transaction. Raises RefusedError: `not_permitted`, `ruleset_unknown`, `step_not_allowed`, `ruleset_invalid`.
    """
    permit("admission.draft", by, subject=SUBJECT)
    row = find(version_id)
    RULESET.step(row.stage, "backtest")
    moment = now or clock.now()
    rules, parent = rulesets.compiled(row), _parent_rules(row)
    broken = lab_history.cases_broken(row, rules, moment.astimezone(SHANGHAI).date())
    report = lab_history.over_history(rules, parent, policy_in_force(moment), advance)
    report["broken"] = len(broken)
    report["broken_cases"] = [
        {"id": b.id, "text": b.text[:200], "wanted": b.wanted, "said": b.said, "because": b.because[:500]}
        for b in broken[: lab_history.MOST_BROKEN]
    ]
    with act("admission.draft", by, subject=SUBJECT, now=now) as a:
        row = _held(version_id)
        row.stage = RULESET.step(row.stage, "backtest")
        row.save(update_fields=["stage"])
        made = RulesetBacktest.objects.create(version=row, at=a.now, hash=rules.hash, holds=not broken, report=report)
        _wrote(a, row, "backtest")
        return made


def _parent_rules(row: RulesetVersion) -> Ruleset:
    return rulesets.compiled(row.parent) if row.parent else shipped.ruleset()


# --- the way to the listings -----------------------------------------------------------------------------------------------------------------


def step(
    by: Actor,
    version_id: int,
    verb: str,
    *,
    seen: str,
    share: int = 0,
    why: str = "",
    now: datetime | None = None,
) -> RulesetVersion:
    """
    Take a version one step further: `shadow` and `withdraw` by one person, `percentage` (with `share`) and `live` by two. `seen` is `seen_digest` of
    the version as it was read. The first person's step is a signature; the second's takes effect.

    Raises RefusedError: `not_permitted`, `person_required`, `ruleset_unknown`, `stale`, `step_not_allowed`, `share_range`, `ruleset_outdated`, `trial_taken`,
    `backtest_missing`, `cases_broken`, `shadow_too_short`, `second_person_required`, `ruleset_invalid`.
    """
    verb_of = "admission.publish" if verb in TWO_PERSONS else "admission.draft"
    with act(verb_of, by, subject=SUBJECT, now=now) as a:
        account = _person(a)
        row = _held(version_id)
        after = RULESET.step(row.stage, verb if verb in STEPS else "")
        if seen != seen_digest(row):
            raise RefusedError.because("stale", "this is not the version that was read", "read it again", field="seen")
        if verb == "withdraw":
            row.stage, row.share = after, 0
            _unsign(row)
            return _saved(a, row, verb, why)
        _check_ready(row, verb, share, a.now)
        if verb == "shadow":
            row.stage = after
            lab_shadow.begin(row, a.now)
            return _saved(a, row, verb, why)
        if not _second(row, verb, share, account):
            row.asked, row.asked_share, row.asked_by_id, row.asked_at = verb, share, account, a.now
            return _saved(a, row, "sign", why)
        _publish(a, row, verb, share)
        return _saved(a, row, verb, why)


def revert(by: Actor, version_id: int, *, why: str = "", now: datetime | None = None) -> RulesetVersion:
    """
    Take a version back at once: the one that was live before it is live again; from the percentage, the live one judges everything. One person, one click.

    A version on trial that was drafted on it ends with it. Naming the version makes a second click harmless. Raises RefusedError: `not_permitted`,
    `person_required`, `ruleset_unknown`, `step_not_allowed`.
    """
    with act("admission.revert", by, subject=SUBJECT, now=now) as a:
        _person(a)
        row = _held(version_id)
        was_live, after = row.stage == Stage.LIVE, RULESET.step(row.stage, "revert")
        row.stage, row.share = after, 0
        _unsign(row)
        _saved(a, row, "revert", why)
        if was_live:
            for trial in RulesetVersion.objects.select_for_update().filter(parent=row, stage__in=ON_TRIAL):
                verb = "revert" if trial.stage == Stage.PERCENTAGE else "withdraw"
                trial.stage, trial.share = RULESET.step(trial.stage, verb), 0
                _unsign(trial)
                _saved(a, trial, verb, f"drafted on {row.pk}")
            if row.replaces_id is not None:
                back = RulesetVersion.objects.select_for_update().get(pk=row.replaces_id)
                back.stage, back.share = RULESET.step(back.stage, "restore"), 100
                _saved(a, back, "restore", f"{row.pk} was reverted")
        hold = _hash_in_force()
        _tell(a, row, "revert", hold, hold, 100)
        return row


def _check_ready(row: RulesetVersion, verb: str, share: int, now: datetime) -> None:
    if verb == "percentage" and not 1 <= share <= 99:
        raise RefusedError.because("share_range", "a share is 1 to 99 percent", "name the share", field="share")
    if verb == "percentage" and row.stage == Stage.PERCENTAGE and share == row.share:
        raise RefusedError.because(
            "share_range", f"it judges {share} percent already", "name another share", field="share"
        )
    held = rulesets.live()
    if row.parent_id != (held.pk if held else None):
        raise RefusedError.because(
            "ruleset_outdated",
            "other rules have become live since this was drafted, and it does not contain them",
            "draft it again on what is live",
        )
    other = RulesetVersion.objects.filter(stage__in=ON_TRIAL).exclude(pk=row.pk).first()
    if other is not None:
        raise RefusedError.because(
            "trial_taken",
            f"version {other.pk} is on trial; one at a time",
            f"let version {other.pk} go live, revert or withdraw it first",
        )
    rules = rulesets.compiled(row)
    last = row.backtests.order_by("-pk").first()
    if last is None or last.hash != rules.hash or last.at < row.drafted_at:
        raise RefusedError.because(
            "backtest_missing", "these very rules were not tried on the history", "run the backtest", field="backtest"
        )
    if verb in TWO_PERSONS:
        _check_cases(row, rules, now)
        _check_shadow(row, now)


def _check_cases(row: RulesetVersion, rules: Ruleset, now: datetime) -> None:
    """Asked anew at every signature: regression cases come in every day."""
    broken = lab_history.cases_broken(row, rules, now.astimezone(SHANGHAI).date())
    if broken:
        raise RefusedError.because(
            "cases_broken",
            f"{len(broken)} golden or regression cases do not hold, the first: {broken[0].id}",
            "mend the rule, or bring the case along with the draft and say why",
        )


def _check_shadow(row: RulesetVersion, now: datetime) -> None:
    hours = policy_in_force(now).lab.shadow_hours
    began = row.steps.filter(verb="shadow").order_by("-pk").values_list("at", flat=True).first()
    if began is None or now < began + timedelta(hours=hours):
        raise RefusedError.because(
            "shadow_too_short",
            f"a version runs in the shadow for {hours} hours first",
            "look at what it would have said, and come back later",
        )


def _second(row: RulesetVersion, verb: str, share: int, account: int) -> bool:
    """Whether this signature is the second one of the same step. Raises RefusedError(`second_person_required`) for one who may not be the second."""
    if (row.asked, row.asked_share) != (verb, share):
        return False
    if account in (row.asked_by_id, row.drafted_by_id):
        raise RefusedError.because(
            "second_person_required",
            "rules reach listings by two persons, and the second has not drafted them",
            "let somebody else sign",
        )
    return True


def _publish(a: Act, row: RulesetVersion, verb: str, share: int) -> None:
    otherwise = _hash_in_force()
    if verb == "live":
        held = rulesets.live()
        if held is not None:
            held.stage, held.share = RULESET.step(held.stage, "replace"), 0
            _saved(a, held, "replace", f"by {row.pk}")
        row.replaces, share = held, 100
    row.stage, row.share = RULESET.step(row.stage, verb), share
    _unsign(row)
    hold = rulesets.compiled(row).hash
    _tell(a, row, verb, hold, hold if verb == "live" else otherwise, share)
    a.leaf("ruleset", row.digest, _committed(row))


def _hash_in_force() -> str:
    held = rulesets.live()
    return _hash_of(held)


def _tell(a: Act, row: RulesetVersion, change: str, ruleset: str, otherwise: str, share: int) -> None:
    a.fact(
        RulesetPublished(
            subject=SUBJECT, version_id=row.pk, change=change, ruleset=ruleset, otherwise=otherwise, share=share
        )
    )


def _committed(row: RulesetVersion) -> dict[str, Any]:
    return {"digest": row.digest, "files": row.files, "cases": row.cases}


def committed_ruleset(wanted: str) -> object | None:
    """What the ledger's leaf `ruleset` commits to: the files of a version that was published. None when there is none."""
    row = RulesetVersion.objects.filter(digest=wanted).order_by("pk").first()
    return None if row is None else _committed(row)


def find(version_id: int) -> RulesetVersion:
    """A version by its number. Raises RefusedError(`ruleset_unknown`)."""
    row = RulesetVersion.objects.select_related("parent").filter(pk=version_id).first()
    if row is None:
        raise RefusedError.because(
            "ruleset_unknown", f"there is no ruleset version {version_id}", "see the list of versions"
        )
    return row


def seen_digest(row: RulesetVersion) -> str:
    """What a person has read: the rules, how far they are, what was signed, and the last backtest (stale guard)."""
    last = row.backtests.aggregate(last=Max("pk"))["last"]
    return digest([row.digest, row.stage, row.share, row.asked, row.asked_share, row.asked_by_id, last])


def _held(version_id: int) -> RulesetVersion:
    find(version_id)
    return RulesetVersion.objects.select_for_update().get(pk=version_id)


def _person(a: Act) -> int:
    if a.by.account_id is None:
        raise RefusedError.because("person_required", "only a person may do this", "act as an account")
    return a.by.account_id


def _unsign(row: RulesetVersion) -> None:
    row.asked, row.asked_share, row.asked_by, row.asked_at = "", 0, None, None


def _saved(a: Act, row: RulesetVersion, verb: str, why: str) -> RulesetVersion:
    row.save()
    _wrote(a, row, verb, why)
    return row


def _wrote(a: Act, row: RulesetVersion, verb: str, why: str = "") -> None:
    """A step on the version's history and on the audit line."""
    share = row.asked_share if verb == "sign" else row.share
    RulesetStep.objects.create(
        version=row,
        at=a.now,
        by=a.by.label,
        account_id=a.by.account_id,
        verb=verb,
        stage=row.stage,
        share=share,
        why=why.strip()[:LONGEST_NOTE],
    )
    a.note = f"ruleset:{row.pk} {verb}"

"""
What checks have shown: do people say the same, which rules do they read differently, how do answers stand against what is known, and what became of it by week.

A figure below the line is about the text of a rule, not about people: what follows is a task for the rules, opened by `open_task`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from pinzhi.casework import checking, opening, rows
from pinzhi.casework.contracts import CaseRow, Purpose
from pinzhi.casework.desks import Desk, Outcome, register
from pinzhi.casework.models import Case, CaseEvent, GoldenItem
from pinzhi.casework.policy import policy
from pinzhi.casework.rules.agreement import Coefficient, Unit, alpha, kappa, pairs_of
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.distributions import wilson
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Interval, Kind, Subject, Text
from pinzhi.people.acts import act
from pinzhi.people.models import Account
from pinzhi.people.roles import Actor

CHARTED = 12
"""Weeks in the picture of the drift."""
MOST = 30
"""Lines of a table; rules and categories with the most cases come first where they are cut."""
TASKS = "rules"


@dataclass(frozen=True, slots=True)
class Line:
    """The agreement about one thing: a rule, a category, or two persons. `unclear`: enough cases, and below the line. `task`: the open task about it."""

    name: str
    other: str
    found: Coefficient
    unclear: bool = False
    enough: bool = True
    task: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, with the interval of 90 %."""

    hits: int
    of: int

    @property
    def interval(self) -> Interval | None:
        """None before anything is counted."""
        return wilson(self.hits, self.of)


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday: answers equal to the known one, and second answers equal to the first."""

    monday: date
    golden: Share
    second: Share


@dataclass(frozen=True, slots=True)
class Answered:
    """One golden item as the person who answered it is told afterwards."""

    title: Text
    desk: str
    at: datetime
    given: str
    expected: str
    why: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the page of a desk shows. `confusion` holds (known answer, given answer) → how often."""

    desk: str
    since: datetime
    whole: Coefficient
    golden: Share
    second: Share
    rules: tuple[Line, ...]
    categories: tuple[Line, ...]
    pairs: tuple[Line, ...]
    confusion: Mapping[tuple[str, str], int]
    weeks: tuple[Week, ...]
    consensus: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Known:
    """One known answer of the pool."""

    id: int
    case: str
    title: Text
    expected: str
    origin: str
    made_at: datetime


def _answered(desk: str, since: datetime) -> QuerySet[Case]:
    found = Case.objects.filter(
        purpose__in=(Purpose.GOLDEN, Purpose.SECOND), void=False, state="decided", decided_at__gte=since
    )
    return (found.filter(desk=desk) if desk else found).select_related("of").defer("evidence", "of__evidence")


def units_of(answers: Iterable[Case]) -> dict[object, dict[str, str]]:
    """Case → who said what: the first judge (of two, the one who proposed) and everybody who judged it once more without knowing."""
    found: dict[object, dict[str, str]] = {}
    for check in answers:
        first = check.of.proposer_id or check.of.decider_id
        unit = found.setdefault(check.of_id, {} if first is None else {str(first): check.of.outcome})
        unit[str(check.decider_id)] = check.outcome
    return found


def agreement(desk: str, by: Actor, *, now: datetime | None = None) -> Agreement:
    """The figures of a desk over the weeks of the policy. Six queries. Raises RefusedError(`not_permitted`)."""
    _may_read(by)
    moment = now or clock.now()
    own = policy().agreement
    since = moment - timedelta(weeks=own.weeks)
    answers = list(_answered(desk, since).order_by("decided_at"))
    units = units_of(answers)
    rules: dict[str, set[object]] = {}
    categories: dict[str, set[object]] = {}
    for check in answers:
        for rule in check.rules:
            rules.setdefault(rule, set()).add(check.of_id)
        if check.category:
            categories.setdefault(check.category, set()).add(check.of_id)
    tasks = _open_tasks(desk)
    golden = [c for c in answers if c.purpose == Purpose.GOLDEN]
    second = [c for c in answers if c.purpose == Purpose.SECOND]
    checks = Case.objects.filter(desk=desk, void=False).exclude(state="decided")
    return Agreement(
        desk=desk,
        since=since,
        whole=alpha(units.values()),
        golden=_share(golden, lambda c: c.outcome == c.expected),
        second=_share(second, lambda c: c.outcome == c.of.outcome),
        rules=_lines(rules, units, tasks),
        categories=_lines(categories, units, {}),
        pairs=_pairs(units.values()),
        confusion=Counter((c.expected, c.outcome) for c in golden),
        weeks=_weeks(golden, second, moment),
        consensus=checks.filter(purpose=Purpose.CONSENSUS).count(),
        waiting=checks.filter(purpose__in=(Purpose.SECOND, Purpose.GOLDEN)).count(),
    )


def _share(answers: list[Case], same: Callable[[Case], bool]) -> Share:
    return Share(sum(map(same, answers)), len(answers))


def _lines(
    groups: Mapping[str, set[object]], units: Mapping[object, Unit], tasks: Mapping[str, str]
) -> tuple[Line, ...]:
    own = policy().agreement
    most = sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))[:MOST]
    lines = []
    for name, ids in most:
        found = alpha(units[i] for i in ids)
        enough = found.units >= own.least_units
        unclear = enough and found.value is not None and found.value < own.clear
        lines.append(Line(name, "", found, unclear, enough, tasks.get(name, "")))
    return tuple(sorted(lines, key=lambda line: (not line.unclear, not line.enough, _low_first(line.found), line.name)))


def _pairs(units: Iterable[Unit]) -> tuple[Line, ...]:
    found = pairs_of(units)
    names = {
        str(a.pk): rows.name_of(a) for a in Account.objects.filter(pk__in={int(w) for pair in found for w in pair})
    }
    lines = [
        Line(names.get(a, "—"), names.get(b, "—"), kappa(said), enough=len(said) >= policy().agreement.least_units)
        for (a, b), said in sorted(found.items(), key=lambda p: (-len(p[1]), p[0]))[:MOST]
    ]
    return tuple(lines)


def _low_first(found: Coefficient) -> float:
    return 2.0 if found.value is None else found.value


def _weeks(golden: list[Case], second: list[Case], now: datetime) -> tuple[Week, ...]:
    def monday(moment: datetime) -> date:
        day = moment.astimezone(SHANGHAI).date()
        return day - timedelta(days=day.weekday())

    last = monday(now)
    found = []
    for back in range(CHARTED - 1, -1, -1):
        day = last - timedelta(weeks=back)
        of_week = [[c for c in answers if monday(c.decided_at) == day] for answers in (golden, second)]
        found.append(
            Week(
                day,
                _share(of_week[0], lambda c: c.outcome == c.expected),
                _share(of_week[1], lambda c: c.outcome == c.of.outcome),
            )
        )
    return tuple(found)


def own_answers(by: Actor, *, now: datetime | None = None, limit: int = 50) -> tuple[Answered, ...]:
    """What a person said to golden items, with the right answer and its reason, once he cannot change his own any more. Two queries."""
    moment = now or clock.now()
    told = moment - timedelta(seconds=0 if policy().golden.tell_at_once else policy().desk.undo_seconds)
    mine = Case.objects.filter(
        purpose=Purpose.GOLDEN, void=False, state="decided", decider=by.account_id, decided_at__lte=told
    )
    found = list(mine.order_by("-decided_at")[:limit]) if by.account_id is not None else []
    why = dict(GoldenItem.objects.filter(case__in=[c.of_id for c in found]).values_list("case", "why"))
    return tuple(
        Answered(Text(c.title_zh, c.title_en), c.desk, c.decided_at, c.outcome, c.expected, why.get(c.of_id, ""))
        for c in found
    )


def told_at_once(case_id: str, by: Actor) -> Answered | None:
    """What is said right after the decision, where the policy says so and the case was a golden item of this person."""
    if not policy().golden.tell_at_once:
        return None
    case = Case.objects.filter(pk=rows.as_uuid(case_id), purpose=Purpose.GOLDEN, decider=by.account_id).first()
    if case is None:
        return None
    why = GoldenItem.objects.filter(case=case.of_id).values_list("why", flat=True).first()
    return Answered(
        Text(case.title_zh, case.title_en), case.desk, case.decided_at, case.outcome, case.expected, why or ""
    )


# --- the pool of known answers -------------------------------------------------------------------------------------------------------------


def pool(desk: str, by: Actor, *, limit: int = 20) -> tuple[tuple[Known, ...], int]:
    """The latest known answers of a desk that hold, and how many there are. Two queries. Raises RefusedError(`not_permitted`)."""
    _may_read(by)
    found = GoldenItem.objects.filter(retired_at=None, case__desk=desk).select_related("case").defer("case__evidence")
    latest = found.order_by("-made_at", "-id")[:limit]
    return tuple(
        Known(g.pk, str(g.case_id), Text(g.case.title_zh, g.case.title_en), g.expected, g.origin, g.made_at)
        for g in latest
    ), found.count()


def keep_known(case_id: str, by: Actor, *, why: str, now: datetime | None = None) -> CaseRow:
    """
    Keep a decided case as a known answer by hand: whoever keeps it agrees with the answer, so he must be another than who gave it.

    Raises RefusedError(`not_decided`, `same_person`, `reason_missing`, `case_unknown`, `not_permitted`).
    """
    with act("casework.golden", by, now=now) as a:
        case = rows.locked(case_id, by)
        a.note = f"case:{case.pk}"
        if case.purpose != Purpose.WORK or case.state != "decided":
            raise RefusedError.because("not_decided", "only a decided case has an answer", "decide it first")
        if by.account_id is None or by.account_id in (case.decider_id, case.proposer_id):
            raise RefusedError.because("same_person", "the answer is your own", "let a colleague keep it")
        if not why.strip():
            raise RefusedError.because("reason_missing", "say why this is the right answer", "say why", field="reason")
        GoldenItem.objects.filter(case=case).delete()
        checking.keep(a, case, "kept", why=why)
        return rows.row(case, a.now)


def retire(item_id: int, by: Actor, *, now: datetime | None = None) -> None:
    """Take a known answer out of the pool; answers already given stay. Raises RefusedError(`golden_unknown`, `not_permitted`)."""
    with act("casework.golden", by, now=now) as a:
        a.note = f"golden:{item_id}"
        if not GoldenItem.objects.filter(pk=item_id, retired_at=None).update(retired_at=a.now):
            raise RefusedError.because("golden_unknown", "there is no such known answer", "load the page again")


# --- a task for the rules ------------------------------------------------------------------------------------------------------------------


def open_task(desk: str, rule: str, by: Actor, *, now: datetime | None = None) -> CaseRow:
    """
    Put an unclear rule before those who write the rules: its figure, and cases about which people differed. The open task of a rule is returned as it stands.

    Raises RefusedError(`rule_is_clear`, `not_permitted`).
    """
    with act("casework.task", by, now=now) as a:
        found = agreement(desk, by, now=a.now)
        line = next((x for x in found.rules if x.name == rule), None)
        if line is None or not line.unclear:
            raise RefusedError.because("rule_is_clear", f"people do not differ about «{rule}»", "load the page again")
        if line.task:
            return rows.row(rows.locked(line.task, by), a.now)
        differ = [
            str(c.of_id)
            for c in _answered(desk, found.since).order_by("-decided_at")
            if rule in c.rules and c.outcome != c.of.outcome
        ]
        value = line.found
        evidence = {
            "desk": desk,
            "rule": rule,
            "units": value.units,
            "alpha": f"{value.value:.2f}",
            "interval": "—" if value.low is None or value.high is None else f"{value.low:.2f} – {value.high:.2f}",
            "differ": list(dict.fromkeys(differ))[:10],
        }
        return opening.open_case(
            a,
            desk=TASKS,
            subject=Subject(Kind.POLICY, f"{desk}:{rule}"),
            title=Text(f"规则 {rule} 的文字是否需要修订？", f"Does the text of rule {rule} need mending?"),
            evidence=evidence,
            severity="M",
            source=f"casework:unclear.{desk}.{rule}.{a.now:%Y%m%d%H%M%S}",
        )


def _open_tasks(desk: str) -> dict[str, str]:
    """Rule → the open task about its text."""
    found = Case.objects.filter(desk=TASKS, subject_id__startswith=f"{desk}:").exclude(state="decided")
    return {s.partition(":")[2]: str(pk) for s, pk in found.values_list("subject_id", "pk")}


def _may_read(by: Actor) -> None:
    if not by.may("casework.settle"):
        raise RefusedError.because(
            "not_permitted", f"{by.label} may not read the answers of others", "ask a senior reviewer or a manager"
        )


def register_desk() -> None:
    """The desk of those who write the rules; called when the applications are ready."""
    register(
        Desk(
            TASKS,
            Text("规则修订", "texts of rules"),
            (
                Outcome("mended", Text("已修订", "mended"), "y", needs_reason=True, tone="success"),
                Outcome("kept", Text("维持原文", "kept as it is"), "n", needs_reason=True),
            ),
            verb="policy.draft",
        )
    )


def seconds_of(case: CaseRow) -> tuple[tuple[str, str, str, datetime], ...]:
    """For the senior who settles: (label of role, answer, reason, moment) of the first judge and of the second. One query."""
    verbs = ("decide", "propose")
    found = CaseEvent.objects.filter(case__in=_both(case.shown), verb__in=verbs, undone_by="").order_by("at", "id")
    return tuple((e.actor, e.outcome, e.note, e.at) for e in found)


def _both(case_id: str) -> list[object]:
    others = Case.objects.filter(of=case_id, purpose=Purpose.SECOND, void=False).values_list("pk", flat=True)
    return [rows.as_uuid(case_id), *others]

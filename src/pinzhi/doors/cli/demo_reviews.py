"""The demo's past of the admission desk: four months of reviews judged once more, known answers, and inspections on site."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinzhi.casework.models import Case
    from pinzhi.people.models import Account
    from pinzhi.simulation.contracts import Market

REVIEWERS = (("lan", "兰 Lan"), ("tao", "陶 Tao"), ("yun", "云 Yun"))
"""Colleagues who have worked here and cannot log in: nobody has taken up their invitations."""
WEEKS = 16
EVERY = 5
"""Days between two reviews: so seldom that nearly every one is the first of its rule and outcome in four weeks, and is judged again."""


def plant(market: Market, now: datetime) -> dict[str, int]:
    """Review, judge again, answer known cases, inspect. Returns how many of each."""
    from pinzhi.casework.models import Case, GoldenItem, Inspection
    from pinzhi.people import actions as people
    from pinzhi.people.models import Account
    from pinzhi.people.roles import Actor, Role

    for name, shown in REVIEWERS:
        people.add(Actor.system("demo"), name, frozenset({Role.REVIEWER}), display_name=shown)
    team = {a.username: a for a in Account.objects.filter(username__in=[n for n, _ in REVIEWERS])}
    number = WEEKS * 7 // EVERY
    for n in range(number):
        _review(market, team, n, now - timedelta(days=EVERY * (number - n), hours=3))
    _known(team, now)
    _inspected(team, now)
    return {
        "second": Case.objects.filter(purpose="second").count(),
        "golden": Case.objects.filter(purpose="golden").count(),
        "known": GoldenItem.objects.count(),
        "inspections": Inspection.objects.count(),
    }


def _review(market: Market, team: dict[str, Account], n: int, at: datetime) -> None:
    """One doubtful listing: a reviewer decides, and where it is drawn another answers; about superlatives of style they do not quite agree."""
    from pinzhi.casework import actions as casework
    from pinzhi.casework.models import Case
    from pinzhi.life.admission import actions, reading
    from pinzhi.people.roles import Actor
    from pinzhi.simulation.submissions import DOUBTFUL, papers

    category, title = DOUBTFUL[n % len(DOUBTFUL)]
    merchant = market.merchants[1 + n * 5 % (len(market.merchants) - 1)]["merchant_id"]
    row = {
        "id": f"H{n + 1:04d}",
        "merchant_id": merchant,
        "category": category,
        "title": f"{title} {n + 1}号款",
        "price": "99.00",
        "documents": papers(category, title, n + 1, at.date()),
    }
    handed = actions.submit(reading.listing(row), Actor.system("demo"), now=at).row
    case = Case.objects.filter(pk=handed.case_id or None).first()
    if case is None:
        return
    first = team[REVIEWERS[n % 3][0]].actor()
    answer = "return" if n % 4 == 1 or "开光" in title else "admit"
    later = at + timedelta(hours=2)
    casework.decide(case.pk, answer, first, seen=case.seen, reason="已对照规则与证明材料。", now=later)
    for check in Case.objects.filter(of=case, purpose="second"):
        differs = "开光" not in title and n % 3 == 0
        other = {"admit": "return", "return": "admit"}[answer] if differs else answer
        _answer(check, other, later + timedelta(hours=5))
    if n < WEEKS * 7 // EVERY - 4:  # the last ones still wait
        case.refresh_from_db()
        _settle(case, later + timedelta(days=1))


def _settle(case: Case, at: datetime) -> None:
    """What differed was settled by a senior who had no part in it."""
    from pinzhi.casework import actions as casework
    from pinzhi.casework import checking
    from pinzhi.casework.models import Case
    from pinzhi.people.models import Account

    open_one = Case.objects.filter(of=case, purpose="consensus").exclude(state="decided").first()
    seniors = Account.objects.filter(username__in=("senior", "manager")).exclude(pk__in=checking.involved(case))
    judge = seniors.order_by("username").first()
    if open_one is not None and judge is not None:
        said = {"seen": open_one.seen, "reason": "宣传用语指款式风格，原决定妥当。"}
        casework.decide(open_one.pk, case.outcome, judge.actor(), now=at, **said)


def _answer(check: Case, outcome: str, at: datetime) -> None:
    from pinzhi.casework import actions as casework

    casework.decide(check.pk, outcome, check.audience.actor(), seen=check.seen, reason="独立复评。", now=at)


def _known(team: dict[str, Account], now: datetime) -> None:
    """Known answers before those who did not have to do with them, a week after; most answers are the same."""
    from pinzhi.casework import checking
    from pinzhi.casework.models import GoldenItem

    items = GoldenItem.objects.select_related("case").filter(made_at__lt=now - timedelta(days=9)).order_by("made_at")
    for n, item in enumerate(items):
        free = [a for _, a in sorted(team.items()) if a.pk not in checking.involved(item.case)]
        if free:
            at = item.made_at + timedelta(days=8)
            check = checking.put_before(item, free[0].pk, at)
            wrong = "admit" if item.expected == "return" else "return"
            _answer(check, wrong if n % 5 == 3 else item.expected, at + timedelta(hours=1))


def _inspected(team: dict[str, Account], now: datetime) -> None:
    """One inspection that has ended, and one whose days wait for the merchant who can log in."""
    from datetime import date

    from pinzhi.casework import inspecting, inspections
    from pinzhi.casework.models import Case
    from pinzhi.people.roles import Actor, Role

    waiting = Case.objects.filter(desk="admission", purpose="work", state="open").exclude(merchant_id="")
    cases = list(waiting.order_by("opened_at")[:20])
    own = next((c for c in cases if c.merchant_id == "M0001"), None)
    done = next((c for c in cases if c is not own), None)
    for case, place, at in ((own, "临港路 18 号 2 号库", now), (done, "工业园三路 6 号", now - timedelta(days=14))):
        if case is None:
            continue
        day = date.fromisoformat(inspections.days_to_propose(at)[0])
        made = inspecting.ask(
            str(case.pk),
            team["lan"].actor(),
            reason="宣称与证明材料对不上，须到现场核对货物。",
            place_kind="warehouse",
            place=place,
            days=[day],
            inspector=team["yun"].pk,
            now=at,
        )
        if case is done:
            shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id=case.merchant_id)
            inspecting.confirm(str(made.pk), shop, day=day.isoformat(), now=at + timedelta(hours=4))
            answers = {p["id"]: "yes" for p in made.points} | {"storage": "no"}
            remarks = {"storage": "不合格品与待发货物同架存放"}
            inspecting.record(
                str(made.pk),
                team["yun"].actor(),
                answers=answers,
                remarks=remarks,
                finding="货物与页面一致；不合格品未单独存放，已要求整改。",
                result="conform",
                now=datetime.combine(day, at.timetz()),
            )

"""Fast refunds under control: are the right claims paid, and are buyers treated alike? And what a case about one of them shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from pinzhi.casework.contracts import CaseRow
from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.console import complaints
from pinzhi.doors.console.access import staff
from pinzhi.kernel import clock
from pinzhi.kernel.values import Interval, Kind, Subject, Text
from pinzhi.life.complaints import fast, rechecking, tables
from pinzhi.life.complaints.contracts import REMEDY_NAMES
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.entry import CHANNELS
from pinzhi.life.complaints.rules.fast_refund import RULE_NAMES, GroupShare, Leak, Outcome

DESKS = (fast.RECHECK, fast.OBJECTION)
GROUPS = {
    "buyer:claimed_before": Text("此前有过投诉的消费者", "buyers who had claimed before"),
    "buyer:first_claim": Text("首次投诉的消费者", "buyers who claim for the first time"),
    "language:zh-hans": Text("中文", "in Chinese"),
    "language:en": Text("英文", "in English"),
}
NAMES = {
    "buyer": Text("是否投诉过", "claimed before or not"),
    "category": Text("商品类别", "kind of goods"),
    "channel": Text("渠道", "channel"),
    "language": Text("语言", "language"),
}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Are the right claims paid at once, and are buyers treated alike?"""
    now = clock.now()
    found, figures = fast.report(now), policy_in_force(now).fast
    merchants = catalogue.names({Subject(Kind.MERCHANT, m) for m, _leak in found.by_merchant})
    context = {
        "found": found,
        "figures": figures,
        "limit": figures.leak_per_mille / 1000,
        "leak": _shown(found.leak),
        "by_merchant": [(merchants.get(Subject(Kind.MERCHANT, m)) or m, m, x, _shown(x)) for m, x in found.by_merchant],
        "by_category": [(_category(c), x, _shown(x)) for c, x in found.by_category],
        "fairness": _fairness(found.groups),
        "promised": [(fast.PAYERS[p], yuan) for p, yuan in sorted(found.promised.items())],
        "outcomes": [(OUTCOMES[o], found.outcomes[o]) for o in Outcome if o in found.outcomes],
        "objections": [
            (rechecking.OBJECTIONS["" if o == "waits" else o], n) for o, n in sorted(found.objections.items())
        ],
        "recheck": fast.RECHECK,
        "objection": fast.OBJECTION,
    }
    return render(request, "console/fast.html", context)


OUTCOMES: dict[Outcome, Text] = {
    Outcome.REFUND: Text("立即退款", "refunded at once"),
    Outcome.PICKUP: Text("揽收后退款", "refunded against return"),
    Outcome.PROOF: Text("需补充凭证，由人决定", "one more proof, a person decides"),
    Outcome.PERSON: Text("严重，由人决定", "grave, a person decides"),
    Outcome.NORMAL: Text("一般流程", "usual path"),
}


def _shown(of: Leak) -> tuple[str, str] | None:
    return _percent(of.share) if of.share else None


def _percent(share: Interval) -> tuple[str, str]:
    """The share, and its interval."""
    return f"{share.value:.1%}", f"{share.low:.1%}–{share.high:.1%}"


def _category(code: str) -> Text:
    known = tables.taxonomy().categories.get(code)
    return known.name if known else Text("未归类", "not known")


def _fairness(groups: list[GroupShare]) -> list[tuple[Text, list[tuple[Text, GroupShare, tuple[str, str]]]]]:
    """Groups by what parts them."""
    parts: dict[str, list[tuple[Text, GroupShare, tuple[str, str]]]] = {}
    for g in groups:
        parts.setdefault(g.kind, []).append((_group(g.group), g, _percent(g.share)))
    return [(NAMES[part], members) for part, members in parts.items()]


def _group(name: str) -> Text:
    part, _sep, value = name.partition(":")
    if part == "category":
        return _category(value)
    return CHANNELS.get(value, Text(value, value)) if part == "channel" else GROUPS.get(name, Text(value, value))


def panel(case: CaseRow, _asked: str = "") -> dict[str, Any]:
    """What a case about a fast refund shows: what was paid and on what ground, the merchant's objection, and the complaint itself."""
    row = Complaint.objects.filter(pk=case.evidence.get("complaint", "")).first()
    made = fast.granted_of(row) if row else None
    if row is None or made is None:
        return {}
    blind = case.desk == fast.RECHECK
    said = row.log.filter(verb="object").order_by("n").first()
    return complaints.about(row, may=False) | {
        "made": made,
        # Who looks at the goods alone reads the rule that paid; the others say what is suspected.
        "rules": [
            (RULE_NAMES[r["name"]], r["fired"], Text(r["zh"], r["en"]))
            for r in made.rules
            if not blind or r["name"] == made.rule
        ],
        "kind_of_refund": REMEDY_NAMES["refund" if made.outcome == Outcome.REFUND else "return_refund"],
        "payer": fast.PAYERS[made.payer],
        "objected": said.words if said else "",
        "blind": blind,
        "asks": _("Was the claim real?") if blind else _("Is the merchant right to object?"),
    }

"""Screen 19, Half-year evaluation, first form: did it work, and what is the figure worth? Figures with intervals only; costs and proposals come later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pinzhi.doors.console.access import staff
from pinzhi.doors.console.charts import language
from pinzhi.doors.console.tables import View
from pinzhi.doors.console.words import KINDS
from pinzhi.drawing import Chart, Goal, MonthValue, goals, months
from pinzhi.kernel.values import Status, Text
from pinzhi.life.evaluation.contracts import Half, Rate
from pinzhi.life.evaluation.queries import KPI_NAMES, STATUS_NAMES
from pinzhi.life.evaluation.rules.figures import KPIS, Figure
from pinzhi.reading.evaluation import Evaluation, evaluation

RIPE = 0.995
"""From this maturity on a figure is called complete."""
UNEVEN = 1.5
"""From this dispersion on it is said that days differ more than chance explains."""
CHOICES: dict[str, list[tuple[str, Any]]] = {
    "kpi": [(k, KPI_NAMES[k]) for k in KPIS],
    "kind": [(k, KINDS[k]) for k in ("category", "merchant")],
    "status": [("", gettext_lazy("any")), *((s.value, STATUS_NAMES[s]) for s in (Status.NOT_MET, Status.UNPROVEN, Status.MET))],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown(View):
    """What the address asks for. A value that is not offered is the first one of its list."""

    half: str = ""
    kpi: str = KPIS[0]
    kind: str = "category"
    status: str = ""

    @classmethod
    def read(cls, query: dict[str, str]) -> Shown:
        """From the parameters of the address."""
        half = Half.parse(query.get("half", ""))
        chosen = cls(half=str(half) if half else "")
        for name, offered in CHOICES.items():
            if query.get(name) in [value for value, _word in offered]:
                chosen = replace(chosen, **{name: query[name]})
        return chosen


@staff
def show(request: HttpRequest) -> HttpResponse:
    """Three figures against their targets, what they are worth, one of them by month, and its categories or merchants."""
    asked = Shown.read(request.GET.dict())
    found = evaluation(Half.parse(asked.half), asked.kpi)
    context: dict[str, Any] = {"asked": asked, "found": found}
    if found is not None:
        asked = replace(asked, half=str(found.half))
        group = found.panel.group(asked.kpi, asked.kind)
        rows = [f for f in group if not asked.status or f.rate.status == asked.status]
        counted = found.panel.counts(asked.kpi, asked.kind)
        context |= {
            "asked": asked,
            "choices": {"half": [(str(h), half_name(h)) for h in found.halves], **CHOICES},
            "name": half_name(found.half),
            "goals": targets(found),
            "worth": worth(found),
            "trend": trend(found, asked.kpi),
            "months": [(m, STATUS_NAMES[m.rate.status] if m.rate and m.rate.status else None) for m in found.months],
            "kpi": KPI_NAMES[asked.kpi],
            "page": Paginator(rows, 50).get_page(request.GET.get("page")),
            "statuses": [(s.value, STATUS_NAMES[s], counted[s], asked.query(status=s.value)) for s in Status],
            "names": STATUS_NAMES,
        }
    return render(request, "console/evaluation.html", context)


def half_name(half: Half) -> Text:
    """`2026 年上半年`, `2026, 1st half`."""
    zh, en = (("上半年", "1st half"), ("下半年", "2nd half"))[half.number - 1]
    return Text(f"{half.year} 年{zh}", f"{half.year}, {en}")


def said(text: Text) -> str:
    """A sentence in the reader's language."""
    return text.in_language(language())


def targets(found: Evaluation) -> Chart:
    """The three figures of the plan. The pass rate has none before there are findings of a laboratory, and says so."""
    rates = found.panel.policy.rates
    nothing = _("No figure yet: sampling is not part of this version, so no laboratory has found anything.")
    rows = [
        Goal(
            said(KPI_NAMES["pass_rate"]),
            100 * rates.pass_target,
            at_most=False,
            note=nothing,
            status=_("no figure yet"),
        )
    ]
    for kpi, target in (("complaint_rate", rates.complaint_target), ("return_rate", rates.return_target)):
        figure = found.panel.of(kpi)
        rows.append(_goal(said(KPI_NAMES[kpi]), target, figure.rate if figure else None))
    return goals(
        rows,
        title=_("The targets of the half-year"),
        summary=" ".join(f"{r.label}: {r.status}." for r in rows),
        language=language(),
    )


def _goal(name: str, target: float, rate: Rate | None) -> Goal:
    if rate is None:
        early = _("No figure yet: no delivery of this half-year is old enough to tell.")
        return Goal(name, 100 * target, at_most=True, note=early, status=_("no figure yet"))
    e = rate.estimate
    status = said(STATUS_NAMES[rate.status]) if rate.status else ""
    return Goal(
        name, 100 * target, at_most=True, value=100 * e.value, low=100 * e.low, high=100 * e.high, status=status,
        bad=rate.status is Status.NOT_MET,
    )  # fmt: skip


def worth(found: Evaluation) -> list[str]:
    """What the figures are worth, in sentences: how much of what will come is known, how wide the intervals are, and what they rest on."""
    sentences = []
    for kpi in KPIS:
        figure = found.panel.of(kpi)
        if figure is None:
            continue
        sentences.append(_kpi(figure))
    if found.half.last > found.panel.as_of:
        left = (found.half.last - found.panel.as_of).days
        sentences.append(
            _("The half-year has %(days)d more days: every figure may still move, and no status is final.")
            % {"days": left}
        )
    sentences.append(
        _(
            "A status is only given when the whole %(level)d %% interval lies on one side of the target; else it is not proven."
        )
        % {"level": round(100 * found.panel.policy.rates.level)}
    )
    sentences.append(_("What the measures cost and what would have happened without them is not computed yet."))
    return sentences


def _kpi(figure: Figure) -> str:
    rate = figure.rate
    told = {
        "kpi": said(KPI_NAMES[figure.kpi]),
        "value": f"{100 * rate.estimate.value:.2f}",
        "low": f"{100 * rate.estimate.low:.2f}",
        "high": f"{100 * rate.estimate.high:.2f}",
        "events": f"{rate.events:,}",
        "orders": f"{rate.orders:,}",
        "window": rate.window,
        "part": f"{100 * rate.maturity:.0f}",
        "spread": f"{rate.dispersion:.1f}",
    }
    # fmt: off
    sentences = [
        _("%(kpi)s: %(value)s %% (interval %(low)s to %(high)s), from %(events)s events of %(orders)s delivered order lines within %(window)d days.")
    ]
    # fmt: on
    if rate.maturity < RIPE:
        sentences.append(
            _("Only %(part)s %% of what will come can be known by now; the rest is computed from the usual delay.")
        )
    if rate.dispersion > UNEVEN:
        sentences.append(
            _("Days differ %(spread)s times as much as chance would let them; the interval is widened for it.")
        )
    return ("" if language().startswith("zh") else " ").join(sentence % told for sentence in sentences)


def trend(found: Evaluation, kpi: str) -> Chart:
    """The figure by month of delivery over the year that ends with the half."""
    rates = found.panel.policy.rates
    target = rates.complaint_target if kpi == "complaint_rate" else rates.return_target
    values = [_month(f"{m.first:%Y-%m}", m.rate) for m in found.months]
    missed = sum(1 for v in values if v.bad)
    return months(
        values,
        title=_("%(kpi)s by month of delivery") % {"kpi": said(KPI_NAMES[kpi])},
        summary=_(
            "%(missed)d of %(months)d months certainly miss the target; rings are months that are not complete yet."
        )
        % {"missed": missed, "months": len(values)},
        target=100 * target,
        language=language(),
    )


def _month(label: str, rate: Rate | None) -> MonthValue:
    if rate is None:
        return MonthValue(label, None)
    part = _("%(part)d %% seen") % {"part": round(100 * rate.maturity)} if rate.maturity < RIPE else ""
    bad = said(STATUS_NAMES[Status.NOT_MET]) if rate.status is Status.NOT_MET else ""
    return MonthValue(label, 100 * rate.estimate.value, 100 * rate.estimate.low, 100 * rate.estimate.high, part, bad)

"""Dates that are possible, and how long the report still holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.facts import months_later
from pinzhi.life.admission.rules.reports import dates as days
from pinzhi.life.admission.rules.reports.policy import ReportPolicy
from pinzhi.life.admission.rules.reports.words import DAYS, Answer, Check, CheckName, Remark, Report, worst

NAMES = {
    "manufactured": Text("生产日期", "production"),
    "sampled": Text("抽样日期", "sampling"),
    "received": Text("收样日期", "receipt of the sample"),
    "tested_from": Text("检验开始日期", "start of testing"),
    "tested_to": Text("检验结束日期", "end of testing"),
    "issued": Text("签发日期", "issue"),
}


def possible(report: Report, as_of: date) -> Check:
    """Made <= sampled <= received <= tested from <= tested to <= issued <= the day of judging; days that no calendar has are impossible too."""
    remarks = tuple(_possible(report, as_of))
    if not remarks:
        remarks = (Remark("dates_possible", Answer.OK, Text("各日期先后合理。", "The dates are possible.")),)
    return Check(CheckName.DATES, worst(remarks), remarks)


def _possible(report: Report, as_of: date) -> Iterable[Remark]:
    for found in report.found:
        if found.name in DAYS and days.impossible(found.printed):
            yield Remark(
                "day_impossible",
                Answer.BAD,
                Text(
                    f"{NAMES[found.name].zh}“{found.printed}”不是真实日期。",
                    f"The day of {NAMES[found.name].en}, «{found.printed}», is in no calendar.",
                ),
                ((found.name, found.printed),),
            )
    known = [(name, day) for name in DAYS if (day := report.day(name))]
    for (earlier, a), (later, b) in pairwise(known):
        if a > b:
            yield Remark(
                "dates_out_of_order",
                Answer.BAD,
                Text(
                    f"{NAMES[earlier].zh} {a} 晚于{NAMES[later].zh} {b}。",
                    f"The day of {NAMES[earlier].en}, {a}, is after the day of {NAMES[later].en}, {b}.",
                ),
                ((earlier, a.isoformat()), (later, b.isoformat())),
            )
    for name, day in known:
        if day > as_of:
            yield Remark(
                "day_in_the_future",
                Answer.BAD,
                Text(
                    f"{NAMES[name].zh} {day} 晚于审核日 {as_of}。",
                    f"The day of {NAMES[name].en}, {day}, is after {as_of}, the day of judging.",
                ),
                ((name, day.isoformat()),),
            )
    if report.day("issued") is None:
        yield Remark("issued_unread", Answer.UNSURE, Text("没有读到签发日期。", "No day of issue was read."))


def expiry(report: Report, as_of: date, policy: ReportPolicy) -> Check:
    """The clock: how many days the report still holds."""
    issued = report.day("issued")
    if issued is None:
        remark = Remark(
            "issued_unread",
            Answer.UNSURE,
            Text("没有签发日期，无法计算有效期。", "Without a day of issue its validity cannot be computed."),
        )
        return Check(CheckName.EXPIRY, Answer.UNSURE, (remark,))
    last = months_later(issued, policy.valid_months)
    left = (last - as_of).days
    evidence = (("issued", issued.isoformat()), ("valid_until", last.isoformat()), ("days_left", str(left)))
    if left < 0:
        sentence = Text(
            f"报告签发已满 {policy.valid_months} 个月，{last} 起失效，需提供新报告。",
            f"Issued more than {policy.valid_months} months ago; it held until {last}. A new report is needed.",
        )
        return Check(CheckName.EXPIRY, Answer.BAD, (Remark("expired", Answer.BAD, sentence, evidence),))
    code = "expires_soon" if left <= policy.warn_days else "holds"
    sentence = Text(f"有效至 {last}，还有 {left} 天。", f"Holds until {last}, {left} more days.")
    return Check(CheckName.EXPIRY, Answer.OK, (Remark(code, Answer.OK, sentence, evidence),))

"""
The same report twice: the same number, the same file, the same picture of figures with other content.

Dealers of one brand lawfully share its report: same content, same client or manufacturer, another merchant, and the listing's brand is the report's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.rules.reports.labels import key
from pinzhi.life.admission.rules.reports.policy import Reports
from pinzhi.life.admission.rules.reports.words import Answer, Check, CheckName, Remark, Report, worst


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is kept of a report that was judged before: enough to see it again. `content` is the digest of its fields and results."""

    report_no: str
    lab: str
    product: str
    brand: str
    manufacturer: str
    client: str
    sha256: str
    content: str
    results: str
    layout: str
    figures: int
    merchant_id: str
    listing_id: str
    scanned: bool = False


def kept(
    fields: Mapping[str, str],
    standards: Sequence[str],
    results: Sequence[tuple[str, str]],
    *,
    sha256: str,
    layout: str,
    merchant_id: str,
    listing_id: str,
    scanned: bool = False,
) -> Earlier:
    """What is kept of a report: from a fresh one and from the output of an earlier run alike. `results` are (name, value)."""
    rows = [[key(name), key(value) or value] for name, value in results]
    stated = sorted((n, key(v)) for n, v in fields.items() if v)
    return Earlier(
        fields.get("report_no") or "",
        fields.get("lab") or "",
        fields.get("product") or "",
        fields.get("brand") or "",
        fields.get("manufacturer") or "",
        fields.get("client") or "",
        sha256,
        digest([stated, [key(s) for s in standards], rows]),
        digest(rows),
        layout,
        sum(bool(re.search(r"\d", value)) for _, value in results),
        merchant_id,
        listing_id,
        scanned,
    )


def reuse(
    now: Earlier, known: Sequence[Earlier] | None, listing: Listing | None, policy: Reports, report: Report
) -> Check:
    """The check. `known` is None where no earlier reports were given."""
    if known is None:
        remark = Remark(
            "known_not_given",
            Answer.UNSURE,
            Text(
                "没有提供以往报告，未核对是否重复使用；请用 --known 提供以往的输出。",
                "No earlier reports were given to compare with; give earlier outputs with --known.",
            ),
        )
        return Check(CheckName.REUSE, Answer.UNSURE, (remark,), asked=False)
    remarks = tuple(dict.fromkeys(r for old in known for r in _against(now, old, listing, policy)))
    if not report.value("report_no"):
        remarks += (
            Remark(
                "number_unread",
                Answer.UNSURE,
                Text("没有读到报告编号，不能按编号核对。", "No report number was read to compare by."),
            ),
        )
    remarks = remarks or (
        Remark(
            "not_seen",
            Answer.OK,
            Text("以往报告中没有相同编号、文件或数据。", "No earlier report has its number, file or figures."),
        ),
    )
    return Check(CheckName.REUSE, worst(remarks), remarks)


def _against(now: Earlier, old: Earlier, listing: Listing | None, policy: Reports) -> Iterable[Remark]:
    same_number = bool(now.report_no) and key(now.report_no) == key(old.report_no)
    same_file = now.sha256 == old.sha256
    evidence = (("report_no", old.report_no), ("merchant_id", old.merchant_id), ("listing_id", old.listing_id))
    another = now.merchant_id != old.merchant_id
    if same_number and now.lab and old.lab and key(now.lab) != key(old.lab):
        return  # two laboratories may count alike
    if same_number and not same_file and now.content != old.content:
        yield Remark(
            "number_with_other_content",
            # Two scans of one report are read a little differently each time.
            Answer.UNSURE if now.scanned or old.scanned else Answer.BAD,
            Text(
                f"报告编号 {now.report_no} 以往出现过，内容不同（样品“{old.product}”）。",
                f"Number {now.report_no} was seen before with other content (sample «{old.product}»).",
            ),
            evidence,
        )
        return
    if same_number or same_file:
        if not another:
            yield Remark(
                "submitted_again",
                Answer.OK,
                Text("同一商家以往提交过这份报告。", "The same merchant has submitted this report before."),
                evidence,
            )
        elif _lawfully_shared(now, old, listing):
            yield Remark(
                "shared_by_dealers",
                Answer.OK,
                Text(
                    f"商家 {old.merchant_id} 也用过这份报告；商品与报告同属品牌“{now.brand}”。",
                    f"Merchant {old.merchant_id} used it too; listing and report are of the brand «{now.brand}».",
                ),
                evidence,
            )
        else:
            known_listing = listing is not None
            yield Remark(
                "used_by_another",
                Answer.BAD if known_listing and now.merchant_id and old.merchant_id else Answer.UNSURE,
                Text(
                    f"报告 {now.report_no} 已由商家 {old.merchant_id or '（未知）'} 使用，看不出是同一品牌的经销商。",
                    f"Report {now.report_no} was used by merchant {old.merchant_id or '(unknown)'}; nothing shows dealers of one brand.",
                ),
                evidence,
            )
        return
    if now.figures >= policy.same_results and now.results == old.results:
        same_owner = key(now.client) == key(old.client) or key(now.manufacturer) == key(old.manufacturer)
        yield Remark(
            "same_results",
            Answer.UNSURE if same_owner else Answer.BAD,
            Text(
                f"全部检验数据与报告 {old.report_no} 逐位相同。",
                f"Every result equals that of report {old.report_no} to the last digit.",
            ),
            evidence,
        )
    elif now.layout == old.layout and now.layout:
        yield Remark(
            "same_layout",
            Answer.UNSURE,
            Text(
                f"版面与报告 {old.report_no} 完全重合，只有个别字符不同。",
                f"The page is laid out just as that of report {old.report_no}; only single characters differ.",
            ),
            evidence,
        )


def _lawfully_shared(now: Earlier, old: Earlier, listing: Listing | None) -> bool:
    """The brand on the report is that of this listing, and both times it was the same owner's report."""
    if listing is None or not now.brand:
        return False
    same_owner = key(now.client) == key(old.client) and key(now.manufacturer) == key(old.manufacturer)
    return same_owner and (
        key(listing.brand) == key(now.brand) or (bool(listing.brand) and key(listing.brand) in key(now.brand))
    )

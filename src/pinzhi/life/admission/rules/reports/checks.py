"""All checks of one report, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Listing, Outcome
from pinzhi.life.admission.rules.reports import time
from pinzhi.life.admission.rules.reports.fields import gather
from pinzhi.life.admission.rules.reports.identity import identity
from pinzhi.life.admission.rules.reports.labels import Labels, key
from pinzhi.life.admission.rules.reports.layout import cells
from pinzhi.life.admission.rules.reports.policy import ReportPolicy, Reports
from pinzhi.life.admission.rules.reports.register import Licence, scope
from pinzhi.life.admission.rules.reports.reuse import Earlier, kept, reuse
from pinzhi.life.admission.rules.reports.table import tables
from pinzhi.life.admission.rules.reports.verdicts import fibre_sums, items, printed
from pinzhi.life.admission.rules.reports.words import (
    Answer,
    Check,
    CheckName,
    Item,
    Judged,
    Judgement,
    Mark,
    Page,
    Remark,
    Report,
    Sheets,
    worst,
)

FIELD_NAMES = {
    "report_no": Text("报告编号", "report number"),
    "lab": Text("检验机构", "laboratory"),
    "product": Text("样品名称", "name of the sample"),
    "issued": Text("签发日期", "day of issue"),
    "conclusion": Text("检验结论", "conclusion"),
    "standards": Text("检验依据", "standards"),
    "items": Text("检验项目", "results"),
}


def read(sheets: Sheets, labels: Labels, policy: Reports) -> Report:
    """Fields and re-judged table of a file."""
    pages = [cells(p) for p in sheets.pages]
    seen = tables(pages, labels)
    gathered = gather(pages, seen.used, labels)
    judged = list(items(seen.rows, labels))
    for i, row in enumerate(seen.rows):
        if row.sure < policy.sure_at_least and not judged[i].doubted:
            judged[i] = replace(judged[i], doubted=True)
    every = " ".join(c.text for held in pages for c in held)
    return Report(
        gathered.done(),
        tuple(gathered.standards),
        tuple(judged),
        labels.holds("only_sample", every),
        sheets.scanned,
        layout_hash(sheets.pages),
    )


def layout_hash(pages: Sequence[Page]) -> str:
    """
    Where words stand and how long they are, not what they say.

    Two reports from one template differ in it, because names and numbers differ in length; a report whose characters were exchanged in place does not.
    """
    return digest([[p.number, [[round(w.x0), round(w.y0), len(w.text)] for w in p.words]] for p in pages])


def fingerprint(report: Report, sheets: Sheets, listing: Listing | None) -> Earlier:
    """What is kept of this report for the next ones."""
    return kept(
        {f.name: f.value for f in report.found},
        report.standards,
        [(i.name, i.value) for i in report.items],
        sha256=sheets.sha256,
        layout=report.layout,
        merchant_id=listing.merchant_id if listing else "",
        listing_id=listing.id if listing else "",
        scanned=report.scanned,
    )


def judge_report(
    sheets: Sheets,
    labels: Labels,
    policy: ReportPolicy,
    as_of: date,
    *,
    listing: Listing | None = None,
    register: Sequence[Licence] | None = None,
    known: Sequence[Earlier] | None = None,
    mandatory: Sequence[str] = (),
) -> Judgement:
    """
    Read and judge a file as of a day.

    `mandatory` names the items that the category asks for (part of a name is enough). Same inputs, same answer.
    """
    report = read(sheets, labels, policy.reports)
    checks = (
        _fields(report, policy.reports, mandatory),
        _limits(report, labels, policy.reports),
        scope(report, register),
        reuse(fingerprint(report, sheets, listing), known, listing, policy.reports, report),
        identity(report, listing, policy.reports, labels),
        time.possible(report, as_of),
        time.expiry(report, as_of, policy),
        integrity(sheets),
    )
    submitted = (listing.merchant_id, listing.id) if listing else ("", "")
    return Judgement(report, checks, outcome(checks), as_of, policy.version, *submitted)


def outcome(checks: Sequence[Check]) -> Outcome:
    """
    Bad refuses, unsure goes to a person.

    Reuse that was not asked for does not hold a report up: the first report of a marketplace has none to be compared with. Scope and identity do.
    """
    counted = [c for c in checks if c.asked or c.check is not CheckName.REUSE]
    if any(c.outcome is Answer.BAD for c in counted):
        return Outcome.REJECT
    return Outcome.MANUAL if any(c.outcome is Answer.UNSURE for c in counted) else Outcome.PASS


# --- fields -------------------------------------------------------------------------------------------------------------------------------------------


def _fields(report: Report, policy: Reports, mandatory: Sequence[str]) -> Check:
    remarks = tuple(_field_remarks(report, policy, mandatory)) or (
        Remark("complete", Answer.OK, Text("必备信息齐全。", "Everything that a report must say is there.")),
    )
    return Check(CheckName.FIELDS, worst(remarks), remarks)


def _field_remarks(report: Report, policy: Reports, mandatory: Sequence[str]) -> Iterable[Remark]:
    missing = [n for n in policy.required if not report.value(n)]
    missing += [n for n, there in (("standards", report.standards), ("items", report.items)) if not there]
    # What a scan does not show may be there all the same.
    answer = Answer.UNSURE if report.scanned else Answer.BAD
    for name in missing:
        label = FIELD_NAMES.get(name, Text(name, name))
        yield Remark(
            f"{name}_missing", answer, Text(f"没有读到{label.zh}。", f"No {label.en} was read."), (("field", name),)
        )
    for found in report.found:
        if found.also and found.name in ("report_no", "issued", "product", "lab"):
            others = "、".join(found.also)
            yield Remark(
                "two_values",
                Answer.UNSURE,
                Text(
                    f"{FIELD_NAMES[found.name].zh}前后不一：“{found.value}”与“{others}”。",
                    f"Two values for the {FIELD_NAMES[found.name].en}: «{found.value}» and «{others}».",
                ),
                (("field", found.name),),
            )
        if found.doubted:
            yield Remark(
                "reading_doubted",
                Answer.UNSURE,
                Text(
                    f"“{found.printed}”两次识别不一致，需人工核对。",
                    f"Two readings of «{found.printed}» differ; a person must look.",
                ),
                (("field", found.name),),
            )
    names = [key(i.name) for i in report.items]
    for wanted in mandatory:
        if not any(key(wanted) in n for n in names):
            yield Remark(
                "mandatory_item_missing",
                Answer.BAD if report.items and not report.scanned else Answer.UNSURE,
                Text(
                    f"缺少该品类必检项目“{wanted}”。",
                    f"The item «{wanted}», which the category asks for, was not tested.",
                ),
                (("item", wanted),),
            )


# --- limits -------------------------------------------------------------------------------------------------------------------------------------------


def _limits(report: Report, labels: Labels, policy: Reports) -> Check:
    remarks = tuple(_limit_remarks(report, labels, policy))
    if not remarks:
        count = sum(i.verdict is Judged.PASS for i in report.items)
        remarks = (
            Remark(
                "all_within",
                Answer.OK,
                Text(f"{count} 项结果经核算均符合要求。", f"{count} results were judged again; all meet their limits."),
            ),
        )
    return Check(CheckName.LIMITS, worst(remarks), remarks)


def _limit_remarks(report: Report, labels: Labels, policy: Reports) -> Iterable[Remark]:
    if not report.items:
        yield Remark("no_items", Answer.UNSURE, Text("没有读到结果表。", "No table of results was read."))
    for item in report.items:
        yield from _item_remarks(item, labels)
    failed = [i for i in report.items if i.verdict is Judged.FAIL]
    conclusion = report.value("conclusion")
    said = printed(conclusion, labels) if conclusion else None
    if said is Judged.FAIL:
        yield Remark("conclusion_failed", Answer.BAD, Text(f"检验结论：{conclusion}", f"Conclusion: {conclusion}"))
    if said is Judged.PASS and failed:
        names = "、".join(i.name for i in failed)
        yield Remark(
            "conclusion_contradicted",
            Answer.BAD,
            Text(
                f"结论写合格，但不符合要求的有：{names}。",
                f"The conclusion says that it conforms, but these do not: {names.replace('、', ', ')}.",
            ),
        )
    if report.items and all(i.verdict is Judged.NOT_JUDGED for i in report.items):
        yield Remark(
            "nothing_judged",
            Answer.UNSURE,
            Text("各项均无标准要求，无从判定。", "No item has a requirement; nothing can be judged."),
        )
    for names, total in fibre_sums(report.items, labels):
        if abs(total - 100) > Decimal(str(policy.fibre_slack)):
            yield Remark(
                "fibres_not_100",
                Answer.UNSURE,
                Text(
                    f"纤维含量合计 {total}%，不是 100%（{names}）。",
                    f"Contents of fibres add up to {total} %, not 100 % ({names}).",
                ),
                (("sum", str(total)),),
            )


def _item_remarks(item: Item, labels: Labels) -> Iterable[Remark]:
    said = printed(item.verdict_printed, labels)
    evidence = (
        ("item", item.name),
        ("limit", f"{item.operator} {item.limit}".strip()),
        ("value", item.value),
        ("printed", item.verdict_printed),
    )
    why = item.why
    if item.verdict is Judged.FAIL:
        zh, en = (why.zh, why.en) if why else ("不符合要求。", "It does not meet the requirement.")
        yield Remark("limit_broken", Answer.BAD, Text(f"{item.name}：{zh}", f"{item.name}: {en}"), evidence)
    if (
        said is not None
        and Judged.NOT_JUDGED not in (said, item.verdict)
        and item.verdict is not Judged.UNSURE
        and said is not item.verdict
    ):
        yield Remark(
            "verdict_differs",
            Answer.BAD if item.verdict is Judged.FAIL else Answer.UNSURE,
            Text(
                f"{item.name}：报告判定“{item.verdict_printed}”，按数据核算为{'不合格' if item.verdict is Judged.FAIL else '合格'}。",
                f"{item.name}: printed «{item.verdict_printed}», by its figures it {'fails' if item.verdict is Judged.FAIL else 'passes'}.",
            ),
            evidence,
        )
    if item.verdict in (Judged.UNSURE, Judged.NOT_JUDGED) and said is Judged.FAIL:
        yield Remark(
            "printed_failed",
            Answer.BAD,
            Text(f"{item.name}：报告判定“{item.verdict_printed}”。", f"{item.name}: printed «{item.verdict_printed}»."),
            evidence,
        )
    elif item.verdict is Judged.UNSURE:
        zh, en = (why.zh, why.en) if why else ("无法判定。", "It cannot be judged.")
        yield Remark("not_decided", Answer.UNSURE, Text(f"{item.name}：{zh}", f"{item.name}: {en}"), evidence)
    if item.doubted:
        yield Remark(
            "reading_doubted",
            Answer.UNSURE,
            Text(
                f"{item.name}：两次识别不一致或把握不足，需人工核对。",
                f"{item.name}: readings differ or are not sure; a person must look.",
            ),
            evidence,
        )


# --- integrity ------------------------------------------------------------------------------------------------------------------------------------------

MARKS: dict[str, tuple[Answer, Text]] = {
    "text_differs": (
        Answer.BAD,
        Text("文字层与页面图像不一致，疑似篡改：", "Text layer and picture of the page differ, as after tampering: "),
    ),
    "text_doubted": (
        Answer.UNSURE,
        Text(
            "文字层与图像的识别结果不一致，需人工核对：",
            "Text layer and readings of the picture differ; a person must look: ",
        ),
    ),
    "text_invisible": (
        Answer.UNSURE,
        Text(
            "页面是图像，文字是后加的不可见层，以图像为准核对。",
            "The page is a picture with an invisible text layer; the picture counts.",
        ),
    ),
    "picture_not_compared": (
        Answer.OK,
        Text(
            "未安装文字识别组件，没有核对文字层与图像；安装 pinzhi[ocr] 后可核对。",
            "Text layer and picture were not compared; with pinzhi[ocr] installed they are.",
        ),
    ),
    "page_unreadable": (
        Answer.UNSURE,
        Text(
            "页面几乎没有文字，且未安装文字识别组件；安装 pinzhi[ocr] 后重试。",
            "A page with hardly any text, and no recognition installed: install pinzhi[ocr] and try again.",
        ),
    ),
    "active_content": (Answer.BAD, Text("文件带有脚本或启动动作：", "The file carries scripts or launch actions: ")),
    "attachment": (Answer.UNSURE, Text("文件内嵌其他文件：", "The file carries other files: ")),
    "picture_covers_text": (
        Answer.UNSURE,
        Text("有图片盖住文字：", "A picture lies over text: "),
    ),
    "annotation": (
        Answer.UNSURE,
        Text("页面上有批注或表单盖在内容上：", "Annotations or form fields lie over the page: "),
    ),
}


def integrity(sheets: Sheets) -> Check:
    """What was noticed about the file itself."""
    remarks = tuple(_mark(m) for m in sheets.marks)
    remarks = remarks or (Remark("sound", Answer.OK, Text("文件未见异常。", "Nothing odd about the file.")),)
    return Check(CheckName.INTEGRITY, worst(remarks), remarks)


def _mark(mark: Mark) -> Remark:
    answer, text = MARKS[mark.code]
    page = "" if mark.page is None else f"第 {mark.page + 1} 页"
    zh = f"{page}{'：' if page else ''}{text.zh}{mark.evidence}"
    en = f"{'' if mark.page is None else f'Page {mark.page + 1}: '}{text.en}{mark.evidence}"
    return Remark(mark.code, answer, Text(zh, en), (("page", str(mark.page)), ("evidence", mark.evidence)))

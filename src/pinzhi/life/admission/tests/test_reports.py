"""Reports of known truth, read back: fields, tables, the checks, and the command with its files."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

import report_press as press
from pinzhi.life.admission.contracts import Listing, Outcome
from pinzhi.life.admission.paper.child import Request, sheets
from pinzhi.life.admission.report_tables import labels, packaged_policy
from pinzhi.life.admission.rules import facts
from pinzhi.life.admission.rules.reports import dates
from pinzhi.life.admission.rules.reports.checks import fingerprint, judge_report, read
from pinzhi.life.admission.rules.reports.fields import standards
from pinzhi.life.admission.rules.reports.register import Licence
from pinzhi.life.admission.rules.reports.words import FIELDS, Answer, CheckName, Judged

POLICY = packaged_policy()
LABELS = labels()
DAY = date(2026, 11, 1)
ENGLISH_VALUES = {"未检出": "N.D.", "无": "None"}


def truth(seed=1, layout="chinese", **changed):
    return replace(press.truth(seed, english=layout == "english"), **changed)


def printed(tmp_path, t, layout="chinese"):
    path = tmp_path / f"{layout}.pdf"
    path.write_bytes(press.pressed(t, layout))
    return path


def opened(tmp_path, t, layout="chinese"):
    return sheets(Request(str(printed(tmp_path, t, layout)), POLICY.reading, ocr=False))


def listing(t, **changed):
    own = Listing(
        "L1",
        "M1",
        "clothing",
        f"{t.brand}{t.product} 夏季新款",
        brand=t.brand,
        attributes=(("型号", t.model), ("批号", t.batch), ("生产企业", t.manufacturer)),
    )
    return replace(own, **changed)


def register(t, **changed):
    return [
        replace(Licence(t.lab, t.cma, t.cnas, date(2024, 1, 1), date(2030, 1, 1), s), **changed) for s in t.standards
    ]


def judged(tmp_path, t, layout="chinese", as_of=DAY, **given):
    given = {"listing": listing(t), "register": register(t), "known": [], **given}
    return judge_report(opened(tmp_path, t, layout), LABELS, POLICY, as_of, **given)


def check(result, name):
    return next(c for c in result.checks if c.check is name)


def codes(result, name):
    return [r.code for r in check(result, name).remarks]


@pytest.mark.parametrize("layout", press.LAYOUTS)
def test_every_field_and_every_result_of_a_digital_report_is_read(tmp_path, layout):
    for seed in range(5):
        t = truth(seed, layout)
        report = read(opened(tmp_path, t, layout), LABELS, POLICY.reports)
        got = {n: list(report.standards) if n == "standards" else report.value(n) for n in FIELDS}
        assert got == t.expected()
        assert len(report.items) == len(t.lines)
        for item, line in zip(report.items, t.lines, strict=True):
            english = layout == "english"
            assert (line.english if english else line.name) in item.name
            assert item.value == (ENGLISH_VALUES.get(line.value, line.value) if english else line.value)
            assert item.verdict is {True: Judged.PASS, False: Judged.FAIL, None: Judged.NOT_JUDGED}[line.good]
        assert report.only_sample


@pytest.mark.parametrize("layout", press.LAYOUTS)
def test_a_sound_report_passes(tmp_path, layout):
    result = judged(tmp_path, truth(2, layout), layout)
    assert {c.check: c.outcome for c in result.checks} == dict.fromkeys(CheckName, Answer.OK)
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize("layout", press.LAYOUTS)
def test_a_broken_limit_is_found_in_every_line_whatever_is_printed(tmp_path, layout):
    broken = {"≤75": "76", "4.0~8.5": "8.6", "≤20": "21", "≥3": "2-3", "-3.0~+2.0": "-3.1", "无": "有霉味"}
    broken |= {"≤0.5": "0.51", "≤0.2": "0.3", "≤0.25": "0.26", "≤1.0": "1.01", "≤8.0": "8.1", "≥500": "498"}
    broken |= {"n=5,c=2,m=10,M=100": "<10,<10,<10,<10,120"}
    missed = []
    for seed in range(2):
        t = truth(seed, layout)
        for i, line in enumerate(t.lines):
            if line.limit not in broken:
                continue
            lines = (*t.lines[:i], replace(line, value=broken[line.limit]), *t.lines[i + 1 :])
            result = judged(tmp_path, replace(t, lines=lines), layout)
            if result.outcome is Outcome.PASS or check(result, CheckName.LIMITS).outcome is Answer.OK:
                missed.append((layout, line.name))
            if line.limit != "无":
                assert {"limit_broken", "verdict_differs", "conclusion_contradicted"} <= set(
                    codes(result, CheckName.LIMITS)
                )
                assert result.outcome is Outcome.REJECT
    assert missed == []


def test_a_verdict_printed_as_failed_is_never_a_pass(tmp_path):
    t = truth(1)
    lines = (replace(t.lines[0], printed="不合格"), *t.lines[1:])
    result = judged(tmp_path, replace(t, lines=lines))
    assert codes(result, CheckName.LIMITS) == ["verdict_differs"]
    assert result.outcome is Outcome.MANUAL
    result = judged(tmp_path, replace(t, conclusion="经检验，所检项目不符合标准要求。"))
    assert codes(result, CheckName.LIMITS) == ["conclusion_failed"]
    assert result.outcome is Outcome.REJECT


def test_fibres_that_do_not_add_up_go_to_a_person(tmp_path):
    t = truth(1)
    lines = tuple(replace(line, value="2.0") if line.name == "氨纶" else line for line in t.lines)
    result = judged(tmp_path, replace(t, lines=lines))
    assert codes(result, CheckName.LIMITS) == ["fibres_not_100"]
    assert result.outcome is Outcome.MANUAL


def test_a_report_without_its_number_is_incomplete(tmp_path):
    result = judged(tmp_path, truth(1, report_no=""))
    assert "report_no_missing" in codes(result, CheckName.FIELDS)
    assert result.outcome is Outcome.REJECT


def test_items_that_the_category_asks_for(tmp_path):
    t = truth(1)
    assert codes(judged(tmp_path, t, mandatory=("甲醛", "pH值")), CheckName.FIELDS) == ["complete"]
    result = judged(tmp_path, t, mandatory=("甲醛", "绳带要求"))
    assert codes(result, CheckName.FIELDS) == ["mandatory_item_missing"]
    assert result.outcome is Outcome.REJECT


# --- laboratory ------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "code", "answer"),
    [
        ({"lab": "另一家检测有限公司"}, "cma_of_another", Answer.BAD),
        ({"cma": "999999999999"}, "cma_unknown", Answer.BAD),
        ({"cnas": "L9"}, "cnas_unknown", Answer.BAD),
        ({"valid_to": date(2026, 1, 1)}, "not_valid_on_issue", Answer.BAD),
        ({"valid_from": date(2026, 12, 1)}, "not_valid_on_issue", Answer.BAD),
        ({"standard": "GB 99999-2020"}, "standard_out_of_scope", Answer.BAD),
        ({"standard": ""}, "scope_not_listed", Answer.UNSURE),
    ],
)
def test_scope(tmp_path, changed, code, answer):
    t = truth(1)
    result = judged(tmp_path, t, register=register(t, **changed))
    assert code in codes(result, CheckName.SCOPE)
    assert check(result, CheckName.SCOPE).outcome is answer


def test_scope_by_edition_and_in_any_writing(tmp_path):
    t = truth(1)
    older = [replace(r, standard=r.standard[:-4] + "1999") for r in register(t)]
    assert set(codes(judged(tmp_path, t, register=older), CheckName.SCOPE)) == {"edition_out_of_scope"}
    loose = [
        replace(r, standard=r.standard.replace(" ", "").replace("-", "—"), cnas=f"CNAS {r.cnas}") for r in register(t)
    ]
    assert check(judged(tmp_path, t, register=loose), CheckName.SCOPE).outcome is Answer.OK
    undated = [replace(r, standard=r.standard[:-5]) for r in register(t)]
    assert check(judged(tmp_path, t, register=undated), CheckName.SCOPE).outcome is Answer.OK
    assert codes(judged(tmp_path, t, register=[]), CheckName.SCOPE) == ["lab_unknown"]
    assert codes(judged(tmp_path, t, register=None), CheckName.SCOPE) == ["register_not_given"]


# --- days ------------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["manufactured", "sampled", "received", "tested_from", "tested_to"])
def test_a_day_after_the_next_one_is_impossible(tmp_path, name):
    t = truth(1)
    result = judged(tmp_path, replace(t, **{name: t.issued + timedelta(days=1)}))
    assert "dates_out_of_order" in codes(result, CheckName.DATES)
    assert result.outcome is Outcome.REJECT


def test_a_report_from_the_future(tmp_path):
    t = truth(1)
    result = judged(tmp_path, t, as_of=t.issued - timedelta(days=1))
    assert codes(result, CheckName.DATES) == ["day_in_the_future"]
    assert codes(judged(tmp_path, t, as_of=t.issued), CheckName.DATES) == ["dates_possible"]


def test_the_clock_of_a_report(tmp_path):
    t = truth(1)
    last = facts.months_later(t.issued, POLICY.valid_months)
    for as_of, code in (
        (last - timedelta(days=31), "holds"),
        (last - timedelta(days=30), "expires_soon"),
        (last, "expires_soon"),
        (last + timedelta(days=1), "expired"),
    ):
        result = judged(tmp_path, t, as_of=as_of)
        assert codes(result, CheckName.EXPIRY) == [code]
    assert result.outcome is Outcome.REJECT


def test_days_in_every_writing():
    day = date(2026, 3, 5)
    for text in (
        "2026-03-05", "2026/3/5", "2026.03.05", "2026年3月5日", "2026 年 03 月 05 日", "20260305", "Mar 5, 2026", "March 5th 2026", "5 Mar 2026", "05-Mar-2026", "二〇二六年三月五日",
    ):  # fmt: skip
        assert dates.days(text) == [day], text
    assert dates.days("2026-03-05~03-09") == [day, date(2026, 3, 9)]
    assert dates.days("2026年3月5日至9日") == [day, date(2026, 3, 9)]
    assert dates.days("2026-03-05 ~ 2026-03-09") == [day, date(2026, 3, 9)]
    assert dates.days("2026-02-30") == []
    assert dates.impossible("2026-02-30")
    assert not dates.impossible("2026-02-28")


def test_an_impossible_day_is_said(tmp_path):
    path = printed(tmp_path, truth(1))
    pages = sheets(Request(str(path), POLICY.reading, ocr=False))
    words = tuple(
        replace(w, text="签发日期：2026年2月30日") if w.text.startswith("签发日期") else w for w in pages.pages[0].words
    )
    forged = replace(pages, pages=(replace(pages.pages[0], words=words),))
    result = judge_report(forged, LABELS, POLICY, DAY)
    assert result.outcome is Outcome.REJECT
    assert any("issued" in c or "day" in c for c in codes(result, CheckName.DATES))


# --- identity --------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "code", "answer"),
    [
        ({"brand": "别家"}, "brand_differs", Answer.BAD),
        ({"attributes": (("型号", "Z000-00"),)}, "model_differs", Answer.BAD),
        ({"attributes": (("型号", ""), ("生产企业", "别家制造有限公司"))}, "manufacturer_differs", Answer.BAD),
        ({"title": "electric kettle", "attributes": ()}, "product_differs", Answer.BAD),
        ({"title": "针织短裤 夏", "attributes": ()}, "product_differs", Answer.UNSURE),
    ],
)
def test_identity(tmp_path, changed, code, answer):
    t = truth(1)
    result = judged(tmp_path, t, listing=listing(t, **changed))
    assert code in codes(result, CheckName.IDENTITY)
    assert check(result, CheckName.IDENTITY).outcome is answer


def test_another_batch_goes_to_a_person_with_the_reason(tmp_path):
    t = truth(1)
    own = listing(t, attributes=(("型号", t.model), ("批号", "19990101X")))
    result = judged(tmp_path, t, listing=own)
    assert codes(result, CheckName.IDENTITY) == ["batch_differs", "only_sample"]
    assert result.outcome is Outcome.MANUAL


def test_one_model_is_not_the_beginning_of_another(tmp_path):
    t = truth(1, model="A1")
    assert codes(judged(tmp_path, t, listing=listing(t, attributes=(("型号", "A10"),))), CheckName.IDENTITY) == [
        "model_differs"
    ]
    assert codes(judged(tmp_path, t, listing=listing(t, attributes=(("型号", "a-1"),))), CheckName.IDENTITY) == [
        "same_product"
    ]
    assert codes(judged(tmp_path, t, listing=listing(t, attributes=(("型号", "A1 L码"),))), CheckName.IDENTITY) == [
        "same_product"
    ]


# --- reuse -----------------------------------------------------------------------------------------------------------------------------------------


def kept(tmp_path, t, merchant="M0", **changed):
    pages = opened(tmp_path, t)
    report = read(pages, LABELS, POLICY.reports)
    return replace(fingerprint(report, pages, listing(t, merchant_id=merchant)), **changed)


def test_the_same_report_again(tmp_path):
    t = truth(1)
    assert codes(judged(tmp_path, t, known=[kept(tmp_path, truth(2))]), CheckName.REUSE) == ["not_seen"]
    assert codes(judged(tmp_path, t, known=[kept(tmp_path, t, "M1")]), CheckName.REUSE) == ["submitted_again"]
    assert codes(judged(tmp_path, t, known=[kept(tmp_path, t)]), CheckName.REUSE) == ["shared_by_dealers"]


def test_a_report_lent_to_another_brand(tmp_path):
    t = truth(1)
    result = judged(tmp_path, t, known=[kept(tmp_path, t)], listing=listing(t, brand="别家"))
    assert codes(result, CheckName.REUSE) == ["used_by_another"]
    assert result.outcome is Outcome.REJECT


def test_a_number_with_other_content(tmp_path):
    t = truth(1)
    result = judged(tmp_path, replace(t, product="纯棉圆领短袖背心"), known=[kept(tmp_path, t)], listing=listing(t))
    assert codes(result, CheckName.REUSE) == ["number_with_other_content"]
    assert result.outcome is Outcome.REJECT


def test_the_same_figures_under_another_number(tmp_path):
    t = truth(1)
    other = replace(t, report_no="WT2026-000001", client="另一家商贸有限公司", manufacturer="另一家制造有限公司")
    result = judged(tmp_path, other, known=[kept(tmp_path, t)], listing=listing(other))
    assert codes(result, CheckName.REUSE) == ["same_results"]
    assert check(result, CheckName.REUSE).outcome is Answer.BAD
    own = replace(t, report_no="WT2026-000001")
    assert check(judged(tmp_path, own, known=[kept(tmp_path, t)]), CheckName.REUSE).outcome is Answer.UNSURE


def test_digits_exchanged_in_place_leave_the_layout(tmp_path):
    t = truth(1)
    lines = (replace(t.lines[0], value="11" if len(t.lines[0].value) == 2 else "11111"), *t.lines[1:])
    number = f"{t.report_no[:-1]}{(int(t.report_no[-1]) + 1) % 10}"
    result = judged(tmp_path, replace(t, report_no=number, lines=lines), known=[kept(tmp_path, t)])
    assert codes(result, CheckName.REUSE) == (
        ["same_layout"] if len(t.lines[0].value) == len(lines[0].value) else ["not_seen"]
    )


# --- standards ---------------------------------------------------------------------------------------------------------------------------------------


def test_standards_in_every_writing():
    assert standards("GB 18401—2010、GB/T2912.1-2009；FZ/T 81004-2022，《化妆品安全技术规范》（2015年版）") == [
        "GB 18401-2010",
        "GB/T 2912.1-2009",
        "FZ/T 81004-2022",
        "《化妆品安全技术规范》(2015年版)",
    ]
    assert standards("GBT14272-2021 DB31/T 310-2014 T/CNTAC 21-2018 Q/ABC 001S-2023") == [
        "GB/T 14272-2021",
        "DB31/T 310-2014",
        "T/CNTAC 21-2018",
        "Q/ABC 001S-2023",
    ]
    assert standards("没有标准") == []


def test_the_same_file_gives_the_same_answer(tmp_path):
    t = truth(3)
    assert judged(tmp_path, t) == judged(tmp_path, t)


def test_words_in_any_order_give_the_same_fields(tmp_path):
    pages = opened(tmp_path, truth(1))
    words = list(pages.pages[0].words)
    random.Random(3).shuffle(words)
    mixed = replace(pages, pages=(replace(pages.pages[0], words=tuple(words)),))
    a, b = (read(p, LABELS, POLICY.reports) for p in (pages, mixed))
    assert {f.name: f.value for f in a.found} == {f.name: f.value for f in b.found}
    assert a.items == b.items

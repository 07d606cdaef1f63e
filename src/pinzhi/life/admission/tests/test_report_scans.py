"""
Scans and photos of known truth, and forgeries that only the comparison of text and picture finds.

Recognition takes seconds a page: few pages, marked slow.
"""

from dataclasses import replace
from datetime import date

import pytest

import report_press as press
from pinzhi.life.admission.paper import scan
from pinzhi.life.admission.paper.reading import read_report
from pinzhi.life.admission.report_tables import labels, packaged_policy
from pinzhi.life.admission.rules.reports.checks import judge_report, read
from pinzhi.life.admission.rules.reports.compare import differences, figures, same_reading, tells
from pinzhi.life.admission.rules.reports.labels import key
from pinzhi.life.admission.rules.reports.words import Answer, CheckName, Judged, Page, Source, Word

POLICY = packaged_policy()
LABELS = labels()
PATIENT = replace(POLICY.reading, seconds=400)  # a busy machine is no finding
DAY = date(2026, 11, 1)
needs_ocr = pytest.mark.skipif(not scan.available(), reason="needs the extra `ocr`")


def opened(tmp_path, name, body):
    path = tmp_path / name
    path.write_bytes(body)
    return read_report(path, PATIENT)


def check(judged, name):
    return next(c for c in judged.checks if c.check is name)


@needs_ocr
@pytest.mark.slow
def test_a_scan_is_read_field_by_field_and_figure_by_figure(tmp_path):
    t = press.truth(1)
    sheets = opened(tmp_path, "scan.pdf", press.scanned(press.pressed(t, "chinese")))
    assert [p.source for p in sheets.pages] == [Source.OCR]
    report = read(sheets, LABELS, POLICY.reports)
    expected = t.expected()
    wrong = [n for n in expected if n != "standards" and key(report.value(n)) != key(expected[n])]
    assert (wrong, list(report.standards)) == ([], expected["standards"])
    assert [i.value for i in report.items] == [line.value for line in t.lines]
    assert [i.verdict for i in report.items] == [
        {True: Judged.PASS, None: Judged.NOT_JUDGED}[line.good] for line in t.lines
    ]


@needs_ocr
@pytest.mark.slow
def test_a_broken_limit_in_a_tilted_photo_never_passes(tmp_path):
    t = press.truth(2)
    lines = tuple(
        replace(line, value="76")
        if line.limit == "≤75"
        else replace(line, value="0.51")
        if line.limit == "≤0.5"
        else line
        for line in t.lines
    )
    t = replace(t, lines=lines)
    sheets = opened(tmp_path, "photo.jpg", press.photo(press.pressed(t, "chinese")))
    judged = judge_report(sheets, LABELS, POLICY, DAY)
    assert check(judged, CheckName.LIMITS).outcome is Answer.BAD
    assert judged.outcome == "reject"


@needs_ocr
@pytest.mark.slow
def test_a_figure_that_differs_between_text_and_picture_is_tampering(tmp_path):
    t = press.truth(1)
    sound = opened(tmp_path, "sound.pdf", press.pressed(t, "chinese"))
    assert sound.marks == ()
    other = replace(t, lines=(replace(t.lines[0], value="99.5"), *t.lines[1:]))
    sheets = opened(tmp_path, "layer.pdf", press.forged_in_text(other, "chinese", t))
    told = [m.evidence for m in sheets.marks if m.code == "text_differs"]
    assert any(t.lines[0].value in said and "99.5" in said for said in told)
    judged = judge_report(sheets, LABELS, POLICY, DAY)
    assert check(judged, CheckName.INTEGRITY).outcome is Answer.BAD


def test_what_readers_mix_up_is_no_difference():
    for a, b in (
        ("4.0～7.5", "4.0~7.5"),
        ("GB 18401-2010", "GB18401—2010"),
        ("合格。", "合格."),
        ("/", "1"),
        ("签发日期：2026", "签发日期:2026"),
    ):
        assert not tells(a, b), (a, b)
    for a, b in (
        ("36", "86"),
        ("≤75", "≤15"),
        ("1.0", "10"),
        ("合格", "不合格"),
        ("2026-01-05", "2026-01-06"),
        ("晴禾制造有限公司", "别家贸易商行总部"),
    ):
        assert tells(a, b), (a, b)
    assert same_reading("L5678", "l5678")
    assert not same_reading("0.5", "05")
    assert figures("≤75 mg/kg, 36") == ["≤75", "36"]


def test_differences_are_placed():
    def page(*words):
        return Page(0, 595, 842, tuple(Word(t, x, 100, x + 40, 112) for t, x in words))

    layer = page(("甲醛", 50), ("36", 120), ("合格", 200))
    assert differences(layer, page(("甲醛", 50), ("36", 120), ("合格", 200))) == []
    assert [(d.text, d.picture) for d in differences(layer, page(("甲醛", 50), ("86", 120), ("合格", 200)))] == [
        ("甲醛 36 合格", "甲醛 86 合格")
    ]
    assert [(d.text, d.picture) for d in differences(layer, page(("甲醛", 50)))] == [("36", "")]

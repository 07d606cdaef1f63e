"""Files that strangers send: what is no report is refused with code, reason and remedy, in bounded time and memory; what is odd is said."""

import io
import struct
import time
import zlib
from dataclasses import replace
from pathlib import Path

import fpdf
import pytest

import report_press as press
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.paper.hazards import hazards
from pinzhi.life.admission.paper.reading import read_report
from pinzhi.life.admission.paper.sniff import sniff
from pinzhi.life.admission.report_tables import labels, packaged_policy
from pinzhi.life.admission.rules.reports.checks import MARKS, judge_report
from pinzhi.life.admission.rules.reports.words import Source

POLICY = packaged_policy()
SOUND = press.pressed(press.truth(1), "chinese")


def refused(path, **changed):
    with pytest.raises(RefusedError) as caught:
        read_report(path, replace(POLICY.reading, **changed), ocr=False)
    refusal = caught.value.refusal
    assert refusal.reason
    assert refusal.remedy
    return refusal.code


def code_or_pages(path, limits):
    try:
        return len(read_report(path, limits, ocr=False).pages)
    except RefusedError as no:
        return no.refusal.code


def put(tmp_path, name, body):
    path = tmp_path / name
    path.write_bytes(body)
    return path


def marks(tmp_path, body):
    return {m.code for m in read_report(put(tmp_path, "a.pdf", body), POLICY.reading, ocr=False).marks}


def png(width, height, data=b""):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pdf(*, pages=1, encrypted=False, attach=False, script=False):
    p = fpdf.FPDF(unit="pt", format="A4")
    for _ in range(pages):
        p.add_page()
    p.set_font("helvetica", size=10)
    if pages:
        p.text(50, 50, "a page with more than twenty characters")
    if encrypted:
        p.set_encryption(owner_password="owner", user_password="secret")
    if attach:
        p.embed_file(bytes=b"MZ", basename="tool.exe")
    body = bytes(p.output())
    if script:
        body = body.replace(b"/Type /Catalog", b"/Type /Catalog\n/OpenAction <</S /J#61vaScript /JS (app.alert(1))>>")
    return body


def test_what_cannot_be_read_at_all(tmp_path):
    assert refused(tmp_path / "nowhere.pdf") == "report_not_readable"
    assert refused(tmp_path) == "report_not_readable"
    assert refused(put(tmp_path, "empty.pdf", b"")) == "report_empty"
    assert refused(put(tmp_path, "nul.pdf", bytes(4096))) == "report_empty"
    assert refused(put(tmp_path, "text.pdf", b"just words")) == "report_type_unknown"
    assert refused(put(tmp_path, "page.pdf", b"<html>")) == "report_type_unknown"
    assert refused(put(tmp_path, "archive.pdf", b"PK\x03\x04" + bytes(50))) == "report_type_unknown"
    assert refused(put(tmp_path, "encrypted.pdf", pdf(encrypted=True))) == "report_encrypted"
    assert refused(put(tmp_path, "cut.pdf", SOUND[:400])) == "report_damaged"
    assert refused(put(tmp_path, "nul.jpg", b"\xff\xd8\xff" + bytes(100))) == "picture_damaged"


def test_a_name_that_says_something_else_than_the_content(tmp_path):
    assert refused(put(tmp_path, "report.pdf", png(10, 10))) == "report_type_wrong"
    assert refused(put(tmp_path, "report.png", SOUND)) == "report_type_wrong"
    assert refused(put(tmp_path, "report", SOUND)) == "report_type_wrong"
    assert refused(put(tmp_path, "report.exe", SOUND)) == "report_type_wrong"
    assert sniff(put(tmp_path, "REPORT.PDF", SOUND), most_bytes=10**7, most_pixels=10**7).kind == "pdf"


def test_what_is_too_large(tmp_path):
    huge = tmp_path / "huge.png"
    with huge.open("wb") as out:
        out.write(png(100, 100))
        out.truncate(500 * 1024 * 1024)  # sparse: 500 MB that take no room
    began = time.perf_counter()
    assert refused(huge) == "report_too_large"
    assert refused(put(tmp_path, "bomb.png", png(100_000, 100_000, zlib.compress(bytes(10**6))))) == "picture_too_large"
    assert refused(put(tmp_path, "pages.pdf", pdf(pages=5)), most_pages=4) == "report_too_many_pages"
    assert refused(put(tmp_path, "words.pdf", SOUND), most_characters=100) == "report_too_much_text"
    assert time.perf_counter() - began < 60


def test_five_thousand_pages(tmp_path):
    assert refused(put(tmp_path, "many.pdf", pdf(pages=5_000))) == "report_too_many_pages"


def test_a_stream_that_unpacks_without_end_stays_within_its_memory(tmp_path):
    """200 MB of a page's content packed into 200 kB: read, or refused with a code, but never the house's memory."""
    packed = zlib.compress(b"0 0 m " * 40_000_000, 9)
    parts = [b"%PDF-1.7\n", b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n", b"2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj\n",
             b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>> endobj\n",
             b"4 0 obj <</Length %d/Filter/FlateDecode>>\nstream\n" % len(packed) + packed + b"\nendstream endobj\n", b"trailer <</Root 1 0 R>>\n%%EOF"]  # fmt: skip
    path = put(tmp_path, "bomb.pdf", b"".join(parts))
    small = replace(POLICY.reading, memory=700 * 1024 * 1024, seconds=40)
    assert code_or_pages(path, small) in {
        1, "report_needs_too_much_memory", "report_breaks_reader", "report_too_slow", "report_damaged",
    }  # fmt: skip


def test_a_reader_that_takes_too_long_or_too_much_is_ended(tmp_path):
    path = put(tmp_path, "a.pdf", SOUND)
    assert refused(path, seconds=0) == "report_too_slow"
    assert refused(path, memory=10 * 1024 * 1024) == "report_needs_too_much_memory"


def test_what_a_pdf_carries_besides_its_pages(tmp_path):
    assert marks(tmp_path, SOUND) == {"picture_not_compared"}
    assert marks(tmp_path, pdf(attach=True)) >= {"attachment"}
    assert marks(tmp_path, pdf(script=True)) >= {"active_content"}
    assert hazards(b"<</S/Launch/F(cmd)>>")[0] == ("Launch",)
    assert hazards(b"<</S/Ja#76aScript>>")[0] == ("JavaScript",)
    packed = zlib.compress(b"<</S/JavaScript/JS(x)>>")
    stream = (
        b"5 0 obj <</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed)
        + packed
        + b"\nendstream endobj"
    )
    assert hazards(stream)[0] == ("JavaScript", "JS")
    noise = b"6 0 obj <</Length 20>>\nstream\n/JS /Launch in a picture\nendstream endobj"
    assert hazards(noise) == ((), ())


def test_a_pdf_with_scripts_is_refused_by_its_checks(tmp_path):
    sheets = read_report(put(tmp_path, "a.pdf", pdf(script=True)), POLICY.reading, ocr=False)
    judged = judge_report(sheets, labels(), POLICY, press.date(2026, 11, 1))
    assert judged.outcome == "reject"
    assert {m.code for m in sheets.marks} <= set(MARKS)


def test_a_figure_pasted_over_another_is_seen_without_recognition(tmp_path):
    t = press.truth(1)
    value = t.lines[0].value
    assert "picture_covers_text" in marks(tmp_path, press.forged_in_picture(t, "chinese", value, "99"))


def test_invisible_text_over_a_picture_is_seen_without_recognition(tmp_path):
    t = press.truth(1)
    assert "text_invisible" in marks(tmp_path, press.forged_in_text(t, "chinese", t))


def test_a_scan_without_the_extra_is_said_to_be_unread(tmp_path):
    sheets = read_report(put(tmp_path, "scan.pdf", press.scanned(SOUND)), POLICY.reading, ocr=False)
    assert [m.code for m in sheets.marks] == ["page_unreadable"]
    judged = judge_report(sheets, labels(), POLICY, press.date(2026, 11, 1))
    assert judged.outcome == "manual"
    assert "pinzhi[ocr]" in judged.checks[-1].remarks[0].sentence.zh
    photo = read_report(put(tmp_path, "photo.jpg", press.photo(SOUND)), POLICY.reading, ocr=False)
    assert (photo.pages[0].source, [m.code for m in photo.marks]) == (Source.OCR, ["page_unreadable"])


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_are_read_upright(tmp_path, turn):
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(SOUND)
    document[0].set_rotation(turn)
    out = io.BytesIO()
    document.save(out)
    upright = read_report(put(tmp_path, "a.pdf", SOUND), POLICY.reading, ocr=False).pages[0]
    turned = read_report(put(tmp_path, "b.pdf", out.getvalue()), POLICY.reading, ocr=False).pages[0]
    assert sorted(w.text for w in turned.words) == sorted(w.text for w in upright.words)
    assert (turned.width, turned.height) == (upright.width, upright.height)


def test_every_cut_of_a_file_is_read_or_refused(tmp_path):
    for share in (0.1, 0.5, 0.9, 0.99):
        path = put(tmp_path, "cut.pdf", SOUND[: int(len(SOUND) * share)])
        answer = code_or_pages(path, POLICY.reading)
        assert answer == 1 or answer.startswith("report_")


def test_the_folder_of_the_reader_is_left_as_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path, "a.pdf", SOUND)
    read_report("a.pdf", POLICY.reading, ocr=False)
    assert [p.name for p in Path.cwd().iterdir()] == ["a.pdf"]

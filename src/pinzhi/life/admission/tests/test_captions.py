"""Words on pictures at the desk: read once, judged by the rules of texts, put before a person, and replayed from what was kept."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

import report_press as press
from pinzhi.catalogue import files
from pinzhi.life.admission import actions, captions, filed, lab_history, queries, shipped
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.models import FileReading, Submission
from pinzhi.life.admission.paper import scan
from pinzhi.life.admission.rules.captions import lines
from pinzhi.life.admission.rules.reports.words import Page, Sheets, Source, Word
from pinzhi.life.admission.stored import last_screening, verdict_bytes
from pinzhi.life.admission.tests.goods import CLEAN, T0, at
from pinzhi.life.admission.tests.test_filed import shop
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("admission")


@pytest.fixture(autouse=True)
def own(settings, tmp_path):
    settings.FILES = tmp_path / "files"


def sheet(*words, sure=0.95):
    """Words as (text, x, y), each 20 points high."""
    return Sheets(
        "",
        "0" * 64,
        (Page(0, 800, 800, tuple(Word(t, x, y, x + 20 * len(t), y + 20, sure) for t, x, y in words), (), Source.OCR),),
    )


def picture(shade=200):
    out = io.BytesIO()
    Image.new("RGB", (400, 300), (shade, 220, 240)).save(out, "PNG")
    return out.getvalue()


def listing(*bodies, id_="L1"):
    names = tuple(files.upload([b], shop("M1")).reference for b in bodies)
    return Listing(id_, "M1", "服装/T恤", CLEAN, images=names, attributes=(("材质", "棉100%"),))


@pytest.fixture
def reader(monkeypatch):
    """Recognition that says what it is told to, and how often it was asked."""
    told = {"sheets": sheet(("全网第一", 10, 10), ("品牌", 100, 12), ("宽松百搭", 10, 60)), "asked": 0}

    def read(path, limits, *, ocr):
        assert ocr
        told["asked"] += 1
        return told["sheets"]

    monkeypatch.setattr(scan, "available", lambda: True)
    monkeypatch.setattr(filed, "read_report", read)
    return told


def on_pictures(screening):
    return [
        (f["rule"], f["field"], f["text"], f["severity"])
        for f in screening.verdict["findings"]
        if f["field"].startswith("image_words")
    ]


def latest():
    return last_screening(Submission.objects.filter(listing_id="L1").order_by("-at", "-pk").first())


def test_what_stands_on_one_height_is_a_line_and_unsure_words_are_nothing():
    assert lines(sheet(("品牌", 100, 12), ("全网第一", 10, 10), ("宽松", 10, 60))) == "全网第一 品牌\n宽松"
    assert lines(sheet(("最佳", 10, 10), sure=0.59)) == ""
    assert lines(Sheets("", "0" * 64, ())) == ""


def test_a_claim_on_a_picture_goes_to_a_person_with_the_very_words(reader):
    done = actions.submit(listing(picture()), shop("M1"), now=T0)
    assert on_pictures(done.screening) == []
    assert actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=1)) == 1
    screening = latest()
    assert on_pictures(screening)
    (rule, field, text, severity) = on_pictures(screening)[0]
    assert (rule[:3], field, severity) == ("T01", "image_words:0", "H")
    assert "第一" in text
    assert all(f["confidence"] <= 0.7 for f in screening.verdict["findings"] if f["field"] == field)
    assert queries.words_on_pictures(screening) == ((field, "全网第一 品牌\n宽松百搭"),)
    assert queries.replay(screening) == verdict_bytes(screening.verdict)


def test_a_picture_is_read_once_and_the_same_content_again_changes_nothing(reader):
    done = actions.submit(listing(picture()), shop("M1"), now=T0)
    actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=1))
    assert actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=2)) == 0
    assert not actions.submit(listing(picture()), shop("M1"), now=at(minutes=3)).fresh
    other = actions.submit(listing(picture(), id_="L2"), shop("M1"), now=at(minutes=4))
    assert on_pictures(other.screening)
    assert (reader["asked"], FileReading.objects.count()) == (1, 1)


def test_a_picture_with_lawful_words_is_no_trouble(reader):
    reader["sheets"] = sheet(("纯棉面料 舒适透气", 10, 10))
    done = actions.submit(listing(picture(190)), shop("M1"), now=T0)
    actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=1))
    assert on_pictures(latest()) == []


def test_without_recognition_nothing_is_read(monkeypatch):
    monkeypatch.setattr(scan, "available", lambda: False)
    done = actions.submit(listing(picture()), shop("M1"), now=T0)
    assert not captions.waits(listing(picture()))
    assert actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=1)) == 0
    assert not FileReading.objects.exists()


def test_a_backtest_looks_at_the_words_on_pictures_too(reader):
    reader["sheets"] = sheet(("夏日清凉", 10, 10))
    done = actions.submit(listing(picture()), shop("M1"), now=T0)
    actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=1))
    actions.submit(listing(picture(), id_="L2"), shop("M1"), now=at(minutes=2))
    rule = 'version="9"\n[[rule]]\nid="X01"\nseverity="M"\nlaw="advert.absolute_terms"\nzh="x"\nen="x"\n[[rule.group]]\nname="t"\nwords="夏日清凉"\n'
    report = lab_history.over_history(
        shipped.candidate({"trial": rule}), shipped.ruleset(), queries.policy_in_force(T0)
    )
    assert report["newly_manual"] + report["newly_refused"] + len(report["sample"]) >= 1


@pytest.mark.skipif(not press.font() or not scan.available(), reason="no CJK font, or no recognition installed")
def test_recognition_reads_a_painted_banner():
    out = io.BytesIO()
    canvas = Image.new("RGB", (900, 300), "white")
    ImageDraw.Draw(canvas).text((60, 90), "行业第一品牌", fill="black", font=ImageFont.truetype(str(press.font()), 90))
    canvas.save(out, "PNG")
    done = actions.submit(listing(out.getvalue()), shop("M1"), now=T0)
    assert actions.read_and_judge_again(done.row.pk, HOUSE, now=at(minutes=1)) == 1
    screening = latest()
    assert any("第一" in text for _, _, text, _ in on_pictures(screening))

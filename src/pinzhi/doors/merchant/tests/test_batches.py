"""Batches, codes and labels at the merchant door: the story of one batch, and nothing of anybody else's."""

import io
import re
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue import queries
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import printing
from pinzhi.life.tracing.models import CodeRange, LabelJob, Recall, VoidCodes
from pinzhi.life.tracing.tests.chains import GTIN
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


def user(name, merchant):
    shop = Organisation.objects.create(name=merchant, kind="merchant", merchant_id=merchant)
    account = Account.objects.create(username=name, organisation=shop)
    Grant.objects.create(account=account, role=Role.MERCHANT, given_at="2026-11-01T00:00:00Z")
    return account


@pytest.fixture
def shop(client, tmp_path, settings):
    settings.CODE_KEYS, settings.LABELS = tmp_path / "codes", tmp_path / "labels"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="服装", title="T恤", gtin=GTIN)], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("OTHER", "M2", gtin=GTIN, produced_on=date(2026, 11, 1))], HOUSE)
    client.force_login(user("bao", "M1"))
    return client


NEW = {
    "batch_id": "B1",
    "listing_id": "L1",
    "produced_on": "2026-11-01",
    "quantity": "12",
    "factory": "一号厂",
    "report_no": "R1",
}


def test_the_story_of_a_batch(shop):
    answer = shop.post("/merchant/batches/new", NEW)
    assert (answer.status_code, answer["Location"]) == (302, "/merchant/batches/B1/")
    page = shop.get("/merchant/batches/B1/").content.decode()
    assert "提交生产或赋码事件" in page
    assert shop.post("/merchant/batches/B1/step/codes", {"count": "12"}).status_code == 302
    given = CodeRange.objects.get()
    assert (given.count, given.merchant_id) == (12, "M1")
    assert (
        shop.post("/merchant/batches/B1/step/labels", {"range": given.pk, "form": "pdf", "sheet": "a4-24"}).status_code
        == 302
    )
    job = LabelJob.objects.get()
    assert shop.get(f"/merchant/batches/labels/{job.pk}/1").status_code == 404
    printing.write(job.pk)
    file = shop.get(f"/merchant/batches/labels/{job.pk}/1")
    assert io.BytesIO(b"".join(file.streaming_content)).read(4) == b"%PDF"
    assert file["Content-Disposition"] == 'attachment; filename="B1-0001.pdf"'
    assert (
        shop.post(
            "/merchant/batches/B1/step/void", {"range": given.pk, "first": "0", "count": "2", "reason": "破损"}
        ).status_code
        == 302
    )
    assert VoidCodes.objects.get().count == 2
    assert shop.post("/merchant/batches/B1/step/drill").status_code == 302
    assert Recall.objects.get().drill
    page = shop.get("/merchant/batches/").content.decode()
    assert "B1" in page
    assert "OTHER" not in page


@pytest.mark.parametrize(
    ("path", "given", "status", "words"),
    [
        ("/merchant/batches/new", {**NEW, "produced_on": ""}, 422, "必填"),
        ("/merchant/batches/new", {**NEW, "batch_id": "OTHER"}, 422, "已被占用"),
        ("/merchant/batches/new", {**NEW, "listing_id": "L9"}, 422, "没有这个商品编号"),
        ("/merchant/batches/new", {**NEW, "gtin": "06901234567893"}, 422, "校验位不符"),
        ("/merchant/batches/OTHER/step/codes", {"count": "5"}, 404, ""),
        ("/merchant/batches/OTHER/step/drill", {}, 404, ""),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_stored(shop, path, given, status, words):
    answer = shop.post(path, given)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert queries.batch("B1") is None
    assert queries.batch("OTHER").merchant_id == "M2"
    assert not CodeRange.objects.exists()


def test_pages_of_somebody_elses_batch_do_not_exist(shop):
    assert shop.get("/merchant/batches/OTHER/").status_code == 404
    assert shop.get("/merchant/batches/labels/1/1").status_code == 404
    assert "M2" not in shop.get("/merchant/batches/new?batch=OTHER").content.decode()


def upload(client, text):
    return client.post("/merchant/batches/file", {"file": SimpleUploadedFile("b.csv", text.encode("utf-8-sig"))})


def test_a_file_of_many_sets_bad_rows_aside_with_their_lines(shop):
    text = "batch_id,listing_id,produced_on,quantity\nF1,L1,2026-11-02,5\nF2,L9,2026-11-02,5\nF3,L1,not a day,5\n\nF4,L1,2026-11-03,5\n"
    answer = upload(shop, text)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "第 3 行" in page
    assert "第 4 行" in page
    assert queries.batch("F1").merchant_id == queries.batch("F4").merchant_id == "M1"
    assert queries.batch("F2") is None
    assert upload(shop, text.replace("F2,L9,2026-11-02,5\n", "").replace("F3,L1,not a day,5\n", "")).status_code == 302


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"batch_id\n"])
def test_a_file_that_is_none_is_said(shop, body):
    answer = shop.post("/merchant/batches/file", {"file": SimpleUploadedFile("b.csv", body)})
    assert answer.status_code == 422
    assert "未能登记" in answer.content.decode()


def test_codes_for_a_batch_whose_number_does_not_fit_on_a_label(shop):
    shop.post("/merchant/batches/new", {**NEW, "batch_id": "一号批"})
    answer = shop.post("/merchant/batches/一号批/step/codes", {"count": "5"})
    assert answer.status_code == 422
    assert "无法印上标签" in answer.content.decode()


def test_goods_without_a_gtin_get_a_number_of_the_platform(shop, settings):
    """Codes are refused until the merchant says that the maker has no GTIN; then labels as SVG, and the page of a piece says who gave the number."""
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L9", "M1", category="手工", title="手工竹篮")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B9", "M1", listing_id="L9")], HOUSE)
    assert shop.post("/merchant/batches/B9/step/codes", {"count": "2"}).status_code == 422
    answer = shop.post("/merchant/batches/B9/step/number")
    assert (answer.status_code, "平台暂时无法编码" in answer.content.decode()) == (422, True)
    settings.GS1_PREFIX = "6912345"
    page = shop.get("/merchant/batches/B9/").content.decode()
    assert "生产者没有商品条码" in page
    assert "step/codes" not in page
    assert shop.post("/merchant/batches/B9/step/number").status_code == 302
    page = shop.get("/merchant/batches/B9/").content.decode()
    assert "06912345000000" in page
    assert "step/number" not in page
    assert shop.post("/merchant/batches/B9/step/codes", {"count": "2"}).status_code == 302
    given = CodeRange.objects.get()
    shop.post("/merchant/batches/B9/step/labels", {"range": given.pk, "form": "svg", "sheet": "a4-24"})
    job = LabelJob.objects.get()
    printing.write(job.pk)
    file = shop.get(f"/merchant/batches/labels/{job.pk}/1")
    assert file["Content-Disposition"] == 'attachment; filename="B9-0001.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(file.streaming_content))) as archive:
        drawn = archive.read("0001.svg").decode()
    code = re.search(r'class="c"[^>]*>([^<]+)</text><text class="c"[^>]*>([^<]+)<', drawn)
    serial = (code[1] + code[2]).replace(" ", "")
    piece = shop.get(f"/01/06912345000000/10/B9/21/{serial}", headers={"accept": "text/html"}).content.decode()
    assert "由平台代为编码" in piece
    assert shop.post("/merchant/batches/OTHER/step/number").status_code == 404


def test_a_batch_shows_its_own_cold_chain_and_nobody_elses(shop):
    from pinzhi.life.tracing import capture
    from pinzhi.life.tracing.tests.chains import NOW, at, document, lot, seen

    catalogue.register_entries(
        Kind.LISTING, [ListingEntry("L8", "M1", category="生鲜", title="鲜鸡蛋", gtin=GTIN)], HOUSE
    )
    shop.post("/merchant/batches/new", {**NEW, "listing_id": "L8"})
    reports = [{"type": "Temperature", "time": at(n), "value": v, "uom": "CEL"} for n, v in enumerate((4, 15, 5))]
    for name in ("B1", "OTHER"):
        told = seen(4, [], "transporting", sensorElementList=[{"sensorReport": reports}])
        told |= {"quantityList": [{"epcClass": lot(name), "quantity": 12}]}
        capture.capture(document({k: v for k, v in told.items() if k != "epcList"}), HOUSE, now=NOW)
    page = shop.get("/merchant/batches/B1/").content.decode()
    assert "运输温度自 2026-11-01 09:00 起高于 10 ℃，累计 1 小时，最高 15 ℃。" in page
    assert "有温度记录的运输 1 次，其中超限 1 次。" in page
    assert shop.get("/merchant/batches/OTHER/").status_code == 404


def test_a_step_is_told_by_form_and_wrong_ones_keep_what_was_typed(shop):
    from pinzhi.life.tracing.models import Event

    shop.post("/merchant/batches/new", NEW)
    step = {"step": "make", "at": "2026-11-01 09:00", "gln": "6901234000009", "quantity": "12"}
    wrong = shop.post("/merchant/batches/B1/step/told", {**step, "gln": "6901234000008"})
    assert (wrong.status_code, Event.objects.count()) == (422, 0)
    text = wrong.content.decode()
    assert "场所编号不是有效的 GLN" in text
    assert 'value="6901234000008"' in text
    assert shop.post("/merchant/batches/B1/step/told", step).status_code == 302
    assert Event.objects.get().owner == "M1"
    assert "提交生产或赋码事件" not in shop.get("/merchant/batches/B1/").content.decode()
    assert "这一环节已有记录" in shop.post("/merchant/batches/B1/step/told", step, follow=True).content.decode()
    assert shop.post("/merchant/batches/OTHER/step/told", step).status_code == 404
    assert Event.objects.count() == 1

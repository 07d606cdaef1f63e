"""Papers of a batch at the merchant door: what is refused leaves nothing, another merchant's is not there, a file of batches names files."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pinzhi.catalogue.models import File, Paper
from pinzhi.doors.merchant.tests.test_batches import NEW, shop, user  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
DIGEST = hashlib.sha256(PDF).hexdigest()
STEP = "/merchant/batches/B1/step/"
GIVEN = {"kind": "quarantine", "number": "鄂动检证 4201-0071", "issued_on": "2026-11-01"}


@pytest.fixture
def door(shop, tmp_path, settings):  # noqa: F811 - a fixture
    settings.FILES = tmp_path / "files"
    shop.post("/merchant/batches/new", NEW)
    return shop


def attach(door, content=PDF, **more):
    given = {**GIVEN, **more}
    if content is not None:
        given["file"] = SimpleUploadedFile("张三的检疫证明.pdf", content, content_type="application/pdf")
    return door.post(STEP + "certificate", given)


def told(door, **more):
    step = {"step": "make", "at": "2026-11-01 09:00", "gln": "6901234000009", **more}
    return door.post(STEP + "told", step)


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (None, {}, "请选择报告或证明的文件"),
        (b"MZ" + bytes(100), {}, "不支持该文件类型"),
        (PDF, {"number": "<script>"}, "请照文件填写编号"),
        (PDF, {"kind": "song"}, "请选择证明文件的种类"),
        (PDF, {"issued_on": "gestern"}, "日期请写作 2026-11-26"),
        (PDF, {"issued_on": "2090-01-01"}, "这一天还没有到"),
    ],
)
def test_a_refused_paper_leaves_nothing_and_keeps_what_was_typed(door, content, more, words):
    answer = attach(door, content, **more)
    page = answer.content.decode()
    assert (answer.status_code, Paper.objects.count(), File.objects.count()) == (422, 0, 0)
    assert words in page
    if "number" not in more:
        assert 'value="鄂动检证 4201-0071"' in page


def test_a_file_that_is_too_large_is_refused(door, settings):
    settings.FILE_BYTES = 50
    assert attach(door).status_code == 422
    assert (Paper.objects.count(), File.objects.count()) == (0, 0)


def test_nothing_of_another_merchant(door, client):
    attach(door)
    card = Paper.objects.get()
    client.force_login(user("eve", "M2"))
    for verb in ("publish", "withhold", "detach"):
        assert client.post(f"/merchant/batches/OTHER/step/{verb}", {"paper": card.pk}).status_code == 404
        assert client.post(STEP + verb, {"paper": card.pk}).status_code == 404
    assert client.post(STEP + "certificate", GIVEN).status_code == 404
    card.refresh_from_db()
    assert (Paper.objects.count(), card.public) == (1, False)


def test_a_file_of_batches_names_files_that_were_handed_in(door):
    attach(door)
    rows = [
        "batch_id,listing_id,produced_on,quantity,factory,report_no,quarantine_no,quarantine_file",
        f"B7,L1,2026-11-01,1,一号厂,R7,Q7,file:{DIGEST}",
        f"B8,L1,2026-11-01,1,一号厂,R8,Q8,file:{'0' * 64}",
        f"B9,L9,2026-11-01,1,一号厂,R9,Q9,file:{DIGEST}",
    ]
    sent = SimpleUploadedFile("batches.csv", "\n".join(rows).encode(), content_type="text/csv")
    answer = door.post("/merchant/batches/file", {"file": sent})
    assert answer.status_code == 422
    assert "quarantine_file" in answer.content.decode()
    assert sorted(Paper.objects.values_list("subject_id", "number", "file_digest")) == [
        ("B1", "鄂动检证 4201-0071", DIGEST),
        ("B7", "Q7", DIGEST),
    ]

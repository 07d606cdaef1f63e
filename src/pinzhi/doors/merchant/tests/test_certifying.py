"""The story of a quarantine certificate through the doors: attached, named by an event, checked by its holder, a changed file found."""

import hashlib
import json

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile

from pinzhi.catalogue.models import File, Paper
from pinzhi.doors.cli.main import main
from pinzhi.doors.merchant.tests.test_batches import NEW, shop, user  # noqa: F401 - a fixture
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing import giving, selecting
from pinzhi.life.tracing.models import CodeRange, Event
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.epcis.certificates import ni
from pinzhi.life.tracing.rules.epcis.writing import answer
from pinzhi.life.tracing.tests.chains import GTIN

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


def test_from_the_certificate_to_the_event_to_whoever_holds_the_file(door, client, tmp_path):
    assert attach(door).status_code == 302
    page = door.get("/merchant/batches/B1/").content.decode()
    assert "随下一环节写入账本" in page
    assert f"{DIGEST[:8]}…{DIGEST[-8:]}" in page
    assert "仅自己可下载" in page
    door.post(STEP + "codes", {"count": "1"})
    row = CodeRange.objects.get()
    code = codes.issue(giving.epoch_of(row).keys(GTIN), row.first, 1)[0].decode()
    assert told(door, pieces=code).status_code == 302
    event = Event.objects.get()
    assert event.body["certificationInfo"] == [ni(DIGEST)]
    assert Leaf.objects.filter(kind="event", ref=bytes(event.hash).hex()).count() == 1
    page = door.get("/merchant/batches/B1/").content.decode()
    assert f'<a href="/ledger/proof/event/{bytes(event.hash).hex()}">已随事件写入账本</a>' in page

    # The event as anybody who may ask for it gets it, held against the file and against a changed one.
    paper, file = tmp_path / "paper.pdf", tmp_path / "event.json"
    file.write_bytes(answer([selecting.form(event)], "json", created="2026-11-02T00:00:00Z", asked=None).data)
    for content, verdict in ((PDF, "match"), (PDF + b"\n", "other")):
        paper.write_bytes(content)
        said = CliRunner().invoke(main, ["tracing", "certificate", str(paper), "--event", str(file), "--json"])
        found = json.loads(said.stdout)
        assert (said.exit_code, found["verdict"], found["bound"]) == (0, verdict, verdict == "match")
    assert found["named"][0]["event"] == f"ni:///sha-256;{bytes(event.hash).hex()}?ver=CBV2.0"

    # Whoever scans the code sees what there is, and downloads it only where its owner says so.
    client.logout()
    piece, html = f"/01/{GTIN}/10/B1/21/{code}", {"accept": "text/html"}
    page = client.get(piece, headers=html).content.decode()
    assert f'data-sha256="{DIGEST}"' in page
    assert "<b>检验检疫证明</b> 鄂动检证 4201-0071 · 2026-11-01" in page
    assert "/certificates/" not in page
    card = Paper.objects.get()
    assert client.get(f"/certificates/{card.pk}").status_code == 404
    client.force_login(user("bao2", "M1"))
    assert client.post(STEP + "publish", {"paper": card.pk}).status_code == 302
    client.logout()
    assert f'href="/certificates/{card.pk}" download' in client.get(piece, headers=html).content.decode()
    given = client.get(f"/certificates/{card.pk}")
    assert (given.status_code, given.content, given["Content-Type"]) == (200, PDF, "application/pdf")
    assert given["Content-Disposition"] == f'attachment; filename="{DIGEST[:12]}.pdf"'
    assert given["Cache-Control"] == "no-store"
    assert client.post(f"/certificates/{card.pk}").status_code == 405
    [row] = client.get(piece, headers={"accept": "application/json"}).json()["certificates"]
    assert (row["kind"], row["digest"], row["download"]) == ("quarantine", ni(DIGEST), f"/certificates/{card.pk}")
    english = client.get(piece + "?lang=en", headers=html).content.decode()
    assert "inspection and quarantine certificate" in english

    # Taken back, it is gone; the event goes on naming it.
    client.force_login(user("bao3", "M1"))
    client.post(STEP + "withhold", {"paper": card.pk})
    assert client.get(f"/certificates/{card.pk}").status_code == 404
    client.post(STEP + "detach", {"paper": card.pk})
    page = client.get("/merchant/batches/B1/").content.decode()
    assert "the file is with its owner" in page  # the language that was asked for stays
    assert (Paper.objects.count(), File.objects.count()) == (0, 1)


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

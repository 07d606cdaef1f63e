"""The story of a quarantine certificate through the doors: attached, named by an event, checked by its holder, a changed file found."""

import json

import pytest
from click.testing import CliRunner

from pinzhi.catalogue.models import File, Paper
from pinzhi.doors.cli.main import main
from pinzhi.doors.merchant.tests.test_batches import shop, user  # noqa: F401 - a fixture
from pinzhi.doors.merchant.tests.test_certifying import DIGEST, PDF, STEP, attach, door, told  # noqa: F401 - a fixture
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing import giving, selecting
from pinzhi.life.tracing.models import CodeRange, Event
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.epcis.certificates import ni
from pinzhi.life.tracing.rules.epcis.writing import answer
from pinzhi.life.tracing.tests.chains import GTIN

pytestmark = pytest.mark.django_db


def test_from_the_certificate_to_the_event_to_whoever_holds_the_file(door, client, tmp_path):  # noqa: F811 - a fixture
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

"""Labels of a range in volumes, resumed after a death; and the completeness of batches as a quality officer reads it."""

import csv
from datetime import date, timedelta

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue import queries
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.engine.models import JobRun
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture, completeness, giving, printing, scans
from pinzhi.life.tracing.models import LabelJob
from pinzhi.life.tracing.rules.completeness import QUESTIONS, Recorded, judge
from pinzhi.life.tracing.scans import Said
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, NOW, document, made, packed, seen, unit
from pinzhi.people.roles import Actor, Role

HOUSE = Actor.system("test")
SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")


@pytest.fixture
def given(db, tmp_path, settings):
    settings.CODE_KEYS, settings.LABELS = tmp_path / "codes", tmp_path / "labels"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    listing = ListingEntry("L1", "M1", category="生鲜/猪肉", title="黑猪五花肉", gtin=GTIN)
    catalogue.register_entries(Kind.LISTING, [listing], HOUSE)
    batch = BatchEntry(
        "B1", "M1", listing_id="L1", produced_on=date(2026, 11, 1), quantity=25, factory="一号厂", report_no="R-1"
    )
    catalogue.register_entries(Kind.BATCH, [batch], HOUSE)
    return giving.issue("B1", 25, SHOP, now=NOW)


def refused(code, act, *args, **more):
    with pytest.raises(RefusedError) as no:
        act(*args, **more)
    assert no.value.refusal.code == code


def test_volumes_hold_all_labels_once(given, monkeypatch):
    monkeypatch.setattr(printing, "VOLUME", 10)
    job = printing.ask(given.pk, SHOP, form="csv", scratch=True, now=NOW)
    assert (job.volumes, printing.write(job.pk)) == (3, 3)
    rows = []
    for number in (1, 2, 3):
        _, path = printing.volume(job.pk, number, SHOP)
        rows += list(csv.DictReader(path.open(encoding="utf-8")))
    assert len({r["serial"] for r in rows}) == 25
    assert {len(r["scratch"]) for r in rows} == {8}
    assert all(scans.look(GTIN, r["serial"], "B1").said is Said.VALID for r in rows)
    assert scans.activate(GTIN, rows[24]["serial"], rows[24]["scratch"], now=NOW).activated_at == NOW
    assert rows[0]["url"].startswith(f"https://id.pinzhi.example/01/{GTIN}/10/B1/21/")


def test_a_job_that_died_goes_on_with_the_first_volume_that_is_missing(given, monkeypatch):
    monkeypatch.setattr(printing, "VOLUME", 10)
    job = printing.ask(given.pk, SHOP, form="pdf", now=NOW)
    whole = printing._write_whole

    def dies(path, pieces):
        if path.name.startswith("0002"):
            path.with_suffix(".pdf.part").write_bytes(b"half")
            raise OSError("no space left")
        whole(path, pieces)

    monkeypatch.setattr(printing, "_write_whole", dies)
    with pytest.raises(OSError, match="no space"):
        printing.write(job.pk)
    refused("labels_unknown", printing.volume, job.pk, 2, SHOP)
    first = printing.volume_path(job, 1).stat().st_mtime_ns
    monkeypatch.setattr(printing, "_write_whole", whole)
    told = []
    assert printing.write(job.pk, advance=told.append) == 3
    assert told == [1, 2, 3]
    assert printing.volume_path(job, 1).stat().st_mtime_ns == first
    assert printing.volume(job.pk, 2, SHOP)[1].read_bytes().startswith(b"%PDF")
    assert LabelJob.objects.get().finished_at is not None


def test_labels_are_the_merchants_own_and_go_after_thirty_days(given):
    job = printing.ask(given.pk, SHOP, form="zpl", now=NOW)
    assert JobRun.objects.filter(name=printing.JOB).count() == 1
    printing.write(job.pk)
    refused("labels_unknown", printing.volume, job.pk, 1, OTHER)
    refused("range_unknown", printing.ask, given.pk, OTHER, now=NOW)
    assert printing.volume_path(job, 1).stat().st_mode & 0o077 == 0
    assert (printing.forget(NOW + timedelta(days=29)), printing.forget(NOW + timedelta(days=31))) == (0, 1)
    refused("labels_unknown", printing.volume, job.pk, 1, SHOP)


@pytest.mark.parametrize(
    ("more", "code"),
    [({"form": "exe"}, "form_unknown"), ({"symbol": "aztec"}, "symbol_unknown"), ({"sheet": "a9"}, "no_such_sheet")],
)
def test_what_cannot_be_printed_is_refused_before_a_job_is_there(given, more, code):
    refused(code, printing.ask, given.pk, SHOP, now=NOW, **more)
    assert not LabelJob.objects.exists()


# --- completeness --------------------------------------------------------------------------------------------------------------------------


def test_a_batch_gains_what_is_recorded_of_it_step_by_step(given):
    def missing():
        return completeness.of_batches([queries.batch("B1")])["B1"].missing

    assert missing() == ("quarantine", "made", "moved")
    capture.capture(document(made(1, [unit("A1")], "B1")), HOUSE, now=NOW)
    assert missing() == ("quarantine", "moved")
    capture.capture(document(packed(2, [unit("A1")]), seen(3, [unit("A1")], "shipping", FACTORY)), HOUSE, now=NOW)
    assert missing() == ("quarantine",)
    done = catalogue.register_own_batches(
        [(1, {"batch_id": "B1", "listing_id": "L1", "produced_on": "2026-11-01", "quantity": "25", "factory": "一号厂", "report_no": "R-1", "quarantine_no": "Q-9"})],
        SHOP,
    )  # fmt: skip
    assert done.accepted == 1
    judged = completeness.of_batches([queries.batch("B1")])["B1"]
    assert (judged.complete, judged.score) == (True, 100)


def test_void_codes_leave_pieces_without_one(given):
    giving.void(given.pk, 0, 5, "印刷破损", SHOP, now=NOW)
    assert "codes" in completeness.of_batches([queries.batch("B1")])["B1"].missing


WHOLE = {
    "gtin": True, "produced": True, "quantity": 10, "factory": True, "report": True, "quarantine": False, "category": "服装/T恤", "codes": 10,
    "made": True, "moved": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "score", "missing"),
    [
        ({}, 100, ()),
        ({"category": "生鲜/牛肉"}, 88, ("quarantine",)),
        ({"category": "生鲜/牛肉", "quarantine": True}, 100, ()),
        ({"category": "食品/熟食/鸡肉罐头"}, 100, ()),
        ({"codes": 9}, 87, ("codes",)),
        ({"quantity": None, "codes": 0}, 75, ("quantity", "codes")),
        ({"gtin": False, "made": False, "moved": False}, 62, ("goods", "made", "moved")),
    ],
)
def test_the_questions_of_a_batch(changed, score, missing):
    found = judge(Recorded(**{**WHOLE, **changed}))
    assert (found.score, found.missing) == (score, missing)


def test_every_question_has_words():
    assert {*judge(Recorded(**{**WHOLE, "category": "肉"})).there, "quarantine"} == set(QUESTIONS)


# --- own batches ---------------------------------------------------------------------------------------------------------------------------


def test_a_merchant_registers_its_own_batches_only(given):
    rows = [
        (2, {"batch_id": "B9", "listing_id": "L1", "produced_on": "2026-11-02", "merchant_id": "M1"}),
        (3, {"batch_id": "B1", "gtin": GTIN, "produced_on": "2026-11-02"}),
        (4, {"batch_id": "C1", "gtin": GTIN, "produced_on": "2026-11-02"}),
        (5, {"batch_id": "C2", "gtin": "06901234567893", "produced_on": "2026-11-02"}),
    ]
    done = catalogue.register_own_batches(rows, OTHER)
    assert (done.accepted, [(no.line, no.code) for no in done.aside]) == (
        1,
        [(2, "listing_unknown"), (3, "id_taken"), (5, "gtin_invalid")],
    )
    assert queries.batch("C1").merchant_id == "M2"
    assert queries.batch("B1").merchant_id == "M1"
    assert queries.batch("B9") is None


def test_who_is_no_merchant_registers_none_this_way(given):
    reviewer = Actor("person", "person:reviewer", roles=frozenset({Role.REVIEWER}))
    refused(
        "not_permitted",
        catalogue.register_own_batches,
        [(1, {"batch_id": "C1", "gtin": GTIN, "produced_on": "2026-11-02"})],
        reviewer,
    )
    assert queries.batch("C1") is None

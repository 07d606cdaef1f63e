"""Test reports at the desk: read once, judged with the register and with what was seen before, forged ones for two persons."""

from dataclasses import asdict, replace
from datetime import date

import pytest

import report_press as press
from pinzhi.casework import actions as casework
from pinzhi.catalogue import files
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import actions, filed, picture_bank
from pinzhi.life.admission.contracts import Document, Listing
from pinzhi.life.admission.models import FileReading, KeptReport, LabRegister, Submission
from pinzhi.life.admission.paper import scan
from pinzhi.life.admission.queries import replay
from pinzhi.life.admission.stored import last_screening, verdict_bytes
from pinzhi.life.admission.tests.goods import T0, at, person
from pinzhi.people.roles import Actor, Role

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not press.font(), reason="no CJK font to print reports with")]
TRUTH = next(t for t in map(press.truth, range(40)) if t.product == "全麦苏打饼干")


def shop(merchant):
    return Actor("person", f"person:{merchant}", roles=frozenset({Role.MERCHANT}), merchant_id=merchant)


@pytest.fixture(autouse=True)
def own(settings, tmp_path):
    settings.FILES = tmp_path / "files"


def register(truth=TRUTH, **changed):
    row = {"lab": truth.lab, "cma": truth.cma, "cnas": truth.cnas, "valid_from": "2025-01-01", "valid_to": "2028-12-31"}
    return filed.import_register([row | {"standard": s} | changed for s in truth.standards], Actor.system("test"))


def listing(body, merchant="M1", id_="L1", **more):
    reference = files.upload([body], shop(merchant)).reference
    given = {"brand": TRUTH.brand, "attributes": (("规格", TRUTH.model), ("生产商", TRUTH.manufacturer))} | more
    return Listing(
        id_,
        merchant,
        "食品/饼干",
        f"{TRUTH.brand}{TRUTH.product}",
        documents=(Document("test_report", TRUTH.report_no, reference),),
        **given,
    )


def submit(body, merchant="M1", id_="L1", now=T0, **more):
    return actions.submit(listing(body, merchant, id_, **more), shop(merchant), now=now)


def found(done):
    return {
        (f["rule"], f["severity"], f["evidence"].get("code", ""))
        for f in done.screening.verdict["findings"]
        if f["field"].startswith("document:")
    }


SOUND = press.pressed(TRUTH, "chinese")


def broken(line=0, value="3.2"):
    """A result beyond its limit under a printed «conforms»."""
    lines = list(TRUTH.lines)
    lines[line] = replace(lines[line], value=value)
    return press.pressed(replace(TRUTH, lines=tuple(lines)), "chinese")


def test_a_sound_report_says_nothing_against_the_listing():
    register()
    done = submit(SOUND)
    assert {f for f in found(done) if f[0].startswith("R")} == set()
    assert KeptReport.objects.get().report_no == TRUTH.report_no
    assert replay(done.screening) == verdict_bytes(done.screening.verdict)


def test_a_failing_row_under_a_printed_conformity_takes_two_persons():
    register()
    done = submit(broken())
    assert {
        ("R01", "H", "verdict_differs"),
        ("R01", "H", "conclusion_contradicted"),
        ("R02", "H", "limit_broken"),
    } <= found(done)
    assert (done.screening.outcome, done.screening.severe) == ("reject", ["R01"])
    assert replay(done.screening) == verdict_bytes(done.screening.verdict)
    said = next(f for f in done.screening.verdict["findings"] if f["rule"] == "R02")
    assert (said["evidence"]["value"], said["message_zh"][:5]) == ("3.2", "检验报告：")
    made = actions.appeal(done.row.pk, shop("M1"), "报告是真的", now=at(hours=1))
    first, second = person("r1", Role.REVIEWER), person("s1", Role.SENIOR_REVIEWER)
    claimed = casework.claim(made.case_id, first, now=at(hours=2))
    seen = casework.decide(made.case_id, "admit", first, seen=claimed.seen, reason="核对原件", now=at(hours=2))
    assert Submission.objects.get(pk=done.row.pk).state == "refused", "one person cannot lift it"
    assert seen.state == "proposed"
    casework.confirm(made.case_id, second, seen=seen.seen, now=at(hours=3))
    assert Submission.objects.get(pk=done.row.pk).state == "passed"


def test_one_number_with_other_content_at_another_merchant():
    register()
    submit(SOUND, "M1", "L1")
    other = press.pressed(
        replace(TRUTH, product="燕麦酥性饼干", lines=tuple(replace(x, value=x.value) for x in TRUTH.lines[1:])),
        "chinese",
    )
    done = submit(other, "M2", "L2", now=at(hours=1))
    assert ("R01", "H", "number_with_other_content") in found(done)
    assert replay(done.screening) == verdict_bytes(done.screening.verdict)
    again = submit(other, "M2", "L2", now=at(hours=2), price=None, brand="别的")
    assert ("R01", "H", "number_with_other_content") in found(again)


def test_dealers_of_one_brand_share_its_report():
    register()
    submit(SOUND, "M1", "L1")
    done = submit(SOUND, "M2", "L2", now=at(hours=1))
    assert not any(f[0] == "R01" for f in found(done))


def test_a_laboratory_outside_its_scope_and_a_replay_under_the_old_register():
    register()
    first = submit(SOUND)
    _, before, after = register(standard="GB 1-2020")
    assert (len(before), len(after)) == (3, 3)
    done = submit(SOUND, "M2", "L2", now=at(hours=1))
    assert ("R03", "H", "standard_out_of_scope") in found(done)
    assert replay(last_screening(first.row)) == verdict_bytes(first.screening.verdict)


def test_without_a_register_scope_is_not_held_against_anybody():
    assert not any(f[0] == "R03" for f in found(submit(SOUND)))


def test_the_same_register_again_is_the_same_snapshot():
    register()
    register()
    assert LabRegister.objects.count() == 1
    with pytest.raises(RefusedError) as no:
        filed.import_register([], Actor.system("test"))
    assert no.value.refusal.code == "register_empty"
    with pytest.raises(RefusedError) as no:
        filed.import_register([{"lab": "某检测", "cma": "1"}], shop("M1"))
    assert no.value.refusal.code == "not_permitted"
    assert LabRegister.objects.count() == 1


def test_a_file_is_read_once_and_a_dry_run_keeps_nothing_but_the_reading():
    register()
    one = listing(SOUND)
    judged = actions.dry_run(one, shop("M1"), now=T0)
    assert not any(f["rule"] == "R02" for f in judged.verdict["findings"])
    actions.submit(one, shop("M1"), now=T0)
    assert FileReading.objects.count() == 1
    assert not actions.submit(one, shop("M1"), now=at(hours=1)).fresh


def test_a_scan_is_for_a_person_until_it_is_read(monkeypatch):
    monkeypatch.setattr(scan, "available", lambda: False)
    done = submit(press.scanned(SOUND, dots=100))
    assert ("R09", "M", "") in found(done)
    assert any("未安装文字识别" in f["message_zh"] for f in done.screening.verdict["findings"])
    assert actions.read_and_judge_again(done.row.pk, Actor.system("test")) == 0
    assert replay(done.screening) == verdict_bytes(done.screening.verdict)


@pytest.mark.slow
@pytest.mark.skipif(not scan.available(), reason="the extra ocr is not installed")
def test_a_scan_is_read_by_the_job_and_judged_again():
    register()
    done = submit(press.scanned(broken(), dots=150))
    assert ("R09", "M", "") in found(done)
    assert actions.read_and_judge_again(done.row.pk, Actor.system("test"), now=at(hours=1)) == 1
    latest = Submission.objects.filter(listing_id="L1").order_by("-at").first()
    after = last_screening(latest)
    codes = {f["evidence"].get("code") for f in after.verdict["findings"] if f["field"].startswith("document:")}
    assert "limit_broken" in codes
    assert not any(f["rule"] == "R09" for f in after.verdict["findings"])
    assert replay(after) == verdict_bytes(after.verdict)


def test_a_file_that_no_reader_opens_is_for_a_person():
    done = submit(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF")
    assert ("R09", "M", "") in found(done)
    assert FileReading.objects.get().refusal["code"].startswith("report_")


def test_a_report_of_another_merchant_is_not_there():
    reference = files.upload([SOUND], shop("M1")).reference
    with pytest.raises(RefusedError) as no:
        actions.submit(
            Listing("L9", "M2", "食品/饼干", "饼干", documents=(Document("test_report", "1", reference),)),
            shop("M2"),
            now=T0,
        )
    assert no.value.refusal.code == "file_unknown"
    assert not FileReading.objects.exists()


def test_an_old_report_has_ended():
    register()
    old = replace(
        TRUTH,
        issued=date(2024, 3, 1),
        manufactured=date(2024, 1, 1),
        sampled=date(2024, 1, 5),
        received=date(2024, 1, 6),
        tested_from=date(2024, 1, 8),
        tested_to=date(2024, 2, 1),
    )
    assert ("R07", "H", "expired") in found(submit(press.pressed(old, "chinese")))


def test_what_is_written_down_reads_back():
    register()
    one = listing(SOUND)
    filed.read_digital(one)
    now = filed.gathered(one)
    import json

    assert asdict(filed.again(json.loads(now.basis)))["sheets"] == asdict(now)["sheets"]
    assert picture_bank.of(one) == {}

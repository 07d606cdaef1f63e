"""Codes of batches, queries of them, the covered code, copied codes, and what people report: exact answers, and what a refused act leaves behind: nothing."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.decisions import queries as decided
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.tracing import capture, copies, giving, recall, reporting, ring, scans
from pinzhi.life.tracing.models import CodeMemory, CodeRange, CodeState, Scan, UnitReport, VoidCodes
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.codes import Form
from pinzhi.life.tracing.scans import Said
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, NOW, baked, counted, document, lot, made, unit
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

HOUSE = Actor.system("test")
MANAGER = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")


@pytest.fixture(autouse=True)
def batch(tmp_path, settings):
    settings.CODE_KEYS = tmp_path / "codes"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="食品", gtin=GTIN)], HOUSE)
    catalogue.register_entries(
        Kind.BATCH,
        [BatchEntry("B1", "M1", listing_id="L1"), BatchEntry("B2", "M1", gtin=GTIN), BatchEntry("X", "M2")],
        HOUSE,
    )


def issued(row, count=10):
    return [c.decode() for c in codes.issue(giving.epoch_of(row).keys(row.gtin), row.first, count)]


def refused(code, act, *args, **more):
    with pytest.raises(RefusedError) as no:
        act(*args, **more)
    assert no.value.refusal.code == code


def test_ranges_of_a_gtin_follow_one_another_and_no_code_has_a_row():
    first, second = giving.issue("B1", 1000, SHOP, now=NOW), giving.issue("B2", 5, SHOP, now=NOW)
    assert [(r.first, r.count, r.batch_id) for r in (first, second)] == [(0, 1000, "B1"), (1000, 5, "B2")]
    assert (CodeRange.objects.count(), CodeState.objects.count()) == (2, 0)
    assert len({*issued(first, 1000), *issued(second, 5)}) == 1005
    (fact, _) = FactRow.objects.filter(name="CodesIssued").order_by("seq")
    assert (fact.subject_id, fact.payload["count"], fact.payload["merchant_id"]) == ("B1", 1000, "M1")


def test_a_new_epoch_begins_at_zero_and_old_codes_go_on_being_valid():
    old = issued(giving.issue("B1", 3, SHOP, now=NOW))[0]
    ring.rotate(scans.settings.CODE_KEYS, Form.LETTERS, date(2026, 11, 20))
    row = giving.issue("B1", 3, SHOP, now=NOW)
    assert (row.epoch, row.first) == (1, 0)
    assert scans.look(GTIN, old).said is scans.look(GTIN, issued(row)[0]).said is Said.VALID


@pytest.mark.parametrize(
    ("batch_id", "count", "by", "code"),
    [
        ("B1", 0, SHOP, "count_out_of_range"),
        ("B1", giving.MOST + 1, SHOP, "count_out_of_range"),
        ("B1", 1, OTHER, "batch_unknown"),
        ("none", 1, SHOP, "batch_unknown"),
        ("X", 1, OTHER, "batch_without_gtin"),
        ("B1", 1, Actor("person", "person:reviewer", roles=frozenset({Role.REVIEWER})), "not_permitted"),
    ],
)
def test_what_is_refused_gives_nothing_out(batch_id, count, by, code):
    refused(code, giving.issue, batch_id, count, by, now=NOW)
    assert not CodeRange.objects.exists()


def test_a_query_says_whether_the_number_was_issued_and_for_what():
    row = giving.issue("B1", 10, SHOP, now=NOW)
    mine = issued(row)
    giving.void(row.pk, 3, 2, "印刷破损", SHOP, now=NOW)
    assert scans.look(GTIN, mine[0], "B1").said is Said.VALID
    assert scans.look(GTIN, mine[0].lower()).said is Said.VALID
    assert scans.look(GTIN, mine[0], "B2").said is Said.OTHER_BATCH
    assert [scans.look(GTIN, c).said for c in mine[2:6]] == [Said.VALID, Said.VOID, Said.VOID, Said.VALID]
    assert scans.look(GTIN, "0" * 20).said is Said.UNKNOWN
    assert scans.look(GTIN, "' OR 1=1 --").said is Said.UNKNOWN
    never = codes.issue(giving.epoch_of(row).keys(GTIN), 500, 1)[0].decode()
    assert scans.look(GTIN, never).said is Said.UNKNOWN
    refused("gtin_invalid", scans.look, "06901234567893", mine[0])
    ring.revoke(scans.settings.CODE_KEYS, 0, date(2026, 11, 20))
    assert scans.look(GTIN, mine[0]).said is Said.REVOKED


def test_a_serial_of_somebody_else_that_events_know_is_foreign():
    capture.capture(document(made(1, [unit("OWN-77")])), HOUSE, now=NOW)
    assert scans.look(GTIN, "OWN-77").said is Said.FOREIGN
    assert scans.scan(GTIN, "OWN-77", now=NOW).scans == 0
    assert not CodeState.objects.exists()


def test_queries_are_counted_once_for_a_device_within_minutes_and_invented_numbers_leave_no_row():
    code = issued(giving.issue("B1", 10, SHOP, now=NOW))[0]
    first = scans.scan(GTIN, code, device="d1", region="武汉", now=NOW)
    assert (first.scans, first.first_at) == (1, NOW)
    assert scans.scan(GTIN, code, device="d1", now=NOW + timedelta(minutes=9)).scans == 1
    assert scans.scan(GTIN, code, device="d1", now=NOW + timedelta(minutes=11)).scans == 2
    assert scans.scan(GTIN, code, device="d2", now=NOW + timedelta(minutes=11)).scans == 3
    scans.scan(GTIN, "0" * 20, device="d1", now=NOW)
    assert (CodeState.objects.count(), Scan.objects.count()) == (1, 3)
    assert Scan.objects.order_by("pk").first().region == "武汉"


def test_the_covered_code_activates_once():
    row = giving.issue("B1", 10, SHOP, now=NOW)
    code, covered = issued(row)[0], codes.second_factor(giving.epoch_of(row).keys(GTIN), row.first)
    assert scans.activate(GTIN, code, covered.lower(), now=NOW).activated_at == NOW
    refused("activated_already", scans.activate, GTIN, code, covered, now=NOW + timedelta(days=1))
    assert CodeState.objects.get().activated_at == NOW


def test_guessing_the_covered_code_ends_for_the_day():
    row = giving.issue("B1", 10, SHOP, now=NOW)
    code, covered = issued(row)[0], codes.second_factor(giving.epoch_of(row).keys(GTIN), row.first)
    for _ in range(5):
        refused("covered_code_wrong", scans.activate, GTIN, code, "00000000", now=NOW)
    refused("covered_code_rest", scans.activate, GTIN, code, covered, now=NOW + timedelta(hours=1))
    assert CodeState.objects.get().activated_at is None
    assert scans.activate(GTIN, code, covered, now=NOW + timedelta(days=1)).activated_at is not None


def test_the_covered_code_of_another_piece_does_not_fit():
    row = giving.issue("B1", 10, SHOP, now=NOW)
    other = codes.second_factor(giving.epoch_of(row).keys(GTIN), row.first + 1)
    refused("covered_code_wrong", scans.activate, GTIN, issued(row)[0], other, now=NOW)
    refused("code_not_valid", scans.activate, GTIN, "0" * 20, other, now=NOW)


def test_a_recall_shows_on_every_piece_of_the_batch_and_on_what_was_made_from_it():
    row = giving.issue("B1", 10, SHOP, now=NOW)
    code = issued(row)[0]
    capture.capture(
        document(
            counted(1, {lot("F1"): 9}, "commissioning", FACTORY, action="ADD"), baked(2, {lot("F1"): 9}, [unit(code)])
        ),
        HOUSE,
        now=NOW,
    )
    assert scans.look(GTIN, code).recalled is None
    made_from = recall.recall(lot("F1"), MANAGER, "检出沙门氏菌", now=NOW)
    assert scans.look(GTIN, code).recalled == made_from
    assert scans.look(GTIN, issued(row)[1]).recalled is None
    recall.close(made_from.pk, MANAGER, "全部销毁", now=NOW)
    assert scans.look(GTIN, code).recalled is None


def test_void_codes_belong_to_the_range_and_to_its_merchant():
    row = giving.issue("B1", 10, SHOP, now=NOW)
    refused("range_unknown", giving.void, row.pk, 0, 1, "破损", OTHER, now=NOW)
    refused("range_part_outside", giving.void, row.pk, 8, 3, "破损", SHOP, now=NOW)
    refused("void_without_reason", giving.void, row.pk, 8, 2, " ", SHOP, now=NOW)
    assert not VoidCodes.objects.exists()
    one = giving.void(row.pk, 8, 2, "破损", SHOP, now=NOW)
    assert giving.void(row.pk, 8, 2, "破损", SHOP, now=NOW).pk == one.pk
    assert giving.given_out("B1") == 8


# --- copies --------------------------------------------------------------------------------------------------------------------------------


def test_a_code_on_many_pieces_is_found_once_and_put_before_a_person():
    mine = issued(giving.issue("B1", 10, SHOP, now=NOW))
    for n, region in enumerate(("武汉", "广州", "成都", "沈阳", "西安", "昆明")):
        scans.scan(GTIN, mine[0], device=f"d{n}", region=region, now=NOW + timedelta(hours=n))
    for n in range(6):
        scans.scan(GTIN, mine[1], device="same", region="武汉", now=NOW + timedelta(hours=n))
    later = NOW + timedelta(days=1)
    assert (copies.search(HOUSE, now=later), copies.search(HOUSE, now=later)) == (1, 0)
    assert scans.look(GTIN, mine[0]).copied is not None
    assert scans.look(GTIN, mine[1]).copied is None
    (case,) = Case.objects.all()
    assert (case.desk, case.subject_id, case.merchant_id) == ("tracing", "B1", "M1")
    (fact,) = FactRow.objects.filter(name="CodeCopied")
    assert mine[0] not in str(fact.payload)


def test_a_search_after_every_scan_says_what_one_search_at_the_end_says():
    mine = issued(giving.issue("B1", 10, SHOP, now=NOW))
    regions = ("武汉", "广州", "成都", "沈阳", "西安", "昆明", "长沙")

    def scanned(*, searching):
        for n, region in enumerate(regions):
            for code, device in ((mine[0], f"d{n}"), (mine[1], "same"), (mine[2], f"e{n % 2}")):
                at = NOW + timedelta(hours=8 * n)
                scans.scan(GTIN, code, device=device, region=region, now=at)
                if searching:
                    copies.search(HOUSE, now=at)
        copies.search(HOUSE, now=NOW + timedelta(days=4))
        return {s.code: s.copied for s in CodeState.objects.all()}

    stood = []
    for searching in (False, True):
        with transaction.atomic():
            stood.append(scanned(searching=searching))
            assert not Scan.objects.filter(weighed=False).exists()
            assert copies.search(HOUSE, now=NOW + timedelta(days=5)) == 0
            transaction.set_rollback(True)
    assert stood[0] == stood[1]
    assert [bool(stood[0][code]) for code in mine[:3]] == [True, False, False]


def test_who_may_not_search_changes_nothing():
    mine = issued(giving.issue("B1", 10, SHOP, now=NOW))
    scans.scan(GTIN, mine[0], device="d", region="武汉", now=NOW)
    refused("not_permitted", copies.search, SHOP, now=NOW)
    assert Scan.objects.filter(weighed=False).count() == 1
    assert not CodeMemory.objects.exists()


def test_a_code_of_which_nothing_is_heard_is_forgotten():
    mine = issued(giving.issue("B1", 10, SHOP, now=NOW))
    scans.scan(GTIN, mine[0], device="d", region="武汉", now=NOW)
    copies.search(HOUSE, now=NOW)
    assert CodeMemory.objects.count() == 1
    copies.search(HOUSE, now=NOW + timedelta(days=401))
    assert CodeMemory.objects.count() == 0


# --- reports -------------------------------------------------------------------------------------------------------------------------------


def person(name, role):
    account = Account.objects.create(username=name, display_name=name)
    Grant.objects.create(account=account, role=role, given_at=NOW)
    return account.actor()


def test_a_report_is_a_case_and_two_persons_stop_the_batch():
    code = issued(giving.issue("B1", 10, SHOP, now=NOW))[0]
    address = f"https://id.pinzhi.example/01/{GTIN}/10/B1/21/{code}"
    row = reporting.report(address, "injury", "吃了以后呕吐", device="d1", now=NOW)
    assert (row.batch_id, row.said, len(row.receipt)) == ("B1", "valid", 10)
    assert reporting.report(address, "injury", "吃了以后呕吐", device="d1", now=NOW).pk == row.pk
    second = reporting.report(address, "fake", "", device="d2", now=NOW)
    assert second.case_id == row.case_id
    case = cases.case(row.case_id, MANAGER, now=NOW)
    assert (case.severity, case.evidence["kind"], case.evidence["batch"]) == ("H", "injury", "B1")
    mei, lin = person("mei", Role.ANALYST), person("lin", Role.MANAGER)
    casework.decide(case.id, "stop", mei, seen=case.seen, reason="多起反馈", now=NOW)
    assert decided.standing(Subject(Kind.BATCH, "B1"), NOW + timedelta(hours=2)).state != "stopped"
    casework.confirm(case.id, lin, seen=cases.case(case.id, lin, now=NOW).seen, now=NOW + timedelta(hours=1))
    assert decided.standing(Subject(Kind.BATCH, "B1"), NOW + timedelta(hours=2)).state == "stopped"


@pytest.mark.parametrize(
    ("address", "kind", "words", "code"),
    [
        ("", "fake", "", "unit_unknown"),
        ("https://id.pinzhi.example/01/06901234567892", "fake", "", "unit_unknown"),
        ("javascript:alert(1)", "fake", "", "unit_unknown"),
        (f"https://x.example/01/{GTIN}/21/A1", "nonsense", "", "kind_unknown"),
        (f"https://x.example/01/{GTIN}/21/A1", "fake", "字" * 1001, "text_too_long"),
    ],
)
def test_a_report_that_is_refused_is_nowhere(address, kind, words, code):
    refused(code, reporting.report, address, kind, words, now=NOW)
    assert not (UnitReport.objects.exists())
    assert not (Case.objects.exists())


def test_one_device_cannot_flood_the_desk():
    for n in range(10):
        reporting.report(f"https://x.example/01/{GTIN}/21/A{n}", "fake", "", device="d1", now=NOW)
    refused(
        "too_many_reports", reporting.report, f"https://x.example/01/{GTIN}/21/B1", "fake", "", device="d1", now=NOW
    )
    assert UnitReport.objects.count() == 10

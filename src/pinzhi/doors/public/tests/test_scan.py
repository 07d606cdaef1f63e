"""The scan page over HTTP: counting, languages, JSON, what strangers send."""

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.doors.public import scan
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.ledger import keys
from pinzhi.ledger.checkpoint import MLDSA44
from pinzhi.ledger.witness import Cosigner
from pinzhi.life.tracing import batches, capture, giving, history
from pinzhi.life.tracing.models import CodeState, Scan, UnitReport
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.tests.chains import GTIN, document, made, unit
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


@pytest.fixture
def code(tmp_path, settings):
    settings.CODE_KEYS = tmp_path / "codes"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店<script>")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", gtin=GTIN)], HOUSE)
    row = giving.issue("B1", 10, HOUSE)
    return codes.issue(giving.epoch_of(row).keys(GTIN), row.first, 1)[0].decode()


def page(client, path, **more):
    return client.get(path, headers={"accept": "text/html", "user-agent": "phone"}, **more)


def test_a_query_is_counted_and_says_what_the_code_proves_and_what_not(client, code):
    text = page(client, f"/01/{GTIN}/21/{code}").content.decode()
    assert "编码有效 · 首次查询" in text
    assert "仅凭编码不能证明商品为真" in text
    assert "正品" not in text
    assert "一号店&lt;script&gt;" in text
    assert page(client, f"/01/{GTIN}/21/{code}").status_code == 200
    assert CodeState.objects.get().scans == 1
    other = client.get(f"/01/{GTIN}/21/{code}", headers={"accept": "text/html", "user-agent": "another"})
    assert "第 2 次查询" in other.content.decode()


def test_who_asked_is_kept_as_a_mark_only(client, code):
    page(client, f"/01/{GTIN}/21/{code}", REMOTE_ADDR="203.0.113.7")
    row = Scan.objects.get()
    assert len(row.device) == 16
    assert "203" not in row.device
    assert row.region == ""


def test_a_region_is_believed_only_from_the_header_that_the_operator_named(client, code, settings):
    client.get(f"/01/{GTIN}/21/{code}", headers={"accept": "text/html", "x-client-region": "武汉"})
    settings.REGION_HEADER = "X-Client-Region"
    client.get(f"/01/{GTIN}/21/{code}", headers={"accept": "text/html", "user-agent": "b", "x-client-region": "Wuhan"})
    assert list(Scan.objects.order_by("pk").values_list("region", flat=True)) == ["", "Wuhan"]


def test_programs_get_json(client, code):
    answer = client.get(f"/01/{GTIN}/10/B1/21/{code}", headers={"accept": "application/json"})
    said = answer.json()
    assert (said["status"], said["valid"], said["batch"], said["query"]) == ("valid", True, "B1", 1)
    assert answer["Cache-Control"] == "no-store"
    capture.capture(document(made(1, [unit(code)], "B1")), HOUSE)
    said = client.get(f"/01/{GTIN}/10/B1/21/{code}", headers={"accept": "application/json"}).json()
    assert [e["step"] for e in said["history"]["events"]] == ["commissioning"]


def test_english_by_the_link(client, code):
    assert "The code is valid" in page(client, f"/01/{GTIN}/21/{code}?lang=en").content.decode()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/01/06901234567893/21/A1", 404, "校验位有误"),
        (f"/01/{GTIN}/21/{'0' * 20}", 200, "未经本平台签发"),
        (f"/01/{GTIN}/21/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404, ""),
        (f"/01/{GTIN}/21/%00", 200, "未经本平台签发"),
        (f"/01/{GTIN}/21/" + "9" * 200, 404, ""),
        (f"/01/{GTIN}/10/other/21/" + "A" * 20, 200, "未经本平台签发"),
    ],
)
def test_what_strangers_send(client, code, path, status, words):
    answer = page(client, path)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert not CodeState.objects.exists()


def test_a_head_request_is_no_query(client, code):
    assert client.head(f"/01/{GTIN}/21/{code}").status_code == 200
    assert not Scan.objects.exists()


def test_a_wrong_covered_code_is_said_and_a_right_one_shows(client, code):
    wrong = client.post(f"/01/{GTIN}/21/{code}", {"covered": "X"}, headers={"accept": "text/html"})
    assert wrong.status_code == 422
    assert "与涂层下的验证码不符" in wrong.content.decode()
    row = giving.held(GTIN, 0, 0)
    right = client.post(
        f"/01/{GTIN}/21/{code}",
        {"covered": codes.second_factor(giving.epoch_of(row).keys(GTIN), 0)},
        headers={"accept": "text/html"},
    )
    assert right.status_code == 200
    assert "激活" in right.content.decode()
    assert CodeState.objects.get().activated_at is not None


def test_whoever_holds_a_second_piece_with_the_code_can_type_its_covered_code_too(client, code, settings):
    """The page offers it after the activation as well; what was typed is kept with a mark and a region, and nobody is told whether it was right."""
    settings.REGION_HEADER = "X-Client-Region"
    covered = codes.second_factor(giving.epoch_of(giving.held(GTIN, 0, 0)).keys(GTIN), 0)

    def post(typed, agent, region):
        headers = {"accept": "text/html", "user-agent": agent, "x-client-region": region}
        return client.post(f"/01/{GTIN}/21/{code}", {"covered": typed}, headers=headers)

    assert post(covered, "mine", "武汉").status_code == 200
    text = page(client, f"/01/{GTIN}/21/{code}").content.decode()
    assert "不是您激活的？请输入您手中这件商品的刮刮码" in text
    right, wrong = post(covered, "another", "成都"), post("X", "third", "沈阳")
    assert (right.status_code, wrong.status_code) == (422, 422)
    assert "此前已被激活" in right.content.decode()
    assert right.content == wrong.content
    rows = list(Scan.objects.exclude(covered="").order_by("pk").values_list("covered", "region"))
    assert rows == [("owned", "武汉"), ("again", "成都"), ("wrong", "沈阳")]


def test_a_report_gets_a_receipt_and_a_bad_one_a_sentence(client, code):
    unit_ = f"https://id.pinzhi.example/01/{GTIN}/21/{code}"
    assert unit_ in client.get("/report", {"unit": unit_}).content.decode()
    bad = client.post("/report", {"unit": unit_, "kind": ""})
    assert (bad.status_code, UnitReport.objects.count()) == (422, 0)
    good = client.post("/report", {"unit": unit_, "kind": "injury", "words": "<b>烫伤</b>"})
    assert UnitReport.objects.get().receipt in good.content.decode()
    assert "先就医" in good.content.decode()


def test_no_field_brings_a_database_into_trouble(client, code):
    nul = "\x00"
    assert page(client, f"/01/{GTIN}/10/%00/21/{code}").status_code == 200
    assert (
        client.post(
            "/report", {"unit": f"https://x.example/01/{GTIN}/21/A1", "kind": "other", "words": f"a{nul}b"}
        ).status_code
        == 200
    )
    assert client.post("/report", {"unit": nul, "kind": "other"}).status_code == 422
    assert UnitReport.objects.get().words == "ab"
    for batch in (f"B{nul}", nul):
        with pytest.raises(RefusedError):
            batches.find(batch, HOUSE)
    with pytest.raises(RefusedError):
        history.of(f"https://id.gs1.org/01/{GTIN}/21/{nul}")


def test_the_proof_of_an_event_is_public_and_of_nothing_else(client, code):
    capture.capture(document(made(1, [unit(code)], "B1")), HOUSE)
    from pinzhi.life.tracing.models import Event

    name = bytes(Event.objects.get().hash).hex()
    assert client.get(f"/ledger/proof/event/{name}").json()["what"]["ref"] == name
    assert client.get(f"/ledger/proof/event/{'0' * 64}").status_code == 404
    assert client.get("/ledger/proof/event/1").status_code == 404


def test_the_keys_of_the_check_in_the_browser(client, code, settings, tmp_path):
    """Ed25519 keys whole; of ML-DSA-44 keys, which no browser verifies with, name, id and type; a broken file of witnesses takes nothing from the visitor."""
    settings.LEDGER_KEYS = tmp_path / "keys"
    log = keys.rotate(settings.LEDGER_KEYS, settings.LEDGER_ORIGIN)
    lab, regulator = Cosigner("example.org/lab", b"l" * 32), Cosigner("example.org/reg", b"r" * 32, MLDSA44)
    file = tmp_path / "witnesses"
    file.write_text(f"witness a {lab.verifier.line()}\nwitness b {regulator.verifier.line()}\nquorum none\n")
    settings.LEDGER_WITNESSES = str(file)
    short = f"example.org/reg+{regulator.verifier.key_id.hex()}+Bg=="
    assert scan._keys() == f"{log.line()} {lab.verifier.line()} {short}"
    file.write_text("quorum of nobody\n")
    assert scan._keys() == log.line()
    assert page(client, f"/01/{GTIN}/10/B1/21/{code}").status_code == 200


def test_goods_that_were_too_warm_say_so_and_goods_that_stayed_cold_too(client, code):
    from datetime import timedelta

    from pinzhi.life.tracing.tests.chains import NOW, at, seen

    def journey(hours, *values):
        reports = [
            {"type": "Temperature", "time": at(hours + n), "value": v, "uom": "CEL"} for n, v in enumerate(values)
        ]
        more = {"sensorElementList": [{"sensorReport": reports}]}
        return document(seen(hours + len(values), [unit(code)], "transporting", **more))

    catalogue.register_entries(Kind.LISTING, [ListingEntry("L9", "M1", category="生鲜", title="鲜鸡蛋")], HOUSE)
    taken = catalogue.register(
        Kind.BATCH,
        [(1, {"batch_id": "B1", "merchant_id": "M1", "gtin": GTIN, "listing_id": "L9", "produced_on": "2026-11-01"})],
        HOUSE,
        update=True,
    )
    assert taken.aside == []
    capture.capture(document(made(1, [unit(code)], "B1")), HOUSE, now=NOW)
    capture.capture(journey(2, 3, 4), HOUSE, now=NOW)
    cold = page(client, f"/01/{GTIN}/21/{code}").content.decode()
    assert "运输温度</dt><dd>全程未超过上限 10 ℃，最高 4 ℃。" in cold
    assert "温度超限" not in cold
    capture.capture(journey(10, 5, 16, 15, 4), HOUSE, now=NOW + timedelta(hours=1))
    warm = page(client, f"/01/{GTIN}/21/{code}").content.decode()
    assert "本商品运输途中温度超限" in warm
    assert "运输温度自 2026-11-01 19:00 起高于 10 ℃，累计 2 小时，最高 16 ℃。" in warm
    said = client.get(f"/01/{GTIN}/21/{code}", headers={"accept": "application/json"}).json()["cold"]
    assert (said["limit_celsius"], said["highest_celsius"], said["minutes_above"]) == (10.0, 16.0, 120)


def test_certificates_are_those_that_merchant_or_platform_name(client, code):
    from pinzhi.life.tracing.rules.epcis.certificates import NAMESPACE, Certificate, stated
    from pinzhi.people.roles import Role

    def told(by, number, hours):
        named = {"@context": {"pinzhi": NAMESPACE}} | stated([Certificate(number * 32, "report", f"NO-{number}")])
        event = made(hours, [unit(code)], "B1") | named
        assert capture.capture(document(event), by).accepted == 1

    told(Actor("person", "person:m1", roles=frozenset({Role.MERCHANT}), merchant_id="M1"), "11", 1)
    told(HOUSE, "22", 2)
    told(Actor("person", "person:m2", roles=frozenset({Role.MERCHANT}), merchant_id="M2"), "33", 3)
    text = page(client, f"/01/{GTIN}/10/B1/21/{code}").content.decode()
    assert [n for n in ("NO-11", "NO-22", "NO-33") if n in text] == ["NO-11", "NO-22"]
    said = client.get(f"/01/{GTIN}/10/B1/21/{code}", headers={"accept": "application/json"}).json()
    assert [c["number"] for c in said["certificates"]] == ["NO-11", "NO-22"]
    assert {c["download"] for c in said["certificates"]} == {None}

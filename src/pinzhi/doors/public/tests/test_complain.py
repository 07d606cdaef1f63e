"""The complaint form and the page of a complaint, as a browser without scripts meets them."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from pinzhi.kernel import clock
from pinzhi.life.complaints import drafts, keys, merchant
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models import Complaint, Draft, Offence, Shown
from pinzhi.life.complaints.tests.buyers import SHOP, market, opened
from pinzhi.site.middleware import content_security_policy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shops():
    market()


def photo(colour="green", name="IMG_0001.jpg"):
    made = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(made, "JPEG", exif=Image.Exif())
    return SimpleUploadedFile(name, made.getvalue(), content_type="image/jpeg")


def begun(client, **fields):
    answer = client.post("/complain", {"words": "用了两天就不加热了", "kind": "Q1", **fields})
    assert answer.status_code == 302, answer.content.decode()
    return re.fullmatch(r"/complain/([\w-]{24})/2", answer["Location"])[1]


def text(answer):
    return answer.content.decode()


def test_four_pages_a_receipt_and_the_page_of_the_complaint(client):
    token = keys.order_token(
        {"order_id": "O5", "listing_id": "L1", "price": "128.00", "goods": "电热水壶", "buyer_id": "b5"}
    )
    assert "电热水壶" in text(client.get("/complain", {"order": token}))
    key = begun(client, order=token)
    assert client.post(f"/complain/{key}/2", {"wish": "return_refund"})["Location"] == f"/complain/{key}/3"
    assert client.post(f"/complain/{key}/3", {"files": [photo()], "do": "add"})["Location"] == f"/complain/{key}/3"
    assert client.post(f"/complain/{key}/3", {"contact_phone": "13800000000"})["Location"] == f"/complain/{key}/4"
    shown = text(client.get(f"/complain/{key}/4"))
    assert "电热水壶" in shown
    assert "退货退款" in shown
    assert client.post(f"/complain/{key}/4")["Location"] == f"/complain/{key}/sent"
    row = Complaint.objects.get()
    assert (row.order_id, row.vouched, row.channel, row.wish, str(row.price), row.merchant_id) == (
        "O5",
        True,
        "order",
        "return_refund",
        "128.00",
        "M1",
    )
    assert (row.contact, row.log.get().words) == ({"phone": "13800000000"}, "用了两天就不加热了")
    receipt = text(client.get(f"/complain/{key}/sent"))
    assert row.receipt in receipt
    its_key = keys.key_of(row.pk)
    assert f"{its_key[:4]}-{its_key[4:8]}-{its_key[8:]}" in receipt
    again = client.post(f"/complain/{key}/4")  # the button pressed twice
    assert (again["Location"], Complaint.objects.count(), Draft.objects.get().answers) == (
        f"/complain/{key}/sent",
        1,
        {},
    )


def test_nothing_is_asked_that_the_form_can_do_without(client):
    key = begun(client, kind="", words="😀😀😀")
    for page in (2, 3, 4):
        client.post(f"/complain/{key}/{page}")
    row = Complaint.objects.get()
    assert (row.state, row.channel) == ("with_house", "web")  # nobody understands it: a person reads it


def test_the_shop_that_was_typed_is_kept_for_whoever_handles_it(client):
    key = begun(client)
    client.post(f"/complain/{key}/2", {"goods": "旧椅子", "shop": "木器行"})
    client.post(f"/complain/{key}/4")
    assert Complaint.objects.get().goods == "旧椅子 · 木器行"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"words": "", "kind": ""}, "请选择问题类型，或者用自己的话写明。"),
        ({"words": "坏" * 5001}, "文字过长"),
        ({"kind": "ZZ"}, "请从列表中选择一项。"),
        ({"words": "", "offence": "1"}, "请写明发生了什么、怎样核实。"),
        ({"words": "x" * 1_000_000}, "文字过长"),
    ],
)
def test_the_first_page_says_what_is_missing_and_keeps_nothing(client, fields, said):
    answer = client.post("/complain", {"words": "坏了", "kind": "Q1", **fields})
    assert (answer.status_code, said in text(answer), Draft.objects.count()) == (422, True, 0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"price": "12,50"}, "金额格式如"),
        ({"quantity": "-1"}, "涉及的件数"),
        ({"received_on": "2126-01-01"}, "日期不能晚于今天"),
        ({"received_on": "gestern"}, "日期格式如"),
    ],
)
def test_the_second_page_shows_the_fault_and_what_was_typed(client, fields, said):
    key = begun(client)
    answer = client.post(f"/complain/{key}/2", {"goods": "一把旧椅子", **fields})
    assert (answer.status_code, said in text(answer), "一把旧椅子" in text(answer)) == (422, True, True)


def test_what_was_typed_is_never_read_as_markup(client):
    key = begun(client, words="<script>alert(1)</script>'; DROP TABLE x;--")
    shown = text(client.get(f"/complain/{key}/4"))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_pictures_are_bounded_and_a_bad_one_stops_no_other(client):
    key = begun(client)
    answer = client.post(
        f"/complain/{key}/3", {"files": [SimpleUploadedFile("x.jpg", b"MZ\x90" + b"0" * 100), photo()]}
    )
    assert (answer.status_code, "只接受图片" in text(answer), len(drafts.load(key).files)) == (422, True, 1)
    many = [photo((i, 2 * i, 3 * i)) for i in range(20)]
    answer = client.post(f"/complain/{key}/3", {"files": many})
    assert ("不能再添加图片" in text(answer), len(drafts.load(key).files)) == (True, 9)
    answer = client.post(f"/complain/{key}/3", {"files": [photo((i, i, i)) for i in range(200)]})
    assert (answer.status_code, "不能再添加图片" in text(answer)) == (422, True)
    client.post(f"/complain/{key}/3", {"drop": drafts.load(key).files[0]})
    assert len(drafts.load(key).files) == 8


def test_pictures_go_out_without_what_a_phone_writes_into_them(client):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "PhoneMaker", "Model-77"
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(made, "JPEG", exif=exif)
    key = begun(client)
    client.post(f"/complain/{key}/3", {"files": [SimpleUploadedFile("张三 13800000000.jpg", made.getvalue())]})
    client.post(f"/complain/{key}/4")
    row, shown = Complaint.objects.get(), Shown.objects.get()
    address = f"/complaint/{row.receipt}/files/{shown.sha256}"
    assert client.get(address).status_code == 404  # nobody without the note
    client.post(f"/complaint/{row.receipt}", {"key": keys.key_of(row.pk)})
    content = client.get(address).content
    assert (content[:2], b"PhoneMaker" in content, b"PhoneMaker" in made.getvalue()) == (b"\xff\xd8", False, True)
    other = opened(order_id="O8")
    assert client.get(f"/complaint/{other.receipt}/files/{shown.sha256}").status_code == 404


def test_a_wrong_or_old_order_link_is_said_and_is_no_dead_end(client):
    answer = client.get("/complain", {"order": "eyJ" + "x" * 500})
    assert (answer.status_code, "订单链接不完整" in text(answer)) == (200, True)
    begun(client, order="eyJxxx")
    assert Draft.objects.get().answers.get("order_token") is None


def test_an_unknown_form_says_so(client):
    assert client.get("/complain/" + "A" * 24 + "/2").status_code == 404
    assert "该表单已失效" in text(client.get("/complain/" + "A" * 24 + "/2"))
    assert client.get("/complain/" + "A" * 24 + "/sent").status_code == 404


def test_forms_are_forgotten_after_their_days(client):
    key = begun(client)
    drafts.save(key, {"goods": "x"})
    assert (drafts.forget(clock.now() + timedelta(days=6)), drafts.forget(clock.now() + timedelta(days=8))) == (0, 1)


def test_a_report_of_an_offence_asks_for_no_name_and_claims_nothing(client):
    key = begun(client, kind="F2", offence="1")
    client.post(f"/complain/{key}/2")
    assert 'name="contact_name"' not in text(client.get(f"/complain/{key}/3"))
    client.post(f"/complain/{key}/4")
    row = Offence.objects.get()
    assert (Complaint.objects.count(), row.kind, row.contact) == (0, "F2", {})
    client.post(f"/complaint/{row.receipt}", {"key": keys.key_of(row.pk)})
    assert "举报正在核查" in text(client.get(f"/complaint/{row.receipt}"))


# --- the page of a complaint ---------------------------------------------------------------------------------------------------------------


def entered(client, row):
    answer = client.post(f"/complaint/{row.receipt}", {"key": keys.key_of(row.pk)})
    assert answer.status_code == 302
    return f"/complaint/{row.receipt}"


def test_the_page_needs_the_key_and_the_key_stands_in_no_address(client):
    row = opened()
    page = f"/complaint/{row.receipt}"
    assert "用了两天就不加热了" not in text(client.get(page))
    wrong = client.post(page, {"key": "WRONGWRONGWR"})
    assert (wrong.status_code, "编号与查询码不符" in text(wrong)) == (422, True)
    answer = client.post("/complaint", {"receipt": row.receipt.lower(), "key": keys.key_of(row.pk)})
    assert (answer["Location"], keys.key_of(row.pk) in answer["Location"]) == (page, False)
    cookie = answer.cookies["complaint"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", page)
    assert "用了两天就不加热了" in text(client.get(page))
    other = opened(order_id="O2")
    client.cookies["complaint"] = cookie.value  # the note of one complaint opens no other
    assert "查询码" in text(client.get(f"/complaint/{other.receipt}"))


def test_an_offer_is_accepted_once_and_an_old_page_is_told_so(client):
    row = opened()
    merchant.answer("offer", row.pk, SHOP, words="退一半", remedies=[Remedy.of({"kind": "refund", "amount": "64.00"})])
    page = entered(client, row)
    assert "¥64.00" in text(client.get(page))
    merchant.answer("offer", row.pk, SHOP, words="全退", remedies=[Remedy.of({"kind": "refund", "amount": "128.00"})])
    late = client.post(page, {"do": "accept", "offer": "2"})
    assert (late.status_code, "该方案已失效" in text(late)) == (422, True)
    assert client.post(page, {"do": "accept", "offer": "3"}).status_code == 302
    assert Complaint.objects.get().state == "fulfilling"
    again = client.post(page, {"do": "accept", "offer": "3"})
    assert (again.status_code, Complaint.objects.get().log.filter(verb="accept").count()) == (422, 1)


def test_what_is_for_the_house_only_is_not_on_the_page(client):
    from pinzhi.life.complaints import house
    from pinzhi.life.complaints.tests.buyers import person
    from pinzhi.people.roles import Role

    row = opened()
    house.do("note", row.pk, person("ada", Role.COMPLAINT_AGENT), words="买家语气强硬，先等商家")
    shown = text(client.get(entered(client, row)))
    assert ("买家语气强硬" in shown, "内部备注" in shown) == (False, False)


def test_withdraw_rate_reopen(client):
    row = opened()
    page = entered(client, row)
    client.post(page, {"do": "withdraw", "words": "商家已电话解决"})
    shown = text(client.get(page))
    assert ("您对本次处理满意吗" in shown, "重新提起" in shown) == (True, True)
    client.post(page, {"do": "rate", "mark": "5"})
    client.post(page, {"do": "reopen", "words": "又坏了"})
    row.refresh_from_db()
    assert (row.rated, row.state) == (5, "with_house")
    assert client.post(page, {"do": "adjudicate"}).status_code == 422


def test_both_languages_and_no_cache(client):
    row = opened()
    page = entered(client, row)
    english = client.get(page + "?lang=en")
    assert ("waits for the merchant" in text(english), english["Cache-Control"], english["Referrer-Policy"]) == (
        True,
        "no-store",
        "no-referrer",
    )
    assert 'lang="en"' in text(english)


# --- embedded ------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "framed"),
    [("/complain", True), ("/complain/x/2", True), ("/complaint", False), ("/complaints", False), ("/console/", False)],
)
def test_only_the_form_may_stand_in_a_frame_of_the_marketplace(settings, rf, path, framed):
    from django.http import HttpResponse

    settings.EMBED_ORIGINS = "https://shop.example"
    answer = content_security_policy(lambda _: HttpResponse(headers={"X-Frame-Options": "DENY"}))(rf.get(path))
    assert (
        "frame-ancestors https://shop.example" in answer["Content-Security-Policy"],
        "X-Frame-Options" not in answer,
    ) == (framed, framed)


def test_without_origins_nothing_may_be_framed():
    answer = Client().get("/complain")
    assert ("frame-ancestors 'none'" in answer["Content-Security-Policy"], answer["X-Frame-Options"]) == (True, "DENY")


def test_a_device_begins_only_so_many_forms_a_day(client):
    for _ in range(20):
        begun(client)
    answer = client.post("/complain", {"words": "坏了", "kind": "Q1"})
    assert (answer.status_code, Draft.objects.count(), "请明天再提交" in text(answer)) == (429, 20, True)
    Draft.objects.update(at=clock.now() - timedelta(days=1, minutes=1))
    begun(client)


def test_the_page_says_what_the_law_gives_while_the_complaint_is_open(client):
    row = opened()
    page = entered(client, row)
    shown = text(client.get(page))
    assert ("《消费者权益保护法》第二十四条" in shown, "估算" in shown) == (True, True)
    client.post(page, {"do": "withdraw"})
    assert "《消费者权益保护法》第二十四条" not in text(client.get(page))


def test_a_form_that_is_sent_twice_is_one_complaint_and_one_report(client):
    for more in ({}, {"offence": "1"}):
        key = drafts.begin({"words": "用了两天就不加热了", "kind": "Q1", **more})
        first, again = drafts.send(key), drafts.send(key)  # the second press found the form before the first was done
        assert (first[0].pk, first[1]) == (again[0].pk, again[1])
    assert (Complaint.objects.count(), Offence.objects.count()) == (1, 1)

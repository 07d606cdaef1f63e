"""The merchant's pages: tried without storing, submitted, put right, appealed; another's is not there; staff have no business here."""

from __future__ import annotations

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from pinzhi.catalogue import files
from pinzhi.catalogue.models import File
from pinzhi.catalogue.tests.test_files import PDF, png
from pinzhi.engine.models import FactRow
from pinzhi.life.admission import actions
from pinzhi.life.admission.models import Appeal, Submission
from pinzhi.life.admission.tests.goods import ABSOLUTE, CLEAN, COUNTERFEIT, HOUSE, OTHER, goods
from pinzhi.people.models import Account, Grant, Organisation

pytestmark = pytest.mark.django_db
INDEX, LISTING = reverse("merchant:index"), reverse("merchant:listing")
TYPED = {
    "id": "L1",
    "category": "服装/T恤",
    "title": CLEAN,
    "attributes": "材质：棉100%\r\n颜色: 白色",
    "price": "59.00",
    "documents": "ccc, 2026010101000001, 2999-01-01",
}


@pytest.fixture
def shop(db, client, settings):
    """A user of merchant M1, logged in, in English."""
    from pinzhi.kernel import clock

    settings.SECOND_FACTOR_REQUIRED = False
    organisation = Organisation.objects.create(name="Shop", kind="merchant", merchant_id="M1")
    account = Account.objects.create(username="shop", organisation=organisation)
    Grant.objects.create(account=account, role="merchant", given_at=clock.now())
    client.force_login(account)
    client.cookies["django_language"] = "en"
    return account


def send(client, do="try", status=200, **typed):
    answer = client.post(LISTING, TYPED | {"do": do} | typed)
    assert answer.status_code == status
    return answer.content.decode() if status != 302 else answer["Location"]


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_trying_says_words_article_and_change_and_stores_nothing(client, shop):
    text = send(client, title=ABSOLUTE)
    assert "It would be refused. Nothing has been stored." in text
    assert '<mark class="mark-H">全网第一品牌<sup>T01</sup></mark>' in text
    assert "Advertising Law, art. 9(3)" in text
    assert "Smallest change" in text
    assert f'value="{ABSOLUTE}"' in text
    assert "材质：棉100%" in text
    assert not Submission.objects.exists()
    assert not FactRow.objects.exists()
    assert "It would pass." in send(client)


def test_submitting_is_for_the_own_merchant_whatever_the_form_says(client, shop):
    address = send(client, "submit", 302, merchant_id="M9")
    row = Submission.objects.get()
    assert address == reverse("merchant:submission", args=[row.pk])
    assert (row.merchant_id, row.state, row.by) == ("M1", "passed", "person:merchant")
    assert row.snapshot["attributes"] == [["材质", "棉100%"], ["颜色", "白色"]]
    assert row.snapshot["documents"][0]["fields"] == [["valid_to", "2999-01-01"]]
    text = page(client, address)
    assert "passed" in text
    assert "L1" in page(client, INDEX)


def test_a_refused_listing_is_put_right_from_its_page(client, shop):
    address = send(client, "submit", 302, title=ABSOLUTE)
    text = page(client, address)
    assert "refused" in text
    assert "appeal until" in text
    again = page(client, f"{LISTING}?submission={Submission.objects.get().pk}")
    assert f'value="{ABSOLUTE}"' in again
    assert "ccc, 2026010101000001, 2999-01-01" in again
    second = page(client, send(client, "submit", 302))
    assert "What has changed since the submission before" in second
    assert ABSOLUTE in second
    assert "resubmitted" not in second
    assert Submission.objects.order_by("-at").first().state == "passed"


def test_an_appeal_is_taken_once_and_what_was_typed_is_kept(client, shop):
    address = send(client, "submit", 302, title=COUNTERFEIT)
    where = reverse("merchant:appeal", args=[Submission.objects.get().pk])
    empty = client.post(where, {"words": "  "})
    assert empty.status_code == 422
    assert "An appeal says why the refusal is wrong." in empty.content.decode()
    assert not Appeal.objects.exists()
    assert client.post(where, {"words": "“高仿”指<i>仿真花</i>"}).status_code == 302
    text = page(client, address)
    assert "Somebody else is judging it." in text
    assert "&lt;i&gt;仿真花" in text
    assert "<textarea" not in text
    late = client.post(where, {"words": "再次申诉"})
    assert late.status_code == 422
    assert "再次申诉" in late.content.decode()
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "This must be filled in."),
        ({"price": "abc"}, "Write yuan as 59.00."),
        ({"price": "-1"}, "A price is not below zero."),
        ({"attributes": "材质 棉"}, "One attribute a line"),
        ({"documents": "ccc, 1, 31.12.2027"}, "One paper a line"),
        ({"title": "字" * 2001}, "This is too long."),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(client, shop, wrong, said):
    for do in ("try", "submit"):
        text = send(client, do, 422, **wrong)
        assert f'<span class="error">{said}' in text
        assert text.count("is-invalid") == 1
    assert not Submission.objects.exists()


def test_what_belongs_to_others_is_not_there(client, shop):
    theirs = actions.submit(goods(COUNTERFEIT, merchant_id="M2"), HOUSE).row
    assert theirs.pk not in page(client, INDEX)
    page(client, reverse("merchant:submission", args=[theirs.pk]), 404)
    page(client, f"{LISTING}?submission={theirs.pk}", 404)
    assert client.post(reverse("merchant:appeal", args=[theirs.pk]), {"words": "不服"}).status_code == 404
    assert "belongs to somebody else" in send(client, "submit", 404)
    assert "belongs to somebody else" in send(client, "try", 404)
    assert Submission.objects.count() == 1
    assert not Appeal.objects.exists()


def test_staff_and_strangers_have_no_business_here(client, shop):
    client.logout()
    assert client.get(INDEX)["Location"].startswith("/account/login/")
    from pinzhi.kernel import clock

    staff = Account.objects.create(username="lin")
    Grant.objects.create(account=staff, role="manager", given_at=clock.now())
    client.force_login(staff)
    for address in (INDEX, LISTING):
        page(client, address, 404)
    assert client.get("/")["Location"] == "/console/"


def test_the_house_leads_a_merchant_to_his_door(client, shop):
    assert client.get("/")["Location"] == INDEX
    page(client, "/console/", 404)


def test_the_list_has_a_fixed_number_of_queries(client, shop, django_assert_num_queries):
    for n in range(3):
        actions.submit(goods(f"{CLEAN} 款式{n}", id=f"P{n}"), HOUSE)
    page(client, INDEX)
    with django_assert_num_queries(7):
        page(client, INDEX)
    for n in range(3, 9):
        actions.submit(goods(f"{CLEAN} 款式{n}", id=f"P{n}"), HOUSE)
    with django_assert_num_queries(7):
        page(client, INDEX)


def test_chinese_is_whole(client, shop):
    client.cookies["django_language"] = "zh-hans"
    text = send(client, title=ABSOLUTE)
    for words in ("将被驳回。未保存任何内容。", "问题原文", "最小改动", "必须修改"):
        assert words in text


def test_files_of_the_form_are_kept_and_named_in_its_lines(client, shop, settings, tmp_path):
    settings.FILES = tmp_path / "files"
    picture, paper = SimpleUploadedFile("a.png", png()), SimpleUploadedFile("b.jpg", PDF)
    text = send(client, "attach", picture_files=picture, paper_files=paper, paper_kind="report", documents="")
    assert "2 files have been kept" in text
    named = [f"file:{hashlib.sha256(content).hexdigest()}" for content in (png(), PDF)]
    assert f">{named[0]}</textarea>" in text
    assert f">report, , , {named[1]}</textarea>" in text
    assert not Submission.objects.exists()
    send(client, "submit", 302, images=named[0], documents=f"ccc, 2026010101000001, 2999-01-01, {named[1]}")
    snapshot = Submission.objects.get().snapshot
    assert (snapshot["images"], snapshot["documents"][0]["path"]) == ([named[0]], named[1])
    prefilled = page(client, f"{LISTING}?submission={Submission.objects.get().pk}")
    assert f"ccc, 2026010101000001, 2999-01-01, {named[1]}" in prefilled
    assert f">{named[0]}</textarea>" in prefilled


def test_a_bad_file_is_said_at_its_field_and_stops_no_other(client, shop, settings, tmp_path):
    settings.FILES = tmp_path / "files"
    both = [SimpleUploadedFile("a.png", b"PK\x03\x04 no picture"), SimpleUploadedFile("b.png", png())]
    text = send(client, "submit", 422, picture_files=both)
    assert "A file is of a type that is not taken." in text
    assert f'value="{CLEAN}"' in text
    assert File.objects.count() == 1
    assert not Submission.objects.exists()


def test_files_beyond_the_bound_are_cut_off(client, shop, settings, tmp_path):
    settings.FILES, settings.FILE_BYTES = tmp_path / "files", 50_000
    text = send(client, "attach", 422, picture_files=SimpleUploadedFile("a.png", png(extra=b"\0" * 300_000)))
    assert "A file is too large." in text
    assert not File.objects.exists()


def test_anothers_file_is_not_there(client, shop, settings, tmp_path):
    settings.FILES = tmp_path / "files"
    other = files.upload([png()], OTHER)
    text = send(client, "submit", 404, images=other.reference)
    assert "There is no such file of yours." in text
    assert not Submission.objects.exists()


def test_a_merchant_sees_his_own_pictures_and_nobody_elses(client, shop, settings, tmp_path):
    settings.FILES = tmp_path / "files"
    other = files.upload([png(extra=b"\0" * 9)], OTHER)
    text = send(client, "attach", picture_files=SimpleUploadedFile("a.png", png()))
    own = reverse("merchant:file", args=[hashlib.sha256(png()).hexdigest()])
    assert f'src="{own}?small=1"' in text
    assert client.get(own).content == png()
    assert client.get(reverse("merchant:file", args=[other.sha256])).status_code == 404
    text = send(client, "try", images=f"file:{other.sha256}", status=404)
    assert "There is no such file of yours." in text


def test_a_finding_about_a_picture_shows_it(client, shop, settings, tmp_path):
    settings.FILES = tmp_path / "files"
    theirs = files.upload([png()], OTHER)
    refused = actions.submit(goods(COUNTERFEIT, id="B1", merchant_id="M2", images=(theirs.reference,)), OTHER).row
    assert refused.state == "refused"
    send(client, "attach", picture_files=SimpleUploadedFile("a.png", png()))
    text = send(client, "try", images=theirs.reference)
    problem = next(li for li in text.split("<li>") if "goods of another merchant that were refused" in li)
    problem = problem.split("</li>")[0]  # behind the last one stands the form, whose token may hold any letters
    assert f'src="{reverse("merchant:file", args=[theirs.sha256])}?small=1"' in problem
    assert "B1" not in problem
    assert "M2" not in problem


def test_a_paper_may_be_named_in_chinese(client, shop):
    send(client, "submit", 302, documents="检验报告，R-1\n营业执照, 9133")
    kinds = [d["kind"] for d in Submission.objects.get().snapshot["documents"]]
    assert kinds == ["report", "uscc"]

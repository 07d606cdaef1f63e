"""What came with a submission, on the page of its case: pictures beside those they were seen in, papers by whatever word, what was changed."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from PIL import Image

from pinzhi.catalogue import files
from pinzhi.catalogue.models import Merchant as Registered
from pinzhi.catalogue.tests.test_files import PDF
from pinzhi.life.admission import actions, picture_bank, wording
from pinzhi.life.admission.contracts import Document
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.tests.goods import ABSOLUTE, COUNTERFEIT, DOUBTFUL, OTHER, SHOP, T0, goods, paper
from pinzhi.life.admission.tests.painting import goods as painted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own(settings, tmp_path, monkeypatch):
    settings.FILES = tmp_path / "files"
    monkeypatch.setattr(picture_bank, "_INDEX", picture_bank._Searched())
    picture_bank._pixels.cache_clear()


def picture(by, size=(900, 750), cut=0):
    out = io.BytesIO()
    painted(7, size).crop((cut, cut, size[0] - cut, size[1] - cut)).save(out, "PNG")
    return files.upload([out.getvalue()], by)


def page(client, case_id):
    answer = client.get(reverse("console:case", args=[case_id]))
    assert answer.status_code == 200
    return answer.content.decode()


def at(submission, card):
    return reverse("console:handed-file", args=[submission.pk, card.sha256])


@pytest.fixture
def borrowed(reviewer):
    """A listing whose picture is that of another merchant's refused goods, cut off at the edge; the refused one and both cards."""
    theirs, ours = picture(OTHER), picture(SHOP, cut=25)
    refused = actions.submit(goods(COUNTERFEIT, id="B1", merchant_id="M2", images=(theirs.reference,)), OTHER).row
    row = actions.submit(goods("云杉 圆领短袖T恤", id="L9", images=(ours.reference,)), SHOP).row
    assert (refused.state, row.state) == ("refused", "pending")
    return row, ours, refused, theirs


def test_a_borrowed_picture_stands_beside_the_one_it_was_seen_in(client, borrowed):
    row, ours, refused, theirs = borrowed
    text = page(client, row.case_id)
    pair = next(li for li in text.split("<li>") if "I01" in li)
    assert f'src="{at(row, ours)}?small=1"' in pair
    assert f'src="{at(refused, theirs)}?small=1"' in pair
    assert "edited: cropped" in pair
    assert 'href="/console/dossiers/listing/B1/"' in pair
    assert "file:" not in text


def test_a_picture_is_served_small_and_whole(client, borrowed):
    row, ours, _, _ = borrowed
    whole = client.get(at(row, ours))
    assert (whole["Content-Type"], whole.content) == ("image/png", files.body(ours))
    assert whole["X-Content-Type-Options"] == "nosniff"
    small = client.get(at(row, ours), {"small": "1"})
    with Image.open(io.BytesIO(small.content)) as drawn:
        assert (small["Content-Type"], drawn.format, max(drawn.size)) == ("image/jpeg", "JPEG", 320)


def test_a_file_is_there_only_with_the_submission_that_names_it_and_for_staff(client, borrowed, person):
    row, ours, refused, theirs = borrowed
    assert client.get(at(row, theirs)).status_code == 404
    assert client.get(at(refused, ours)).status_code == 404
    assert client.get(reverse("console:handed-file", args=["0" * 32, ours.sha256])).status_code == 404
    client.force_login(person("shop", "merchant"))
    assert client.get(at(row, ours)).status_code == 404
    client.logout()
    assert client.get(at(row, ours)).status_code == 302


def test_a_paper_is_saved_and_never_opened_in_the_page(client, reviewer):
    card = files.upload([PDF], SHOP)
    row = actions.submit(goods(DOUBTFUL, documents=(Document("ccc", "2026010101000001", card.reference),)), SHOP).row
    assert f'href="{at(row, card)}"' in page(client, row.case_id)
    for query in ({}, {"small": "1"}):
        given = client.get(at(row, card), query)
        assert (given["Content-Type"], given.content) == ("application/pdf", PDF)
        assert given["Content-Disposition"] == f'attachment; filename="{card.sha256[:12]}.pdf"'


def test_bytes_that_are_gone_are_a_page_not_found(client, borrowed, settings, tmp_path):
    row, ours, _, _ = borrowed
    settings.FILES = tmp_path / "elsewhere"
    assert client.get(at(row, ours)).status_code == 404


def test_a_paper_counts_as_handed_in_by_whatever_word(client, reviewer):
    """Found in a browser: the page said «not handed in» of an authorisation that had been handed in as `brand_authorisation`."""
    Registered.objects.create(id="M1", name="浙江云杉服饰有限公司", first_seen=T0, valid_from=T0)
    theirs = paper("brand_authorisation", "SQ-1", holder="宁波另家服饰有限公司", valid_to="2027-11-01", brand="云杉")
    row = actions.submit(goods("云杉 圆领短袖T恤", brand="云杉", documents=(theirs,)), SHOP).row
    pair = next(li for li in page(client, row.case_id).split("<li>") if "D08" in li)
    assert "brand authorisation: SQ-1 · holder: 宁波另家服饰有限公司 · valid to: 2027-11-01 · brand: 云杉</p>" in pair
    assert "not handed in" not in pair


def test_changes_are_said_in_the_words_of_the_page(client, reviewer):
    actions.submit(goods(ABSOLUTE), SHOP)
    changed = goods(
        DOUBTFUL, attributes=(("材质", "棉95% 氨纶5%"),), documents=(paper("检测报告", "R-2", 签发日期="2026-11-01"),)
    )
    row = Submission.objects.get(pk=actions.submit(changed, SHOP).row.pk)
    said = {name.zh: ([t.zh for t in old], [t.zh for t in new]) for name, old, new in wording.changes(row)}
    assert said["证明文件"] == (["—"], ["检验检测报告 · R-2，签发日期：2026-11-01"])
    assert said["标题"] == ([ABSOLUTE], [DOUBTFUL])
    assert said["属性"][1][0] == "材质：棉95% 氨纶5%"
    text = page(client, row.case_id)
    assert "kind:" not in text
    assert "valid_to" not in text

"""Complaints in figures, as everybody meets them: without login, in two languages, as JSON, cacheable."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.life.complaints import merchant
from pinzhi.life.complaints.tests.buyers import SHOP, market, opened

pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 5, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def october(monkeypatch):
    market()
    for i in range(5):
        row = opened(order_id=f"O{i}", buyer_id=f"buyer-{i}", now=OCTOBER)
        merchant.answer("contest", row.pk, SHOP, words="已使用", now=OCTOBER + timedelta(hours=1))
    opened(order_id="O9", buyer_id="buyer-9", listing_id="L2", batch_id="", merchant_id="M2", now=OCTOBER)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI))


def test_json_for_programs_with_an_etag(client):
    answer = client.get("/public/complaints/statistics")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=300")
    assert answer.json() == {
        "from": "2026-08", "to": "2026-10", "least_count": 5, "interval": 0.9, "merchant": None, "left_out": 0,
        "lines": [
            {
                "id": "M1", "name": "一号店", "complaints": 5, "upheld": None,
                "answered_in_time": {"hits": 5, "of": 5, "value": 1.0, "low": 0.6489, "high": 1.0, "level": 0.9},
                "first_proposal_hours": None, "refunds_yuan": None, "rated": None, "reply": None,
            }
        ],
    }  # fmt: skip
    assert client.get("/public/complaints/statistics", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    one = client.get("/public/complaints/statistics?merchant=M1&from=2026-10&to=2026-10").json()
    assert (one["merchant"]["complaints"], [x["id"] for x in one["lines"]]) == (5, ["L1"])
    assert client.get("/public/complaints/statistics?merchant=M2").json()["lines"] == []
    wrong = client.get("/public/complaints/statistics?from=yesterday")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "month_wrong")
    assert client.post("/public/complaints/statistics").status_code == 405


def test_the_page_in_both_languages_names_nobody(client):
    zh = client.get("/complaints/statistics?lang=zh")
    page = zh.content.decode()
    assert (zh.status_code, zh["Cache-Control"]) == (200, "public, max-age=300")
    assert ("投诉统计" in page, "一号店" in page, "二号店" in page, "<script" in page) == (True, True, False, False)
    en = client.get("/complaints/statistics?lang=en&merchant=M1").content.decode()
    assert ("Share answered in time" in en, "100%" in en, "65–100%, n&nbsp;=&nbsp;5" in en, "By product" in en) == (
        True,
    ) * 4
    assert "buyer-" not in page + en
    wrong = client.get("/complaints/statistics?lang=zh&from=2026-11&to=2026-11")
    assert (wrong.status_code, "已结束" in wrong.content.decode()) == (422, True)


def test_what_is_typed_into_the_address_is_only_shown_as_text(client):
    page = client.get("/complaints/statistics", {"merchant": '"><b>x', "lang": "zh"}).content.decode()
    assert "<b>x" not in page

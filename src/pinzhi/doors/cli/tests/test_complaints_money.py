"""`pinzhi complaints balance · pay-in · advance` as an operator sees them."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.kernel import clock
from pinzhi.life.complaints import consumer, merchant, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.models import Purse
from pinzhi.life.complaints.tests.buyers import SHOP, market, opened, person
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shops():
    market()
    person("may", Role.MANAGER)
    person("ada", Role.COMPLAINT_AGENT)


def answer(*arguments, code=0):
    result = CliRunner().invoke(main, ["complaints", *arguments, "--json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_buyer_is_paid_from_the_fund_and_the_books_say_so():
    then = clock.now() - timedelta(days=9)
    row = opened(now=then)
    merchant.answer("offer", row.pk, SHOP, remedies=[Remedy("compensation", Decimal("60.00"))], now=then)
    consumer.do("accept", row.pk, offer=2, now=then)
    upkeep.tick(clock.now())
    answer("pay-in", "fund", "100.00", "--reference", "B1", "--as", "may")
    basis = ("--basis", "上月销售额 2%")
    answer("pay-in", "deposit", "45.00", "--merchant", "M1", *basis, "--reference", "B2", "--as", "may")
    given, back = answer("advance", row.pk, "--reference", "P1", "--as", "may")
    assert given["postings"] == {"buyers": "60.00", "fund": "-60.00"}
    assert back["calculation"][2]["zh"] == "60.00 − 45.00 = 15.00 元，由商家另行支付"
    answer("pay-in", "debt", "15.00", "--merchant", "M1", "--reference", "B3", "--as", "may")
    assert answer("balance", "--merchant", "M1") == {
        "accounts": {"deposit:M1": "0.00", "paid:M1": "-60.00", "receivable:M1": "0.00"},
        "faults": [],
    }


def test_who_may_not_moves_nothing_and_books_that_do_not_fit_are_told():
    no = answer("pay-in", "fund", "100.00", "--reference", "B1", "--as", "ada", code=1)
    assert (no["refused"]["code"], Purse.objects.count()) == ("not_permitted", 0)
    answer("pay-in", "fund", "100.00", "--reference", "B1", "--as", "may")
    Purse.objects.filter(pk="fund").update(balance="99.00")
    assert answer("balance", code=1)["faults"] == ["«fund» is not what its lines add up to"]

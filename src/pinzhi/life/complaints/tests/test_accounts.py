"""The double entry: exact balances, and properties over any order of transactions."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.rules import accounts
from pinzhi.life.complaints.rules.accounts import Posting, Transaction

YUAN = st.integers(1, 500_000).map(lambda cents: Decimal(cents) / 100)
MERCHANTS = st.sampled_from(["M1", "M2"])
DOINGS = st.lists(
    st.tuples(st.sampled_from(["fund_in", "deposit_in", "deposit_back", "advance", "settled"]), MERCHANTS, YUAN),
    max_size=40,
)


def booked(doings):
    """The balances after trying everything: what is refused leaves them as they were. An advance is taken back at once."""
    found: dict[str, Decimal] = {}
    trail = [found]
    for what, merchant, amount in doings:
        try:
            if what == "fund_in":
                new = accounts.after(found, accounts.fund_in(amount))
            elif what == "advance":
                new = accounts.after(found, accounts.advance(amount))
                there = new.get(accounts.deposit(merchant), accounts.NOTHING)
                new = accounts.after(new, accounts.recovery(merchant, amount, there))
            else:
                new = accounts.after(found, getattr(accounts, what)(merchant, amount))
        except RefusedError:
            new = found
        found = new
        trail.append(found)
    return trail


@given(DOINGS)
def test_balances_always_sum_to_zero_and_stand_on_their_side_of_it(doings):
    for balances in booked(doings):
        assert sum(balances.values(), Decimal(0)) == 0
        for name, balance in balances.items():
            assert balance <= 0 if accounts.below_zero(name) else balance >= 0


@given(DOINGS)
def test_the_fund_is_whole_but_for_what_merchants_still_owe(doings):
    """Every advance is taken back: what is missing in the fund is exactly what merchants owe it."""
    last = booked(doings)[-1]
    owed = sum((b for n, b in last.items() if n.startswith("receivable:")), Decimal(0))
    put_in = -last.get("platform", Decimal(0))
    given_out, there = last.get("buyers", Decimal(0)), last.get("fund", Decimal(0))
    deposits = sum((b for n, b in last.items() if n.startswith("deposit:")), Decimal(0))
    brought = -sum((b for n, b in last.items() if n.startswith("paid:")), Decimal(0))
    assert there + owed == put_in + brought - deposits - given_out


@given(YUAN, YUAN)
def test_a_recovery_takes_what_is_there_and_no_more(amount, there):
    lines = {p.account: p.amount for p in accounts.recovery("M1", amount, there).postings}
    taken, rest = lines.get("fund", Decimal(0)), lines.get("receivable:M1", Decimal(0))
    assert (taken + rest, taken) == (amount, min(amount, there))
    assert lines.get("deposit:M1", Decimal(0)) == -taken
    assert lines.get("paid:M1", Decimal(0)) == -rest


def test_the_sum_of_a_recovery_is_written_out():
    assert [t.zh for t in accounts.calculation(Decimal("128.00"), Decimal("100.00"))] == [
        "平台先行赔付 128.00 元",
        "保证金余额 100.00 元，抵扣 100.00 元",
        "128.00 − 100.00 = 28.00 元，由商家另行支付",
    ]
    assert accounts.calculation(Decimal("60.00"), Decimal("100.00"))[2].en.startswith("60.00 − 60.00 = 0.00 yuan")


@pytest.mark.parametrize(
    "lines",
    [
        (Posting("fund", Decimal("1.00")),),
        (Posting("fund", Decimal("1.00")), Posting("buyers", Decimal("1.00"))),
        (Posting("fund", Decimal("0.00")), Posting("buyers", Decimal("0.00"))),
        (Posting("fund", Decimal("0.005")), Posting("buyers", Decimal("-0.005"))),
        (Posting("fund", Decimal("1.00")), Posting("fund", Decimal("-1.00"))),
    ],
)
def test_what_does_not_balance_is_no_transaction(lines):
    with pytest.raises(ValueError, match=r"transaction|line"):
        Transaction("advance", lines)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (accounts.advance(Decimal("100.01")), "fund_empty"),
        (accounts.deposit_back("M1", Decimal("50.01")), "deposit_short"),
        (accounts.settled("M1", Decimal("0.01")), "owes_less"),
    ],
)
def test_what_is_not_there_cannot_be_taken(what, code):
    before = accounts.balances_of([accounts.fund_in(Decimal("100.00")), accounts.deposit_in("M1", Decimal("50.00"))])
    kept = dict(before)
    with pytest.raises(RefusedError) as no:
        accounts.after(before, what)
    assert (no.value.refusal.code, before) == (code, kept)

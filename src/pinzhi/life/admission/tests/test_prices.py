"""Prices: golden cases, Article 16 against a reading by brute force, prices against like goods, real prices with known slips."""

import json
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinzhi.kernel.verdict import Severity
from pinzhi.law.rows import reference
from pinzhi.law.tables import statutes
from pinzhi.life.admission.contracts import DealPrice, Listing, Sku
from pinzhi.life.admission.rules import price_groups, prices

CASES = tomllib.loads((Path(__file__).parent / "cases" / "prices.toml").read_text("utf-8"))["case"]
TODAY = date(2026, 11, 26)
LAWS = {r.id: reference(r) for r in statutes().rows if r.holds(TODAY)}


def listing(case):
    return Listing(
        "l",
        "m",
        "手机",
        "商品",
        price=Decimal(case["price"]),
        compared_price=Decimal(case["compared"]) if "compared" in case else None,
        compared_price_meaning=case.get("meaning", ""),
        deal_prices=tuple(DealPrice(datetime.fromisoformat(at), Decimal(p)) for at, p in case["deals"]),
        skus=tuple(Sku(n, Decimal(p)) for n, p in case.get("skus", ())),
        head_price=Decimal(case["head"]) if "head" in case else None,
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case):
    one = listing(case)
    found, freed = prices.judge(one, LAWS, TODAY)
    found += price_groups.by_unit(one, LAWS)
    expect = case["expect"]
    assert case["because"]
    assert [f"{f.rule} {f.severity}" for f in found] == expect["rules"]
    assert [e.context for e in freed] == expect.get("freed", [])
    if "limit" in expect:
        assert dict(found[0].evidence)["limit"] == expect["limit"]
    assert all(f.law is not None and f.law.verified for f in found)


# --- Article 16 by brute force ------------------------------------------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2026, 11, 10), datetime(2026, 11, 28)).map(lambda t: t.replace(tzinfo=UTC))
cents = st.integers(1, 400).map(lambda c: Decimal(c) / 100)
histories = st.lists(st.builds(DealPrice, moments, cents), max_size=12)


def by_brute_force(deals, on):
    """The article word for word: look through the seven days one by one, then back in time for the last deal."""

    def sold_on(day):
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)  # midnight in China
        return [d for d in deals if start <= d.at < start + timedelta(days=1)]

    seven = [d.price for i in range(1, 8) for d in sold_on(on - timedelta(days=i))]
    if seven:
        return min(seven)
    for i in range(8, 400):
        if there := sold_on(on - timedelta(days=i)):
            last = max(d.at for d in there)
            return min(d.price for d in there if d.at == last)
    return None


@given(deals=histories)
@example(deals=[])
def test_article_16_is_the_brute_force_reading(deals):
    assert prices.lawful_base(deals, TODAY).limit == by_brute_force(deals, TODAY)


@given(deals=histories, compared=cents, order=st.randoms(use_true_random=False))
def test_what_is_found_depends_on_the_limit_alone(deals, compared, order):
    one = Listing("l", "m", "c", "t", price=Decimal("0.01"), compared_price=compared + 1, deal_prices=tuple(deals))
    limit = by_brute_force(deals, TODAY)
    found = [f for f in prices.judge(one, LAWS, TODAY)[0] if f.rule == "P1"]
    if limit is None:
        assert [f.severity for f in found] == [Severity.MEDIUM]
    else:
        assert [f.severity for f in found] == ([Severity.HIGH] if compared + 1 > limit else [])
    shuffled = list(deals)
    order.shuffle(shuffled)
    assert prices.judge(replace(one, deal_prices=tuple(shuffled)), LAWS, TODAY) == prices.judge(one, LAWS, TODAY)


# --- like goods ----------------------------------------------------------------------------------------------------------------------------------------


def goods(id_, price, title="云杉 X20 128GB 手机", brand="云杉"):
    return Listing(id_, "m", "手机", title, brand=brand, price=Decimal(str(price)))


def against(listing, known, *, counted=True):
    return price_groups.judge(listing, known.of(listing, price_groups.USUAL, counted=counted), LAWS)


SIX = [goods(str(i), p) for i, p in enumerate((1899, 1999, 1999, 2049, 2099, 2199))]


@pytest.mark.parametrize(
    ("price", "rules"),
    [
        (1999, []),
        (2599, []),
        (19990, ["P4"]),
        (199.9, ["P4"]),
        (199900, ["P4"]),
        (19.99, ["P4"]),
        (499, ["P6"]),
        (6000, ["P3"]),
        (0, ["P3"]),
    ],
)
def test_a_price_against_its_group(price, rules):
    found = against(goods("new", price), price_groups.groups(SIX), counted=False)
    assert [f.rule for f in found] == rules
    assert all(f.severity is Severity.MEDIUM for f in found)


def test_a_group_is_as_narrow_as_the_figures_allow():
    known = price_groups.groups([*SIX, *(goods(f"y{i}", 300 + i, "云杉 Y5 手机") for i in range(5))])
    policy = price_groups.USUAL
    assert known.of(goods("a", 1999), policy, counted=False).key == ("手机", "云杉", "x20", "128gb")
    assert known.of(goods("b", 1999, "云杉 Y5 红色"), policy, counted=False).key == ("手机", "云杉", "y5")
    assert known.of(goods("c", 1999, "云杉 新款"), policy, counted=False).key == ("手机", "云杉")
    assert known.of(goods("d", 1999, "新款", "别家"), policy, counted=False).key == ("手机",)
    assert price_groups.groups(SIX[:3]).of(goods("e", 1999), policy, counted=False) == price_groups.TOO_FEW


def test_goods_do_not_vote_on_themselves():
    wrong = goods("w", 19990)
    known = price_groups.groups([*SIX, wrong])
    assert [f.rule for f in against(wrong, known)] == ["P4"]
    assert known.of(wrong, price_groups.USUAL, counted=True).members == 6


@pytest.mark.shared
def test_slips_in_real_prices_are_found(shared):
    """714 public phone and television items; every one that is not flagged as it stands gets its point moved, its own price taken out of the groups."""
    rows = [
        json.loads(line)
        for line in (shared / "data/phone-catalog-pinyougou/items.jsonl").read_text("utf-8").splitlines()
    ]
    catalogue = [
        Listing(
            r["id"], "m", r["category_name"] or "", r["title"], brand=r["brand"] or "", price=Decimal(str(r["price"]))
        )
        for r in rows
    ]
    known = price_groups.groups(catalogue)
    flagged = {one.id for one in catalogue if against(one, known)}
    assert len(flagged) / len(catalogue) < 0.03
    joke = {r["id"] for r in rows if r["price"] in (0.01, 123123, 299000)}
    assert joke <= flagged
    clean = [one for one in catalogue if one.id not in flagged][::5]
    recall = {}
    for factor in ("10", "0.1", "5"):
        hits = 0
        for one in clean:
            others = price_groups.groups(
                o for o in catalogue if o.id != one.id and set(price_groups.keys(o)) & set(price_groups.keys(one))
            )
            moved = replace(one, price=one.price * Decimal(factor))
            hits += bool(against(moved, others, counted=False))
        recall[factor] = hits / len(clean)
    # A group by brand alone reached 0.65, 0.67 and 0.42 on the same items.
    assert recall["10"] > 0.85
    assert recall["0.1"] > 0.93
    assert recall["5"] > 0.55

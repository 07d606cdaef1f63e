"""Relisting: goods refused before come again. Pure."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.rules.policy import Relisting
from pinzhi.life.admission.rules.relisting import (
    Offence,
    RefusedGoods,
    bare,
    changed,
    dice,
    gtin,
    judge,
    likeness,
    near,
    pairs_of,
    stands,
)
from pinzhi.life.admission.shipped import ruleset
from pinzhi.life.admission.tests.goods import goods, paper

POLICY = Relisting(alike=0.5, rewritten=0.35, told=0.8, same=0.9, attributes=0.6)
CASES = tomllib.loads((Path(__file__).parent / "cases" / "relisting.toml").read_text("utf-8"))["case"]
TITLE = "北极狐户外双肩背包 防泼水大容量登山包 40L"


def refused(listing, *offences, links=(), day=date(2026, 11, 1)):
    return RefusedGoods("s1", day, listing, offences, links)


FORGED = Offence("forged", "document:0", "", severe=True)
ABSOLUTE = Offence("T01", "title", "全网第一")


def offence(line):
    rule, field, text = (*line.split(" ", 2), "")[:3]
    return Offence(rule.removeprefix("!"), field, text, severe=rule.startswith("!"))


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case):
    given, expect = case["given"], case["expect"]
    attributes = given.get("attributes", {"材质": "尼龙", "颜色": "黑"})
    images = tuple(given.get("images", ()))
    before = goods(
        given["refused"], attributes=tuple(given.get("refused_attributes", attributes).items()), images=images
    )
    listing = goods(
        given["listing"],
        id=given.get("id", "L2"),
        attributes=tuple(attributes.items()),
        images=images,
        documents=tuple(paper(kind, "") for kind in given.get("papers", ())),
    )
    known = refused(before, *map(offence, given["wrong"]), links=tuple(given.get("links", ())))
    found, freed = judge(listing, [known], POLICY, ruleset().lexicon.folding.dense)
    evidence = dict(found[0].evidence) if found else {}
    said = "".join(t.reason.zh for t in freed) + "".join(f.message.zh for f in found)
    assert case["because"]
    assert "".join(f.severity for f in found) == expect["answer"]
    assert ",".join(e.context for e in freed) == expect.get("freed", "")
    assert evidence.get("still") == expect.get("still", evidence.get("still"))
    assert evidence.get("gtin_alike") == expect.get("gtin", evidence.get("gtin_alike"))
    assert evidence.get("pictures_alike") == expect.get("pictures", evidence.get("pictures_alike"))
    assert expect.get("says", "") in said


def test_there_are_enough_cases():
    assert len(CASES) >= 25
    assert len({c["name"] for c in CASES}) == len(CASES)


def test_what_was_changed_field_by_field():
    before = goods("甲", price=None)
    after = goods("乙", subtitle="新", attributes=(("材质", "棉90%"), ("颜色", "白色")), documents=(paper("ccc", ""),))
    assert changed(before, after) == (
        ("title", "甲", "乙"),
        ("attr:材质", "棉100%", "棉90%"),
        ("price", "", "59.00"),
        ("documents", "", "ccc"),
        ("subtitle", "", "新"),
    )
    assert changed(after, after) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("6901234567892", "06901234567892"),
        ("690-1234-567892", "06901234567892"),
        ("96385074", "00000096385074"),
        ("6901234567893", ""),
        ("2000000000015", ""),
        ("１２", ""),
        ("", ""),
    ],
)
def test_the_number_under_the_bars(value, expected):
    assert gtin(goods(attributes=(("商品条码", value),))) == expected


def test_dice_by_hand():
    # ab bc cd | ab bc ce : two of three pairs in common
    assert dice(pairs_of("abcd"), pairs_of("abce")) == pytest.approx(2 * 2 / 6)
    assert dice(pairs_of("一"), pairs_of("一")) == 1.0
    assert dice(pairs_of(""), pairs_of("")) == 0.0
    assert dice(pairs_of("!!"), pairs_of("abc")) == 0.0


@given(st.text(max_size=40), st.text(max_size=40))
def test_dice_is_symmetric_and_between_0_and_1(one, other):
    there, back = dice(pairs_of(one), pairs_of(other)), dice(pairs_of(other), pairs_of(one))
    assert there == back
    assert 0 <= there <= 1
    assert dice(pairs_of(one), pairs_of(one)) in (0.0, 1.0)


def test_marks_width_and_case_do_not_hide_goods():
    assert bare("北极狐★户外-双肩背包 ４０Ｌ") == "北极狐户外双肩背包40l"
    like = likeness(goods("北极狐★户外-双肩背包 ４０Ｌ"), goods("北极狐户外双肩背包 40L"))
    assert like.title == 1.0
    assert like.attributes == 1.0


def test_the_same_goods_under_another_id_with_a_severe_reason_are_refused():
    found, freed = judge(goods(TITLE, id="L2"), [refused(goods(TITLE), FORGED)], POLICY)
    assert [(f.rule, f.severity, f.confidence) for f in found] == [("C12", Severity.HIGH, 1.0)]
    assert dict(found[0].evidence)["listing"] == "L1"
    assert dict(found[0].evidence)["still"] == "forged"
    assert "2026-11-01" in found[0].message.zh
    assert freed == ()


def test_alike_is_for_a_person_however_severe():
    found, _ = judge(goods(f"{TITLE} 限时特惠包邮", id="L2"), [refused(goods(TITLE), FORGED)], POLICY)
    assert [f.severity for f in found] == [Severity.MEDIUM]
    assert found[0].confidence < 0.9


def test_not_severe_is_for_a_person_even_when_it_is_the_same():
    title = f"{TITLE} 全网第一"
    found, _ = judge(goods(title, id="L2"), [refused(goods(title), ABSOLUTE)], POLICY)
    assert [f.severity for f in found] == [Severity.MEDIUM]


def test_what_was_put_right_is_not_held_against_it():
    found, freed = judge(goods(TITLE, id="L2"), [refused(goods(f"{TITLE} 全网第一"), ABSOLUTE)], POLICY)
    assert found == ()
    assert [(e.rule, e.context) for e in freed] == [("C12", "corrected")]
    assert "“全网第一”" in freed[0].reason.zh


def test_the_same_listing_again_is_no_relisting_even_with_the_words():
    title = f"{TITLE} 全网第一"
    found, freed = judge(goods(title), [refused(goods(title), ABSOLUTE)], POLICY)
    assert found == ()
    assert [e.context for e in freed] == ["resubmitted"]


@pytest.mark.parametrize(
    "other",
    [
        goods("儿童保温杯316不锈钢吸管水杯 480ml", id="L2"),
        goods(TITLE, id="L2", attributes=(("材质", "涤纶"), ("颜色", "黑色"))),
    ],
    ids=["other title", "other attributes"],
)
def test_other_goods_are_left_alone(other):
    assert judge(other, [refused(goods(TITLE), FORGED)], POLICY) == ((), ())


def test_goods_of_a_linked_merchant_say_so():
    theirs = goods(TITLE, merchant_id="M9", id="L9")
    found, _ = judge(goods(TITLE), [refused(theirs, FORGED, links=("phone",))], POLICY)
    assert "关联商家" in found[0].message.zh
    assert dict(found[0].evidence)["links"] == "phone"


def test_only_the_likest_goods_are_named():
    near = replace(goods(f"{TITLE} 新款", id="L8"))
    one = RefusedGoods("far", date(2026, 11, 1), near, (FORGED,))
    two = RefusedGoods("near", date(2026, 10, 1), goods(TITLE, id="L7"), (FORGED,))
    found, _ = judge(goods(TITLE, id="L2"), [one, two], POLICY)
    assert [dict(f.evidence)["submission"] for f in found] == ["near"]


def test_a_missing_paper_stands_until_it_is_there():
    gap = Offence("missing", "missing", "ccc")
    assert stands(gap, goods())
    assert not stands(gap, goods(documents=(paper("ccc", "2026010101000001"),)))


def test_on_real_titles_no_two_goods_are_taken_for_one(shared):
    import json
    import random

    path = shared.joinpath("data", "taobao-titles-ner", "titles.jsonl")
    titles = sorted({json.loads(line)["title"] for line in path.read_text(encoding="utf-8").splitlines()})
    long = [pairs_of(t) for t in titles if len(bare(t)) >= 8]
    chosen = random.Random(7).sample(range(len(long)), 40)
    alike = [(i, j) for i in chosen for j in range(len(long)) if i != j and dice(long[i], long[j]) >= POLICY.alike]
    assert alike == []


@pytest.mark.shared
def test_edits_of_real_titles_are_found_again(shared):
    from bench.admission_relisting import EDITS, titles

    real = titles(shared)[::10]
    for name, (edit, least) in EDITS.items():
        hits = [near(likeness(goods(t), goods(edit(t))), POLICY) for t in real]
        assert sum(hits) / len(hits) >= least, name

"""The evidence matrix: golden cases over all categories, the way from a marketplace's categories to the tree, and what holds for any listing."""

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.verdict import Severity
from pinzhi.law.rows import reference
from pinzhi.law.tables import statutes
from pinzhi.life.admission.contracts import Document, Listing
from pinzhi.life.admission.rules.facts import FOREVER, Merchant, day, months_later
from pinzhi.life.admission.rules.matrix import evaluate
from pinzhi.life.admission.tables import book, matrix

FOLDER = Path(__file__).parent / "cases"
CASES = [c for p in sorted(FOLDER.glob("matrix_*.toml")) for c in tomllib.loads(p.read_text("utf-8"))["case"]]
MATRIX, BOOK = matrix(), book()
TODAY = date(2026, 11, 26)
MERCHANT = Merchant("m-1", "杭州禾木贸易有限公司", "91110000600037341L")


def laws(on):
    return {r.id: reference(r) for r in statutes().rows if r.holds(on)}


LAWS = laws(TODAY)


def listing(case):
    documents = tuple(
        Document(d["kind"], d.get("number", ""), "", tuple(d.get("fields", {}).items())) for d in case["documents"]
    )
    return Listing(
        "l-1",
        "m-1",
        case["category"],
        case["title"],
        brand=case.get("brand", ""),
        attributes=tuple(case.get("attributes", {}).items()),
        documents=documents,
    )


def outcome(judged):
    if judged.missing or any(f.severity is Severity.HIGH for f in judged.findings):
        return "reject"
    return "manual" if any(f.severity is Severity.MEDIUM for f in judged.findings) else "pass"


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case):
    on = case.get("on", TODAY)
    judged = evaluate(listing(case), MERCHANT if case.get("merchant") else None, MATRIX, BOOK, laws(on), on)
    said = {
        "outcome": outcome(judged),
        "missing": sorted(m.claim for m in judged.missing),
        "rules": sorted(f"{f.rule} {f.severity} {f.field}" for f in judged.findings),
    }
    if "freed" in case["expect"]:
        said["freed"] = [e.context for e in judged.exemptions]
    assert case["because"]
    assert said == case["expect"]


def test_there_are_enough_cases_and_each_name_once():
    assert len(CASES) >= 90
    assert len({c["name"] for c in CASES}) == len(CASES)


def test_every_row_that_is_cited_exists_and_second_hand_rows_never_refuse_by_a_standard():
    assert MATRIX.laws - {r.id for r in statutes().rows} == set()
    assert {s.number for s in MATRIX.standards.values() if s.verified} == {"GB 18401", "GB 31701"}


def test_every_mandatory_need_has_a_case_that_misses_it_or_fills_it():
    asked = {m for c in CASES for m in c["expect"]["missing"]}
    filled = set()
    for c in CASES:
        found = MATRIX.tree.of(c["category"], c["title"])
        if found:
            line = set(MATRIX.tree.line(found.id))
            filled |= {n.id for n in MATRIX.needs if n.categories & line}
    untried = {n.id for n in MATRIX.needs if n.mandatory} - asked - filled
    assert untried <= {
        "baby_food.report",
        "building.report",
        "car_parts.ccc",
        "childrens_shoes.report",
        "medical_food.registration",
        "medicine",
        "medicine.trade",
        "pesticides.registration",
        "pet_medicine.approval",
        "pet_medicine.trade",
        "seeds.trade",
    }


# --- categories ------------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title", "id_"),
    [
        ("移动电源 power bank", "", "power_bank"),
        ("小家电 small appliance", "", "appliances"),
        ("女装 women's wear", "", "clothing"),
        ("童装 children's wear", "儿童羽绒服", "childrens_wear"),
        ("童装 children's wear", "纯棉连体衣", "infant_wear"),
        ("玩具 toys", "", "toys"),
        ("食品 packaged food", "", "packaged_food"),
        ("生鲜 fresh food", "冷冻虾仁", "seafood"),
        ("化妆品 cosmetics", "防晒乳", "special_cosmetics"),
        ("厨具 kitchenware", "", "food_contact"),
        ("家居 home textiles", "", "home_textiles"),
        ("头盔 helmets", "3C电动车头盔", "helmets"),
        ("头盔 helmets", "儿童骑行头盔", "cycle_helmets"),
        ("图书 books", "", "books"),
        ("手机/手机通讯/手机", "", "electronics_ccc"),
        ("手机配件>手机壳", "", "electronics"),
        ("Electronics > Mobile phones", "", "electronics_ccc"),
        ("Home & Kitchen > Cookware", "", "food_contact"),
        ("母婴/婴童服装/连体衣", "", "infant_wear"),
        ("宠物/猫粮", "", "pet_food"),
        ("食品接触用品", "", "food_contact"),
        ("书包", "", "bags"),
        ("服饰/防晒衣", "", "clothing"),
        ("茶具", "", "food_contact"),
        ("保健食品", "", "health_food"),
    ],
)
def test_a_marketplaces_category(text, title, id_):
    assert MATRIX.tree.of(text, title).id == id_


def test_what_is_not_known_is_not_guessed():
    assert MATRIX.tree.of("", "充电宝") is None
    assert MATRIX.tree.of("qwerty", "") is None


@pytest.mark.shared
def test_public_catalogues_are_in_the_tree(shared):
    path = shared / "data/phone-catalog-pinyougou/items.jsonl"
    names = {json.loads(line)["category_name"] for line in path.read_text("utf-8").splitlines()} - {None}
    assert {n: MATRIX.tree.find(n).id for n in names} == dict.fromkeys(names, "electronics_ccc")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("ccc", "ccc"),
        ("3C", "ccc"),
        ("CCC Certificate", "ccc"),
        ("检测报告", "report"),
        ("test_report", "report"),
        ("Business License", "uscc"),
        ("营业执照", "uscc"),
        ("食品经营许可证", "jy"),
        ("authorization", "authorisation"),
        ("品牌授权书", "authorisation"),
    ],
)
def test_a_kind_of_paper_by_other_words(word, kind):
    from pinzhi.life.admission.rules.documents import read

    assert read(0, Document(word), MATRIX, BOOK, BOOK.known(2026)).kind == kind


# --- days and what holds for any listing -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-27", date(2026, 11, 27)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("2026.3.1", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("２０２６／０３／０１", date(2026, 3, 1)),
        ("2024.01.01-2026.12.31", date(2026, 12, 31)),
        ("2026年2月", date(2026, 2, 28)),
        ("长期", FOREVER),
        ("2026-02-30", None),
        ("见附件", None),
        ("", None),
    ],
)
def test_days_as_papers_print_them(text, found):
    assert day(text) == found


@given(start=st.dates(date(2000, 1, 1), date(2050, 12, 31)), months=st.integers(0, 60))
def test_months_later_keeps_the_day_or_ends_with_the_month(start, months):
    moved = months_later(start, months)
    assert (moved.year * 12 + moved.month) - (start.year * 12 + start.month) == months
    assert moved.day == start.day or (moved + timedelta(days=1)).day == 1


texts = st.text(max_size=30)
papers = st.builds(
    Document,
    st.one_of(st.sampled_from(["ccc", "report", "sc", "jy", "authorisation", "cosmetics", "trademark"]), texts),
    texts,
    st.just(""),
    st.lists(
        st.tuples(st.sampled_from(["型号", "品牌", "有效期至", "检验依据", "持有人", "授权方", "被授权方"]), texts),
        max_size=4,
    ).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(
    category=st.one_of(st.sampled_from([n.name.zh for n in MATRIX.tree.nodes.values()]), texts),
    title=texts,
    brand=texts,
    documents=st.lists(papers, max_size=4).map(tuple),
)
def test_nothing_that_is_submitted_breaks_it_and_it_says_the_same_twice(category, title, brand, documents):
    one = Listing("l", "m-1", category, title, brand=brand, documents=documents)
    first = evaluate(one, MERCHANT, MATRIX, BOOK, LAWS, TODAY)
    again = evaluate(one, MERCHANT, MATRIX, BOOK, LAWS, TODAY)
    assert (first.missing, first.findings, first.exemptions) == (again.missing, again.findings, again.exemptions)
    assert all(f.severity is not Severity.HIGH for f in first.findings if f.law is not None and not f.law.verified)


@pytest.mark.parametrize("days", range(-2, 33))
def test_a_paper_counts_through_its_last_day(days):
    end = TODAY + timedelta(days=days)
    one = Listing(
        "l",
        "m-1",
        "手机",
        "手机",
        documents=(Document("ccc", "2021011606123456", "", (("有效期至", end.isoformat()),)),),
    )
    judged = evaluate(one, None, MATRIX, BOOK, LAWS, TODAY)
    assert [m.claim for m in judged.missing] == (["ccc"] if days < 0 else [])
    assert [f.rule for f in judged.findings if f.rule == "D04"] == (["D04"] if 0 <= days <= 30 else [])

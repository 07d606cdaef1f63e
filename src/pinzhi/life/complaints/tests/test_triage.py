"""A text becomes kinds, severity and reasons: words of danger, the model, and what it does not know."""

from __future__ import annotations

import csv
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules.triage.grams import fold, grams
from pinzhi.life.complaints.rules.triage.hazard import Said, clauses, cut, dangers, meant
from pinzhi.life.complaints.tests.reading import kind_texts, severity_texts, small_reader


def words(text: str, category: str = "") -> set[tuple[str, str]]:
    goods = tables.taxonomy().category(category) if category else None
    lexicon = tables.lexicon()
    folded = fold(text, lexicon.simpler)
    found = dangers(lexicon, cut(lexicon, folded), meant(lexicon, folded, goods.group if goods else ""))
    return {(d.code, d.said.value) for d in found}


@pytest.mark.parametrize(
    ("text", "category", "expect"),
    [
        ("充电宝突然冒烟", "移动电源", {("S3", "happened")}),
        ("没有冒烟，用着放心", "移动电源", {("S3", "denied")}),
        ("请问会不会冒烟？", "移动电源", {("S3", "imagined")}),
        ("听说这个牌子冒烟", "移动电源", {("S3", "heard")}),
        ("不小心被刀片割到手", "厨具", {("S1", "happened")}),
        ("气得我要炸了", "手机", set()),
        ("屏幕上一道划伤", "手机", set()),
        ("直接送到医院病床", "水果", set()),
        ("No burns or rash", "", {("S1", "denied")}),
        ("the plug sparks and smokes", "", {("S3", "happened")}),
        ("I was shocked by the price", "", set()),
        ("充電時冒煙", "手机", {("S3", "happened")}),
        ("眼睛看不见了", "", {("S1", "happened")}),
        ("孩子脸上渗水", "", {("S1", "happened")}),
        ("my dog ate it and died", "", {("S1", "happened")}),
        ("店家装看不见", "", set()),
        ("水壶渗水，今天就看不见了", "", set()),
        ("it died", "", set()),
    ],
)
def test_a_danger_is_read_as_it_is_meant(text: str, category: str, expect: set[tuple[str, str]]) -> None:
    assert words(text, category) == expect


@pytest.mark.parametrize(
    ("text", "category", "kind"),
    [
        ("充电宝冒烟了，客服态度恶劣", "衣服", "S3"),
        ("充电宝冒烟了，客服态度恶劣", "书籍", "S3"),
        ("充电器发烫", "食品", "S3"),
        ("the power bank caught fire, rude service", "clothing", "S3"),
        ("饼干发霉了", "水果", "S2"),
        ("奶粉喝了上吐下泻", "书籍", "S1"),
        ("菜刀把手断了割到手", "虚拟商品", "S1"),
    ],
)
def test_a_stated_category_silences_nothing_that_the_text_names(text: str, category: str, kind: str) -> None:
    assert (kind, "happened") in words(text, category)
    found = small_reader().read(text, category)
    assert (found.severity, found.safety, found.type) == (1, True, kind)


def test_a_stated_category_says_what_is_meant_where_nothing_else_is_named() -> None:
    assert words("袖口发黑有焦痕", "衣服") == set()
    assert words("苹果发霉了", "水果") == {("S2", "happened")}
    assert small_reader().read("苹果发霉了", "水果").severity == 3


@pytest.mark.parametrize(
    ("text", "category", "severity", "kind"),
    [
        ("打开密封袋里面发霉了", "饼干零食", 1, "S2"),
        ("火龙果都发霉了", "水果", 3, None),
        ("洗完头皮发痒", "洗发水", 2, "S4"),
        ("用了过敏，脸上红肿", "化妆品", 1, "S1"),
        ("充电宝充电的时候突然冒烟起火，手被烧伤了", "", 1, "S1"),
        ("衣服颜色和图片差别很大，想退货", "", 3, None),
    ],
)
def test_severity_depends_on_the_goods(text: str, category: str, severity: int, kind: str | None) -> None:
    found = small_reader().read(text, category)
    assert found.severity == severity
    if kind:
        assert found.type == kind
        assert found.safety


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "😂😂😂😂",
        "???",
        "これはとても良い商品です",
        "Товар пришёл сломанным, требую возврат",
        "제품이 고장났어요",
        "\x00\x00",
        "zq xv kk wj",
    ],
)
def test_what_nobody_taught_it_goes_to_a_person(text: str) -> None:
    found = small_reader().read(text)
    assert found.abstained
    assert found.types == ()
    assert found.polarity == ""
    assert found.severity == 3


def test_a_text_of_a_million_characters_is_answered_and_the_danger_at_its_end_is_seen() -> None:
    found = small_reader().read("质量很好" * 250_000 + "，结果冒烟起火把手烫伤了")
    assert found.severity == 1
    assert any(w.basis == "novelty" and "50000" in w.text.zh for w in found.why)


@given(st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from("烫伤过敏没有不会冒烟，。？！ "), max_size=80))
@example("没有" * 40)
@settings(max_examples=60, deadline=None)
def test_words_of_danger_only_ever_raise(text: str) -> None:
    reader = small_reader()
    before = reader.read(text, "手机").severity
    after = reader.read(text + "。充电时冒烟起火，手被烫伤", "手机")
    assert after.severity == 1 <= before
    assert after.safety


@given(st.lists(st.text(alphabet=string.ascii_lowercase + "好差。，！ 12坏", max_size=30), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_text_has_the_same_grams_alone_and_among_others(texts: list[str]) -> None:
    together = grams(texts)
    assert len(together) == len(texts)
    for i, text in enumerate(texts):
        alone = grams([text]).keys
        assert together.keys[together.start[i] : together.start[i + 1]].tolist() == alone.tolist()


def test_clauses_keep_the_question_with_what_is_asked() -> None:
    assert clauses("会爆炸吗？没有。好") == ["会爆炸吗吗？", "没有", "好"]


@pytest.mark.parametrize(
    ("name", "acute", "texts", "least", "raised"),
    [
        ("severity_unseen.toml", 348, 585, 348, 9),
        ("severity_second.toml", 165, 344, 160, 5),
        ("severity_third.toml", 76, 138, 71, 0),
    ],
)
def test_severity_one_by_words_alone(name: str, acute: int, texts: int, least: int, raised: int) -> None:
    """
    The figures are floors. As they stood before any mending: 344 of 348 with 7 false alarms, 81 of 165 with 10, 71 of 76 with none.

    The first set shares its words with the lexicon (same hand, same day), the second was written to be missed and the words were mended for it, the third
    was written in the same sitting as the mending and measured by words alone once. One hand labelled all of them.
    """
    rows = severity_texts(name)
    lexicon, taxonomy = tables.lexicon(), tables.taxonomy()
    hit = {True: 0, False: 0}
    for is_acute, category, text in rows:
        goods = taxonomy.category(category) if category else None
        group, folded = goods.group if goods else "", fold(text, lexicon.simpler)
        found = dangers(lexicon, cut(lexicon, folded), meant(lexicon, folded, group))
        happened = [d for d in found if d.said is Said.HAPPENED]
        hit[is_acute] += any(taxonomy.kinds[d.code].severity_for(group) == 1 for d in happened)
    assert (sum(a for a, _, _ in rows), len(rows)) == (acute, texts)
    assert hit[True] >= least
    assert hit[False] <= raised


def test_kinds_on_texts_written_before_the_sentences() -> None:
    texts = kind_texts()
    answers = small_reader().read_many([(text, category) for _, category, text in texts])
    right = sum(a.type == kind for a, (kind, _, _) in zip(answers, texts, strict=True))
    assert len(texts) == 151
    assert right >= 0.7 * len(texts)


@pytest.mark.parametrize(
    ("part", "texts", "first", "three"),
    [("first", 105, 65, 72), ("second", 45, 7, 8)],
)
def test_kinds_on_texts_in_other_voices(part: str, texts: int, first: int, three: int) -> None:
    """Floors for the small model: the kind that leads, and the kind among the first three."""
    rows = kind_texts("types_second.toml", part)
    answers = small_reader().read_many([(text, category) for _, category, text in rows])
    assert len(rows) == texts
    assert sum(a.type == kind for a, (kind, _, _) in zip(answers, rows, strict=True)) >= first
    assert sum(kind in a.types[:3] for a, (kind, _, _) in zip(answers, rows, strict=True)) >= three


def test_a_matter_stays_where_only_the_model_of_danger_rings() -> None:
    """The severity rises and the danger is named, the kind that leads is still a matter."""
    found = small_reader().read("说好国行，到手是港版，插头都不一样", "手机")
    assert (found.severity, found.safety) == (1, True)
    assert tables.taxonomy().kinds[found.type].severity > 1
    assert "S3" in found.types
    assert not [w for w in found.why if w.basis == "danger"]
    told = small_reader().read("充电宝冒烟烧到手，客服态度恶劣没人管", "移动电源")
    assert (told.type in {"S1", "S3"}, told.severity) == (True, 1)


@pytest.mark.shared
def test_the_hand_labelled_triggers_of_the_public_set(shared) -> None:  # type: ignore[no-untyped-def]
    rows = list(csv.DictReader(shared.joinpath("data", "cn-safety-triggers", "labelled.csv").open(encoding="utf-8")))
    taxonomy = tables.taxonomy()
    severity = {}
    for r in rows:
        goods = taxonomy.category(r["cat"])
        group = goods.group if goods else ""
        happened = [c for c, said in words(r["review"], r["cat"]) if said == "happened"]
        severity.setdefault(r["safety"], []).append(
            min((taxonomy.kinds[c].severity_for(group) for c in happened), default=4)
        )
    assert severity["S1"].count(1) == len(severity["S1"]) == 11
    assert severity["S3"].count(1) == len(severity["S3"]) == 8
    assert severity["S4"].count(2) == len(severity["S4"]) == 8
    assert severity["N"].count(1) <= 3
    assert severity["S2"].count(1) <= 1

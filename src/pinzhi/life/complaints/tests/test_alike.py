"""Like complaints are grouped with a reason, what persons said is kept for ever, and the lists find what comparing everything finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules import postings
from pinzhi.life.complaints.rules.alike import AlikePolicy, Ground, Index, explain
from pinzhi.life.complaints.rules.postings import measure, read, weigh
from pinzhi.life.complaints.rules.triage.speech import Chance, sentences

TEXTS = [s.text for s in sentences(tables.speech(), 900, 11)]
WEIGHTS = weigh(TEXTS, "test")
POLICY = AlikePolicy(0.35, 8, 20)
SWOLLEN = "上周买的充电宝，今天充电的时候外壳鼓包了，客服说正常，我要求退货退款"
SHUFFLED = "我要求退货退款！客服说正常，上周买的充电宝今天充电时外壳鼓包了"
OTHER = "快递显示已经签收，可是我家里没有人拿到，打电话给驿站也说没有这个件"
ITEM = ("listing:L1",)


def index() -> Index:
    return Index(WEIGHTS, POLICY)


def test_a_shuffled_copy_joins_and_another_matter_does_not() -> None:
    i = index()
    first, second, third = i.place("A", SWOLLEN, ITEM), i.place("B", SHUFFLED, ITEM), i.place("C", OTHER, ITEM)
    assert (first.group, first.ground, first.like) == ("A", Ground.ALONE, ())
    assert (second.group, second.ground) == ("A", Ground.TEXT)
    assert second.like[0].id == "A"
    assert second.score == second.like[0].score > 0.5
    assert (third.group, third.ground) == ("C", Ground.ALONE)
    assert i.members("A") == ("A", "B")
    assert second.version == "alike-tfidf-2-3/1+test"


def test_only_the_same_block_is_looked_at() -> None:
    i = index()
    i.place("A", SWOLLEN, ("merchant:M1", "batch:B1"))
    assert i.find(SHUFFLED, ("merchant:M2",)) == []
    assert [m.id for m in i.find(SHUFFLED, ("merchant:M2", "batch:B1"))] == ["A"]


def test_an_explicit_key_goes_before_the_text() -> None:
    i = index()
    i.place("A", OTHER, ITEM, key="order:77")
    i.place("B", SWOLLEN, ITEM)
    assert (i.place("C", SHUFFLED, ITEM, key="order:77").group, i.group("C")) == ("A", "A")


def test_a_text_that_is_too_short_is_never_grouped() -> None:
    i = index()
    i.place("A", "坏了", ITEM)
    assert i.place("B", "坏了", ITEM).ground is Ground.ALONE
    assert i.place("C", "", ITEM).ground is Ground.ALONE


def test_what_a_person_parted_stays_parted_and_takes_along_what_is_tied() -> None:
    i = index()
    for id_ in ("A", "B", "C"):
        i.place(id_, SWOLLEN, ITEM)
    i.together("B", "C")
    i.apart("A", "B")
    assert (i.members("A"), i.members("B")) == (("A",), ("B", "C"))
    with pytest.raises(RefusedError) as no:
        i.together("A", "C")
    assert no.value.refusal.code == "parted_by_a_person"
    with pytest.raises(RefusedError) as no:
        i.apart("B", "C")
    assert no.value.refusal.code == "joined_by_a_person"
    assert (i.members("A"), i.members("B")) == (("A",), ("B", "C"))


def test_a_person_joins_what_no_text_would_and_new_ones_follow() -> None:
    i = index()
    i.place("A", SWOLLEN, ITEM)
    i.place("B", OTHER, ITEM)
    assert i.together("A", "B") == "A"
    assert i.place("C", OTHER, ITEM).group == "A"
    assert i.members("A") == ("A", "B", "C")


def test_the_same_id_twice_and_an_unknown_one_are_refused_and_nothing_changes() -> None:
    i = index()
    i.place("A", SWOLLEN, ITEM)
    with pytest.raises(RefusedError) as no:
        i.place("A", OTHER, ITEM)
    assert no.value.refusal.code == "complaint_placed"
    with pytest.raises(RefusedError) as no:
        i.apart("A", "Z")
    assert no.value.refusal.code == "complaint_unknown"
    assert (len(i), i.members("A")) == (1, ("A",))


def test_a_closed_complaint_is_found_no_more() -> None:
    i = index()
    i.place("A", SWOLLEN, ITEM)
    i.remove("A")
    assert i.find(SHUFFLED, ITEM) == []
    assert len(i) == 0


def test_what_was_placed_before_is_taken_in_as_it_was() -> None:
    i = index()
    assert i.load([("A", SWOLLEN, "A"), ("B", OTHER, "A")], "listing:L1") == 2
    assert i.members("A") == ("A", "B")
    assert i.place("C", OTHER, ITEM).group == "A"
    assert i.load([("A", SWOLLEN, "A")], "listing:L1") == 0


def test_the_explanation_names_what_both_say() -> None:
    found = explain(SWOLLEN, SHUFFLED, WEIGHTS)
    assert found.score > 0.5
    assert any("外壳鼓包了" in p or "客服说正常" in p or "我要求退货退款" in p for p in found.pieces)
    assert explain(SWOLLEN, SWOLLEN, WEIGHTS).score == pytest.approx(1, abs=1e-3)
    assert explain(SWOLLEN, "", WEIGHTS).score == 0


def slow(texts: list[str], question: str) -> dict[int, float]:
    """Likeness with every text, by products of whole vectors: the reference that the lists are held against."""
    found = read(texts)
    value = measure(found, WEIGHTS)
    vectors = [
        dict(zip(found.keys[a:b].tolist(), value[a:b].tolist(), strict=True))
        for a, b in zip(found.start[:-1], found.start[1:], strict=True)
    ]
    held = set().union(*vectors) if vectors else set()
    mine = read([question])
    weight = {k: w for k, w in zip(mine.keys.tolist(), measure(mine, WEIGHTS).tolist(), strict=True) if k in held}
    length = float(np.sqrt(sum(w * w for w in weight.values()))) or 1.0
    return {n: sum(w / length * v.get(k, 0.0) for k, w in weight.items()) for n, v in enumerate(vectors)}


@given(seed=st.integers(0, 10_000), parts=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_the_lists_find_what_comparing_everything_finds(seed: int, parts: int) -> None:
    chance = Chance(seed)
    texts = chance.some(TEXTS, 60)
    question = "，".join(chance.some(texts, parts))
    lists = postings.Lists()
    found = read(texts[:40])
    lists.extend(found, measure(found, WEIGHTS))
    for text in texts[40:]:
        one = read([text])
        lists.add(one.keys, measure(one, WEIGHTS))
    mine = read([question])
    which, score = lists.find(mine.keys, measure(mine, WEIGHTS), 0.35)
    got = dict(zip(which.tolist(), score.tolist(), strict=True))
    for n, expected in slow(texts, question).items():
        if expected >= 0.355:
            assert got[n] == pytest.approx(expected, abs=0.005)
        elif expected < 0.345:
            assert n not in got


def test_segments_are_joined_and_numbers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "TAIL", 8)
    i = index()
    for n, text in enumerate(TEXTS[:100]):
        i.place(f"c{n}", text, ITEM)
    lists = i._blocks["listing:L1"].lists
    assert len(lists) == 100
    assert [s.count for s in lists.segments] == [64, 32]
    long = [n for n, t in enumerate(TEXTS[:100]) if len(t) > 12]
    assert all(f"c{n}" in [m.id for m in i.find(TEXTS[n], ITEM)] for n in long)

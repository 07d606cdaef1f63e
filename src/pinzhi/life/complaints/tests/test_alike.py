"""Like complaints are grouped with a reason, what persons said is kept for ever, and the lists find what comparing everything finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules import postings
from pinzhi.life.complaints.rules.alike import VERSION, AlikePolicy, Index, explain
from pinzhi.life.complaints.rules.postings import measure, read, weigh
from pinzhi.life.complaints.rules.triage.grammar import Chance
from pinzhi.life.complaints.rules.triage.speech import sentences

TEXTS = [s.text for s in sentences(tables.speech(), 900, 11)]
WEIGHTS = weigh(TEXTS, "test")
POLICY = AlikePolicy(0.35, 0.5, 8, 50, 90)
SWOLLEN = "上周买的充电宝，今天充电的时候外壳鼓包了，客服说正常，我要求退货退款"
SHUFFLED = "我要求退货退款！客服说正常，上周买的充电宝今天充电时外壳鼓包了"
OTHER = "快递显示已经签收，可是我家里没有人拿到，打电话给驿站也说没有这个件"
ITEM = "listing:L1"


def index() -> Index:
    return Index(WEIGHTS, POLICY)


def test_a_shuffled_copy_is_found_and_another_matter_is_not() -> None:
    i = index()
    i.add("A", SWOLLEN, ITEM)
    i.add("C", OTHER, ITEM)
    (match,) = i.find(SHUFFLED, ITEM)
    assert (match.id, match.score > 0.5) == ("A", True)
    assert i.version == f"{VERSION}+test"


def test_only_the_same_block_is_looked_at() -> None:
    i = index()
    i.add("A", SWOLLEN, "batch:B1")
    assert i.find(SHUFFLED, "merchant:M2") == []
    assert [m.id for m in i.find(SHUFFLED, "batch:B1")] == ["A"]


def test_a_text_that_is_too_short_is_like_nothing() -> None:
    i = index()
    i.add("A", "坏了", ITEM)
    assert (i.find("坏了", ITEM), i.find("", ITEM)) == ([], [])


def test_a_block_that_was_dropped_is_found_no_more_and_can_be_read_again() -> None:
    i = index()
    assert i.load([("A", SWOLLEN), ("B", OTHER)], ITEM) == 2
    assert [m.id for m in i.find(SHUFFLED, ITEM)] == ["A"]
    i.drop(ITEM)
    assert (i.find(SHUFFLED, ITEM), len(i), i.bytes) == ([], 0, 0)
    i.load([("A", SWOLLEN)], ITEM)
    assert [m.id for m in i.find(SHUFFLED, ITEM)] == ["A"]


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
        i.add(f"c{n}", text, ITEM)
    lists = i._blocks["listing:L1"].lists
    assert len(lists) == 100
    assert [s.count for s in lists.segments] == [64, 32]
    long = [n for n, t in enumerate(TEXTS[:100]) if len(t) > 12]
    assert all(f"c{n}" in [m.id for m in i.find(TEXTS[n], ITEM)] for n in long)

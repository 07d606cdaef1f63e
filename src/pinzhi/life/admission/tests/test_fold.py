"""Folding: the way back to the raw text is exact, whatever the text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinzhi.life.admission.rules.fold import Folding, Transform, pairs
from pinzhi.life.admission.shipped import ruleset


@pytest.fixture(scope="module")
def folding() -> Folding:
    return ruleset().lexicon.folding


ANY = st.text(st.characters(codec=None), max_size=60)
MIXED = st.lists(
    st.sampled_from([*"国家級级最蕞佳①ＴＯＰ１ａＡé½㎡℃ﷺ ❤️*·-。\n\u200b\u202e\u0301㍿ﬁ卍"]), max_size=40
).map("".join)


@pytest.mark.parametrize(
    ("raw", "dense"),
    [
        ("國家級", "国家级"),
        ("国\u200b家\u200c级", "国家级"),
        ("国 家*级", "国家级"),
        ("ＮＯ．１", "no1"),
        ("①", "1"),
        ("蕞好", "最好"),
        ("раypаl", "paypal"),
        ("zuì", "zui"),
        ("㎡", "m2"),
        ("1.5kg", "15kg"),
        ("好，吃", "好,吃"),
        ("a\r\u2028b", "a\n\nb"),
        ("❤️", ""),
        ("が", "が"),
        ("한글", "한글"),
    ],
)
def test_what_a_text_reads_as(folding, raw, dense):
    assert folding.dense(raw) == dense
    assert folding.fold(raw).dense == dense


@pytest.mark.parametrize(
    ("char", "why"),
    [
        ("國", {Transform.TRADITIONAL}),
        ("Ａ", {Transform.WIDTH, Transform.CASE}),
        ("A", {Transform.CASE}),
        ("蕞", {Transform.LOOKALIKE}),
        ("\u200b", {Transform.INVISIBLE}),
        ("①", {Transform.WIDTH}),
        ("国", set()),
        (" ", set()),
    ],
)
def test_what_a_character_needed(folding, char, why):
    assert folding.reasons(char) == why


@given(ANY | MIXED)
@example("\ud800国")
def test_offsets_lead_back_to_what_was_read(folding, raw):
    folded = folding.fold(raw)
    assert len(folded.plain) == len(folded.at)
    assert len(folded.dense) == len(folded.place)
    assert list(folded.at) == sorted(folded.at)
    assert list(folded.place) == sorted(set(folded.place))
    assert "".join(folded.plain[p] for p in folded.place) == folded.dense
    assert folded.plain == folding.plain(raw)
    assert folded.dense == folding.dense(raw)
    for start in range(0, len(folded.dense), 3):
        a, b = folded.raw_span(*folded.plain_span(start, min(len(folded.dense), start + 4)))
        assert folded.dense[start : start + 4] in folding.dense(raw[a:b])


@given(ANY | MIXED)
def test_folding_again_changes_nothing(folding, raw):
    once = folding.plain(raw)
    assert folding.plain(once) == once
    dense = folding.dense(raw)
    assert folding.dense(dense) == dense == folding.dense(once)


@given(ANY | MIXED)
def test_many_at_once_are_read_the_same(folding, raw):
    dense, at = folding.dense_batch(raw)
    folded = folding.fold(raw)
    assert dense == folded.dense
    assert at.tolist() == [folded.at[p] for p in folded.place]


def test_every_code_point_reads_the_same_both_ways(folding):
    codes = range(0x110000)
    dense, at = folding.dense_batch("".join(map(chr, codes)))
    slow = [(code, c) for code in codes for c in folding.dense(chr(code))]
    quick = list(zip(at.tolist(), dense, strict=True))
    assert next((pair for pair in zip(quick, slow, strict=False) if pair[0] != pair[1]), None) is None
    assert len(quick) == len(slow)


def test_no_ideograph_disappears(folding):
    assert all(folding.dense(chr(c)) for c in range(0x4E00, 0xA000) if unicodedata.category(chr(c)) == "Lo")


def test_a_table_of_pairs_is_checked():
    assert pairs("國国 級级") == {"國": "国", "級": "级"}
    with pytest.raises(ValueError, match="two characters"):
        pairs("國国 級")

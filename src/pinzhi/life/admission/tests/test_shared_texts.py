"""Measured on public texts beside the checkout: a change that costs quality there does not go unseen."""

import json

import pytest

from pinzhi.life.admission.contracts import Outcome
from pinzhi.life.admission.tests.builders import screened

pytestmark = pytest.mark.shared


@pytest.fixture
def rows(shared):
    def read(name):
        return [json.loads(line) for line in (shared / "data" / name).read_text(encoding="utf-8").splitlines()]

    return read


def test_labelled_texts_of_another_hand_have_their_outcomes(rows):
    for r in rows("review-labelled-dev/cases.jsonl"):
        said = screened(r["text"], r["category"], attributes=r["attributes"])
        assert said.outcome.value == r["verdict"], r["text"]
        for span in r["spans"]:
            assert any(f.start < span["end"] and span["start"] < f.end for f in said.findings), r["text"]


def test_real_titles_are_flagged_seldom(rows):
    titles = rows("taobao-titles-ner/titles.jsonl")
    flagged = [r["title"] for r in titles if screened(r["title"], "其他").outcome is not Outcome.PASS]
    assert len(flagged) <= 40, "40 of 5,105 when they were read one by one: 4 of them unjustified"


def test_marks_between_words_make_no_terms(rows):
    """Titles with another word boundary than a comma: what a space could join by mistake."""
    for r in rows("taobao-titles-ner/titles.jsonl")[:1_500]:
        spaced = screened(r["title"].replace(",", " "), "美妆")
        assert not [f for f in spaced.findings if "gap" in f.transforms], r["title"]


def test_real_copy_is_flagged_seldom(rows):
    copies = rows("ad-copy-advertisegen/dev_part.jsonl")
    flagged = [
        r
        for r in copies
        if screened("衣服", "服饰", description=r["copy"], attributes=r["attributes"]).outcome is not Outcome.PASS
    ]
    assert len(flagged) <= 14

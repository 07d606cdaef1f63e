"""The assistant of an installation that has taken no official texts in: articles are named, and the sentence that counts is quoted."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pinzhi.law import texts
from pinzhi.life.complaints import assistant_tables
from pinzhi.life.complaints.rules.assistant.conversation import Message, Session
from pinzhi.life.complaints.rules.assistant.tools import NoTools

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """No text is here."""
    cached = (texts.library, assistant_tables.shelf, assistant_tables.assistant)
    monkeypatch.setenv("PINZHI_LAW_TEXTS", str(tmp_path))
    for one in cached:
        one.cache_clear()
    yield assistant_tables.assistant()
    monkeypatch.undo()
    for one in cached:
        one.cache_clear()


def reply(bare, words):
    return bare.reply(Session(), Message(words, NOW), NoTools())


@pytest.mark.parametrize(
    ("question", "instrument", "article", "words"),
    [
        ("买到假货可以要求怎么赔偿？", "消费者权益保护法", "55", "三倍"),
        ("七天无理由退货可以退吗", "消费者权益保护法", "25", "七日内退货"),
        ("买到过期食品能赔多少", "食品安全法", "148", "十倍"),
    ],
)
def test_the_article_is_named_and_its_sentence_quoted(bare, question, instrument, article, words):
    first = reply(bare, question).citations[0]
    assert (first.instrument, first.article, words in first.quotation) == (instrument, article, True)


def test_an_article_of_which_no_sentence_is_known_is_named_and_not_quoted(bare):
    """The regulation of 2024 that holds the sentence was not in force on the day; the older statute is named."""
    asked = Message("押金不退怎么办", NOW)
    said = bare.reply(Session(), asked, NoTools(), bought_on=date(2024, 6, 30))
    assert (said.citations[0].instrument, said.citations[0].article) == ("电子商务法", "21")
    assert said.citations[0].quotation == ""
    assert "由《电子商务法》第二十一条规定，条文原文本系统尚未收录" in said.text
    assert "“" not in said.text


def test_what_nobody_knows_is_said_and_danger_still_brings_a_person(bare):
    assert reply(bare, "明天天气怎么样").citations == ()
    assert reply(bare, "孩子吞了纽扣电池怎么办").handover is not None


def test_every_sentence_belongs_to_a_version_that_the_house_knows(bare):
    assert bare is not None
    held = [p.source for p in assistant_tables.shelf().passages if p.source is not None]
    assert len(held) > 50
    assert {a.version.id for a in held} <= set(texts.versions())
    assert all(a.held(date(2026, 11, 26)) for a in held if a.version.id in ("consumer", "food", "ecommerce"))

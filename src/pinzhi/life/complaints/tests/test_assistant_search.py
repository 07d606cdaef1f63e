"""Which article answers: the tables fit the texts, quotations are word for word, versions follow the day, nothing is quoted without a lead."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.law.tables import statutes
from pinzhi.law.texts import library
from pinzhi.life.complaints.assistant_tables import assistant, read, shelf
from pinzhi.life.complaints.rules.assistant.figures import figures, unfounded
from pinzhi.life.complaints.rules.assistant.topics import topics
from pinzhi.life.complaints.rules.assistant.words import grams, language, normalise, sentences, stem

pytestmark = [pytest.mark.shared, pytest.mark.usefixtures("official_texts")]
TODAY = date(2026, 11, 26)
CASES = Path(__file__).parent / "cases"
ALL = shelf().topics
TOPICS = tuple(t for t in ALL if not t.articles[0].startswith("house:"))


def asked(question, on=TODAY, today=TODAY):
    return shelf().search(question, bought_on=on, asked_on=today)


def keys(found):
    return [
        f"{h.passage.source.version.instrument.id}:{h.passage.source.number}" if h.passage.source else h.passage.key
        for h in found.hits
    ]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda t: t.id)
def test_a_topic_names_articles_that_are_in_force_and_a_sentence_of_the_first(topic):
    for key in topic.articles:
        instrument, number = key.split(":")
        on = date(2026, 4, 14) if instrument == "complaints_20" else TODAY
        assert library().article(instrument, int(number), on).text
    instrument, number = topic.articles[0].split(":")
    assert topic.quote in library().article(instrument, int(number), TODAY).text


@pytest.mark.parametrize("topic", [t for t in TOPICS if t.row], ids=lambda t: t.id)
def test_the_row_that_explains_a_topic_says_no_figure_that_its_article_lacks(topic):
    row = statutes().in_force(topic.row, TODAY)
    texts = [
        library().article(k.split(":")[0], int(k.split(":")[1]), TODAY).text for k in topic.articles if "_20" not in k
    ]
    assert unfounded(row.summary.zh, [*texts, row.article]) == frozenset()
    assert unfounded(row.summary.en, [*texts, row.article]) == frozenset()


def test_sentences_and_titles_of_the_house_hold_no_figure():
    for name, one in read("sentences").items():
        assert {k: figures(v) for k, v in one.items()} == {"zh": frozenset(), "en": frozenset()}, name
    for topic in TOPICS:
        assert figures(topic.title("zh")) | figures(topic.title("en")) == frozenset(), topic.id


@pytest.mark.parametrize("name", ["questions_first", "questions_second", "questions_third", "questions_fourth"])
def test_questions_in_other_voices(name):
    """Floors of the four sets that the tables were tuned on; the figures of unseen sets, as they stood, are in decision 43."""
    first = five = quoted_wrong = found_wrong = answerable = unanswerable = 0
    for voice in tomllib.loads((CASES / f"{name}.toml").read_text(encoding="utf-8")).values():
        for question, gold in voice.items():
            found, right = asked(question), set(gold.split())
            if not right:
                unanswerable += 1
                found_wrong += found.sure
                continue
            answerable += 1
            first += keys(found)[:1] != [] and keys(found)[0] in right
            five += bool(right & set(keys(found)[:5]))
            quoted_wrong += found.sure and keys(found)[0] not in right
    assert answerable >= 95
    assert unanswerable == 25
    assert five / answerable >= 0.95
    assert first / answerable >= 0.90
    assert (quoted_wrong, found_wrong) == (0, 0)


@pytest.mark.parametrize(
    ("question", "on", "today", "key"),
    [
        ("12315投诉多久受理", date(2026, 4, 1), date(2026, 11, 26), "complaints:15"),
        ("12315投诉多久受理", date(2026, 4, 1), date(2026, 4, 1), "complaints_20:14"),
        ("押金不退怎么办", date(2026, 1, 1), TODAY, "consumer_regulation:20"),
        ("押金不退怎么办", date(2024, 6, 30), TODAY, "ecommerce:21"),
    ],
)
def test_rules_of_the_day(question, on, today, key):
    found = asked(question, on, today)
    assert found.hits[0].passage.key == key


@given(st.dates(date(2022, 1, 1), date(2026, 11, 26)), st.sampled_from([p for t in TOPICS for p in (t.zh[0], t.en[0])]))
@settings(max_examples=150)
def test_nothing_is_cited_that_was_not_in_force(on, question):
    for hit in asked(question, on).hits:
        if hit.passage.source is None:
            continue
        assert hit.passage.source.held(TODAY if hit.passage.source.version.id.startswith("complaints") else on)


@given(st.sampled_from([p for t in TOPICS for p in (*t.zh, *t.en)]))
@settings(max_examples=300)
def test_a_quotation_is_word_for_word(question):
    found = asked(question)
    for hit in found.hits:
        quotation = shelf().quotation(hit, question)
        text = hit.passage.text.zh.replace("\n", "")
        assert quotation
        parts = re.split(r"(?<=[：:])(?=（)", quotation)
        assert all(part in text for part in parts)


@given(st.text(max_size=300))
def test_any_text_can_be_asked(text):
    found = asked(text)
    assert found.found or not found.sure
    assert 0 <= found.score <= 1
    assert 0 <= found.lead <= 1


def test_words():
    assert normalise("  ＡＢＣ　１２ 退貨 ") == "abc 12 退货"
    assert list(grams("退货了")) == ["退", "退货", "货", "货了"]
    assert list(grams("the returned goods")) == ["return", "good", "return good"]
    assert [stem(w) for w in ("shipping", "shipped", "batteries", "refunds", "glass")] == [
        "ship",
        "ship",
        "battery",
        "refund",
        "glass",
    ]
    assert [language(t) for t in ("我要退货", "I want a refund", "what is 三包", "12", "")] == [
        "zh",
        "en",
        "en",
        "zh",
        "zh",
    ]
    assert list(sentences("甲。乙：（一）丙；（二）丁。\n戊")) == ["甲。", "乙：", "（一）丙；", "（二）丁。", "戊"]


def test_a_topic_that_is_not_whole_is_refused():
    with pytest.raises(ValueError, match="a topic has"):
        topics({"x": {"articles": ["consumer:1"]}})
    with pytest.raises(ValueError, match="both languages"):
        topics({"x": {"articles": ["consumer:1"], "quote": "", "row": "", "zh": "甲", "en": ""}})


def test_the_model_of_intents_is_the_same_each_time():
    from pinzhi.life.complaints.assistant_tables import figures as read_figures
    from pinzhi.life.complaints.rules.assistant.intents import fitted

    again = fitted(read("utterances"), read_figures().intents)
    assert (again.weights == assistant().model.weights).all()


@pytest.mark.parametrize("topic_id", sorted(read("glosses")))
def test_a_gloss_in_english_holds_no_figure_that_its_article_lacks(topic_id):
    (topic,) = [t for t in TOPICS if t.id == topic_id]
    instrument, number = topic.articles[0].split(":")
    assert unfounded(read("glosses")[topic_id], [library().article(instrument, int(number), TODAY).text]) == frozenset()
    assert topic.row == ""


def test_every_matter_is_explained_in_english():
    assert [t.id for t in TOPICS if not t.row and t.id not in read("glosses")] == []


def test_rules_of_the_house_hold_the_figures_of_the_policy():
    found = asked("投诉关闭了能重开吗")
    assert (found.sure, found.hits[0].passage.key) == (True, "house:house_reopen")
    assert found.hits[0].passage.text.zh == "投诉关闭后15天内，有新情况的可以重开一次。"
    assert (
        shelf().quotation(found.hits[0], "", "en").startswith("A closed complaint may be reopened once within 15 days")
    )


def test_every_rule_of_the_house_is_found_by_its_own_words():
    own = [t for t in ALL if t not in TOPICS]
    assert len(own) == 9
    for topic in own:
        for phrase in (topic.zh[0], topic.en[0]):
            assert keys(asked(phrase))[0] == topic.articles[0], phrase

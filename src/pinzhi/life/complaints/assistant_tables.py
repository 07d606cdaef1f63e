"""What the assistant ships with, read once from its files: topics, words, texts, sentences; and the engine put together from them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.policy import Policy, read_policy
from pinzhi.kernel.values import Text
from pinzhi.law.tables import statutes
from pinzhi.law.texts import Article, library, versions
from pinzhi.life.complaints.rules.assistant.answering import Library, sentences_of
from pinzhi.life.complaints.rules.assistant.fields import fields
from pinzhi.life.complaints.rules.assistant.intents import fitted
from pinzhi.life.complaints.rules.assistant.kinds import kinds
from pinzhi.life.complaints.rules.assistant.policy import AssistantFigures
from pinzhi.life.complaints.rules.assistant.replying import Assistant, Gate
from pinzhi.life.complaints.rules.assistant.retrieval import Shelf, article_passage, house_passage
from pinzhi.life.complaints.rules.assistant.signals import Alarm, Signals, compiled
from pinzhi.life.complaints.rules.assistant.topics import Topic, house, outside, said, terms, topics, utterances
from pinzhi.life.complaints.rules.triage.grams import fold
from pinzhi.life.complaints.rules.triage.hazard import Said, cut, dangers
from pinzhi.life.complaints.tables import lexicon

_SEVERITIES = {"S1": 1, "S3": 1, "S4": 2}
"""Kinds of the triage that bring a person at once: harm, a danger that is there, a mild reaction."""
_PARTS = ("returns", "damages", "platform", "procedure", "shops", "goods", "orders", "makers", "trade", "europe")
TOPIC_FILES = tuple(f"topics_{part}" for part in _PARTS)
HEARD_FILES = (
    *(f"heard_{part}" for part in _PARTS),
    *(
        f"heard_{part}"
        for part in ("common", "rarer", "last", "more", "shops_more", "wide", "outside", "outside_more", "outside_wide")
    ),
)
"""What people say of the topics."""
ROOM = "pinzhi.life.complaints"


def read(name: str) -> dict[str, Any]:
    """One data file of the assistant by its name, parsed."""
    folder = resources.files(ROOM).joinpath("data", "assistant")
    return tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def _policy() -> Policy:
    return read_policy(resources.files(ROOM).joinpath("policy.toml").read_text(encoding="utf-8"))


@cache
def figures() -> AssistantFigures:
    """The figures of `policy.toml` as it is shipped."""
    return _policy().as_type("assistant", AssistantFigures)


@cache
def shelf() -> Shelf:
    """Everything that may be cited."""
    known = (*(t for name in TOPIC_FILES for t in topics(read(name))),)
    taken_in = tuple(article_passage(a, official=True) for a in _taken_in())
    articles = (*taken_in, *(article_passage(a) for a in _known_sentences(known)))
    own = house(read("house"), _policy().tables)
    rules = tuple(house_passage(t.id, Text(t.title("zh"), t.title("en")), text) for t, text in own)
    return Shelf(
        (*articles, *rules),
        (*known, *(t for t, _ in own)),
        outside(read("outside")),
        terms(read("terms")),
        said(read("said")),
        utterances(*(read(name) for name in HEARD_FILES)),
        kinds(read("kinds")),
        fields(read("fields")),
        figures().search,
    )


def _taken_in() -> tuple[Article, ...]:
    """Every article whose official text is here."""
    return tuple(a for found in library().articles.values() for a in found.values())


def _known_sentences(known: tuple[Topic, ...]) -> tuple[Article, ...]:
    """
    Articles that topics name and whose text has not been taken in. Of the first of a topic the sentence that the topic quotes; of the others
    nothing but that they are there: such an article is named and not quoted.
    """
    found: dict[tuple[str, int], list[str]] = {}
    for topic in known:
        for place, key in enumerate(topic.articles):
            id_, _, number = key.partition(":")
            if id_ in versions() and id_ not in library().articles:
                quotes = found.setdefault((id_, int(number)), [])
                if topic.quote and place == 0:
                    quotes.append(topic.quote)
    return tuple(
        Article(versions()[id_], number, "\n".join(dict.fromkeys(quotes))) for (id_, number), quotes in found.items()
    )


@cache
def signals() -> Signals:
    """Words that call a person."""
    return compiled(read("signals"))


def alarm(text: str) -> Alarm | None:
    """
    The gate of the station: the patterns of the assistant, then the words of danger of the triage, as far as something is said to have happened.

    Expired food and foreign bodies (S2) are no alarm here: who asks what he is owed for them is answered.
    """
    if (found := signals().gate(text)) is not None:
        return found
    words = lexicon()
    heard = dangers(words, cut(words, fold(text, words.simpler)))
    told = [d for d in heard if d.said is Said.HAPPENED and d.code in _SEVERITIES]
    return min((Alarm(d.code, _SEVERITIES[d.code]) for d in told), key=lambda a: a.severity, default=None)


@cache
def assistant(gate: Gate | None = None) -> Assistant:
    """The engine. `gate` sees every message first; without one, `alarm`."""
    return Assistant(
        Library(shelf(), {r.id: r for r in statutes().rows}, read("glosses")),
        fitted(read("utterances"), figures().intents),
        signals(),
        sentences_of(read("sentences")),
        figures().handover,
        gate or alarm,
    )

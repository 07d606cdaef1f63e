"""
Which article answers a question: `Shelf.search`.

Two searches are fused. Topics (phrases in the buyer's words, each naming articles) find the matter; BM25 over the official texts and the house's
own rules, asked
with the question and with the law's words for it, finds what no topic names. A passage is quoted only where the best matter stands clear of the next (`sure`);
where nothing reaches the threshold, `found` is False and the answer is «没有找到规定».

The day of the purchase chooses the wording of substantive rules, the day of the question that of procedure (how authorities take complaints).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.values import Text
from pinzhi.law.texts import Article
from pinzhi.life.complaints.rules.assistant.ranking import Index, index, rarity
from pinzhi.life.complaints.rules.assistant.topics import Said, Terms, Topic
from pinzhi.life.complaints.rules.assistant.words import grams, matter, normalise, sentences, without_asking

_LEAST = 8.0
"""What the grams of a phrase weigh at least: one rare pair alone is not yet a matter."""
_LONGEST = 2000
"""Characters of a question that are read."""
_MATTERS = 8
"""Matters whose articles are looked at."""
HOUSE = Text("平台投诉规则", "Complaint rules of this platform")
"""The instrument of the house's own rules."""
PROCEDURE = frozenset({"complaints", "complaints_20"})
"""Instruments whose wording of the day of the question counts: how authorities take complaints."""


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """
    Figures of `[assistant.search]`, measured (decision 43).

    `found` and `sure` are scores of the best matter, `evidence` what its words in the question weigh at least (one
    rare word is none), `clear` its lead over the next matter as a share, `left` how much of another
    matter may stand in what the best leaves unexplained; `text` and `law_words` weigh the search over the texts and
    the law's words in it, `later` what an article loses by each place in the list of its topic; `unknown` is the weight of words that no topic
    holds; `shown` passages are returned.
    """

    found: float
    evidence: float
    sure: float
    clear: float
    left: float
    text: float
    law_words: float
    later: float
    unknown: float
    shown: int


@dataclass(frozen=True, slots=True)
class Passage:
    """
    What may be quoted: an article of a statute, or a rule of this house. `instrument` and `article` name it in a citation.

    `official`: the text is the official one that was taken in, or our own rule; else it is a sentence that a topic quotes.
    """

    key: str
    instrument: Text
    article: str
    label: Text
    text: Text
    source: Article | None
    official: bool = False

    def holds(self, bought_on: date, asked_on: date) -> bool:
        """Whether the wording counts for a purchase and a question of these days."""
        if self.source is None:
            return True
        return self.source.held(asked_on if self.source.version.id in PROCEDURE else bought_on)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its score and the topic that named it, or None."""

    passage: Passage
    score: float
    topic: Topic | None


@dataclass(frozen=True, slots=True)
class Found:
    """
    The answer of a search. `score` is that of the best matter, `lead` how far it stands before the next one (0 to 1). `found`: a rule was found at all;
    `sure`: the first hit may be quoted. `near` are the matters that a person may be asked to choose from.
    """

    hits: tuple[Hit, ...]
    score: float
    lead: float
    found: bool
    sure: bool
    near: tuple[Topic, ...]


@dataclass(frozen=True)
class Shelf:
    """Everything that may be cited, with its indexes. Immutable; build once (`shelf`)."""

    passages: tuple[Passage, ...]
    topics: tuple[Topic, ...]
    outside: tuple[Topic, ...]
    terms: Terms
    said: Said
    figures: SearchFigures

    @cached_property
    def _texts(self) -> Index:
        return index([list(grams(normalise(f"{p.instrument.zh} {p.text.zh}"))) for p in self.passages])

    @cached_property
    def _all(self) -> tuple[Topic, ...]:
        return (*self.topics, *self.outside)

    @cached_property
    def _phrases(self) -> tuple[Index, NDArray[np.int64], NDArray[np.float64]]:
        """Phrases as documents, the matter of each, and what all its grams weigh together."""
        owners, documents = [], []
        for number, topic in enumerate(self._all):
            for phrase in (*topic.zh, *topic.en):
                owners.append(number)
                documents.append(list(grams(normalise(phrase))))
        found = index(documents)
        sizes = np.zeros(found.documents)
        for gram in found.numbers:
            sizes[found.holding(gram)] += found.idf(gram)
        return found, np.array(owners), np.maximum(sizes, _LEAST)

    @cached_property
    def _matters(self) -> Index:
        return index([{g for p in (*t.zh, *t.en) for g in grams(normalise(p))} for t in self._all])

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, ...]]:
        """Passages by `instrument:number` (every wording) and by their own key."""
        found: dict[str, list[int]] = {}
        for number, p in enumerate(self.passages):
            keys = {p.key}
            if p.source is not None:
                keys.add(f"{p.source.version.instrument.id}:{p.source.number}")
            for key in keys:
                found.setdefault(key, []).append(number)
        return {k: tuple(v) for k, v in found.items()}

    def matters(self, question: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """
        How well each matter fits a normalised question, from 0 to 1, and what its words weigh that the question holds. Those outside stand behind the topics.

        The geometric mean of two shares: what of the question the matter's words explain, and what of its best phrase the question holds.
        """
        plain = self.said.replaced(matter(question))
        needed = set(grams(plain))
        asked = needed | set(grams(question))
        if not needed:
            return np.zeros(len(self._all)), np.zeros(len(self._all))
        unknown = self.figures.unknown * rarity(1, self._matters.documents)
        whole = sum(self._matters.idf(g) or unknown for g in needed)
        explained = np.zeros(len(self._all))
        phrases, owners, sizes = self._phrases
        held = np.zeros(phrases.documents)
        for gram in asked:
            explained[self._matters.holding(gram)] += self._matters.idf(gram)
            held[phrases.holding(gram)] += phrases.idf(gram)
        best = np.zeros(len(self._all))
        np.maximum.at(best, owners, held / sizes)
        return np.sqrt(np.minimum(explained / max(whole, 1e-9), 1.0) * best), explained

    def search(self, question: str, *, bought_on: date, asked_on: date) -> Found:
        """The passages that answer a question, best first. Raises nothing: a question without words finds nothing."""
        text = normalise(question)[:_LONGEST]
        f = self.figures
        fit, explained = self.matters(text)
        order = [int(n) for n in np.argsort(-fit, kind="stable")[:_MATTERS] if fit[n] > 0]
        scores = self._text_scores(text)
        named: dict[int, Topic] = {}
        firsts: dict[str, int] = {}
        for number in order:
            topic, place = self._all[number], 0
            for key in topic.articles:
                for n in self._places.get(key, ()):
                    if self.passages[n].holds(bought_on, asked_on):
                        scores[n] = scores[n] + float(fit[number]) * f.later**place if n not in named else scores[n]
                        named.setdefault(n, topic)
                        firsts.setdefault(topic.id, n)
                        place += 1
        hits = self._best(scores, named, bought_on, asked_on)
        best = self._all[order[0]] if order else None
        score = float(fit[order[0]]) if order else 0.0
        lead = self._lead(fit, order)
        found = (
            best is not None
            and bool(best.articles)
            and bool(hits)
            and score >= f.found
            and float(explained[order[0]]) >= f.evidence
        )
        sure = (
            found
            and best is not None
            and score >= f.sure
            and lead >= f.clear
            and self._left_over(text, order[0]) <= f.left
            and best.id in firsts
            and self.passages[firsts[best.id]] is hits[0].passage
        )
        near = tuple(t for n in order if (t := self._all[n]).articles)[:3]
        return Found(hits, score, lead, found, sure, near)

    def _text_scores(self, text: str) -> NDArray[np.float64]:
        weights: dict[str, float] = dict.fromkeys(grams(text), 1.0)
        for word in self.terms.law_words(text):
            for gram in grams(word):
                weights[gram] = max(weights.get(gram, 0.0), self.figures.law_words)
        scores = self._texts.scores(weights)
        top = float(scores.max()) if len(scores) else 0.0
        return self.figures.text * scores / top if top > 0 else scores

    def _lead(self, fit: NDArray[np.float64], order: Sequence[int]) -> float:
        """How far the best matter stands before the next that does not lead to the same articles, from 0 to 1."""
        if not order:
            return 0.0
        mine = set(self._all[order[0]].articles[:2])
        for number in order[1:]:
            other = self._all[number].articles
            if not other or other[0] not in mine:
                return float(1 - fit[number] / fit[order[0]])
        return 1.0

    def _left_over(self, text: str, number: int) -> float:
        """How well what the best matter does not explain fits another: a question with two matters in it is not quoted for one of them."""
        mine = set(self._all[number].articles)
        rest = {
            g for g in grams(without_asking(self.said.replaced(matter(text)))) if number not in self._matters.holding(g)
        }
        phrases, owners, sizes = self._phrases
        held = np.zeros(phrases.documents)
        for gram in rest:
            held[phrases.holding(gram)] += phrases.idf(gram)
        cover = held / sizes
        return max(
            (float(cover[n]) for n in np.argsort(-cover)[:6] if not mine & set(self._all[owners[n]].articles[:1])),
            default=0.0,
        )

    def _best(
        self, scores: NDArray[np.float64], named: Mapping[int, Topic], bought_on: date, asked_on: date
    ) -> tuple[Hit, ...]:
        hits: list[Hit] = []
        for n in np.argsort(-scores, kind="stable")[:200]:
            passage = self.passages[n]
            if scores[n] <= 0 or len(hits) == self.figures.shown:
                break
            if passage.holds(bought_on, asked_on):
                hits.append(Hit(passage, float(scores[n]), named.get(int(n))))
        return tuple(hits)

    def quotation(self, hit: Hit, question: str, language_: str = "zh") -> str:
        """
        The sentence of a passage that answers, word for word; of a list its heading and the item.

        Where a topic named the passage first, the sentence with its fragment; else the one that shares most with the question. "" where the text is not here.
        """
        if hit.passage.source is None:  # a rule of the house is short, and written in both languages
            return hit.passage.text.in_language(language_)
        if not hit.passage.source.text:
            return ""
        text = hit.passage.text.zh
        pieces = list(sentences(text))
        at = next((i for i, p in enumerate(pieces) if hit.topic and hit.topic.quote in p), None)
        if at is None:
            at = self._nearest(pieces, normalise(question))
        chosen = pieces[at]
        if chosen.startswith("（"):  # an item: its heading says of what
            heading = next((p for p in reversed(pieces[:at]) if p.endswith(("：", ":"))), "")
            return f"{heading}{chosen}"
        return chosen

    def _nearest(self, pieces: Sequence[str], question: str) -> int:
        weights = set(grams(question)) | {g for w in self.terms.law_words(question) for g in grams(w)}
        return max(range(len(pieces)), key=lambda i: sum(self._texts.idf(g) for g in weights & set(grams(pieces[i]))))


def article_passage(article: Article, *, official: bool = False) -> Passage:
    """An article as it may be quoted; one without a text here is found by its name only."""
    name = article.version.instrument.name
    text = Text(article.text, article.text) if article.text else article.label
    return Passage(article.key, name, str(article.number), article.label, text, article, official)


def house_passage(id_: str, title: Text, text: Text) -> Passage:
    """A rule of this house as it may be quoted."""
    return Passage(f"house:{id_}", HOUSE, id_, title, text, None, official=True)

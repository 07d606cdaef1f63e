"""
Which article answers a question: `Shelf.search`.

Two readings of a question are held together. Topics (phrases in the buyer's words, each naming articles) fit it or not; and what people have been
heard to say of each matter makes it likely of one or the other. BM25 over the official texts and the house's own rules, asked with the question and
with the law's words for it, finds what no topic names. A passage is quoted only where both readings name the same matter, likely enough and clear of
the next (`sure`); where a matter outside is as likely as all of ours together, `found` is False and the answer is «没有找到规定».

The day of the purchase chooses the wording of substantive rules, the day of the question that of procedure (how authorities take complaints).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.values import Text
from pinzhi.law.texts import Article
from pinzhi.life.complaints.rules.assistant.choosing import Meant, chosen
from pinzhi.life.complaints.rules.assistant.fields import Fields
from pinzhi.life.complaints.rules.assistant.heard import Heard, heard
from pinzhi.life.complaints.rules.assistant.kinds import Kinds
from pinzhi.life.complaints.rules.assistant.nearest import Utterances, spoken
from pinzhi.life.complaints.rules.assistant.ranking import Index, index, rarity
from pinzhi.life.complaints.rules.assistant.topics import Said, Terms, Topic
from pinzhi.life.complaints.rules.assistant.words import grams, matter, normalise, sentences, without_asking

_LEAST = 8.0
"""What the grams of a phrase weigh at least: one rare pair alone is not yet a matter."""
_LONGEST = 2000
"""Characters of a question that are read."""
_MATTERS = 20
"""Matters whose articles are looked at."""
_LEAST_DOUBT = 1e-6
"""How likely the unlikely is at least."""
_UNHEARD = 3.0
"""What is added to the number of utterances of a matter, so that a new one is not impossible."""
HOUSE = Text("平台投诉规则", "Complaint rules of this platform")
"""The instrument of the house's own rules."""
PROCEDURE = frozenset({"complaints", "complaints_20"})
"""Instruments whose wording of the day of the question counts: how authorities take complaints."""


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """
    Figures of `[assistant.search]`, measured (decision 43).

    `found` is what the odds of all our matters together (logarithm) and `known` times the logarithm of the known words reach at least; `sure` how
    likely the best is, `alone` how likely by what was heard only, `clear` its lead over the next as a share, `fits` how well its phrases fit, and
    `left` how much of another matter may stand in what the best leaves unexplained: then it is quoted; so is one whose phrases fit to `its_words` and
    by `clear_words` better than the next. In either case no utterance of a matter with another article may be nearer to the question than `nearer` times
    the nearest of this one (`nearer_words` times where its phrases fit to `words`), and no kind of thing may be named that was not told of it. `heard`
    and `fit` weigh the two readings, `often` how much was heard of a matter, and `strange` weakens matters of other fields (`fields`); `smoothing` is that
    of what was heard. `first` is how likely the first article of a matter answers it, `later` what each further place keeps; `text` and `law_words` weigh
    the search over the texts and the law's words in it; `unknown` is the weight of words that no topic holds; `shown` passages are returned.
    """

    found: float
    known: float
    sure: float
    alone: float
    clear: float
    fits: float
    left: float
    its_words: float
    clear_words: float
    nearer: float
    words: float
    nearer_words: float
    heard: float
    fit: float
    often: float
    strange: float
    smoothing: float
    first: float
    later: float
    text: float
    law_words: float
    unknown: float
    shown: int

    def wrong(self) -> Mapping[str, bool]:
        """Which figures are out of their range, by name: shares, weights that do not turn a reading round, and a number of passages."""
        shares = (
            "sure",
            "alone",
            "clear",
            "fits",
            "left",
            "its_words",
            "clear_words",
            "nearer",
            "words",
            "nearer_words",
            "first",
            "later",
        )
        weights = ("known", "heard", "fit", "often", "strange", "text", "law_words", "unknown")
        return {
            "found": not -20 <= self.found <= 20,
            **{name: not 0 <= getattr(self, name) <= 1 for name in shares},
            **{name: not 0 <= getattr(self, name) <= 20 for name in weights},
            "smoothing": not 0 < self.smoothing <= 10,
            "shown": not 1 <= self.shown <= 50,
        }


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
    The answer of a search. `score` is how likely the best matter is, `lead` how far it stands before the next one (0 to 1). `found`: a rule was found
    at all; `sure`: the first hit may be quoted. `near` are the matters that a person may be asked to choose from.
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
    utterances: Mapping[str, Sequence[str]]
    """What people said of a topic, by its id."""
    kinds: Kinds
    fields: Fields
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
    def _heard(self) -> Heard:
        """What was heard of every matter: its phrases and what people said of it."""
        return heard(self._said_of, self.kinds, self.figures.smoothing)

    @cached_property
    def _spoken(self) -> Utterances:
        """The same, each by itself; built when something may be quoted for the first time."""
        return spoken(self._said_of, self.kinds)

    @cached_property
    def _said_of(self) -> Sequence[Sequence[str]]:
        return [[normalise(p) for p in (*t.zh, *t.en, *self.utterances.get(t.id, ()))] for t in self._all]

    @cached_property
    def _often(self) -> NDArray[np.float64]:
        """The logarithm of how often each matter was heard of, beside the others."""
        counted = np.array([len(self.utterances.get(t.id, ())) + _UNHEARD for t in self._all])
        logarithms: NDArray[np.float64] = np.log(counted / counted.mean())
        return logarithms

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

    @cached_property
    def _instrument(self) -> tuple[str, ...]:
        """The instrument of each passage."""
        return tuple("" if p.source is None else p.source.version.instrument.id for p in self.passages)

    @cached_property
    def _leads(self) -> NDArray[np.str_]:
        """The instrument of the first article of each matter, "" for those outside."""
        return np.array([t.articles[0].partition(":")[0] if t.articles else "" for t in self._all])

    def matters(self, question: str) -> NDArray[np.float64]:
        """
        How well the phrases of each matter fit a normalised question, from 0 to 1. Those outside stand behind the topics.

        The geometric mean of two shares: what of the question the matter's words explain, and what of its best phrase the question holds.
        """
        plain = self.said.replaced(matter(question))
        needed = set(grams(plain))
        asked = needed | set(grams(question))
        if not needed:
            return np.zeros(len(self._all))
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
        return np.sqrt(np.minimum(explained / max(whole, 1e-9), 1.0) * best)

    def search(self, question: str, *, bought_on: date, asked_on: date) -> Found:
        """The passages that answer a question, best first. Raises nothing: a question without words finds nothing."""
        text = normalise(question)[:_LONGEST]
        f = self.figures
        fit = self.matters(text)
        told, known = self._heard.scores(text)
        if not fit.any() and not told.any():
            return Found((), 0.0, 0.0, found=False, sure=False, near=())
        strange = self.fields.strange(self.kinds.of(text))
        away = f.strange * np.isin(self._leads, list(strange))
        alone = _shares(f.heard * told - away)
        likely = _shares(f.heard * told + f.fit * fit + f.often * self._often - away)
        order = [int(n) for n in np.argsort(-likely, kind="stable")[:_MATTERS]]
        meant = [
            Meant(n, float(likely[n]), places)
            for n in order
            if (places := self._held(self._all[n], bought_on, asked_on, strange))
        ]
        texts = self._text_scores(text)
        spoken = {
            int(n): float(texts[n])
            for n in np.argsort(-texts, kind="stable")[: 4 * f.shown]
            if texts[n] > 0 and self.passages[n].holds(bought_on, asked_on) and self._instrument[n] not in strange
        }
        picked = chosen(meant, spoken, first=f.first, later=f.later, count=f.shown)
        hits = tuple(
            Hit(self.passages[one.passage], one.adds, None if one.matter is None else self._all[one.matter])
            for one in picked
        )
        best = order[0]
        ours = min(float(likely[: len(self.topics)].sum()), 1 - _LEAST_DOUBT)
        odds = math.log(max(ours, _LEAST_DOUBT) / (1 - ours))
        found = bool(meant) and odds + f.known * math.log1p(known) >= f.found
        agreed = found and self._agree(int(np.argmax(fit)), int(np.argmax(told)), best)
        lead = self._lead(likely, order)
        fitting = [int(n) for n in np.argsort(-fit, kind="stable")[:_MATTERS]]
        in_its_words = float(fit[best]) >= f.its_words and self._lead(fit, fitting) >= f.clear_words
        clear = (
            agreed
            and float(likely[best]) >= f.sure
            and float(alone[best]) >= f.alone
            and lead >= f.clear
            and float(fit[best]) >= f.fits
        )
        sure = (
            found
            and (clear or (in_its_words and fitting[0] == best))
            and self._left_over(text, best) <= f.left
            and meant[0].matter == best
            and picked[0].passage == meant[0].passages[0]
            and self._said_so(text, best, f.nearer_words if float(fit[best]) >= f.words else f.nearer)
        )
        near = tuple(t for n in order if (t := self._all[n]).articles)[:3]
        return Found(hits, float(likely[best]), lead, found, sure, near)

    def chosen(self, title: str, language_: str, *, bought_on: date, asked_on: date) -> Found | None:
        """The passages of the matter that somebody chose by its title: it is meant, whatever its words are near to. None where no wording of it held."""
        topic = next((t for t in self.topics if t.title(language_) == title), None)
        places = self._held(topic, bought_on, asked_on)[: self.figures.shown] if topic else ()
        if topic is None or not places:
            return None
        hits = tuple(Hit(self.passages[n], 1.0, topic) for n in places)
        return Found(hits, 1.0, 1.0, found=True, sure=True, near=(topic,))

    def _held(
        self, topic: Topic, bought_on: date, asked_on: date, strange: frozenset[str] = frozenset()
    ) -> tuple[int, ...]:
        """The passages that a topic names, in the wording of the days, best first; those of strange instruments left out."""
        return tuple(
            n
            for key in topic.articles
            for n in self._places.get(key, ())
            if self.passages[n].holds(bought_on, asked_on) and self._instrument[n] not in strange
        )

    def _agree(self, *matters: int) -> bool:
        """Whether matters lead to the same articles: the first of one is among the first two of every other."""
        named = [self._all[n].articles for n in matters]
        return all(one and other and one[0] in other[:2] for one in named for other in named)

    def _said_so(self, text: str, number: int, share: float) -> bool:
        """Whether people said almost this of a matter, nothing of one with another article nearer than a share of it, and named no kind strange to it."""
        if self._spoken.strange(text, number):
            return False
        near = self._spoken.nearest(text)
        first = self._all[number].articles[0]
        mine = np.array([first in t.articles for t in self._all])
        return float(near[~mine].max(initial=0.0)) <= share * float(near[mine].max())

    def _text_scores(self, text: str) -> NDArray[np.float64]:
        weights: dict[str, float] = dict.fromkeys(grams(text), 1.0)
        for word in self.terms.law_words(text):
            for gram in grams(word):
                weights[gram] = max(weights.get(gram, 0.0), self.figures.law_words)
        scores = self._texts.scores(weights)
        top = float(scores.max()) if len(scores) else 0.0
        return self.figures.text * scores / top if top > 0 else scores

    def _lead(self, likely: NDArray[np.float64], order: Sequence[int]) -> float:
        """How far the best matter stands before the next that does not lead to the same articles, from 0 to 1."""
        if not order:
            return 0.0
        mine = set(self._all[order[0]].articles[:2])
        for number in order[1:]:
            other = self._all[number].articles
            if not other or other[0] not in mine:
                return float(1 - likely[number] / likely[order[0]])
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

    def quotation(self, hit: Hit, question: str, language_: str = "zh") -> str:
        """
        The sentence of a passage that answers, word for word; of a list its heading and the item.

        Where a topic named the passage first, the sentence with its fragment; else the one that shares most with the question. "" where the text is
        not here.
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


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores in logarithms as shares of one."""
    weights = np.exp(scores - scores.max())
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def article_passage(article: Article, *, official: bool = False) -> Passage:
    """An article as it may be quoted; one without a text here is found by its name only."""
    name = article.version.instrument.name
    text = Text(article.text, article.text) if article.text else article.label
    return Passage(article.key, name, str(article.number), article.label, text, article, official)


def house_passage(id_: str, title: Text, text: Text) -> Passage:
    """A rule of this house as it may be quoted."""
    return Passage(f"house:{id_}", HOUSE, id_, title, text, None, official=True)

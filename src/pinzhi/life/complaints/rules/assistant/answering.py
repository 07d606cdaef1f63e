"""
Answers put together from what was found: quotations word for word, and sentences of the house without a figure.

A draft collects its grounds (quotations, citations, results of tools). Before it is said, every number in it must stand in one of them; a part
that breaks this is left out, and where nothing is left the answer is «没有找到规定».
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pinzhi.kernel.values import Text
from pinzhi.law.rows import Row
from pinzhi.life.complaints.rules.assistant.conversation import Card, Citation
from pinzhi.life.complaints.rules.assistant.figures import unfounded
from pinzhi.life.complaints.rules.assistant.retrieval import Found, Hit, Shelf
from pinzhi.life.complaints.rules.assistant.tools import Result

Sentences = Mapping[str, Text]
RELATED = 4
"""Further articles that are named beside the first."""


def sentences_of(raw: Mapping[str, Mapping[str, str]]) -> Sentences:
    """The sentences of the file."""
    return {name: Text(one["zh"], one["en"]) for name, one in raw.items()}


@dataclass
class Draft:
    """An answer in the making."""

    language: str
    sentences: Sentences
    parts: list[str] = field(default_factory=list)
    grounds: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)

    def say(self, name: str, /, **values: str) -> None:
        """A sentence of the house."""
        self.parts.append(self.sentences[name].in_language(self.language).format(**values))

    def result(self, result: Result) -> None:
        """What a tool found, which is a ground of its own."""
        said = result.text.in_language(self.language)
        self.parts.append(said)
        self.grounds.append(f"{result.text.zh} {result.text.en}")
        self.cards.append(Card("result", said, result.about))

    def text(self) -> str:
        """The answer, without any part that names a number which no ground holds."""
        kept = [p for p in self.parts if p and not unfounded(p, self.grounds)]
        glue = "" if self.language == "zh" else " "
        return glue.join(kept) or self.sentences["not_found"].in_language(self.language)


@dataclass(frozen=True)
class Library:
    """The shelf and the rows of law that explain its articles."""

    shelf: Shelf
    rows: Mapping[str, Row]
    glosses: Mapping[str, str]
    """In English, by topic, where no row of law says it."""

    def gloss(self, hit: Hit, language: str) -> str:
        """The summary of the row that the topic names, if its figures stand in the passage; else ""."""
        if hit.topic is None or hit.passage.source is None:
            return ""
        row = self.rows.get(hit.topic.row)
        if row is None and language == "zh":
            return ""
        said = row.summary.in_language(language) if row is not None else self.glosses.get(hit.topic.id, "")
        return "" if unfounded(said, [hit.passage.text.zh, hit.passage.text.en, hit.passage.label.zh]) else said

    def citation(self, hit: Hit, question: str, language: str, *, quoted: bool) -> Citation:
        """A place in a rule, with its words where it is quoted."""
        quotation = self.shelf.quotation(hit, question, language) if quoted else ""
        row = self.rows.get(hit.topic.row) if hit.topic is not None else None
        return Citation(
            hit.passage.key,
            hit.passage.instrument.in_language(language),
            hit.passage.article,
            hit.passage.label.in_language(language),
            quotation,
            self.gloss(hit, language) if quoted else "",
            hit.passage.official or (row is not None and row.verified),
        )


def quote(draft: Draft, library: Library, found: Found, question: str) -> None:
    """The first passage word for word, with its gloss; the others by name, those of the same matter in the answer too."""
    first = found.hits[0]
    cited = library.citation(first, question, draft.language, quoted=True)
    draft.citations.append(cited)
    draft.grounds += [cited.quotation, cited.label, first.passage.label.zh, first.passage.label.en]
    if first.passage.source is None:
        draft.say("house_rule", label=cited.label, quotation=cited.quotation)
    else:
        label = first.passage.label.zh
        name, _, article = label.removeprefix("《").partition("》")
        if cited.quotation:
            stop = "" if cited.quotation.endswith(("。", "；", "：")) else "。"
            draft.say("quoted", name=name, article=article, label=cited.label, quotation=cited.quotation, stop=stop)
        else:
            draft.say("named", label=cited.label)
    if cited.gloss:
        draft.grounds.append(cited.gloss)
        draft.say("gloss", gloss=cited.gloss)
    elif (
        (draft.language == "en" or not cited.quotation) and first.topic is not None and first.passage.source is not None
    ):
        draft.say("about" if cited.quotation else "matter", title=first.topic.title(draft.language))
    others = found.hits[1 : RELATED + 1]
    draft.citations += [library.citation(h, question, draft.language, quoted=False) for h in others]
    related = [h.passage.label for h in others if _same(first, h)]
    if related:
        draft.grounds += [text for label in related for text in (label.zh, label.en)]
        names = (label.in_language(draft.language) for label in related)
        draft.say("also", labels=("、" if draft.language == "zh" else "; ").join(names))
    draft.say("not_binding" if cited.quotation else "depends")


def _same(first: Hit, other: Hit) -> bool:
    """Whether the topic of the first names the other too."""
    source = other.passage.source
    if first.topic is None or source is None:
        return False
    return f"{source.version.instrument.id}:{source.number}" in first.topic.articles


def name(draft: Draft, library: Library, found: Found, question: str) -> None:
    """The passages that may hold the answer, by name: nothing is quoted and nothing said."""
    draft.citations += [library.citation(h, question, draft.language, quoted=False) for h in found.hits[: RELATED + 1]]


def mention(draft: Draft, library: Library, found: Found, question: str) -> None:
    """The matters that may be meant as cards, and their passages by name: nothing is quoted and nothing said."""
    titles = [t.title(draft.language) for t in found.near]
    draft.cards += [Card("choice", title, title) for title in titles]
    name(draft, library, found, question)


def choose(draft: Draft, library: Library, found: Found, question: str) -> None:
    """The matters that may be meant, to choose from; their passages are named and not quoted."""
    mention(draft, library, found, question)
    titles = [t.title(draft.language) for t in found.near]
    draft.say("unsure", titles=("、" if draft.language == "zh" else "; ").join(titles))

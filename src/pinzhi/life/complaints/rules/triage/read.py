"""
A text becomes a triage: kinds, severity, safety, polarity, category, and why.

Words of danger speak first; where they find nothing acute, a model of danger listens to what they left; then the linear model, which abstains on what it does
not know.

    reader = Reader(taxonomy, lexicon, policy, (model, …), alarm)
    reader.read("充电宝冒烟了", "数码")        # Triage(types=("S3",), severity=1, …)

The first model that has a head answers for it, so that a user's own model of polarity goes before the one of the house.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules.taxonomy import ACUTE, Category, Taxonomy
from pinzhi.life.complaints.rules.triage.answer import Triage, TriagePolicy, Why
from pinzhi.life.complaints.rules.triage.grams import LONGEST_TEXT, fold, grams
from pinzhi.life.complaints.rules.triage.hazard import Clause, Danger, Lexicon, Said, cut, dangers, left, meant
from pinzhi.life.complaints.rules.triage.model import LONGEST, Answer, Model
from pinzhi.life.complaints.rules.triage.peril import NONE

MOST_SEARCHED = 50_000
"""Characters in which dangers are searched; of a longer text its head and its end, and the reasons say so."""
PRAISE, FRESH_ROT = "N", "S2"
NEGATIVE, POSITIVE = "negative", "positive"
ACUTE_KINDS = ("S1", "S2", "S3")
HARM_FIRST = ("S1", "S3", "S2", "S4")
"""Which kind leads where several dangers are told: harm done, danger that is there, food, mild reactions."""
LEAST_LETTERS = 2


@dataclass(frozen=True)
class _Heard:
    """What the models say of one text."""

    kinds: dict[str, float]
    polarity: str
    polarity_share: float
    category: str
    category_share: float
    known: float


@dataclass(frozen=True)
class _Told:
    """What is known of one text before it is judged: its goods, the groups that it may mean, whether the model is strange to it, clauses, words of danger."""

    goods: Category | None
    groups: frozenset[str]
    unknown: bool
    said: list[Clause]
    found: list[Danger]


@dataclass(frozen=True, order=True)
class _Rung:
    """What the model of danger hears: the likeliest acute kind, and the share of all of them."""

    share: float
    code: str


@dataclass(frozen=True)
class Reader:
    """Everything that reading needs; see the module."""

    taxonomy: Taxonomy
    lexicon: Lexicon
    policy: TriagePolicy
    models: tuple[Model, ...]
    alarm: Model | None = None
    """The model of danger; None where there is none yet: words alone raise then."""

    def read(self, text: str, category: str = "") -> Triage:
        """Read one text."""
        return self.read_many([(text, category)])[0]

    def read_many(self, rows: Sequence[tuple[str, str]]) -> list[Triage]:
        """Read many (text, category): the model looks at all of them in one pass."""
        folded = [fold(text, self.lexicon.simpler, MOST_SEARCHED) for text, _ in rows]
        short = [_ends(t) for t in folded]
        given = grams(short, 1, LONGEST)
        answers = [(m, m.answer(given)) for m in self.models]
        heard = [self._heard(answers, i) for i in range(len(rows))]
        told = [self._told(folded[i], category, heard[i]) for i, (_, category) in enumerate(rows)]
        rung = self._rung(folded, told)
        return [
            self._one(folded[i], category, heard[i], told[i], rung.get(i), longer=len(rows[i][0]) > MOST_SEARCHED)
            for i, (_, category) in enumerate(rows)
        ]

    def _told(self, text: str, said: str, heard: _Heard) -> _Told:
        """The goods, whether the model knows such texts, and what the words of danger find."""
        goods = self.taxonomy.category(said) if said else None
        letters = islice(filter(str.isalnum, text[:LONGEST_TEXT]), LEAST_LETTERS)
        unknown = len(tuple(letters)) < LEAST_LETTERS or heard.known < self.policy.least_known
        group = goods.group if goods else ("" if unknown else self._likely_group(heard))
        groups, clauses = meant(self.lexicon, text, group), cut(self.lexicon, text)
        return _Told(goods, groups, unknown, clauses, dangers(self.lexicon, clauses, groups))

    def _rung(self, texts: Sequence[str], told: Sequence[_Told]) -> dict[int, _Rung]:
        """The kind that the model of danger hears, by text, where the words heard no acute one. All windows of all texts go through it in one pass."""
        if self.alarm is None:
            return {}
        asked: list[tuple[int, bool]] = []
        windows: list[str] = []
        for i, t in enumerate(told):
            if any(d.said is Said.HAPPENED and self._severity(d.code, t.groups) == ACUTE for d in t.found):
                continue
            short = _ends(texts[i])
            kept = left(t.said if short is texts[i] else cut(self.lexicon, short), t.found)
            if kept:
                asked.append((i, True))
                windows.append("，".join(kept))
            if len(kept) > 2:
                pairs = ["，".join(kept[k : k + 2]) for k in range(len(kept) - 1)]
                asked += [(i, False)] * len(pairs)
                windows += pairs
        if not windows:
            return {}
        answer = self.alarm.answer(grams(windows, 1, LONGEST))
        shares, labels = answer.shares["danger"], self.alarm.head("danger").labels
        kinds = {
            g: np.array([c != NONE and self._severity(c, g) == ACUTE for c in labels]) for g in {t.groups for t in told}
        }
        acute = shares * np.array([kinds[told[i].groups] for i, _ in asked])
        share = acute.sum(axis=1)
        whole = np.array([w for _, w in asked])
        rings = (share >= np.where(whole, self.policy.model_raises, self.policy.window_raises)) & (
            answer.known >= np.where(whole, self.policy.least_known, self.policy.window_known)
        )
        rings &= 2 * share >= shares[:, [c != NONE for c in labels]].sum(
            axis=1
        )  # else rot of fresh goods, with an echo of the rest
        found: dict[int, _Rung] = {}
        for k in np.flatnonzero(rings):
            i = asked[k][0]
            found[i] = max(_Rung(float(share[k]), labels[int(acute[k].argmax())]), found.get(i, _Rung(0.0, "")))
        return found

    def _heard(self, answers: Sequence[tuple[Model, Answer]], i: int) -> _Heard:
        best: dict[str, tuple[str, float]] = {}
        kinds: dict[str, float] = {}
        known = 0.0
        for model, answer in answers:
            for head in model.heads:
                if head.name in best:
                    continue
                shares = answer.shares[head.name][i]
                top = int(np.argmax(shares))
                best[head.name] = (head.labels[top], float(shares[top]))
                if head.name == "type":
                    kinds = dict(zip(head.labels, map(float, shares), strict=True))
            known = max(known, float(answer.known[i]))
        polarity, category = best.get("polarity", ("", 0.0)), best.get("category", ("", 0.0))
        return _Heard(kinds, *polarity, *category, known)

    def _one(self, text: str, said: str, heard: _Heard, told: _Told, rung: _Rung | None, *, longer: bool) -> Triage:
        goods, groups, unknown, found = told.goods, told.groups, told.unknown, told.found
        why = [_danger(d) for d in found]
        if longer:
            why.append(
                Why(
                    "novelty",
                    "",
                    Text(
                        f"文本超过 {MOST_SEARCHED} 字，只读首尾",
                        f"over {MOST_SEARCHED} characters: head and end were read",
                    ),
                )
            )
        happened = [d for d in found if d.said is Said.HAPPENED]
        kinds = {} if unknown else self._weighed(text, _in_tone(heard), why)
        if self.alarm is not None and not happened:
            kinds = self._heeded(kinds, groups, rung)
        types, confidence = self._types(kinds, happened, groups)
        strange = unknown or not types or confidence < self.policy.least_share
        if strange:
            why.append(
                Why(
                    "novelty",
                    "",
                    Text(
                        "模型不熟悉这类文本，交人工判断", "the model does not know texts like this; a person reads it"
                    ),
                )
            )
        severity = min(
            [self._severity(k, groups) for k in types[:1]] + [self._severity(d.code, groups) for d in happened],
            default=3,
        )
        if severity > ACUTE and rung:
            severity = ACUTE
            why.append(Why("model", "", Text("模型认为可能涉及人身安全", "the model sees a danger to persons")))
        doubted = any(d.said in {Said.IMAGINED, Said.HEARD} and d.code in ACUTE_KINDS for d in found)
        if doubted and types[:1] != (PRAISE,):
            severity = min(severity, 2)
        safety = (
            severity == ACUTE
            or doubted
            or any(self.taxonomy.kinds[d.code].safety for d in happened)
            or any(self.taxonomy.kinds[k].safety for k in types[:1])
        )
        polarity, polar_share = ("", 0.0) if unknown else (heard.polarity, heard.polarity_share)
        if happened and not (polarity == POSITIVE and polar_share >= self.policy.praise_sure):
            polarity, polar_share = NEGATIVE, max(polar_share, self.policy.words_sure)
        name, share = self._category(goods, said, heard, unknown=unknown)
        return Triage(
            types,
            severity,
            safety,
            polarity,
            name,
            round(confidence, 4),
            round(polar_share, 4),
            round(share, 4),
            strange,
            tuple(why),
        )

    def _likely_group(self, heard: _Heard) -> str:
        """The group of goods where the model is sure of the category, else none: then every word of danger counts."""
        goods = self.taxonomy.categories.get(heard.category) or self.taxonomy.category(heard.category)
        return goods.group if goods and heard.category_share >= self.policy.group_sure else ""

    def _severity(self, code: str, groups: frozenset[str]) -> int:
        """The gravest of the groups that may be meant."""
        kind = self.taxonomy.kinds.get(code)
        return min(kind.severity_for(g) for g in groups or {""}) if kind else 3

    def _weighed(self, text: str, shares: dict[str, float], why: list[Why]) -> dict[str, float]:
        """Shares of the model after the cue words of each kind spoke."""
        if not shares:
            return {}
        raised = dict(shares)
        for code, kind in self.taxonomy.kinds.items():
            if code in raised and kind.cue and (hit := kind.cue.search(text)):
                raised[code] *= math.exp(self.policy.cue_bonus)
                if shares[code] > 0.05:
                    why.append(
                        Why("word", hit.group(), Text(f"用语指向「{kind.name.zh}」", f"words of «{kind.name.en}»"))
                    )
        total = sum(raised.values())
        return {k: v / total for k, v in raised.items()}

    def _heeded(self, kinds: dict[str, float], groups: frozenset[str], rung: _Rung | None) -> dict[str, float]:
        """
        An acute kind of which the model of danger hears nothing needs to be likelier than not. One that it is sure of goes before all others where for the
        model of kinds danger is the likeliest too; else it is named beside the matter: the severity rises, the matter stays.
        """
        if rung is None:
            return {k: v for k, v in kinds.items() if v >= self.policy.likely or self._severity(k, groups) != ACUTE}
        if kinds and rung.share >= self.policy.words_sure:
            likeliest = max(kinds, key=lambda k: kinds[k])
            least = rung.share if self._severity(likeliest, groups) == ACUTE else self.policy.second_share
            return kinds | {rung.code: max(least, kinds.get(rung.code, 0.0))}
        return kinds

    def _types(
        self, kinds: dict[str, float], happened: list[Danger], groups: frozenset[str]
    ) -> tuple[tuple[str, ...], float]:
        """Main kind and others. A danger that happened leads; rot of fresh goods is a matter of quality unless the model says otherwise."""
        ranked = sorted(kinds.items(), key=lambda kv: (-kv[1], kv[0]))
        first: list[str] = []
        for d in happened:
            if d.code == FRESH_ROT and groups == {"fresh"}:
                continue
            if d.code not in first:
                first.append(d.code)
        first.sort(key=lambda c: (self._severity(c, groups), HARM_FIRST.index(c)))
        rest = [
            k
            for k, share in ranked[:3]
            if share >= self.policy.second_share and k not in first and not (first and k == PRAISE)
        ]
        if first:
            return tuple(first + rest), self.policy.words_sure
        if not ranked:
            return (), 0.0
        return (ranked[0][0], *[k for k in rest if k != ranked[0][0]]), ranked[0][1]

    def _category(self, goods: Category | None, said: str, heard: _Heard, *, unknown: bool) -> tuple[str, float]:
        if said:
            return (goods.name.zh if goods else said), 1.0
        if unknown or not heard.category:
            return "", 0.0
        known = self.taxonomy.categories.get(heard.category)
        return (known.name.zh if known else heard.category), heard.category_share


def _in_tone(heard: _Heard) -> dict[str, float]:
    """Shares of the kinds after the tone: what sounds like a complaint is no praise, and the reverse."""
    if PRAISE not in heard.kinds or heard.polarity not in {NEGATIVE, POSITIVE}:
        return heard.kinds
    glad = heard.polarity_share if heard.polarity == POSITIVE else 1 - heard.polarity_share
    return heard.kinds | {PRAISE: heard.kinds[PRAISE] * 2 * glad}


def _ends(text: str) -> str:
    """What the model reads of a long text."""
    head = LONGEST_TEXT * 3 // 4
    return text if len(text) <= LONGEST_TEXT else text[:head] + "\n" + text[head - LONGEST_TEXT :]


_MEANT = {
    Said.IMAGINED: Text("（询问或担心，未发生）", " (asked or feared, did not happen)"),
    Said.HEARD: Text("（转述他人）", " (told of others)"),
    Said.DENIED: Text("（文中否认）", " (denied in the text)"),
}


def _danger(d: Danger) -> Why:
    meant = _MEANT.get(d.said)
    text = d.what if meant is None else Text(f"{d.what.zh}{meant.zh}", f"{d.what.en}{meant.en}")
    return Why("danger", d.words, text)

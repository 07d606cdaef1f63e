"""
The assistant of complaints on its labelled questions, beside plain BM25 over the same articles. `python -m bench complaints_assistant`.

Seven sets in other voices than the tables and the utterances; which had been seen by whom wrote those is in decision 43. «hit» counts questions for
which an article that answers stands first, or among the first five. The peer is BM25 over single characters and pairs of the same texts in force,
without topics, sayings or the law's words. Where PINZHI_SHARED names the public data sets: how well dissatisfaction is seen after six turns in the
dialogues of word ids, by a linear model of the ids (which is not shipped: the set states no licence and has no dictionary), beside the part of our
own score that can be read from ids (repetition and length).
"""

from __future__ import annotations

import gzip
import json
import os
import time
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from bench.ledger import Row

DAY = date(2026, 11, 26)
CASES = Path(__file__).parents[1] / "src/pinzhi/life/complaints/tests/cases"
SETS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh")


def questions(name: str) -> list[tuple[str, set[str]]]:
    """Question and the articles that answer."""
    raw = tomllib.loads((CASES / f"questions_{name}.toml").read_text(encoding="utf-8"))
    return [(q, set(gold.split())) for voice in raw.values() for q, gold in voice.items()]


def run() -> list[Row]:
    """The rows."""
    from pinzhi.life.complaints.assistant_tables import assistant, shelf
    from pinzhi.life.complaints.rules.assistant.conversation import Message, Session
    from pinzhi.life.complaints.rules.assistant.ranking import index
    from pinzhi.life.complaints.rules.assistant.tools import NoTools
    from pinzhi.life.complaints.rules.assistant.words import grams, normalise

    ours = shelf()
    held = [p for p in ours.passages if p.source is not None and p.holds(DAY, DAY)]
    plain = index([list(grams(normalise(p.text.zh))) for p in held])

    def key(passage: object) -> str:
        source = passage.source  # type: ignore[attr-defined]
        return f"{source.version.instrument.id}:{source.number}" if source else passage.key  # type: ignore[attr-defined]

    def peer(question: str) -> list[str]:
        scores = plain.scores(dict.fromkeys(grams(normalise(question)), 1.0))
        return [key(held[n]) for n in np.argsort(-scores, kind="stable")[:5]]

    rows = []
    for name in SETS:
        asked = [(q, gold) for q, gold in questions(name) if gold]
        mine = [[key(h.passage) for h in ours.search(q, bought_on=DAY, asked_on=DAY).hits] for q, _ in asked]
        theirs = [peer(q) for q, _ in asked]
        for n in (1, 5):
            hits = [
                sum(bool(gold & set(found[:n])) for (_, gold), found in zip(asked, side, strict=True))
                for side in (mine, theirs)
            ]
            rows.append(
                Row(
                    f"{name} set ({len(asked)}): right article among {n}",
                    "%",
                    100 * hits[0] / len(asked),
                    100 * hits[1] / len(asked),
                    "plain BM25",
                )
            )
        sure = [ours.search(q, bought_on=DAY, asked_on=DAY) for q, _ in questions(name)]
        wrong = sum(
            f.sure and key(f.hits[0].passage) not in gold for f, (_, gold) in zip(sure, questions(name), strict=True)
        )
        rows.append(
            Row(
                f"{name} set: quoted rightly, of those quoted",
                "questions",
                sum(f.sure for f in sure) - wrong,
                sum(f.sure for f in sure),
                "all that were quoted",
            )
        )
    every = [q for name in SETS for q, _ in questions(name)]
    rows.append(
        Row(
            "searches",
            "/s",
            _rate(lambda q: ours.search(q, bought_on=DAY, asked_on=DAY), every),
            _rate(peer, every),
            "plain BM25",
        )
    )
    engine, now = assistant(), datetime(2026, 11, 26, 8, tzinfo=UTC)
    rows.append(
        Row("whole answers", "/s", _rate(lambda q: engine.reply(Session(), Message(q, now), NoTools()), every), 0, "")
    )
    return rows + _dialogues()


def _rate(work: object, every: list[str]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.thread_time()
        for question in every:
            work(question)  # type: ignore[operator]
        best = min(best, time.thread_time() - start)
    return len(every) / best


def _dialogues() -> list[Row]:
    folder = Path(os.environ.get("PINZHI_SHARED", "/nowhere")) / "data" / "cn-service-dialogue-ids"
    rows = []
    for goods in ("clothes", "makeup"):
        if not (folder / f"{goods}_dev.jsonl.gz").exists():
            continue
        train, dev = (_read(folder / f"{goods}_{part}.jsonl.gz") for part in ("train", "dev"))
        for turns in (6, 12):
            weights, bias = _fit(train, turns)
            unhappy = np.array([u for u, _ in dev])
            by_words = np.array([bias + sum(weights.get(w, 0.0) for w in _words(t, turns)) for _, t in dev])
            by_form = np.array([_form(t, turns) for _, t in dev])
            rows.append(
                Row(
                    f"{goods}: AUC of dissatisfaction, {turns} turns, repetition and length",
                    "%",
                    100 * auc(by_form, unhappy),
                    100 * auc(by_words, unhappy),
                    "word ids, not shipped",
                )
            )
    return rows


def _read(path: Path) -> list[tuple[bool, list[list[str]]]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [(r["satisfaction"] == "1", r["turns"]) for r in map(json.loads, lines)]


def _words(turns: list[list[str]], first: int) -> set[str]:
    return {speaker + word for speaker, words, _ in turns[:first] for word in words.split()}


def _fit(train: list[tuple[bool, list[list[str]]]], turns: int) -> tuple[dict[str, float], float]:
    """Logistic regression by AdaGrad over the word ids, eight passes in a fixed order."""
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(w, len(numbers)) for w in sorted(_words(t, turns))] for _, t in train]
    unhappy = np.array([u for u, _ in train], dtype=float)
    weights, seen, bias = (
        np.zeros(len(numbers)),
        np.full(len(numbers), 1e-3),
        float(np.log(unhappy.mean() / (1 - unhappy.mean()))),
    )
    order = np.random.default_rng(0)
    for _ in range(8):
        for n in order.permutation(len(rows)):
            row = rows[n]
            error = 1 / (1 + np.exp(-(bias + weights[row].sum()))) - unhappy[n]
            slope = error + 1e-3 * weights[row]
            seen[row] += slope * slope
            weights[row] -= 0.1 * slope / np.sqrt(seen[row])
            bias -= 0.005 * error
    return {w: float(weights[n]) for w, n in numbers.items()}, bias


def _form(turns: list[list[str]], first: int) -> float:
    mine = [set(words.split()) for speaker, words, _ in turns[:first] if speaker == "c"]
    score = 0.0
    for n, said in enumerate(mine):
        score += 0.7 * any(len(said & old) >= 0.6 * len(said | old) for old in mine[max(0, n - 4) : n])
        score += 0.1 * (n >= 3)
    return score


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    """The area under the curve, ties counted half."""
    ranks = np.array([(scores < s).sum() + ((scores == s).sum() + 1) / 2 for s in scores])
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * (len(scores) - n)))

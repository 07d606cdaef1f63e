"""
Reading of complaints: texts a second through the whole triage, and how a new complaint is found among open ones. `python -m bench complaints_triage`.

Texts are sentences of the house, three of one maker put together (some 90 characters). The peer of triage is scikit-learn's TF-IDF of characters with a linear
SVM, predictions only, where it is installed (it is no dependency of ours): it answers one question, triage answers four and says why. The peer of likeness
is the plain way: the product of the question with every vector. Recall is over copies with characters replaced, a clause dropped and, from the second
level on, clauses shuffled; «other matters linked» are texts of which no copy is in the block.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from bench.ledger import Row

OPEN, ASKED, BLOCK = 20_000, 300, 60
EDITS = ((1, 0.05), (2, 0.12), (3, 0.20))
FILL = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能"


def spent(work: Callable[[], object]) -> float:
    """Seconds of processor of this thread."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def complaints(count: int, seed: int) -> list[str]:
    """Texts of some 90 characters."""
    from pinzhi.life.complaints import tables
    from pinzhi.life.complaints.rules.triage.speech import sentences

    said = [s.text for s in sentences(tables.speech(), count * 3, seed)]
    return ["，".join(said[i::count][:3]) for i in range(count)]


def edited(text: str, level: int, share: float, chance: object) -> str:
    """A copy: one clause less, shuffled from level 2 on, a share of the characters replaced."""
    clauses = [c for c in re.split(r"[，。！？,.!?~、\s]+", text) if c]
    if len(clauses) > 2:
        clauses.pop(chance.below(len(clauses)))
    if level > 1:
        clauses = chance.some(clauses, len(clauses))
    kept = list("，".join(clauses))
    for _ in range(max(1, round(len(kept) * share))):
        kept[chance.below(len(kept))] = chance.one(FILL)
    return "".join(kept)


def run() -> list[Row]:
    """The rows."""
    return [*triage(), *likeness()]


def triage() -> list[Row]:
    from pinzhi.life.complaints.reader import reader

    rows: list[Row] = []
    reading = reader()
    texts = complaints(2_000, 5)
    ours = len(texts) / min(spent(lambda: reading.read_many([(t, "") for t in texts])) for _ in range(3))
    single = 200 / spent(lambda: [reading.read(t) for t in texts[:200]])
    peer, name = 0.0, "scikit-learn is not installed"
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import LinearSVC
    except ImportError:
        pass
    else:
        from pinzhi.life.complaints import tables
        from pinzhi.life.complaints.rules.triage.speech import sentences

        said = sentences(tables.speech(), 8_000, 20261126)
        line = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2), LinearSVC())
        line.fit([s.text for s in said], [s.type for s in said])
        peer, name = len(texts) / spent(lambda: line.predict(texts)), "TF-IDF and LinearSVC, kinds only"
    rows.append(Row("triage of many: four answers and reasons, one core", "texts/s", ours, peer, name))
    rows.append(Row("triage one by one", "texts/s", single, ours, "many at once"))
    return rows


def likeness() -> list[Row]:
    import numpy as np

    from pinzhi.life.complaints.reader import own_weights
    from pinzhi.life.complaints.rules.alike import Index
    from pinzhi.life.complaints.rules.postings import measure, read
    from pinzhi.life.complaints.rules.triage.grammar import Chance
    from pinzhi.life.complaints.tables import packaged_policy

    chance = Chance(7)
    policy = packaged_policy().alike
    texts = complaints(OPEN, 6)
    index = Index(own_weights(), policy)
    loading = spent(lambda: index.load(((str(n), t) for n, t in enumerate(texts)), ""))
    asked = [chance.below(OPEN) for _ in range(ASKED)]
    copies = [(n, edited(texts[n], 2, 0.12, chance)) for n in asked]
    finding = spent(lambda: [index.find(t, "") for _, t in copies]) / ASKED

    found = read(texts)
    value, rows = measure(found, own_weights()), found.rows()

    def plain(text: str) -> object:
        one = read([text])
        weight = measure(one, own_weights())
        at = np.searchsorted(one.keys, found.keys)
        at[at == len(one.keys)] = 0
        both = one.keys[at] == found.keys
        return np.bincount(rows[both], weights=(weight[at] * value)[both], minlength=OPEN)

    whole = spent(lambda: [plain(t) for _, t in copies[:20]]) / 20
    out = [
        Row(
            f"a new complaint against {OPEN:,} in one block",
            "questions/s",
            1 / finding,
            1 / whole,
            "product with every vector",
        ),
        Row("taken in", "texts/s", OPEN / loading, 0, "none"),
        Row("memory of the lists", "bytes/text", index.bytes / OPEN, 0, "none"),
    ]
    for level, share in EDITS:
        hits = sum(any(m.id == str(n) for m in index.find(edited(texts[n], level, share, chance), "")) for n in asked)
        out.append(
            Row(f"copies of level {level} found ({share:.0%} of the characters)", "%", 100 * hits / ASKED, 0, "none")
        )
    blocks = Index(own_weights(), policy)
    for n, text in enumerate(texts[: BLOCK * 50]):
        blocks.add(str(n), text, f"listing:{n % 50}")
    others = complaints(1_000, 99)
    linked = sum(bool(blocks.find(t, f"listing:{n % 50}")) for n, t in enumerate(others))
    out.append(Row(f"other matters linked, blocks of {BLOCK}", "%", linked / 10, 0, "none"))
    return out

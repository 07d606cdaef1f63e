"""
Texts through the folding and the automaton of admission, beside the bare automaton, pyahocorasick and `re`. `python -m bench admission_text`.

The texts are real titles where PINZHI_SHARED names the folder of public data sets, else the labelled texts of our own tests, over and over. All rows run in
this process on the same texts with the same strings (the ruleset's own). «single» folds and searches one title at a time; «batch» folds all of them joined.
Both lead every candidate back to the raw code points of its title. «screen» is the whole verdict on a listing. The peers get the texts already folded where
the row says so: their time is the search alone. `re` gets the first 2,000 texts only, its rate is per text.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import re
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from bench.ledger import Row

WANTED = 50_000
ROUNDS = 5


def texts() -> list[str]:
    """At least `WANTED` titles."""
    shared = Path(os.environ.get("PINZHI_SHARED", "")) / "taobao-titles-ner" / "titles.jsonl"
    if not shared.exists():
        shared = Path(os.environ.get("PINZHI_SHARED", "")) / "data" / "taobao-titles-ner" / "titles.jsonl"
    if os.environ.get("PINZHI_SHARED") and shared.exists():
        found = [json.loads(line)["title"] for line in shared.read_text(encoding="utf-8").splitlines()]
    else:
        cases = Path(__file__).parents[1] / "src/pinzhi/life/admission/data/golden"
        files = sorted(cases.glob("text_*.toml"))
        found = [c["given"]["title"] for f in files for c in tomllib.loads(f.read_text(encoding="utf-8"))["case"]]
    return list(itertools.islice(itertools.cycle(found), WANTED))


def rate(work: Callable[[], object], count: int) -> float:
    """Texts a second of processor time of this thread, the best of some rounds: other programs on the machine take no part in it."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        start = time.thread_time()
        work()
        best = min(best, time.thread_time() - start)
    return count / best


def run() -> list[Row]:
    """The rows."""
    import ahocorasick

    from pinzhi.kernel import clock
    from pinzhi.life.admission import reading, shipped
    from pinzhi.life.admission.rules import text
    from pinzhi.life.admission.rules.verdict import screen

    some = texts()
    ruleset = shipped.ruleset()
    lexicon = ruleset.lexicon
    dense = [lexicon.folding.dense(t) for t in some]
    find = lexicon.terms.find_matches_as_indexes

    slow = ahocorasick.Automaton()
    for number, string in enumerate(lexicon.strings):
        slow.add_word(string, number)
    slow.make_automaton()
    few = dense[:2_000]
    pattern = re.compile("|".join(map(re.escape, sorted(lexicon.strings, key=len, reverse=True))))

    n = len(some)

    def one_by_one() -> list[object]:
        found: list[object] = []
        for t in some:
            if hits := text.hits(lexicon, t):
                folded = lexicon.folding.fold(t)
                found.append([folded.raw_span(*folded.plain_span(a, b)) for _, a, b in hits])
        return found

    single = rate(one_by_one, n)
    batch = rate(lambda: text.hits_of_many(lexicon, some), n)
    bare = rate(lambda: [find(d, overlapping=True) for d in dense], n)
    older = rate(lambda: [list(slow.iter(d)) for d in dense], n)
    plain = rate(lambda: [pattern.findall(d) for d in few], len(few))

    day = clock.today()
    laws = ruleset.laws(day)
    rows = [{"id": str(i), "merchant_id": "m", "category": "其他", "title": t} for i, t in enumerate(some[:5_000])]
    listings = [reading.listing(r) for r in rows]
    whole = rate(lambda: [screen(x, ruleset, day, laws) for x in listings], len(listings))

    raw = "ahocorasick_rs, already folded"
    return [
        Row("single: folded, searched, raw offsets", "titles/s", single, bare, raw),
        Row("batch: folded, searched, raw offsets", "titles/s", batch, bare, raw),
        Row("single: folded, searched, raw offsets", "titles/s", single, older, "pyahocorasick, already folded"),
        Row("single: folded, searched, raw offsets", "titles/s", single, plain, "re, already folded"),
        Row("screen: the whole verdict", "listings/s", whole, single, "single"),
    ]

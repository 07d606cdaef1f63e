"""
Pictures: the shared product pictures after every edit, looked up among all of them, beside plain PDQ in the same run; then the look-up in a
million fingerprints beside faiss (or numpy, where the extra `bench` is not installed). `python -m bench admission_pictures`. Processor time: the
machine is shared.

A find is a row with `match`; look-alikes for a person do not count as found. False finds are counted over all pairs of an edited picture and another
picture of the bank, packages of one brand among them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from bench.admission_edits import COMBINED, EDITS, Edit
from bench.ledger import Row
from PIL import Image

from pinzhi.life.admission.decoding import LONG_SIDE
from pinzhi.life.admission.rules.pictures import pdq
from pinzhi.life.admission.rules.pictures.bank import Bank, Known
from pinzhi.life.admission.rules.pictures.nearest import Index

SHARED = Path(os.environ.get("PINZHI_SHARED", "/nonexistent")) / "data" / "product-images-grocery" / "img"
SIZES = (198, 600)
"""Pixels: as they are, and enlarged before the edit as in the chapter."""
MILLION = 1_000_000
GOAL_MS = 0.1


def pictures(side: int) -> list[tuple[str, Image.Image]]:
    found = [(p.name, Image.open(p).convert("RGB")) for p in sorted(SHARED.iterdir())]
    if side == SIZES[0]:
        return found
    return [(n, p.resize((round(p.width * side / p.height), side), Image.Resampling.BICUBIC)) for n, p in found]


def array(picture: Image.Image) -> Any:
    """As decoding gives it."""
    picture = picture.copy()
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BICUBIC)
    return np.asarray(picture, dtype=np.uint8)


def counted(side: int, edits: dict[str, Edit]) -> Iterator[tuple[str, dict[str, float]]]:
    """Per edit: found, false pairs, pairs for a person, plain PDQ found and false, milliseconds per query."""
    held = pictures(side)
    arrays = [array(p) for _, p in held]
    bank = Bank.of([Known.of(name, a) for (name, _), a in zip(held, arrays, strict=True)])
    plain = np.array([pdq.fingerprint(pdq.luminance(a))[0] for a in arrays])
    for name, edit in edits.items():
        sums = dict.fromkeys(("found", "false", "alike", "pdq", "pdq_false", "ms"), 0.0)
        for i, (own, picture) in enumerate(held):
            query = array(edit(picture))
            start = time.process_time()
            matches = bank.matches(query, arrays.__getitem__)
            sums["ms"] += (time.process_time() - start) * 1000
            same = [m.name for m in matches if m.same]
            sums["found"] += own in same
            sums["false"] += len(set(same) - {own})
            sums["alike"] += sum(not m.same for m in matches)
            close = pdq.distance(pdq.fingerprint(pdq.luminance(query))[0], plain) <= pdq.SAME
            sums["pdq"] += bool(close[i])
            sums["pdq_false"] += int(close.sum()) - bool(close[i])
        n = len(held)
        yield name, {**sums, "n": n, "pairs": n * (n - 1)}


def found_again() -> list[Row]:
    rows = []
    for side in SIZES:
        for kind, edits in (("", EDITS), ("combined: ", COMBINED)):
            totals: dict[str, float] = {}
            for name, got in counted(side, edits):
                for key, value in got.items():
                    totals[key] = totals.get(key, 0) + value
                n = got["n"]
                rows.append(
                    Row(
                        f"{side} px, {kind}{name}: recall",
                        "%",
                        100 * got["found"] / n,
                        100 * got["pdq"] / n,
                        "plain PDQ",
                    )
                )
            n, pairs = totals["n"], totals["pairs"]
            rows += [
                Row(
                    f"{side} px, {kind}all: recall",
                    "%",
                    100 * totals["found"] / n,
                    100 * totals["pdq"] / n,
                    "plain PDQ",
                ),
                Row(
                    f"{side} px, {kind}all: false of {pairs:.0f} pairs",
                    "pairs",
                    totals["false"],
                    totals["pdq_false"],
                    "plain PDQ",
                ),
                Row(f"{side} px, {kind}all: look-alikes for a person", "pairs", totals["alike"], 0, "none"),
                Row(f"{side} px, {kind}all: a look-up", "ms", totals["ms"] / n, 0, "none"),
            ]
    return rows


def searched() -> list[Row]:
    """A million random fingerprints; queries at distance 31 of one of them. Best of five."""
    rng = np.random.default_rng(20261126)
    hashes = rng.integers(0, 2**64, (MILLION, pdq.WORDS), dtype=np.uint64)
    flags = np.zeros((256, pdq.BITS), dtype=bool)
    for row in flags:
        row[rng.choice(pdq.BITS, pdq.SAME, replace=False)] = True
    wanted = rng.integers(0, MILLION, len(flags))
    queries = hashes[wanted] ^ pdq.pack(flags)
    start = time.process_time()
    index = Index.of(hashes)
    built = time.process_time() - start
    peer, peer_is, peer_found = _flat(hashes, queries)
    rows = [Row("a million fingerprints: tables built", "s", built, 0, "none")]
    for batch in (1, 64):
        best, found = np.inf, []
        for _ in range(5):
            start, found = time.process_time(), []
            for at in range(0, len(queries), batch):
                found += index.within(queries[at : at + batch]).item.tolist()
            best = min(best, time.process_time() - start)
        assert found == wanted.tolist() == peer_found
        rows.append(
            Row(f"a million fingerprints: a query of {batch}", "ms", best / len(queries) * 1000, peer[batch], peer_is)
        )
        rows.append(
            Row(f"a million fingerprints: a query of {batch}, goal", "ms", best / len(queries) * 1000, GOAL_MS, "goal")
        )
    return rows


def _flat(hashes: Any, queries: Any) -> tuple[dict[int, float], str, list[int]]:
    """Milliseconds a query of the exact flat search, singly and by 64, its name, and the nearest of each query."""
    try:
        import faiss
    except ImportError:
        start = time.process_time()
        nearest = [int(pdq.distance(hashes, q).argmin()) for q in queries]
        each = (time.process_time() - start) / len(queries) * 1000
        return {1: each, 64: each}, "numpy flat", nearest
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexBinaryFlat(pdq.BITS)
    flat.add(hashes.view(np.uint8).reshape(len(hashes), -1))
    asked = queries.view(np.uint8).reshape(len(queries), -1)
    spent, nearest = {}, []
    for batch in (1, 64):
        start, nearest = time.process_time(), []
        for at in range(0, len(asked), batch):
            nearest += flat.search(asked[at : at + batch], 1)[1].ravel().tolist()
        spent[batch] = (time.process_time() - start) / len(asked) * 1000
    return spent, "faiss IndexBinaryFlat", nearest


def run() -> list[Row]:
    """The look-up first: it is the shorter one."""
    return [*searched(), *found_again()]

"""
Root cause at signal time: the smallest set of nodes that explains the excess.

Around the signal the orders since the onset are cut into cells (listing × batch). Each hypothesis says «these cells run r times their expectation, the others
as expected»; its gain is the profile log-likelihood X log(X/E) - (X - E) of its cells, less the logarithm of how many nodes of its kind were in question. A
batch wins over its listing when the excess lies in it alone, a merchant over its listings when the excess is spread over them, a category over its merchants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cells:
    """Orders since the onset by listing and batch (-1: none known): `seen` events and `expected` ones by the category's and the listing's earlier rate."""

    listing: Ints
    batch: Ints
    merchant: Ints
    category: Ints
    seen: Floats
    expected: Floats


@dataclass(frozen=True, slots=True)
class Cause:
    """`kind` and code of the node, the `share` of the entity's excess that lies in it, and its gain in log-likelihood."""

    kind: str
    code: int
    share: float
    gain: float


def _gain(seen: Floats, expected: Floats) -> Floats:
    """Profile log-likelihood of a raised rate; 0 where nothing is raised."""
    ratio = np.maximum(seen / np.maximum(expected, 1e-9), 1.0)
    return np.where(ratio > 1.0, seen * np.log(ratio) - (seen - expected), 0.0)


def _best(kind: str, node: Ints, cells: Cells, inside: NDArray[np.bool_]) -> Cause | None:
    """The best node of one kind. `share` is over the cells that are `inside` the entity of the signal."""
    kept = node >= 0
    if not kept.any():
        return None
    codes, place = np.unique(node[kept], return_inverse=True)
    seen = np.bincount(place, weights=cells.seen[kept])
    expected = np.bincount(place, weights=cells.expected[kept])
    gain = _gain(seen, expected) - np.log(len(codes))
    touches = np.bincount(place, weights=inside[kept]) > 0
    if not touches.any():
        return None
    top = int(np.where(touches, gain, -np.inf).argmax())
    mine = (node == codes[top]) & inside
    excess = float(cells.seen[inside].sum() - cells.expected[inside].sum())
    share = float(cells.seen[mine].sum() - cells.expected[mine].sum()) / excess if excess > 0 else 1.0
    return Cause(kind, int(codes[top]), float(np.clip(share, 0.0, 1.0)), float(gain[top]))


def cause(cells: Cells, inside: NDArray[np.bool_], entity: tuple[str, int]) -> Cause:
    """
    Choose among the batches, listings, merchants and categories that share cells with the signal's `entity` (kind, code).

    On a tie the smaller set wins. A batch that is all the listing sold since the onset is named only if other batches were sold before (its cells then
    stand alone because the batch *changed*); the caller leaves `batch` at -1 where there never was another.
    """
    kinds = (
        ("batch", cells.batch),
        ("listing", cells.listing),
        ("merchant", cells.merchant),
        ("category", cells.category),
    )
    best: Cause | None = None
    for kind, node in kinds:
        found = _best(kind, node, cells, inside)
        if found is not None and found.gain > 0 and (best is None or found.gain > best.gain + 1e-9):
            best = found
    return best or Cause(entity[0], entity[1], 1.0, 0.0)

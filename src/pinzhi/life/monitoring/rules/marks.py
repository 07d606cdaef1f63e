"""
Marks of the events: what tells a fault of the goods from a habit of the buyer.

A fault adds events that do not care who the buyer is; the ordinary background is concentrated on buyers who send much back and on mass returns. An event
with mark x therefore speaks for «since τ, r times» by

    (q₀(x) + (r - 1) q₁(x)) / q₀(x) = 1 + (r - 1) ρ(x),   ρ = q₁/q₀

(q₀, q₁: how marks are distributed in the background and among the events that a fault adds) instead of by r; the expectation of what did *not* happen stays as
it is, because the mean of ρ in the background is at most one. Two independent parts make ρ:

- company (for how many listings the buyer did the same that day, 0 = unknown): q₁ puts `1 - mixing` on «alone» and the rest as in the background;
- habit: ρ = m^-habit, m = (½ + events before) / (½ + rate x lines bought before), a gamma-Poisson mean with a weak prior; an exponent below one is caution,
  because serial returners notice faults too (decision 7).

q₀ and the rate are counted from what was known before the block in which the event came; with little background ρ is drawn towards one.
Marked point processes: Brémaud, *Point Processes and Queues* (1981), VIII.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.monitoring.contracts import MarksPolicy

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

WIDE = 13
"""Values of each mark: 0 … 12."""
CODES = WIDE**3
ALONE = 1
"""The company of a buyer who did it for one listing only."""
PRIOR = 0.5
"""Weight of the prior of a buyer's habit, in events."""


def coded(company: NDArray[np.int8], bought: NDArray[np.int8], before: NDArray[np.int8]) -> Ints:
    """Three marks as one integer, 0 … CODES - 1; 0 is a buyer not known."""
    return (company.astype(np.int64) * WIDE + bought) * WIDE + before


def count_of(magnitude: Ints) -> Floats:
    """The middle of the counts that share a number of binary digits: 0, 1, 2.8, 5.6, …; geometric, so that halving and doubling weigh alike."""
    return np.where(magnitude <= 1, magnitude, 1.4 * 2.0 ** (magnitude - 1.0))


def ratio(count: Floats, rate: float, policy: MarksPolicy) -> Floats:
    """
    ρ of every code, shape (CODES,), from the background known so far: `count` (CODES,) events by code, `rate` events per line sold.

    1 for buyers not known. Over the background it was counted from its mean is at most one, so the evidence stays an e-value; then it is bounded.
    """
    code = np.arange(CODES)
    company, bought, before = code // WIDE**2, code // WIDE % WIDE, code % WIDE
    by_company = np.bincount(company, weights=count, minlength=WIDE)
    known = float(by_company[1:].sum())
    if known <= 0:
        return np.ones(CODES)
    share = (by_company[ALONE] + 1.0) / (known + 1.0)
    alone = (1.0 - policy.mixing + policy.mixing * share) / share
    habit = (PRIOR + count_of(before)) / (PRIOR + rate * count_of(bought))
    raw = np.where(company == ALONE, alone, policy.mixing) * habit**-policy.habit
    raw /= max(float((raw * count)[company > 0].sum()) / known, 1.0)
    trust = min(known / policy.enough, 1.0)
    return np.where(company > 0, np.clip(raw, policy.least, policy.most) ** trust, 1.0)

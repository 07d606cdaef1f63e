"""
The posterior share of good orders, Beta(a, b), of every listing and merchant, with its interval and the risks that decide.

Promotion asks the lower bound (how good is it at least?), restriction asks P(bad share > line) (how sure are we that it harms?): two different questions, so
a thin record neither promotes nor restricts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.distributions import beta_cdf, beta_quantile
from pinzhi.life.rating.contracts import Grade
from pinzhi.life.rating.rules.policy import Grades, States
from pinzhi.life.rating.rules.prior import Tree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRADES = (Grade.UNRATED, Grade.A, Grade.B, Grade.C, Grade.D, Grade.E)


@dataclass(frozen=True, slots=True)
class Posterior:
    """Parameters of Beta(a, b) over the share of good orders, and what is read from it; arrays of equal length. `grade` indexes `GRADES`."""

    a: Floats
    b: Floats
    mean: Floats
    low: Floats
    high: Floats
    bad_risk: Floats
    watch_risk: Floats
    grade: Ints
    promoted: NDArray[np.bool_]


def listings(
    good: Floats, bad: Floats, tree: Tree, line: Floats, grades: Grades, states: States, *, bounds: bool = True
) -> Posterior:
    """Prior and record together. `line` is the restriction line of each listing's category; for `bounds` see `read`."""
    strength = tree.strength()
    a = (1.0 - tree.of_merchant) * strength + good
    b = tree.shape + bad
    return read(a, b, good + bad, line, grades, states, bounds=bounds)


def read(
    a: Floats, b: Floats, evidence: Floats, line: Floats, grades: Grades, states: States, *, bounds: bool = True
) -> Posterior:
    """
    What Beta(a, b) says. `evidence` is the number of independent orders behind it, without the prior.

    Without `bounds` (steps of a replay that nobody looks at) low and high are the mean and nobody is promoted: states do not need them.
    """
    mean = a / (a + b)
    half = (1.0 - grades.level) / 2.0
    low, high = (beta_quantile(half, a, b), beta_quantile(1.0 - half, a, b)) if bounds else (mean, mean)
    # the equal-tailed interval of a very skewed posterior can miss its mean; the stated mean is always inside the stated interval
    low, high = np.minimum(low, mean), np.maximum(high, mean)
    watch_line = np.minimum(line, states.watch_line * line / states.line)
    enough = evidence >= grades.least_orders
    return Posterior(
        a, b, mean, low, high,
        bad_risk=beta_cdf(1.0 - line, a, b),
        watch_risk=beta_cdf(1.0 - watch_line, a, b),
        grade=np.where(enough, graded(mean, grades), 0),
        promoted=enough & (low >= grades.promote) & bounds,
    )  # fmt: skip


def graded(mean: Floats, grades: Grades) -> Ints:
    """Index into `GRADES` from the mean: a line belongs to the better grade."""
    lines = np.array([grades.d, grades.c, grades.b, grades.a])
    return np.asarray(5 - np.searchsorted(lines, mean, side="right"), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Mixtures:
    """Merchants: the posterior of their exposure-weighted mixture, and the mean of the worst tenth of what they sell."""

    posterior: Posterior
    orders: Ints
    evidence: Floats
    worst_tenth: Floats


def merchants(
    of: Posterior,
    weight: Floats,
    evidence: Floats,
    orders: Ints,
    merchant: Ints,
    count: int,
    line: Floats,
    grades: Grades,
    states: States,
    *,
    bounds: bool = True,
) -> Mixtures:
    """
    Mix the listings of each merchant by `weight` (matured decayed orders; a merchant with none is the plain mean of his listings).

    The Beta has the mixture's mean and the variance Σ w² var, as if listings erred independently given the tree; `worst_tenth` is the mean over
    the worst tenth of the weight, so that a big seller cannot hide a bad product behind good ones.
    """
    total = np.bincount(merchant, weights=weight, minlength=count)
    part = np.where(total[merchant] > 0, weight, 1.0)
    total = np.bincount(merchant, weights=part, minlength=count)
    share = part / total[merchant]
    strength = of.a + of.b
    mean = np.bincount(merchant, weights=share * of.mean, minlength=count)
    variance = np.bincount(merchant, weights=share**2 * of.mean * (1 - of.mean) / (strength + 1), minlength=count)
    nobody = np.bincount(merchant, minlength=count) == 0  # the group of listings without a merchant, usually empty
    mean = np.clip(np.where(nobody, 0.5, mean), 1e-6, 1 - 1e-6)
    variance = np.where(nobody, 0.05, variance)
    nu = np.maximum(mean * (1 - mean) / np.maximum(variance, 1e-15) - 1.0, 1e-3)
    mixed_line = np.bincount(merchant, weights=share * line, minlength=count)
    behind = np.bincount(merchant, weights=evidence, minlength=count)
    posterior = read(mean * nu, (1 - mean) * nu, behind, np.maximum(mixed_line, 1e-9), grades, states, bounds=bounds)
    sold = np.bincount(merchant, weights=orders, minlength=count)
    return Mixtures(posterior, np.rint(sold).astype(np.int64), behind, _worst(of.mean, share, merchant, count))


def _worst(mean: Floats, share: Floats, merchant: Ints, count: int, tenth: float = 0.1) -> Floats:
    order = np.lexsort((mean, merchant))
    owner, part, value = merchant[order], share[order], mean[order]
    running = np.cumsum(part)
    first = np.searchsorted(owner, np.arange(count))
    before = np.where(first > 0, running[np.maximum(first - 1, 0)], 0.0)
    start = running - part - before[owner]
    taken = np.clip(np.minimum(part, tenth - start), 0.0, None)
    got = np.bincount(owner, weights=taken, minlength=count)
    return np.divide(np.bincount(owner, weights=taken * value, minlength=count), got, out=np.ones(count), where=got > 0)

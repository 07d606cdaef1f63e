"""
How surprising: likelihood ratios of «since some day the rate is r times what it was» against «it is what it was», summed over sizes and onsets.

For one onset and size the ratio is the closed-form quotient of two gamma-Poisson marginals, so the uncertainty of the baseline is inside it:

    λ ~ Gamma(a, b),  a = k + N₀,  b = k/ρ + H₀          (N₀, H₀: events and expected events of the orders before the onset)
    BF = r^N ((b + H) / (b + r H))^(a + N)               (N, H: of the orders since the onset)

Mixed over sizes it is an e-value under the gamma-Poisson null; summed over onsets it is the Shiryaev-Roberts statistic («e-SR»). For bad reviews the same with
beta-binomial marginals, size as an odds ratio, integrated by 7-point Gauss-Hermite on the logit. Dispersion tempers: the logarithm is divided by φ ≥ 1.
Where the buyers are known, each event counts log(1 + (r - 1)ρ) instead of log r (`marks`); N and H stay as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.monitoring.contracts import EvidencePolicy
from pinzhi.life.monitoring.rules.windows import Windows

Floats = NDArray[np.float64]
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())
LOWEST = -30.0
"""Log evidence is cut here: far below anything that matters, and free of infinities in files."""


def gamma_poisson(known: Windows, k: float, ratio: Floats, sizes: Floats) -> Floats:
    """Log Bayes factors, shape (pairs, onsets, sizes). `ratio` (pairs,) is the prior mean ratio, `k` its weight in events."""
    expected = known.expected[:, :, None]
    a = (k + known.all_seen)[:, None, None]  # k + N₀ + N
    b = (k / ratio + known.all_expected)[:, None, None]  # k/ρ + H₀ + H
    return np.asarray(known.weight - a * np.log1p((sizes - 1.0) * expected / b))


def beta_binomial(known: Windows, reviews: Floats, k: float, ratio: Floats, sizes: Floats) -> Floats:
    """Log Bayes factors for bad reviews, shape (pairs, onsets, sizes). `known.expected` are expected bad ones, `reviews` (pairs, onsets) all reviews since."""
    bad, n = known.seen, np.maximum(reviews, known.seen)
    before_seen = np.maximum(known.all_seen[:, None] - bad, 0.0)
    before_expected = np.maximum(known.all_expected[:, None] - known.expected, 0.0)
    level = (k + before_seen) / (k / ratio[:, None] + before_expected)
    share = np.divide(known.expected, n, out=np.full_like(n, 0.1), where=n > 0)
    p = np.clip(level * share, 1e-4, 0.9)
    spread = 1.0 / np.sqrt((k + before_seen) * (1.0 - p))
    logit = (np.log(p) - np.log1p(-p))[:, :, None] + spread[:, :, None] * _NODES
    node = 1.0 / (1.0 + np.exp(-logit))
    null = bad[:, :, None] * np.log(node) + (n - bad)[:, :, None] * np.log1p(-node) + _LOG_WEIGHTS
    bottom = _log_sum(null)
    out = np.empty((*bad.shape, len(sizes)))
    for i, size in enumerate(sizes):
        out[:, :, i] = known.weight[:, :, i] + _log_sum(null - n[:, :, None] * np.log1p((size - 1.0) * node)) - bottom
    return out


def _log_sum(values: Floats) -> Floats:
    """Log Σ exp over the last axis."""
    top = values.max(axis=-1)
    return np.asarray(top + np.log(np.exp(values - top[..., None]).sum(axis=-1)))


def by_onset(factors: Floats, policy: EvidencePolicy, dispersion: float = 1.0) -> Floats:
    """Mix over sizes: log e-values, shape (pairs, onsets), tempered by the measured dispersion."""
    return _log_sum(factors / max(dispersion, 1.0) + np.log(np.asarray(policy.prior)))


def summed(onsets: Floats, known: Windows) -> Floats:
    """The e-SR statistic: log of the sum over onsets, shape (pairs,). Onsets before the first order are one and the same hypothesis and count once."""
    alone = np.ones(onsets.shape, dtype=bool)
    whole = known.expected >= known.all_expected[:, None] - 1e-12
    alone[:, 1:] = ~(whole[:, 1:] & whole[:, :-1])
    return np.maximum(_log_sum(np.where(alone, onsets, -700.0)), LOWEST)


def fast_lane(factors: Floats, sizes: Floats, size: float, dispersion: float = 1.0) -> Floats:
    """
    The CUSUM lane: the greatest log Bayes factor over the onsets for the one size nearest to `size`, at least 0. Shape (pairs,).

    With a known baseline this maximum is Page's CUSUM; with the baseline's uncertainty inside the factor it does not run wild on thin entities.
    """
    column = int(np.abs(np.log(sizes / size)).argmin())
    return np.asarray(np.maximum(factors[:, :, column].max(axis=1), 0.0) / max(dispersion, 1.0))

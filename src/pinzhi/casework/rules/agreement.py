"""
Do people who look at the same thing say the same? Cohen's kappa for a pair, Krippendorff's alpha for any number with gaps, both for names without an order.

- kappa: Cohen, «A coefficient of agreement for nominal scales», Educational and Psychological Measurement 20 (1960) 37-46; its error: Fleiss, Cohen and
  Everitt, «Large sample standard errors of kappa and weighted kappa», Psychological Bulletin 72 (1969) 323-327.
- alpha: Krippendorff, «Computing Krippendorff's alpha-reliability» (2011); its error here by leaving out one unit at a time (Efron's jackknife), which needs
  no draw and gives the same answer every time.

Where nobody differed, either error is nought, which would promise too much: the interval then starts where so many agreements in a row would still be seen
one time in twenty (1 - 0.05^(1/n) of the units may differ).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, sqrt

Z = 1.959963984540054
"""The normal quantile of a two-sided interval of 95 %."""
Unit = Mapping[str, str]
"""One thing that was judged: who → what he said. Whoever did not judge it is not in it."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """
    An agreement beyond chance: 1 is complete, 0 what chance would give, below 0 systematic difference.

    `units` were judged by two or more; `same` is the share of pairs of judgements that are equal. `value` is None where it cannot be said (no such unit, or
    everybody always said the same one thing, so that chance alone explains it); then the interval is None too. Limits are for 95 %.
    """

    units: int
    same: float | None
    value: float | None
    low: float | None
    high: float | None


UNKNOWN = Coefficient(0, None, None, None, None)


def kappa(pairs: Iterable[tuple[str, str]]) -> Coefficient:
    """Cohen's kappa of two judges over (first, second) judgements of the same things."""
    cells = Counter(pairs)
    n = sum(cells.values())
    if not n:
        return UNKNOWN
    names = sorted({name for cell in cells for name in cell})
    rows = {c: sum(cells[c, d] for d in names) / n for c in names}
    columns = {c: sum(cells[d, c] for d in names) / n for c in names}
    seen = sum(cells[c, c] for c in names) / n
    chance = sum(rows[c] * columns[c] for c in names)
    if 1 - chance < 1e-12:
        return Coefficient(n, seen, None, None, None)
    value = (seen - chance) / (1 - chance)
    if all(c == d for c, d in cells):
        return Coefficient(n, seen, value, 1 - _unseen(n) / (1 - chance), 1.0)
    error = sqrt(_variance(cells, n, rows, columns, value, chance))
    return Coefficient(n, seen, value, max(value - Z * error, -1.0), min(value + Z * error, 1.0))


def _variance(
    cells: Counter[tuple[str, str]],
    n: int,
    rows: Mapping[str, float],
    columns: Mapping[str, float],
    value: float,
    chance: float,
) -> float:
    """Formula 13 of Fleiss, Cohen and Everitt (1969)."""
    alike = sum(cells[c, c] / n * (1 - (rows[c] + columns[c]) * (1 - value)) ** 2 for c in rows)
    apart = sum(k / n * (columns[c] + rows[d]) ** 2 for (c, d), k in cells.items() if c != d)
    total = alike + (1 - value) ** 2 * apart - (value - chance * (1 - value)) ** 2
    return max(total, 0.0) / (n * (1 - chance) ** 2)


def alpha(units: Iterable[Unit]) -> Coefficient:
    """Krippendorff's alpha for names, over units judged by any number of judges; units with one judgement say nothing and are left out."""
    counted = [c for c in (Counter(u.values()) for u in units) if sum(c.values()) >= 2]
    n = len(counted)
    if not n:
        return UNKNOWN
    apart = [_apart(c) for c in counted]
    whole: Counter[str] = sum(counted, Counter())
    pairs = sum(_pairs(c) for c in counted)
    same = 1 - sum(_apart(c) * (sum(c.values()) - 1) / 2 for c in counted) / pairs
    value = _alpha(sum(apart), whole)
    if value is None:
        return Coefficient(n, same, None, None, None)
    if not any(apart):
        total = sum(whole.values())
        different = _expected(whole) / total
        return Coefficient(n, same, value, 1 - _unseen(n) / different, 1.0)
    spread = _jackknife(sum(apart), whole, counted, apart)
    if (
        spread is None or spread < 1e-12
    ):  # one unit decides everything, or all weigh the same: nothing can be said of the error
        return Coefficient(n, same, value, None, None)
    # On the scale of log(1 - alpha), so that no limit lies above 1.
    reach = exp(Z * spread / (1 - value))
    return Coefficient(n, same, value, max(1 - (1 - value) * reach, -1.0), 1 - (1 - value) / reach)


def _apart(c: Counter[str]) -> float:
    """Observed disagreement of one unit: its unequal ordered pairs over the number of judgements less one."""
    m = sum(c.values())
    return (m * m - sum(k * k for k in c.values())) / (m - 1)


def _pairs(c: Counter[str]) -> float:
    m = sum(c.values())
    return m * (m - 1) / 2


def _expected(whole: Counter[str]) -> float:
    """Disagreement that chance would give, summed over all judgements."""
    n = sum(whole.values())
    return (n * n - sum(k * k for k in whole.values())) / (n - 1)


def _alpha(apart: float, whole: Counter[str]) -> float | None:
    expected = _expected(whole) if sum(whole.values()) > 1 else 0.0
    return None if expected <= 0 else 1 - apart / expected


def _jackknife(
    total: float, whole: Counter[str], units: Sequence[Counter[str]], apart: Sequence[float]
) -> float | None:
    """The error of alpha from the values that it takes when each unit in turn is left out; None where one of them decides everything."""
    # Units with the same counts leave the same value, so each kind of unit is worked out once.
    kinds = Counter(tuple(sorted(c.items())) for c in units)
    of = {tuple(sorted(c.items())): (c, d) for c, d in zip(units, apart, strict=True)}
    values: list[tuple[float, int]] = []
    for kind, times in kinds.items():
        c, d = of[kind]
        value = _alpha(total - d, whole - c)
        if value is None:
            return None
        values.append((value, times))
    n = len(units)
    mean = sum(v * t for v, t in values) / n
    return sqrt((n - 1) / n * sum(t * (v - mean) ** 2 for v, t in values))


def _unseen(n: int) -> float:
    """The share of differences that n agreements in a row do not rule out at 95 %."""
    return float(1 - 0.05 ** (1 / n))


def pairs_of(units: Iterable[Unit]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """For every two judges with units in common, in the order of their names: what each said."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for unit in units:
        for a, b in combinations(sorted(unit), 2):
            found.setdefault((a, b), []).append((unit[a], unit[b]))
    return found

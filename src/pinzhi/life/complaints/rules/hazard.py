"""
When is the sale of a batch to be stopped for the time being? One confirmed claim of injury or acute hazard, or two independent ones; where much was sold, more
than its base rate explains.

Pure. A hold is proposed, never taken by a rule: a person decides, and it ends by itself unless it is confirmed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pinzhi.kernel.values import Text


@dataclass(frozen=True, slots=True)
class HoldFigures:
    """
    Claims (independent: of different buyers) and confirmed claims that ask for a hold, days that they are counted over, pieces sold from which the base rate is
    asked too, hazards per million pieces of an ordinary batch, chance below which an ordinary batch is not believed, and hours that a hold lasts by itself.
    """

    claims: int
    confirmed: int
    days: int
    sold: int
    per_million: int
    chance_per_mille: int
    hours: int


def chance(claims: int, sold: int, per_million: int) -> float:
    """P(at least `claims` hazards) among `sold` pieces of an ordinary batch: upper tail of a Poisson distribution."""
    if claims <= 0:
        return 1.0
    mean = sold * per_million / 1_000_000
    term = total = math.exp(-mean)
    for k in range(1, claims):
        term *= mean / k
        total += term
    return max(0.0, 1.0 - total)


def proposed(claims: int, confirmed: int, sold: int | None, figures: HoldFigures) -> Text | None:
    """Why a hold is proposed; None when it is not. `sold` is None where nobody knows."""
    if confirmed >= figures.confirmed:
        return Text(
            f"已有 {confirmed} 起伤害或者危险经核实", f"{confirmed} case(s) of injury or hazard have been confirmed"
        )
    if claims < figures.claims:
        return None
    if sold is not None and sold > figures.sold:
        by_chance = chance(claims, sold, figures.per_million)
        if by_chance * 1000 > figures.chance_per_mille:
            return None
        return Text(
            f"{figures.days} 天内 {claims} 名消费者反映危险，售出 {sold} 件；正常批次出现这么多的概率为 {by_chance:.2%}",
            f"{claims} buyers report a hazard within {figures.days} days, {sold} pieces sold; by chance: {by_chance:.2%}",
        )
    return Text(
        f"{figures.days} 天内 {claims} 名消费者反映危险", f"{claims} buyers report a hazard within {figures.days} days"
    )

"""
What a person reads, made from numbers only, and the two numbers that keep expectations honest: the smallest fault that would have been seen, and what would
clear the signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.values import Text

Floats = NDArray[np.float64]

KIND_ZH = {"listing": "商品", "batch": "批次", "merchant": "商家", "category": "品类"}
EVENT_ZH = {"return": "退货", "review": "差评", "complaint": "投诉", "refund": "退款", "fused": "各类质量事件"}
EVENT_EN = {
    "return": "returns",
    "review": "bad reviews",
    "complaint": "complaints",
    "refund": "refunds",
    "fused": "quality events of all kinds",
}


@dataclass(frozen=True, slots=True)
class Story:
    """The numbers of one signal as the sentences need them."""

    entity_kind: str
    entity_id: str
    stream: str
    onset: date
    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    evidence: float
    cause_kind: str
    cause_id: str
    cause_share: float
    visible_30: float
    visible_90: float
    clear_orders: int


def gamma_interval(observed: float, expected: float) -> tuple[float, float]:
    """90 % interval of the ratio: gamma quantiles at observed + ½ by the Wilson-Hilferty cube (error below 1 % for 3 events and more), over `expected`."""
    shape = observed + 0.5
    third = 1.0 / (9.0 * shape)
    cube = [shape * max(1.0 - third + z * np.sqrt(third), 0.0) ** 3 for z in (-1.6449, 1.6449)]
    return float(cube[0] / expected), float(cube[1] / expected)


def smallest_visible(expected: Floats, threshold: float) -> Floats:
    """
    The smallest ratio r whose mean evidence, over orders with `expected` events, reaches `threshold`: E (r log r - r + 1) = threshold.

    The expected drift of the log-likelihood ratio of a Poisson count; infinite (∞) where nothing is expected. Bisection, 60 halvings.
    """
    low, high = np.ones(len(expected)), np.full(len(expected), 1e6)
    for _ in range(60):
        middle = np.sqrt(low * high)
        enough = expected * (middle * np.log(middle) - middle + 1.0) >= threshold
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    return np.where(expected * (1e6 * np.log(1e6)) < threshold, np.inf, high)


def orders_to_clear(evidence: float, clear: float, ratio: float, rate: float) -> int:
    """How many further orders without an event bring the evidence down to `clear`: each costs (r - 1) times its expected events."""
    if rate <= 0:
        return 0
    return int(np.ceil(max(evidence - clear, 0.0) / (max(ratio - 1.0, 0.5) * rate)))


def e_value(log_evidence: float) -> str:
    """An e-value as people read it: `820`, `1.3×10⁶`."""
    if log_evidence < np.log(1e5):
        return f"{np.exp(log_evidence):.0f}"
    power = int(log_evidence / np.log(10))
    digits = str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{np.exp(log_evidence - power * np.log(10)):.1f}×10{digits}"


def _times(value: float) -> str:
    return "—" if not np.isfinite(value) or value >= 100 else f"{value:.1f}"


def sentence(s: Story) -> Text:
    """The explanation in both languages."""
    return Text(zh="".join(_chinese(s)), en=" ".join(_english(s)))


def _chinese(s: Story) -> list[str]:
    kind = KIND_ZH[s.entity_kind]
    basis = "按同品类评价水平" if s.stream == "review" else "按同品类水平与发货时间"
    out = [
        f"自{s.onset.month}月{s.onset.day}日下单起，{kind}{s.entity_id}{EVENT_ZH[s.stream]}{s.observed}件，{basis}应为{s.expected:.1f}件",
        f"（{s.ratio:.1f}倍，90%区间{s.low:.1f}–{s.high:.1f}）；证据值e={e_value(s.evidence)}。",
    ]
    if (s.cause_kind, s.cause_id) == (s.entity_kind, s.entity_id):
        out.append(f"超出部分集中在该{kind}本身。")
    else:
        out.append(f"主要原因在{KIND_ZH[s.cause_kind]}{s.cause_id}，解释超出部分的{s.cause_share:.0%}。")
    if s.clear_orders:
        out.append(f"再有{s.clear_orders}单无此类事件，即可降为正常。")
    out.append(
        f"以该{kind}的销量，30天内可发现的最小异常为{_times(s.visible_30)}倍，90天内为{_times(s.visible_90)}倍。"
    )
    return out


def _english(s: Story) -> list[str]:
    basis = "its category's reviews" if s.stream == "review" else "its category and dispatch dates"
    out = [
        (
            f"Orders since {s.onset.isoformat()}: {s.entity_kind} {s.entity_id} has {s.observed} {EVENT_EN[s.stream]} where {s.expected:.1f} were to be"
            f" expected from {basis} ({s.ratio:.1f} times, 90 % interval {s.low:.1f}–{s.high:.1f}); e-value {e_value(s.evidence)}."
        ),
    ]
    if (s.cause_kind, s.cause_id) == (s.entity_kind, s.entity_id):
        out.append(f"The excess lies in the {s.entity_kind} itself.")
    else:
        out.append(f"Main cause: {s.cause_kind} {s.cause_id}, {s.cause_share:.0%} of the excess.")
    if s.clear_orders:
        out.append(f"{s.clear_orders} further orders without such an event would clear it.")
    out.append(
        f"At its volume the smallest fault visible in 30 days is {_times(s.visible_30)} times, in 90 days {_times(s.visible_90)} times the usual."
    )
    return out

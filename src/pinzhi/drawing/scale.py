"""From figures to places: nice ticks, a linear scale, and figures as people read them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `low..high` onto `start..end` (pixels; end may be smaller than start). A span of nothing maps to the middle."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Where `value` stands; values outside are held at the edge, so that nothing is drawn outside its frame."""
        if self.high <= self.low:
            return (self.start + self.end) / 2
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round values (1, 2, 5 times a power of ten) that cover `low..high`; the first is <= low, the last >= high."""
    if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):  # a span that floats cannot divide, or that nobody can read
        high = low + max(abs(low), 1.0)
    raw = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return tuple(round(i * step, 10) for i in range(first, last + 1))


def figure(value: float | None, *, digits: int | None = None, unit: str = "", sign: bool = False) -> str:
    """`1,234`, `0.35`, `2.0%`: thousands separated, no more decimals than asked for; an em dash for what is missing."""
    if value is None or not math.isfinite(value):
        return "—"
    if digits is None:
        size = abs(value)
        digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−") + unit

"""What others may see of a rating."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from pinzhi.kernel.values import Text


class Grade(StrEnum):
    """From the mean. `UNRATED` is «评价不足»: shown with the prior's interval, ranked by it, never punished for it."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    UNRATED = "unrated"


class State(IntEnum):
    """Where a listing stands with the rating. `DELISTED` is only ever entered by a person's decision."""

    NORMAL = 0
    WATCH = 1
    RESTRICTED = 2
    DELISTED = 3

    @property
    def word(self) -> str:
        """The word of the outward contract."""
        return self.name.lower()


STATE_NAMES: dict[State, Text] = {
    State.NORMAL: Text("正常", "normal"),
    State.WATCH: Text("关注", "watch"),
    State.RESTRICTED: Text("限制", "restricted"),
    State.DELISTED: Text("下架", "delisted"),
}

GRADE_NAMES: dict[Grade, Text] = {
    **{g: Text(f"{g.value} 级", f"grade {g.value}") for g in Grade if g is not Grade.UNRATED},
    Grade.UNRATED: Text("评价不足", "not enough evidence"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One part of a score: all bars of a rating sum to it exactly.

    `points` is in hundredths of a point (the score is 100 times the share of good orders); the first bar is the starting point.
    """

    code: str
    points: int
    sentence: Text


@dataclass(frozen=True, slots=True)
class Rating:
    """
    The rating of a listing or merchant on a day.

    `mean`, `low`, `high` are shares of good orders; `orders` counts order lines in memory, `evidence` what they are worth after maturing and decay; `bad_risk`
    is P(bad share > restriction line), `watch_risk` the same for the watch line. `proposal` is `delist` when a person should look, else empty.
    """

    id: str
    as_of: int
    mean: float
    low: float
    high: float
    orders: int
    evidence: float
    grade: Grade
    state: State
    since: int
    promoted: bool
    bad_risk: float
    watch_risk: float
    proposal: str
    good: float
    bad: float
    bars: tuple[Bar, ...]
    reasons: tuple[Text, ...]
    merchant: str = ""
    category: str = ""
    worst_tenth: float | None = None

    @property
    def score(self) -> int:
        """100 times the mean, in hundredths of a point: what the bars sum to."""
        return round(self.mean * 10_000)

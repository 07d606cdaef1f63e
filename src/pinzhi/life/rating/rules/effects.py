"""
What the marketplace is told of a rating: one effect, or nothing, with its reason.

A listing is watched, restricted or promoted by the rule. A merchant is promoted or watched only: a rule alone never limits everything somebody sells, his
listings are restricted one by one, and delisting is a person's decision for both.
"""

from __future__ import annotations

from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.life.rating.contracts import Grade, Rating, State
from pinzhi.life.rating.rules.policy import Grades, RatingPolicy


def held(rating: Rating, grades: Grades, *, before: bool) -> bool:
    """Whether the subject is promoted: it enters at `promote` and stays until its lower bound falls below `keep`."""
    stays = before and rating.low >= grades.keep and rating.grade is not Grade.UNRATED
    return rating.state is State.NORMAL and (rating.promoted or stays)


def effect_of(kind: Kind, state: State, *, promoted: bool) -> Effect | None:
    """The effect that a rule may give; None where the standing is plainly normal, or a person has decided (delisted)."""
    if state is State.RESTRICTED:
        return Effect.RESTRICT if kind is Kind.LISTING else Effect.WATCH
    if state is State.WATCH:
        return Effect.WATCH
    return Effect.PROMOTE if promoted and state is State.NORMAL else None


def reason_of(rating: Rating, effect: Effect, line: float, policy: RatingPolicy) -> Reason:
    """Why, in a sentence made of the numbers that decided, with the numbers themselves as evidence."""
    figures = (
        ("as_of_day", str(rating.as_of)),
        ("mean", f"{rating.mean:.4f}"),
        ("low", f"{rating.low:.4f}"),
        ("high", f"{rating.high:.4f}"),
        ("orders", str(rating.orders)),
        ("evidence", f"{rating.evidence:.1f}"),
        ("grade", rating.grade.value),
        ("bad_risk", f"{rating.bad_risk:.4f}"),
        ("watch_risk", f"{rating.watch_risk:.4f}"),
        ("line", f"{line:.4f}"),
    )
    return Reason(_CODES[effect], _sentence(rating, effect, line, policy), figures)


_CODES = {Effect.PROMOTE: "rated_high", Effect.WATCH: "rated_doubtful", Effect.RESTRICT: "rated_harmful"}


def _sentence(rating: Rating, effect: Effect, line: float, policy: RatingPolicy) -> Text:
    states = policy.states
    based = f"依据 {rating.orders:,} 单，好单率 {rating.mean:.1%}（区间 {rating.low:.1%}–{rating.high:.1%}）"
    on = f"based on {rating.orders:,} orders, {rating.mean:.1%} of them good (interval {rating.low:.1%} to {rating.high:.1%})"
    if effect is Effect.RESTRICT:
        return Text(
            f"{based}；不良率高于 {line:.0%} 的把握为 {rating.bad_risk:.0%}，达到限制条件（{states.enter:.0%}）；"
            f"降到 {states.leave:.0%} 以下、满 {states.least_stay_days} 天且完成整改后解除。",
            f"{on}; we are {rating.bad_risk:.0%} sure that more than {line:.0%} of the orders are bad (restricted from {states.enter:.0%}); "
            f"lifted below {states.leave:.0%}, after {states.least_stay_days} days and a corrective action.",
        )
    if effect is Effect.WATCH:
        watch = states.watch_line * line / states.line
        return Text(
            f"{based}；不良率高于关注线 {watch:.0%} 的把握为 {rating.watch_risk:.0%}，列入关注，暂不限制。",
            f"{on}; we are {rating.watch_risk:.0%} sure that more than {watch:.0%} of the orders are bad: watched, not limited.",
        )
    return Text(
        f"{based}；区间下限达到推荐线 {policy.grades.promote:.0%}，可优先展示。",
        f"{on}; the lower bound reaches the promotion line of {policy.grades.promote:.0%}: may be ranked up.",
    )


HEALED = Text("评级已恢复，此前的评级措施解除。", "The rating has recovered; the earlier measure of the rating ends.")
FOLLOWED = Text("评级已变化，由新的评级措施接替。", "The rating has changed; another measure of the rating takes over.")
FADED = Text("区间下限已低于推荐保留线，不再优先展示。", "The lower bound has fallen below the line for promotion.")

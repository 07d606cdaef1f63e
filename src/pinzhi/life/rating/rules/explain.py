"""
Why this rating: bars that sum to the score, and sentences with their numbers, in both languages.

With prior mean m of strength k and a record of n orders with good share x, the mean is m + n / (k + n) (x - m). The bars are its telescoping sum: platform;
category minus platform; merchant minus category; and n / (k + n) (x - m) split over the kinds of bad outcome, each against what the prior expects of it.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pinzhi.engine.tallies import Tallies
from pinzhi.kernel.values import Text
from pinzhi.life.rating.contracts import Bar, Rating, State
from pinzhi.life.rating.rules.assessment import Assessment, kind_shares
from pinzhi.life.rating.rules.evidence import KINDS, severities
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.rules.posterior import GRADES

KIND_NAMES = {
    "complaint": Text("投诉", "complaints"),
    "return": Text("退货退款", "returns and refunds"),
    "bad_review": Text("一至二星差评", "reviews of one or two stars"),
}


def rating_of(result: Assessment, code: int, tallies: Tallies, policy: RatingPolicy, *, proposed: bool) -> Rating:
    """The rating of listing `code` in full."""
    of, found, names = result.posterior, result.evidence, tallies.names
    state = State(int(result.memory.state[code]))
    bars = _bars(result, code, tallies, policy)
    return Rating(
        id=names.listings[code],
        as_of=result.day,
        mean=float(of.mean[code]),
        low=float(of.low[code]),
        high=float(of.high[code]),
        orders=int(found.orders[code]),
        evidence=float(result.good[code] + result.bad[code]),
        grade=GRADES[int(of.grade[code])],
        state=state,
        since=int(result.memory.since[code]),
        promoted=bool(of.promoted[code]) and state is State.NORMAL,
        bad_risk=float(of.bad_risk[code]),
        watch_risk=float(of.watch_risk[code]),
        proposal="delist" if proposed else "",
        good=float(of.a[code]),
        bad=float(of.b[code]),
        bars=bars,
        reasons=_reasons(result, code, policy, bars, proposed=proposed),
        merchant=names.merchants[names.merchant[code]] if names.merchant[code] >= 0 else "",
        category=names.categories[names.category[code]] if names.category[code] >= 0 else "",
    )


def merchant_rating(result: Assessment, code: int, tallies: Tallies, policy: RatingPolicy, *, proposed: bool) -> Rating:
    """The rating of merchant `code`: one bar for the mixture, sentences for its worst tenth and its state."""
    mixed, of = result.mixtures, result.mixtures.posterior
    state = State(int(result.merchant_memory.state[code]))
    mean, worst = float(of.mean[code]), float(mixed.worst_tenth[code])
    sold, behind = int(mixed.orders[code]), float(mixed.evidence[code])
    score = round(mean * 10_000)
    mixture = Text(
        f"按销量加权，全部在售商品的好单率为 {mean:.1%}，依据 {sold:,} 单",
        f"weighted by sales, {mean:.1%} of the orders of all listings are good, based on {sold:,} orders",
    )
    tail = Text(
        f"表现最差的一成销量，好单率为 {worst:.1%}",
        f"in the worst tenth of what is sold, {worst:.1%} of the orders are good",
    )
    return Rating(
        id=tallies.names.merchants[code],
        as_of=result.day,
        mean=mean,
        low=float(of.low[code]),
        high=float(of.high[code]),
        orders=sold,
        evidence=behind,
        grade=GRADES[int(of.grade[code])],
        state=state,
        since=int(result.merchant_memory.since[code]),
        promoted=bool(of.promoted[code]) and state is State.NORMAL,
        bad_risk=float(of.bad_risk[code]),
        watch_risk=float(of.watch_risk[code]),
        proposal="delist" if proposed else "",
        good=float(of.a[code]),
        bad=float(of.b[code]),
        bars=(Bar("mixture", score, mixture),),
        reasons=(mixture, tail, _state_sentence(state, float(of.bad_risk[code]), policy.states.line, policy)),
        worst_tenth=worst,
    )


def _bars(result: Assessment, code: int, tallies: Tallies, policy: RatingPolicy) -> tuple[Bar, ...]:
    tree, of = result.tree, result.posterior
    category, merchant = float(tree.of_category[code]), float(tree.of_merchant[code])
    good, bad = float(result.good[code]), float(result.bad[code])
    record = good + bad
    pull = record / float(of.a[code] + of.b[code])
    parts = [1.0 - tree.platform, tree.platform - category, category - merchant]
    texts = _prior_texts(tree.platform, category, merchant, code, tallies)
    codes = ["platform", "category", "merchant"]
    shares, weights = kind_shares(result, policy), severities(policy.weights)
    keep = float(result.evidence.keep[code])
    for k, kind in enumerate(KINDS):
        own = float(result.evidence.bad[code, k]) * float(weights[k]) * keep / record if record > 0 else 0.0
        usual = merchant * float(shares[k])
        parts.append(pull * (usual - own))
        codes.append(kind)
        texts.append(_kind_text(kind, float(result.evidence.raw_bad[code, k]), own, usual))
    return tuple(Bar(c, p, t) for c, p, t in zip(codes, _rounded(parts, float(of.mean[code])), texts, strict=True))


def _rounded(parts: list[float], total: float) -> list[int]:
    """Hundredths of a point that sum exactly to the rounded total: the largest remainders get what rounding lost."""
    scaled = [p * 10_000 for p in parts]
    whole = [int(np.floor(s)) for s in scaled]
    missing = round(total * 10_000) - sum(whole)
    order = sorted(range(len(parts)), key=lambda i: (-(scaled[i] - whole[i]), i))
    for i in range(abs(missing)):
        whole[order[i % len(order)] if missing > 0 else order[-1 - i % len(order)]] += 1 if missing > 0 else -1
    return whole


def _prior_texts(platform: float, category: float, merchant: float, code: int, tallies: Tallies) -> list[Text]:
    names = tallies.names
    goods = names.categories[names.category[code]] if names.category[code] >= 0 else ""
    return [
        Text(
            f"起点：全平台好单率 {1 - platform:.1%}",
            f"start: {1 - platform:.1%} of the orders of the whole platform are good",
        ),
        Text(
            f"同品类（{goods or '未分类'}）好单率 {1 - category:.1%}",
            f"in the same category ({goods or 'none'}) {1 - category:.1%} are good",
        ),
        Text(
            f"结合该商家其他商品，预期好单率 {1 - merchant:.1%}",
            f"with the merchant's other listings, {1 - merchant:.1%} are to be expected",
        ),
    ]


def _kind_text(kind: str, count: float, own: float, usual: float) -> Text:
    name = KIND_NAMES[kind]
    zh = f"{name.zh} {count:.0f} 单，按轻重与新旧折算占 {own:.1%}，同类商品预期 {usual:.1%}"
    en = f"{name.en}: {count:.0f} orders; weighted for severity and age {own:.1%} of the orders, {usual:.1%} expected of such goods"
    return Text(zh, en)


def _reasons(
    result: Assessment, code: int, policy: RatingPolicy, bars: tuple[Bar, ...], *, proposed: bool
) -> tuple[Text, ...]:
    found, of = result.evidence, result.posterior
    level = round(policy.grades.level * 100)
    record = float(result.good[code] + result.bad[code])
    orders, mean = int(found.orders[code]), float(of.mean[code])
    low, high = float(of.low[code]), float(of.high[code])
    sentences = [
        Text(
            f"好单率 {mean:.1%}（{level}% 区间 {low:.1%}–{high:.1%}），依据 {orders:,} 单，按新旧折算相当于 {record:.0f} 单",
            f"{mean:.1%} of the orders are good ({level} % interval {low:.1%} to {high:.1%}), based on {orders:,} orders, "
            f"worth {record:.0f} after ageing",
        )
    ]
    if int(of.grade[code]) == 0:
        least = policy.grades.least_orders
        sentences.append(
            Text(
                f"评价不足：折算订单少于 {least:g} 单，暂按同品类水平排序，不因此受限",
                f"not enough evidence: fewer than {least:g} orders' worth; ranked like its category for now, and not restricted for it",
            )
        )
    own = sorted((b for b in bars if b.code in KIND_NAMES and b.points), key=lambda b: (b.points, b.code))
    sentences += [b.sentence for b in own if b.points < 0 or found.raw_bad[code, KINDS.index(b.code)] > 0]
    young = float(found.young[code])
    if young >= 1:
        sentences.append(
            Text(
                f"约 {young:.0f} 单尚在售后观察期内，只计入已到期的部分",
                f"about {young:.0f} orders are still too young to tell and count only in part",
            )
        )
    if found.crowded[code]:
        sentences.append(_crowd(int(found.crowded[code]), int(found.crowded_on[code]), policy))
    line = float(result.lines[code])
    sentences.append(_state_sentence(State(int(result.memory.state[code])), float(of.bad_risk[code]), line, policy))
    if proposed:
        sentences.append(
            Text(
                f"把握已超过 {policy.states.delist:.0%}，建议由审核人员决定是否下架",
                f"surer than {policy.states.delist:.0%}: a person should decide whether to delist",
            )
        )
    return tuple(sentences)


def _crowd(count: int, last: int, policy: RatingPolicy) -> Text:
    day = (date(1970, 1, 1) + timedelta(days=last)).isoformat()
    weight, span = policy.burst.weight, policy.burst.window_days
    return Text(
        f"截至 {day} 有 {count} 条评价集中出现在 {span} 天之内，好评差评一律在核实前按 {weight:g} 计",
        f"{count} reviews crowded into {span} days up to {day}; good and bad alike they count {weight:g} until they are checked",
    )


def _state_sentence(state: State, risk: float, line: float, policy: RatingPolicy) -> Text:
    states = policy.states
    if state is State.RESTRICTED:
        return Text(
            f"限制中：不良率高于 {line:.0%} 的把握为 {risk:.0%}；降到 {states.leave:.0%} 以下、满 {states.least_stay_days} 天且完成整改后解除",
            f"restricted: we are {risk:.0%} sure that more than {line:.0%} of the orders are bad; lifted below {states.leave:.0%}, "
            f"after {states.least_stay_days} days and a corrective action",
        )
    return Text(
        f"不良率高于 {line:.0%} 的把握为 {risk:.0%}（达到 {states.enter:.0%} 才限制）",
        f"we are {risk:.0%} sure that more than {line:.0%} of the orders are bad (restricted from {states.enter:.0%})",
    )

"""
Which articles stand first when the matter is not certain: the ones that together most likely hold an answer.

Five articles of the likeliest matter help nobody who meant the second. So each place goes to the article that adds most: what it answers of a matter
counts only as far as the articles before it have not answered that matter (greedy cover; Nemhauser, Wolsey and Fisher 1978 bound it by 1 - 1/e of the
best choice).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meant:
    """A matter that may be meant: its number, how likely it is, and its passages, best first."""

    matter: int
    likely: float
    passages: Sequence[int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A passage with what it adds, and the matter that it answers most of, or None where only the text spoke for it."""

    passage: int
    adds: float
    matter: int | None


def chosen(
    meant: Sequence[Meant], texts: Mapping[int, float], *, first: float, later: float, count: int
) -> tuple[Chosen, ...]:
    """
    Up to `count` passages, best first. `first` is how likely the first passage of a matter answers it, `later` what each further place keeps of that;
    `texts` are passages with what their words alone are worth.
    """
    answers: dict[int, list[tuple[Meant, float]]] = {n: [] for n in texts}
    for one in meant:
        for place, passage in enumerate(one.passages):
            answers.setdefault(passage, []).append((one, first * later**place))
    open_ = {one.matter: one.likely for one in meant}
    found: list[Chosen] = []
    while answers and len(found) < count:
        adds = {
            n: texts.get(n, 0.0) + sum(open_[one.matter] * share for one, share in held) for n, held in answers.items()
        }
        best = max(adds, key=lambda n: (adds[n], -n))
        held = answers.pop(best)
        most = max(held, key=lambda h: h[0].likely * h[1], default=None)
        found.append(Chosen(best, adds[best], most[0].matter if most else None))
        for one, share in held:
            open_[one.matter] *= 1 - share
    return tuple(found)

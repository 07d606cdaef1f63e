"""
What the authority says of a complaint that was handed over, in the order in which it can be said, and what each saying means to the clocks.

The house writes down what it was told; the times are the authority's own (order 121 art. 15, 22, 23), mirrored, and no promise of the house.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text

SAYINGS: Mapping[str, Text] = {
    "accepted": Text("监管部门决定受理", "the authority accepts the complaint"),
    "refused": Text("监管部门决定不予受理", "the authority does not accept the complaint"),
    "testing": Text("调解中委托检验、鉴定", "the authority has it tested"),
    "tested": Text("检验、鉴定已有结果", "the authority has the result of the test"),
    "ended": Text("监管部门终止调解", "the authority ends the mediation"),
    "told": Text("监管部门已告知双方", "the authority has told both sides"),
}
NEXT: Mapping[str, tuple[str, ...]] = {
    "": ("accepted", "refused"),
    "accepted": ("testing", "ended"),
    "testing": ("tested", "ended"),
    "tested": ("testing", "ended"),
    "ended": ("told",),
    "refused": (),
    "told": (),
}
"""What was said last → what can be said next."""
_KINDS = {
    "accepted": ("regulator_accepted",),
    "refused": ("regulator_refused",),
    "testing": ("sent_to_laboratory",),
    "tested": ("laboratory_reported",),
    "ended": ("mediation_ended",),
    "told": ("mediation_told",),
}
MIRRORED = frozenset({"regulator_accepts", "mediation", "mediation_told"})
"""Clocks of the authority: shown, never a broken promise of ours."""


def after(said: Sequence[str], word: str) -> tuple[str, ...]:
    """
    What was said, with `word`. Raises RefusedError: `saying_unknown`, `saying_out_of_order`.

    >>> after((), "accepted")
    ('accepted',)
    """
    if word not in SAYINGS:
        raise RefusedError.because(
            "saying_unknown",
            f"an authority does not say «{word[:20]}»",
            f"one of: {', '.join(SAYINGS)}",
            field="said",
        )
    can = NEXT[said[-1] if said else ""]
    if word not in can:
        raise RefusedError.because(
            "saying_out_of_order",
            f"«{word}» cannot follow «{said[-1] if said else 'handed over'}»",
            f"possible now: {', '.join(can) or 'nothing more'}",
            field="said",
        )
    return (*said, word)


def meaning(said: Sequence[str], word: str) -> tuple[str, ...]:
    """Kinds of steps of the clocks for `word` after `said`. A test that was running when mediation ended runs no longer."""
    still = ("laboratory_reported",) if word == "ended" and said and said[-1] == "testing" else ()
    return (*still, *_KINDS[word])


def leaving(said: Sequence[str], *, handled: bool) -> tuple[str, ...]:
    """
    Kinds of steps when the complaint leaves the authority: what is still open there ends. `handled`: the authority has dealt with it, so a mediation that was
    accepted is over and told, whether or not anybody wrote that down.
    """
    kinds: tuple[str, ...] = ("laboratory_reported",) if said and said[-1] == "testing" else ()
    if handled and "accepted" in said and "told" not in said:
        kinds += ("mediation_told",) if "ended" in said else ("mediation_ended", "mediation_told")
    return (*kinds, "regulator_left")

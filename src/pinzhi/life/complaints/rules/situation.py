"""
What a complaint's log adds up to: its state, what is offered, what is owed and what of it has been given. Nothing of this is kept as an opinion.

`situation(steps)` is a fold: the same log gives the same situation for ever, and the columns of the table are checked against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pinzhi.kernel.course import COMPLAINT
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.contracts import Offer, Remedy, Side, Step

SPOKEN = frozenset(
    {
        "say",
        "note",
        "assess",
        "breach",
        "fulfil",
        "rate",
        "draft",
        "contact",
        "hold",
        "authority",
        "object",
        "recheck",
        "hear_objection",
        "divide",
    }
)
"""
Steps that change no state: words, evidence, notes of the house, a new assessment, a broken promise, a part fulfilled, the consumer's mark, a draft, what an
authority said, another complaint split off; of a fast refund the merchant's objection, the second look, and what a person said of the objection.
"""


DECIDES = frozenset({"propose", "adjudicate", "dismiss"})
"""Steps after which a person is no longer new to the matter."""


@dataclass(frozen=True, slots=True)
class Owed:
    """
    A remedy that has been agreed or decided. `proof` says how it was fulfilled and `payer` by whom, empty while it is not; `key` names it within its complaint:
    the step that made it owed, and its place there; `promised` is who is to pay.
    """

    remedy: Remedy
    since: datetime
    proof: str = ""
    payer: str = ""
    key: str = ""
    promised: str = "merchant"

    @property
    def done(self) -> bool:
        """Whether it has been given."""
        return bool(self.proof)


@dataclass(frozen=True, slots=True)
class Situation:
    """
    The fold of a log.

    `offer` lies before the consumer (None outside of `proposed`); `owed` is what was agreed or decided, in the order of the decision; `deciders` the accounts
    of the house that decided or proposed; `findings` name → alleged, established or disproved; `looked_after`: a person has taken charge since it became
    severity 1; `closed_as` is empty while it is open; `broken` names clocks that ran out; `at_once`: what is
    owed was granted when it was opened (a fast refund), and nothing has moved it since.
    """

    state: str = ""
    opened_at: datetime | None = None
    since: datetime | None = None
    kinds: tuple[str, ...] = ()
    level: int = 4
    looked_after: bool = False
    findings: Mapping[str, str] = field(default_factory=dict)
    offer: Offer | None = None
    owed: tuple[Owed, ...] = ()
    draft: tuple[Remedy, ...] = ()
    deciders: frozenset[int] = frozenset()
    closed_as: str = ""
    upheld: bool = False
    reopened: int = 0
    rated: int | None = None
    broken: tuple[str, ...] = ()
    merged_into: str = ""
    answered: bool = False
    at_once: bool = False

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.state not in ("", "closed", "merged")

    @property
    def amount(self) -> Decimal:
        """What is owed in yuan, paid or not."""
        return sum((o.remedy.amount for o in self.owed if o.remedy.amount is not None), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """What has been given in yuan."""
        return sum((o.remedy.amount for o in self.owed if o.done and o.remedy.amount is not None), Decimal(0))

    @property
    def whose_turn(self) -> Side | None:
        """Who is to act next; None when nobody is."""
        return TURN.get(self.state)


TURN: dict[str, Side] = {
    "awaiting_merchant": Side.MERCHANT,
    "asked_by_merchant": Side.CONSUMER,
    "asked_by_house": Side.CONSUMER,
    "proposed": Side.CONSUMER,
    "with_house": Side.HOUSE,
    "reviewing": Side.HOUSE,
    "testing": Side.OUTSIDE,
    "escalated": Side.OUTSIDE,
    "fulfilling": Side.MERCHANT,
}


def fulfil_by(now: Situation, days: int, hours: int) -> datetime | None:
    """By when what is owed is to be given: within hours where it was granted at once, else within days. None where nothing is being fulfilled."""
    if now.state != "fulfilling" or now.since is None:
        return None
    return now.since + (timedelta(hours=hours) if now.at_once else timedelta(days=days))


def situation(steps: Iterable[Step]) -> Situation:
    """Fold a log. Raises RefusedError(`step_not_allowed`) for a log that no complaint can have."""
    found = Situation()
    for step in steps:
        found = after(found, step)
    return found


def after(before: Situation, step: Step) -> Situation:
    """The situation after one more step. Raises RefusedError(`step_not_allowed`, `nothing_owed`)."""
    if step.verb in SPOKEN:
        return _spoken(before, step)
    state = COMPLAINT.step(before.state, step.verb)
    # An offer lies before the buyer in one state only: whatever leads out of it takes the offer away.
    offer = before.offer if state == "proposed" else None
    moved = replace(before, state=state, since=step.at, offer=offer, at_once=step.verb == "open_fast")
    if step.verb in DECIDES:
        who = {w for w in (step.person, step.data.get("with"), *step.data.get("accounts", ())) if w is not None}
        moved = replace(moved, deciders=moved.deciders | who)
    told = _TELLINGS.get(step.verb)
    return told(moved, before, step) if told else moved


Telling = Callable[[Situation, Situation, Step], Situation]
"""(moved, before, step) -> what the step says beside the state."""


def _opened(moved: Situation, _: Situation, step: Step) -> Situation:
    since = datetime.fromisoformat(step.data["received"]) if "received" in step.data else step.at
    moved = _assessed(replace(moved, opened_at=since), step.data)
    if step.verb == "open_offer":
        return replace(moved, offer=Offer(step.n, step.side, _remedies(step.data), step.at))
    return replace(moved, owed=_owed(step), upheld=True) if step.verb in ("open_fast", "open_owed") else moved


def _offered(moved: Situation, _: Situation, step: Step) -> Situation:
    answered = moved.answered or step.verb == "offer"
    return replace(moved, offer=Offer(step.n, step.side, _remedies(step.data), step.at), answered=answered, draft=())


def _accepted(moved: Situation, before: Situation, step: Step) -> Situation:
    if before.offer is None or before.offer.n != step.data.get("offer"):
        raise RefusedError.because(
            "offer_gone", "this offer no longer lies before the consumer", "look at the present one", field="offer"
        )
    new = tuple(Owed(r, step.at, key=f"{step.n}.{i}") for i, r in enumerate(before.offer.remedies))
    return replace(moved, offer=None, owed=(*_given(before), *new), upheld=True)


def _bound(moved: Situation, before: Situation, step: Step) -> Situation:
    return replace(moved, offer=None, owed=(*_given(before), *_owed(step)), upheld=True, draft=())


def _ended(moved: Situation, _: Situation, step: Step) -> Situation:
    if moved.state != "closed":  # a question that nobody answered lapses too, and goes on
        return moved
    ended = replace(moved, offer=None, closed_as=_ENDS.get(step.verb) or str(step.data.get("as", "unfounded")))
    # Decided once for the buyer, not given, and dismissed when it was looked at anew: he was not found to be right.
    return replace(ended, upheld=ended.upheld and _right(ended))


def _right(now: Situation) -> bool:
    """Whether an end that stands does not say that the buyer was wrong; what he had been given before says that he was right in part."""
    return now.closed_as not in _WRONG or any(o.done for o in now.owed)


def _again(moved: Situation, _: Situation, step: Step) -> Situation:
    if step.verb == "overturn":
        return replace(moved, closed_as="", upheld=False)
    return replace(moved, closed_as="", reopened=moved.reopened + 1)


_TELLINGS: dict[str, Telling] = {
    **dict.fromkeys(("open", "open_house", "open_fast", "open_offer", "open_owed"), _opened),
    **dict.fromkeys(("offer", "default", "propose"), _offered),
    **dict.fromkeys(("adjudicate", "pay_fast"), _bound),
    **dict.fromkeys(("withdraw", "dismiss", "lapse", "end", "complete", "approve"), _ended),
    **dict.fromkeys(("reopen", "overturn"), _again),
    "waive": lambda moved, before, step: replace(_ended(moved, before, step), owed=_given(before)),
    "contest": lambda moved, _before, _step: replace(moved, answered=True),
    "accept": _accepted,
    **dict.fromkeys(("decline", "hand_over", "revoke"), lambda moved, _before, _step: replace(moved, offer=None)),
    "fail": lambda moved, before, _step: replace(moved, owed=_given(before)),
    "merge": lambda moved, _before, step: replace(moved, offer=None, merged_into=str(step.data["into"])),
    "split": lambda moved, _before, _step: replace(moved, merged_into=""),
}


_WRONG = frozenset({"unfounded", "out_of_scope", "abuse"})
_ENDS = {
    "withdraw": "withdrawn",
    "waive": "withdrawn",
    "lapse": "no_reply",
    "end": "authority",
    "complete": "fulfilled",
    "approve": "fulfilled",
}


def _spoken(before: Situation, step: Step) -> Situation:
    if before.state == "":
        raise RefusedError.because("step_not_allowed", "a complaint begins by being opened", "open it first")
    spoken = _SPOKEN.get(step.verb)
    return spoken(before, step) if spoken else before


def _assessed(before: Situation, data: Mapping[str, Any]) -> Situation:
    """Types, severity and findings. A rule only ever makes the severity graver; a person may set it either way (`by_person`)."""
    kinds = tuple(str(k) for k in data.get("kinds", before.kinds))
    said = int(data.get("level", before.level))
    level = said if data.get("by_person") or before.opened_at is None else min(said, before.level)
    found = {**before.findings, **data.get("findings", {})}
    after_all = before.looked_after and not (level == 1 and before.level > 1)
    return replace(before, kinds=kinds, level=level, findings=found, looked_after=after_all)


def _remedies(data: Mapping[str, Any]) -> tuple[Remedy, ...]:
    found = tuple(Remedy.of(r) for r in data.get("remedies", ()))
    if not found:
        raise RefusedError.because(
            "offer_empty", "an offer names at least one remedy", "say what the buyer is to get", field="remedies"
        )
    return found


def _given(before: Situation) -> tuple[Owed, ...]:
    """What the buyer has had already: it stays, whatever is decided anew."""
    return tuple(o for o in before.owed if o.done)


def _owed(step: Step) -> tuple[Owed, ...]:
    promised = str(step.data.get("payer") or "merchant")
    return tuple(Owed(r, step.at, key=f"{step.n}.{i}", promised=promised) for i, r in enumerate(_remedies(step.data)))


def _fulfilled(owed: tuple[Owed, ...], data: Mapping[str, Any]) -> tuple[Owed, ...]:
    which = int(data["which"])
    if not 0 <= which < len(owed) or owed[which].done:
        raise RefusedError.because(
            "nothing_owed", "there is no such open remedy", "look at what is still owed", field="which"
        )
    given = replace(owed[which], proof=str(data["proof"]), payer=str(data.get("payer", "merchant")))
    return (*owed[:which], given, *owed[which + 1 :])


_SPOKEN: dict[str, Callable[[Situation, Step], Situation]] = {
    "assess": lambda before, step: _assessed(before, step.data),
    "breach": lambda before, step: replace(before, broken=(*before.broken, str(step.data["clock"]))),
    "rate": lambda before, step: replace(before, rated=int(step.data["mark"])),
    "draft": lambda before, step: replace(before, draft=_remedies(step.data)),
    "contact": lambda before, _step: replace(before, looked_after=True),
    "fulfil": lambda before, step: replace(before, owed=_fulfilled(before.owed, step.data)),
    "hear_objection": lambda before, step: replace(before, upheld=not step.data["upheld"] and _right(before)),
}

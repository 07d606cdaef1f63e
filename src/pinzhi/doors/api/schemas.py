"""The shapes of the interface. Field descriptions end up in the OpenAPI description."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field

from pinzhi.kernel.standing import STATE, Effect
from pinzhi.kernel.values import Kind

BIGGEST = 2**63 - 1
KindWord = Literal[tuple(k.value for k in Kind)]  # type: ignore[valid-type]
EffectWord = Literal[tuple(e.value for e in Effect)]  # type: ignore[valid-type]
TopicWord = Literal["decisions", "remedies"]
StateWord = Literal[("normal", "promoted", *STATE.values())]  # type: ignore[valid-type]
SubjectId = Annotated[
    str, Field(min_length=1, max_length=128, pattern=r"^[^\u0000-\u001f\u007f]+$", description="id in the marketplace")
]
SubjectWord = Annotated[
    str,
    Field(
        max_length=145,
        pattern=rf"^({'|'.join(Kind)}):[^\u0000-\u001f\u007f]{{1,128}}$",
        description="kind:id, for example listing:L1",
        examples=["listing:L1"],
    ),
]
Cursor = Annotated[int, Field(ge=0, le=BIGGEST, description="a cursor of the feed; 0 is before the first step")]
Name = Annotated[
    str,
    Field(
        min_length=1, max_length=80, pattern=r"^[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$"
    ),
]
Url = Annotated[
    str,
    Field(min_length=8, max_length=500, pattern=r"^https?://[\x21-\x7e]+$", examples=["https://market.example/pinzhi"]),
]


class Strict(Schema):
    """A body whose unknown fields are errors, not silence."""

    model_config = ConfigDict(extra="forbid")


class Problem(Schema):
    """An error (RFC 9457). `code` is stable; `reason` and `remedy` are for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    reason: str
    remedy: str
    field: str | None = None
    line: int | None = None
    errors: list[FieldError] | None = None
    changes: list[ChangeOut] | None = Field(
        default=None, description="with code evidence_changed: what is different from what was seen"
    )


class ChangeOut(Schema):
    """One place of the evidence that differs; `before` is null where it was not there, `after` where it is gone."""

    path: str
    before: Any = None
    after: Any = None


class FieldError(Schema):
    """One field that is not as the description says."""

    field: str
    reason: str


class Sentence(Schema):
    """One sentence in Chinese and English."""

    zh: str
    en: str


class SubjectOut(Schema):
    """What something is about."""

    kind: KindWord
    id: str


class Evidence(Schema):
    """One figure or code that a reason rests on."""

    name: str
    value: str


class LawOut(Schema):
    """The article. `verified` false means that its text has not been checked against the official one."""

    instrument: str
    article: str
    version: str
    verified: bool


class ReasonOut(Schema):
    """One reason of a decision."""

    code: str
    sentence: Sentence
    evidence: list[Evidence]
    law: LawOut | None
    weight: int


class DecisionOut(Schema):
    """A decision as it was issued. This document never changes; its SHA-256 in canonical JSON is what the ledger commits to."""

    id: str
    subject: SubjectOut
    effect: EffectWord
    reasons: list[ReasonOut]
    policy: str
    decided_by: str
    decided_at: datetime
    start: datetime
    until: datetime | None
    appeal_until: datetime | None
    supersedes: str
    source: str


class DecisionState(DecisionOut):
    """A decision with its digest, its lift if there was one, and the address of its proof."""

    digest: str
    lifted_at: datetime | None
    lift_why: Sentence | None
    proof: str


class StandingOut(Schema):
    """What holds for a subject at a moment, and the decisions that make it so, most severe first."""

    subject: SubjectOut
    state: StateWord
    at: datetime
    changes_at: datetime | None = Field(description="when it will change by itself, if nothing else happens")
    decisions: list[DecisionOut]


class StandingsIn(Strict):
    """Subjects whose standing is asked for."""

    subjects: list[SubjectWord] = Field(min_length=1, max_length=1000)


class StandingsOut(Schema):
    """Standings in the order of the question, each subject once."""

    standings: list[StandingOut]


class StepOut(Schema):
    """One step of the feed: a decision was issued or lifted."""

    cursor: int
    event: Literal["decision.issued", "decision.lifted"]
    at: datetime
    decision: DecisionOut
    lifted_at: datetime | None
    why: Sentence | None


class StepsOut(Schema):
    """A page of the feed. Ask again with `after` = `cursor`; `more` says whether something is waiting already."""

    steps: list[StepOut]
    cursor: int
    more: bool


class SubscriptionIn(Strict):
    """A webhook subscription. Empty filters let everything through."""

    name: Name
    url: Url
    topics: list[TopicWord] = Field(
        default_factory=list,
        max_length=2,
        description="decisions, remedies; empty is decisions. Remedies need the scope complaints:read",
    )
    effects: list[EffectWord] = Field(default_factory=list, max_length=20)
    kinds: list[KindWord] = Field(default_factory=list, max_length=20)
    subjects: list[SubjectWord] = Field(default_factory=list, max_length=1000)


class SubscriptionChange(Strict):
    """What is to change; absent fields stay. Filters are replaced as a whole."""

    name: Name | None = None
    url: Url | None = None
    topics: list[TopicWord] | None = Field(default=None, max_length=2)
    effects: list[EffectWord] | None = Field(default=None, max_length=20)
    kinds: list[KindWord] | None = Field(default=None, max_length=20)
    subjects: list[SubjectWord] | None = Field(default=None, max_length=1000)


class SubscriptionOut(Schema):
    """A webhook subscription. Its secret is shown when it is made or rotated, never again."""

    id: str
    name: str
    url: str
    topics: list[TopicWord]
    effects: list[EffectWord]
    kinds: list[KindWord]
    subjects: list[str]
    active: bool
    paused_why: str
    failures: int = Field(description="times in a row that the address could not be reached")
    rest_until: datetime | None
    created_at: datetime


class SubscriptionWithSecret(SubscriptionOut):
    """A subscription with its new secret."""

    secret: str


class SubscriptionsOut(Schema):
    """The subscriptions of the token's organisation."""

    subscriptions: list[SubscriptionOut]


class ReplayIn(Strict):
    """Which steps to send again: after `after`, up to and including `until` (default: all)."""

    after: Cursor
    until: Cursor | None = None


class Queued(Schema):
    """How many steps were queued."""

    queued: int


class AttemptOut(Schema):
    """One try. `status` 0: no answer came, `error` says why."""

    number: int
    at: datetime
    status: int
    error: str


class DispatchOut(Schema):
    """One step on its way to the receiver."""

    id: int
    cursor: int
    run: int = Field(description="0 is the first sending, each replay is a run of its own")
    subject: SubjectOut
    state: Literal["waiting", "done", "dead"]
    attempts: int
    due: datetime
    done_at: datetime | None
    tries: list[AttemptOut]


class DispatchesOut(Schema):
    """Dispatches, newest first."""

    dispatches: list[DispatchOut]


class PolicyOut(Schema):
    """The policy of a station that is in force, with its file."""

    station: str
    version: str
    in_force_from: date
    digest: str
    text: str


class PolicyVersionOut(Schema):
    """A published version."""

    number: int
    station: str
    version: str
    digest: str
    state: Literal["published"]
    in_force_from: date
    affects_merchants: bool
    major: bool
    note: str
    backtest: str
    drafted_at: datetime
    published_at: datetime


class PolicyVersionsOut(Schema):
    """Every published version of a station's policy, newest first; the packaged one stands apart."""

    packaged: str
    versions: list[PolicyVersionOut]


def _iso_day(value: Any) -> Any:
    """Only YYYY-MM-DD is a day: a bare number would be read as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("a day reads YYYY-MM-DD")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]
SeverityWord = Literal["H", "M", "L"]
CaseState = Literal["open", "claimed", "snoozed", "proposed", "decided"]
NO_CONTROL = r"^[^\u0000-\u001f\u007f]*$"


class CaseOut(Schema):
    """A case. `seen` is the digest of its evidence: send it back with a decision. Names of people never leave the house."""

    id: str
    desk: str
    subject: SubjectOut
    title: Sentence
    state: CaseState
    severity: SeverityWord
    merchant_id: str
    category: str
    opened_at: datetime
    due: datetime | None
    act_before: datetime = Field(description="its place in the queue")
    escalated: bool
    waits_for_more: bool
    seen: str
    outcome: str
    decided_by: str
    decided_at: datetime | None


class CaseEntryOut(Schema):
    """One line of a case's history."""

    at: datetime
    verb: str
    by: str
    note: str
    outcome: str
    undone: bool


class OutcomeOut(Schema):
    """One way to decide a case at its desk."""

    code: str
    name: Sentence
    needs_reason: bool
    two_person: bool = Field(description="decided by two persons in the console, never by a token")


class CaseInFull(CaseOut):
    """A case with its evidence, its history, and how it may be decided."""

    reason: str
    evidence: dict[str, Any]
    outcomes: list[OutcomeOut]
    history: list[CaseEntryOut]


class CasesOut(Schema):
    """A page of cases. Ask again with `cursor` until it is empty; `total` counts the whole list."""

    cases: list[CaseOut]
    cursor: str
    total: int


class DecideIn(Strict):
    """A decision on a case."""

    outcome: str = Field(min_length=1, max_length=32, pattern=r"^[a-z_]+$")
    seen: str = Field(pattern=r"^[0-9a-f]{64}$", description="the digest that came with the evidence you looked at")
    reason: str = Field(default="", max_length=2000, pattern=r"^[^\u0000]*$")


class SignalOut(Schema):
    """A signal, every figure as it was when it was raised. `evidence` is a natural logarithm, to be held against `threshold`."""

    id: str
    entity: SubjectOut
    stream: str
    raised_on: date
    onset: date
    cleared_on: date | None
    evidence: float
    threshold: float
    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    cause_kind: str
    cause_id: str
    cause_share: float
    severity: SeverityWord
    merchant_id: str
    category: str
    policy: str
    text: Sentence
    case_id: str
    outcome: str = Field(description="real, noise, undecided; empty while nobody has judged it")
    judged_at: datetime | None


class SignalsOut(Schema):
    """A page of signals, newest and strongest first. `total` counts the whole list."""

    signals: list[SignalOut]
    offset: int
    total: int


Document = dict[str, Any]

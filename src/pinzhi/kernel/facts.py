"""
The vocabulary: everything that can happen to a product, merchant, batch, case or policy. Stations speak to one another only through these.

A fact is a frozen dataclass with a `subject`, written in the transaction of the act that made it true, kept for ever, and a leaf of the ledger. Facts
carry ids, figures and codes, never personal data. They are versioned: fields are only ever added, with a default; a changed meaning is a new fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pinzhi.kernel import facts_complaints  # noqa: F401 - its facts belong to the vocabulary
from pinzhi.kernel.fact import Fact, fact

# --- feeds and catalogue -------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class EventsAccepted(Fact):
    """A batch of marketplace events is durable in the event store. Subject: the platform, with the source as id."""

    source: str
    batch: str
    accepted: int
    duplicate: int
    refused: int
    first_day: date | None = None
    last_day: date | None = None
    store_version: int = 0


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueChanged(Fact):
    """
    Merchants, listings, batches or papers were registered, seen in events, or changed.

    `change` is `registered`, `seen` or `updated`. A change is about one subject; a registration of `rows` rows at once is about the platform, and `digest` is
    the root of the RFC 6962 tree over `kind:id:content` of the rows sorted by id, so that each one can be shown to be in it without revealing the others.
    """

    change: str
    digest: str
    kind: str = ""
    rows: int = 1


# --- admission -----------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ListingAdmitted(Fact):
    """A listing may be sold as it was submitted. `content` is the digest of that snapshot, `ruleset` of the rules it was screened with."""

    submission_id: str
    content: str
    ruleset: str
    decided_by: str
    merchant_id: str
    category: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRefused(Fact):
    """
    A listing may not be sold as it was submitted. `outcome` is `returned` (papers are missing, no violation) or `refused`.

    `rules` are those that were broken, `severe` the ones among them that stand for forged papers, counterfeits and banned goods.
    """

    submission_id: str
    content: str
    ruleset: str
    decided_by: str
    outcome: str
    rules: tuple[str, ...]
    severe: tuple[str, ...]
    merchant_id: str
    category: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PaperExpiring(Fact):
    """A paper on which a listing was admitted ends in `days_left` days, the last day not counted; below 0 it has ended and the listing was taken off."""

    submission_id: str
    kind: str
    number: str
    expires_on: date
    days_left: int
    merchant_id: str
    category: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class StandardReplaced(Fact):
    """
    An edition of a standard that a live listing names carries it until `last_day`, `days_left` days from now; below 0 the listing was screened again.

    `replaced_by` is the edition that takes its place (empty where the table does not say), `transition` what stays valid after.
    """

    submission_id: str
    standard: str
    replaced_by: str
    last_day: date
    days_left: int
    transition: str
    verified: bool
    merchant_id: str
    category: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class LabLostScope(Fact):
    """
    By a new snapshot of the register a laboratory no longer may test `standards` (empty: nothing at all) since a day. Live listings are screened again.

    `cma` and `cnas` are its numbers. Subject: the platform.
    """

    lab: str
    cma: str
    cnas: str
    standards: tuple[str, ...]
    since: date
    sweep: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ListingsHeldAgain(Fact):
    """
    A sweep held all `live` listings against changed rules (or a changed register): so many merchants were told to put something right, so many went to persons.

    `why` is `rules` or `laboratory`; `ruleset` and `policy` are what they were held against. Subject: the platform.
    """

    sweep: int
    why: str
    ruleset: str
    policy: str
    live: int
    judged: int
    returned: int
    asked: int
    severe: int


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningOverturned(Fact):
    """Persons found that a rule of admission was wrong about a listing; the text is kept as a regression case of the rule."""

    submission_id: str
    case_id: str
    rule: str
    rule_version: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RulesetPublished(Fact):
    """
    Two persons published rules of admission (`change` percentage or live), or somebody took them back (`revert`). Subject: the policy «admission».

    `ruleset` is the content hash of the rules that judge `share` percent of the listings from now on; the rest is judged by `otherwise`.
    """

    version_id: int
    change: str
    ruleset: str
    otherwise: str
    share: int


# --- tracing -------------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class EventsCaptured(Fact):
    """
    EPCIS events of one document are stored. `root` is that of the RFC 6962 tree over their hashes in the order of the document.

    `owner` is the merchant that handed it in, empty for the platform. Subject: the platform.
    """

    job: str
    owner: str
    events: int
    root: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CodesIssued(Fact):
    """A range of codes was given out for a batch, or a part of one was declared void (`change`: issued, void). Subject: the batch."""

    change: str
    gtin: str
    epoch: int
    first: int
    count: int
    merchant_id: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCopied(Fact):
    """The scans of a code say that it is on many pieces. `code` is the digest of GTIN and code, `e_value` the likelihood ratio. Subject: the batch."""

    code: str
    scans: int
    devices: int
    regions: int
    e_value: str
    merchant_id: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RecallOpened(Fact):
    """
    Goods of a batch are called back, or the recall is rehearsed (`drill`). Counts are units as the events tell them at that moment.

    `reached` counts the lots and units that a walk forward found, `milliseconds` how long it took. Subject: the batch.
    """

    recall: str
    drill: bool
    merchant_id: str
    reached: int
    made: int
    sold: int
    located: int
    unaccounted: int
    milliseconds: int


# --- monitoring ----------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRaised(Fact):
    """
    Monitoring is surer than its budget allows for chance that something goes wrong with the subject.

    `evidence` is the natural logarithm of the e-value as a decimal string; `observed` counts events, `expected` the matured expectation.
    """

    signal_id: str
    stream: str
    raised_on: date
    evidence: str
    observed: int
    expected: str
    cause_kind: str
    cause_id: str
    severity: str
    merchant_id: str = ""
    category: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class SignalJudged(Fact):
    """A person (or two) decided a signal: `real`, `noise` or `undecided`."""

    signal_id: str
    outcome: str
    case_id: str


# --- rating --------------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChanged(Fact):
    """The grade or the state of a listing or merchant changed. Means and bounds are decimal strings (share of good orders)."""

    as_of: date
    old_grade: str
    grade: str
    old_state: str
    state: str
    mean: str
    low: str
    high: str
    orders: int
    reasons: tuple[str, ...] = ()
    merchant_id: str = ""


# --- decisions -----------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionIssued(Fact):
    """A decision was taken. The full record is in `decisions`; `digest` commits to it."""

    decision_id: str
    effect: str
    digest: str
    policy: str
    decided_by: str
    start: datetime
    until: datetime | None = None
    supersedes: str = ""


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLifted(Fact):
    """A decision was lifted before its end: undone, appealed with success, or healed."""

    decision_id: str
    why: str
    digest: str


# --- casework ------------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Fact):
    """A piece of work waits for a person."""

    case_id: str
    desk: str
    due: datetime | None = None


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided(Fact):
    """A person decided a case. `seen` is the digest of the evidence that was on the screen."""

    case_id: str
    desk: str
    outcome: str
    seen: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(Fact):
    """A decided case was undone or reopened; what followed from the decision has been lifted."""

    case_id: str
    desk: str
    why: str


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionClosed(Fact):
    """An inspection on site has ended. `result` is conform, not_conform or not_done; `failed` counts the points that were not as they must be."""

    inspection_id: str
    case_id: str
    merchant_id: str
    result: str
    place: str
    points: int
    failed: int


# --- policy and people ---------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPublished(Fact):
    """Two persons published a policy version of a station."""

    station: str
    policy_version: str
    digest: str
    in_force_from: date


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Fact):
    """An account was given or lost a role. The subject is the account's pseudonymous id."""

    role: str
    change: str


# --- evaluation ----------------------------------------------------------------------------------------------------------------------------


@fact
@dataclass(frozen=True, slots=True, kw_only=True)
class CostBooked(Fact):
    """Work or money was spent: `minutes` of staff time and `yuan` (decimal string) on an activity of a station."""

    station: str
    activity: str
    minutes: int
    yuan: str = "0.00"

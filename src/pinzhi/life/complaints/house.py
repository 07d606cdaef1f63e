"""What the house does beside deciding: assess, draft a remedy, ask either side, have it tested, take over, join complaints and part them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import desk, log, timing, weighing
from pinzhi.life.complaints.contracts import Remedy, Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.authority import after
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

ASKS = frozenset(
    {
        "ask",
        "ask_merchant",
        "test",
        "result",
        "hand_over",
        "say",
        "note",
        "take_back",
        "end",
    }
)
STANDS = frozenset({"alleged", "established", "disproved"})


def do(verb: str, id_: str, by: Actor, *, words: str = "", now: datetime | None = None, **data: Any) -> Complaint:
    """
    One of the house's steps (`ASKS`) with the words that go with it.

    Raises RefusedError: `complaint_unknown`, `not_permitted`, `step_unknown`, `step_not_allowed`, `words_missing`, `text_too_long`.
    """
    if verb not in ASKS:
        raise RefusedError.because(
            "step_unknown", f"there is no step «{verb[:20]}»", f"one of: {', '.join(sorted(ASKS))}"
        )
    with act("complaints.handle", by, now=now) as a:
        row = log.locked(id_)
        said = clean(words)
        if not said and verb != "hand_over":
            raise RefusedError.because("words_missing", "nothing was written", "say it in a sentence", field="words")
        if len(said) > policy_in_force(a.now).desk.words:
            raise RefusedError.because(
                "text_too_long", "the text is too long", "say the most important first", field="words"
            )
        kept = {k: v for k, v in data.items() if k in ("why", "laboratory", "authority")}
        log.take(a, row, verb, Side.HOUSE, kept, words=said, inside=verb == "note")
        desk.follow(a, row)
        a.note = f"complaint:{row.receipt}"
        return row


def heard(
    id_: str, said: str, by: Actor, *, words: str = "", authority: str = "", now: datetime | None = None
) -> Complaint:
    """
    Write down what the authority said of a complaint that was handed over (`rules.authority.SAYINGS`); `authority` is its name. Changes no state.

    Raises RefusedError: `complaint_unknown`, `not_permitted`, `not_handed_over`, `saying_unknown`, `saying_out_of_order`, `text_too_long`.
    """
    with act("complaints.handle", by, now=now) as a:
        row = log.locked(id_)
        if row.state != "escalated":
            raise RefusedError.because(
                "not_handed_over", "the complaint is not with an authority", "hand it over first", field="said"
            )
        after(timing.said_by_authority(log.steps(row)), said)
        text, name = clean(words), clean(authority)
        if max(len(text), 30 * len(name)) > policy_in_force(a.now).desk.words:
            raise RefusedError.because(
                "text_too_long", "the text is too long", "say the most important first", field="words"
            )
        log.take(a, row, "authority", Side.OUTSIDE, {"said": said, "authority": name}, words=text)
        desk.follow(a, row)
        a.note = f"complaint:{row.receipt}"
        return row


def assess(
    id_: str,
    by: Actor,
    *,
    kinds: Sequence[str] = (),
    level: int | None = None,
    findings: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Complaint:
    """
    A person says what it is: types, severity, and which findings are alleged, established or disproved.

    Raises RefusedError: `kind_unknown`, `level_wrong`, `finding_wrong`, `nothing_new`.
    """
    from pinzhi.life.complaints.reading import known_kinds

    with act("complaints.handle", by, now=now) as a:
        row = log.locked(id_)
        data: dict[str, Any] = {"by_person": True}
        if kinds:
            if unknown := sorted(set(kinds) - known_kinds()):
                raise RefusedError.because(
                    "kind_unknown", f"no type has the code «{unknown[0][:8]}»", "choose one of the list", field="kinds"
                )
            data["kinds"] = list(dict.fromkeys(kinds))
        if level is not None:
            if level not in (1, 2, 3, 4):
                raise RefusedError.because("level_wrong", "severity is 1 to 4", "choose one of the four", field="level")
            data["level"] = level
        if findings:
            if wrong := sorted(
                n for n, stand in findings.items() if stand not in STANDS or not n.replace("_", "").isalpha()
            ):
                raise RefusedError.because(
                    "finding_wrong",
                    f"«{wrong[0][:40]}» is not alleged, established or disproved",
                    "choose one of the three",
                    field="findings",
                )
            data["findings"] = dict(sorted(findings.items()))
        if len(data) == 1:
            raise RefusedError.because("nothing_new", "nothing was changed", "change something, or leave the page")
        was = row.level
        log.take(a, row, "assess", Side.HOUSE, data)
        if row.level == 1:
            weighing.alarm(a, row, told=was == 1)
        desk.follow(a, row)
        return row


def draft(id_: str, by: Actor, remedies: Sequence[Remedy], *, now: datetime | None = None) -> Complaint:
    """Write down the remedy that is to be proposed or decided. The case's evidence changes with it, so that nobody decides what he has not seen."""
    with act("complaints.handle", by, now=now) as a:
        row = log.locked(id_)
        log.take(a, row, "draft", Side.HOUSE, {"remedies": [r.document() for r in remedies]}, inside=True)
        desk.follow(a, row)
        return row


def merge(id_: str, into: str, by: Actor, *, now: datetime | None = None) -> Complaint:
    """
    Join a complaint to another of the same buyer or matter; what was said in it stays in its own log.

    Raises RefusedError: `complaint_unknown`, `merge_itself`, `merge_other_merchant`, `merge_closed`.
    """
    if id_ == into:
        raise RefusedError.because("merge_itself", "a complaint cannot be joined to itself", "choose another")
    with act("complaints.handle", by, now=now) as a:
        row, target = (log.locked(i) for i in sorted((id_, into)))
        if row.pk != id_:
            row, target = target, row
        if target.state in ("closed", "merged"):
            raise RefusedError.because(
                "merge_closed", "the other complaint is not open", "join them the other way round", field="into"
            )
        if row.merchant_id != target.merchant_id:
            raise RefusedError.because(
                "merge_other_merchant", "the two concern different merchants", "handle them apart", field="into"
            )
        log.take(a, row, "merge", Side.HOUSE, {"into": target.pk})
        log.take(a, target, "note", Side.HOUSE, {"merged": row.pk}, inside=True)
        desk.follow(a, row)
        desk.follow(a, target)
        return row


def split(id_: str, by: Actor, *, now: datetime | None = None) -> Complaint:
    """Part a complaint from the one it was joined to: it goes on by itself, with a person."""
    with act("complaints.handle", by, now=now) as a:
        row = log.locked(id_)
        log.take(a, row, "split", Side.HOUSE)
        desk.follow(a, row)
        return row

"""
What the buyer does, from the follow-up page, through the marketplace, or by an agent on the phone: say more, show more, accept, decline, withdraw, reopen,
rate.

Whoever has the key is the buyer. A wrong key sounds like a wrong receipt, and only so many are tried in a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import desk, keys, log, showing, weighing
from pinzhi.life.complaints.contracts import TAKEN_UP, Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Offence, StepRow
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

BUYER = Actor.system("buyer")
WANTS = frozenset({"reply", "say", "accept", "decline", "withdraw", "waive", "reopen", "rate"})


def find(receipt: str, key: str, *, now: datetime | None = None) -> Complaint | Offence:
    """
    The complaint or report that receipt and key open.

    Raises RefusedError: `receipt_unknown` (no such receipt, or not this key), `too_many_keys` (typed wrongly too often today).
    """
    moment = now or clock.now()
    number = "".join(c for c in receipt.upper()[:40] if c.isalnum())
    row: Complaint | Offence | None = (
        Complaint.objects.filter(receipt=number).first() or Offence.objects.filter(receipt=number).first()
    )
    if row is None:
        raise _unknown()
    fresh = row.wrong_since is None or row.wrong_since < moment - timedelta(days=1)
    if not fresh and row.wrong_keys >= policy_in_force(moment).desk.wrong_keys:
        raise RefusedError.because(
            "too_many_keys",
            "wrong keys were typed for this receipt too often today",
            "try again tomorrow, or open the link that you kept",
        )
    if keys.opens(row.pk, key):
        return row
    type(row).objects.filter(pk=row.pk).update(
        wrong_keys=1 if fresh else F("wrong_keys") + 1, wrong_since=moment if fresh else row.wrong_since
    )
    raise _unknown()


def _unknown() -> RefusedError:
    return RefusedError.because(
        "receipt_unknown",
        "receipt and key do not belong together",
        "look at the page or message that you were given when you sent the complaint",
    )


def do(
    verb: str,
    id_: str,
    by: Actor = BUYER,
    *,
    words: str = "",
    files: tuple[str, ...] = (),
    files_owner: str = "",
    now: datetime | None = None,
    **data: Any,
) -> Complaint:
    """
    Take one of the buyer's steps (`WANTS`).

    `accept` and `decline` name the offer (`offer=<step>`), `rate` the mark (1-5). Raises RefusedError: `step_not_allowed`, `words_missing`, `text_too_long`,
    `too_many_messages`, `offer_gone`, `reopened_already`, `reopen_too_late`, `nothing_new`, `rated_already`, `mark_wrong`, and those of `showing`.
    """
    if verb not in WANTS:
        raise RefusedError.because(
            "step_unknown", f"a buyer cannot «{verb[:20]}»", f"one of: {', '.join(sorted(WANTS))}"
        )
    with act("complaints.follow", by, now=now) as a:
        if by.outside:  # a merchant's token has the same scope: it never speaks for a buyer
            raise log.unknown()
        row = log.locked(id_)
        said = _said(row, clean(words), a.now)
        new = showing.new_ones(row, Side.CONSUMER, files, files_owner, a.now)
        _check(verb, row, said, new, a.now, data)
        kept = {k: v for k, v in data.items() if k in ("offer", "mark", "why")}
        log.take(a, row, verb, Side.CONSUMER, kept, words=said, files=new, owner=files_owner)
        weighing.heard(a, row, said)
        desk.follow(a, row)
        a.note = f"complaint:{row.receipt} {verb}"
        return row


def _said(row: Complaint, words: str, now: datetime) -> str:
    figures = policy_in_force(now).desk
    if len(words) > figures.words:
        raise RefusedError.because(
            "text_too_long",
            f"at most {figures.words} characters are read",
            "say the most important first",
            field="words",
        )
    since = now - timedelta(days=1)
    if (
        words
        and StepRow.objects.filter(complaint=row, side=Side.CONSUMER.value, at__gt=since).count()
        >= figures.messages_a_day
    ):
        raise RefusedError.because(
            "too_many_messages",
            "many messages were sent today; they will be read",
            "go on tomorrow, or call the platform",
        )
    return words


def _check(verb: str, row: Complaint, words: str, files: list[str], now: datetime, data: dict[str, Any]) -> None:
    """What the course of states does not know: words and days."""
    if verb in ("reply", "say") and not words and not files:
        raise RefusedError.because(
            "words_missing", "nothing was written and no file added", "write something or add a file", field="words"
        )
    if verb == "waive" and (row.channel != TAKEN_UP or row.paid):
        raise RefusedError.because(
            "step_not_allowed",
            "only what the house took up by itself, and has not been paid, is waived",
            "write to us instead",
        )
    if verb == "reopen":
        _check_reopening(row, words, files, now)
    if verb == "rate":
        if row.state != "closed" or row.rated is not None:
            raise RefusedError.because(
                "rated_already", "a complaint is rated once, when it is closed", "nothing is to be done"
            )
        if data.get("mark") not in (1, 2, 3, 4, 5):
            raise RefusedError.because("mark_wrong", "the mark is 1 to 5", "choose one of the five", field="mark")


def _check_reopening(row: Complaint, words: str, files: list[str], now: datetime) -> None:
    days = policy_in_force(now).desk.reopen_days
    if StepRow.objects.filter(complaint=row, verb="reopen").exists():
        raise RefusedError.because(
            "reopened_already", "a complaint is reopened once", "send a new complaint, or go to the authority (12315)"
        )
    if row.closed_at is not None and now > row.closed_at + timedelta(days=days):
        raise RefusedError.because(
            "reopen_too_late",
            f"a complaint is reopened within {days} days",
            "send a new complaint, or go to the authority (12315)",
        )
    if not words and not files:
        raise RefusedError.because(
            "nothing_new", "reopening needs something new", "say what is new, or add a picture", field="words"
        )

"""
A complaint comes in: read, weighed, and put before whoever is to act first. A report of an offence is taken in the same way and runs apart.

The same reference with the same content is the same complaint. Under an order that the marketplace vouches for, what is said again while a complaint of it
is open joins that one, so that nobody waits in two queues for one thing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from pinzhi.casework.opening import open_case
from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.facts_complaints import ComplaintOpened, OffenceReported
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.complaints import desk, fast, keys, log, showing, weighing
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.models import Complaint, Offence
from pinzhi.life.complaints.reading import Reading, kind_name, read
from pinzhi.life.complaints.rules import fast_refund
from pinzhi.life.complaints.rules.entry import Entry
from pinzhi.life.complaints.rules.fast_refund import Answer, Outcome
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

GATE = Actor.system("complaint form")


@dataclass(frozen=True, slots=True)
class Opened:
    """What the buyer is given. `fresh` is False when it had been sent before; `joined` when it was added to a complaint that was open."""

    row: Complaint
    key: str
    fresh: bool = True
    joined: bool = False


def open_complaint(entry: Entry, by: Actor = GATE, *, now: datetime | None = None) -> Opened:
    """
    Take a complaint in. Raises RefusedError: `not_permitted`, `reference_taken`, `kind_unknown`, and those of `showing`.

    A merchant's token may not complain against others for its buyers: `not_yours`.
    """
    with act("complaints.open", by, now=now) as a:
        if by.merchant_id and by.merchant_id != entry.merchant_id:
            raise RefusedError.because(
                "not_yours",
                "this token speaks for another merchant",
                "use the marketplace's own token",
                field="merchant_id",
            )
        source = _source(entry)
        known = Complaint.objects.filter(source=source).first()
        if known is not None:
            return _again(known, entry)
        found = read(entry)
        found = replace(found, level=min(found.level, entry.gravest))
        if (running := _running(entry)) is not None:
            return _join(a, running, entry, found)
        row = _row(entry, source)
        files = showing.new_ones(None, Side.CONSUMER, entry.files, entry.files_owner, a.now)
        row.reading = found.document()
        first = _merchant_first(row, found) and not entry.person
        weighed = fast.weigh(row, entry, found, a.now, understood=first)
        quick = weighed.answer
        verb = _verb(quick, merchant_first=first)
        data = {
            "kinds": list(found.kinds), "level": found.level, "channel": row.channel, "wish": row.wish, "abstained": found.abstained,
            "content": row.content, **(fast.granted(quick) if verb == "open_fast" else {}),
        }  # fmt: skip
        log.take(a, row, verb, Side.CONSUMER, data, words=entry.words, files=files, owner=entry.files_owner)
        fast.keep(a, row, weighed)
        if quick.outcome is Outcome.PROOF and not weighed.known.new_photos:
            log.take(a, row, "ask", Side.RULE, {"rule": quick.rule}, words=_more(row))
        say(a, row)
        if row.level == 1:
            weighing.alarm(a, row)
        desk.follow(a, row)
        a.note = f"complaint:{row.receipt}"
        return Opened(row, keys.key_of(row.pk))


def _source(entry: Entry) -> str:
    reference = entry.reference or uuid.uuid4().hex
    return f"{entry.channel}:{reference}"[:160]


def _again(known: Complaint, entry: Entry) -> Opened:
    if known.content != entry.content():
        raise RefusedError.because(
            "reference_taken",
            f"another complaint was sent under this number: {known.receipt}",
            "give a new number to what is new",
            field="reference",
        )
    return Opened(known, keys.key_of(known.pk), fresh=False)


def _running(entry: Entry) -> Complaint | None:
    """An open complaint of the same order and goods, where the marketplace vouches for the order."""
    if not (entry.vouched and entry.order_id):
        return None
    same = Complaint.objects.select_for_update().filter(
        order_id=entry.order_id, vouched=True, listing_id=entry.listing_id, buyer_id=entry.buyer_id
    )
    return same.exclude(state__in=("closed", "merged")).order_by("opened_at").first()


def _join(a: Act, running: Complaint, entry: Entry, found: Reading) -> Opened:
    files = showing.new_ones(running, Side.CONSUMER, entry.files, entry.files_owner, a.now)
    log.take(a, running, "say", Side.CONSUMER, {"again": True}, words=entry.words, files=files, owner=entry.files_owner)
    weighing.graver(a, running, found)
    if entry.person and running.state in weighing.NOT_YET_HOUSE:
        log.take(a, running, "hand_over", Side.RULE, {"why": "person_wanted"})
    desk.follow(a, running)
    return Opened(running, keys.key_of(running.pk), fresh=False, joined=True)


def _row(entry: Entry, source: str) -> Complaint:
    listing = catalogue.listing(entry.listing_id) if entry.listing_id else None
    batch = catalogue.batch(entry.batch_id) if entry.batch_id else None
    if listing is None and batch is not None and batch.listing_id:
        listing = catalogue.listing(batch.listing_id)
    merchant_id = entry.merchant_id or (batch.merchant_id if batch else "") or (listing.merchant_id if listing else "")
    return Complaint(
        id=uuid.uuid4().hex, receipt=keys.new_receipt(), source=source, content=entry.content(), channel=entry.channel, language=entry.language or "zh-hans",
        order_id=entry.order_id, merchant_id=merchant_id, listing_id=entry.listing_id or (listing.id if listing else ""), batch_id=entry.batch_id,
        unit=entry.unit, category=entry.category or (listing.category if listing else ""), goods=entry.goods or (listing.title[:300] if listing else ""),
        buyer_id=entry.buyer_id, device=entry.device, price=entry.price, quantity=entry.quantity, paid_at=entry.paid_at, received_on=entry.received_on,
        order_kind=entry.order_kind, order_channel=entry.order_channel, vouched=entry.vouched, promises=[dict(p) for p in entry.promises],
        contact=dict(entry.contact), wish=entry.wish,
    )  # fmt: skip


def _merchant_first(row: Complaint, found: Reading) -> bool:
    """Whether the merchant answers first: he is known, nobody may be hurt or deceived, and the words were understood."""
    return bool(row.merchant_id) and found.level >= 3 and not found.abstained


def _more(row: Complaint) -> str:
    """What the buyer is asked for, in his own language."""
    return fast_refund.WORDS[Outcome.PROOF].in_language(row.language)


def _verb(quick: Answer, *, merchant_first: bool) -> str:
    """Refunded at once, before the merchant, or before a person: also what needs a closer look."""
    if quick.granted:
        return "open_fast"
    return "open" if merchant_first and quick.outcome is Outcome.NORMAL else "open_house"


def say(a: Act, row: Complaint) -> None:
    """Tell the other stations that somebody complains."""
    about = log.subject(row)
    a.fact(
        ComplaintOpened(
            subject=about, complaint_id=row.pk, kind=row.kind, level=row.level, channel=row.channel, merchant_id=row.merchant_id,
            listing_id=row.listing_id, batch_id=row.batch_id, category=row.category, order_id=row.order_id,
        )
    )  # fmt: skip


# --- offences ------------------------------------------------------------------------------------------------------------------------------


def report_offence(entry: Entry, by: Actor = GATE, *, now: datetime | None = None) -> tuple[Offence, str]:
    """
    Take a report of an offence. It claims nothing for whoever sends it; his name is not needed. Returns the report and its key.

    Raises RefusedError: `words_missing` (a report says what happened), `reference_taken`, and those of `showing`.
    """
    with act("complaints.offence", by, now=now) as a:
        if not entry.words:
            raise RefusedError.because(
                "words_missing",
                "nothing says what happened",
                "say what happened, where, and how it can be seen",
                field="words",
            )
        source = _source(entry)
        known = Offence.objects.filter(source=source).first()
        if known is not None:
            if known.words != entry.words:
                raise RefusedError.because(
                    "reference_taken",
                    "another report was sent under this number",
                    "give a new number to what is new",
                    field="reference",
                )
            return known, keys.key_of(known.pk)
        found = read(entry)
        row = Offence(
            id=uuid.uuid4().hex, receipt=keys.new_receipt(), source=source, at=a.now, channel=entry.channel, level=found.level,
            kind=found.kinds[0] if found.kinds else "", merchant_id=entry.merchant_id, listing_id=entry.listing_id, batch_id=entry.batch_id,
            unit=entry.unit, words=entry.words, contact=dict(entry.contact), device=entry.device,
            files=showing.new_ones(None, Side.CONSUMER, entry.files, entry.files_owner, a.now),
            reading=found.document() | {"files_owner": entry.files_owner},
        )  # fmt: skip
        row.save(force_insert=True)
        about = log.subject(row)
        a.fact(
            OffenceReported(
                subject=about, report_id=row.pk, kind=row.kind, level=row.level, named=bool(row.contact.get("name")), merchant_id=row.merchant_id,
                listing_id=row.listing_id, batch_id=row.batch_id,
            )
        )  # fmt: skip
        a.leaf("offence", row.pk, _committed(row))
        name = kind_name(row.kind)
        row.case_id = open_case(
            a, desk=desk.OFFENCES, subject=about, title=Text(f"举报 {row.receipt}：{name.zh}", f"Report {row.receipt}: {name.en}"),
            evidence={"report": row.pk, "receipt": row.receipt, "kind": row.kind, "level": row.level, "named": bool(row.contact), "unit": row.unit},
            severity="H" if row.level == 1 else "M", source=f"complaints:offence.{row.pk}", merchant_id=row.merchant_id[:64],
        ).id  # fmt: skip
        row.save(update_fields=["case_id"])
        a.note = f"offence:{row.receipt}"
        return row, keys.key_of(row.pk)


def _committed(row: Offence) -> dict[str, object]:
    return {"report": row.pk, "said": sha256(row.words.encode()).hexdigest()}


def committed_offence(report_id: str) -> object | None:
    """What the ledger's leaf `offence` commits to. None when there is no such report."""
    row = Offence.objects.filter(pk=report_id).first()
    return None if row is None else _committed(row)

"""
One complaint with two matters becomes two complaints. Both keep what was said and shown; the buyer is told, and his page leads to the second.

What the law counts from the buyer's word is counted from the first one for both; the house's own times of the second begin when it is split off.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import desk, incidents, keys, log, opening, tables, weighing
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Shown
from pinzhi.life.complaints.reading import kind_name, known_kinds
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

KEPT = (
    "channel", "language", "order_id", "merchant_id", "listing_id", "batch_id", "unit", "category", "goods", "buyer_id", "device", "price", "quantity",
    "paid_at", "received_on", "order_kind", "order_channel", "vouched", "promises", "contact",
)  # fmt: skip
"""What both are about."""


def divide(id_: str, by: Actor, *, kind: str, words: str, now: datetime | None = None) -> Complaint:
    """
    Split the matter of type `kind` off an open complaint; `words` say what it is. Returns the new complaint, which a person goes on with.

    Raises RefusedError: `complaint_unknown`, `not_permitted`, `divide_closed`, `kind_unknown`, `words_missing`, `text_too_long`, `divided_already` (the same
    words once more).
    """
    with act("complaints.handle", by, now=now) as a:
        row, said = log.locked(id_), clean(words)
        before = log.of(row)
        if not before.open:
            raise RefusedError.because(
                "divide_closed", "the complaint is not open", "reopen it first, or open a new one"
            )
        if kind not in known_kinds():
            raise RefusedError.because("kind_unknown", "no type has this code", "choose one of the list", field="kind")
        if not said:
            raise RefusedError.because(
                "words_missing", "nothing says what the second matter is", "say it in a sentence", field="words"
            )
        if len(said) > policy_in_force(a.now).desk.words:
            raise RefusedError.because(
                "text_too_long", "the text is too long", "say the most important first", field="words"
            )
        source = f"split:{row.pk}:{digest([kind, said])[:32]}"
        if Complaint.objects.filter(source=source).exists():
            raise RefusedError.because(
                "divided_already",
                "this matter has been split off already",
                "look at the complaint that goes on with it",
            )
        group = tables.taxonomy().category(row.category or row.goods)
        level = tables.taxonomy().kinds[kind].severity_for(group.group if group else "")
        new = Complaint(
            id=uuid.uuid4().hex, receipt=keys.new_receipt(), source=source, content=digest(said), **{name: getattr(row, name) for name in KEPT}
        )  # fmt: skip
        shown = list(Shown.objects.filter(complaint=row))
        data = {
            "kinds": [kind], "level": level, "channel": row.channel, "received": row.opened_at, "split_from": row.pk,
            "files": list(dict.fromkeys(s.sha256 for s in shown)),
        }  # fmt: skip
        log.take(a, new, "open_house", Side.HOUSE, data, words=said)
        Shown.objects.bulk_create(
            Shown(complaint=new, step=1, side=s.side, sha256=s.sha256, owner=s.owner, at=s.at) for s in shown
        )
        name = kind_name(kind)
        told = (
            f"您反映的「{name.zh}」另立投诉 {new.receipt}，由专人继续处理，受理时间不变。"
            if row.language.startswith("zh")
            else f"What you said of «{name.en}» goes on as complaint {new.receipt}, with a person; the day on which you said it counts."
        )
        log.take(a, row, "divide", Side.HOUSE, {"into": new.pk, "kind": kind}, words=told)
        if kind in before.kinds and len(before.kinds) > 1:
            log.take(a, row, "assess", Side.HOUSE, {"by_person": True, "kinds": [k for k in before.kinds if k != kind]})
        incidents.apart_from_the_start(a, new, row)
        opening.say(a, new)
        if new.level == 1:
            weighing.alarm(a, new)
        desk.follow(a, new)
        desk.follow(a, row)
        a.note = f"complaint:{row.receipt} {new.receipt}"
        return new


def parts(row: Complaint) -> list[Complaint]:
    """The complaints that were split off this one."""
    into = [s.data["into"] for s in row.log.filter(verb="divide").order_by("n")]
    found = Complaint.objects.in_bulk(into)
    return [found[i] for i in into if i in found]


def origin(row: Complaint) -> Complaint | None:
    """The complaint that this one was split off."""
    first = row.log.filter(n=1).values_list("data", flat=True).first() or {}
    return Complaint.objects.filter(pk=first.get("split_from", "")).first()

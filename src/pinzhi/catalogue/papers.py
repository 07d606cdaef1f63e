"""
Reports and certificates of a batch: a merchant attaches a file of its own, and says whether everybody may download it. At first nobody may.

    card = attach("B1", kind="quarantine", number="…", issued_on="2026-11-01", sha256=file.sha256, by=by)
    publish(card.id, by, public=True)
    detach(card.id, by)

The file stays where `files` keeps it, with its owner; a paper only points to it by its digest. Who may be named in a certificate is the owner's to judge before
it is published.
"""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime

from pinzhi.catalogue import files
from pinzhi.catalogue.contracts import FileCard, PaperCard, PaperEntry
from pinzhi.catalogue.models import Batch, Paper
from pinzhi.catalogue.queries import paper_card
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

VERB = "catalogue.paper"
KINDS: dict[str, Text] = {
    "report": Text("检验报告", "test report"),
    "quarantine": Text("检验检疫证明", "inspection and quarantine certificate"),
}
MOST = 20
"""Papers of one batch."""
_NUMBER = re.compile(r"[\w ./()（）〔〕\[\]【】:：#-]{1,64}")


def attach(
    batch_id: str, *, kind: str, number: str, issued_on: str, sha256: str, by: Actor, now: datetime | None = None
) -> PaperCard:
    """
    Attach a file of the merchant's own to a batch of its own. The same file in the same kind again changes nothing, whatever number is given.

    Raises RefusedError: `not_permitted`, `batch_unknown` and `file_unknown` (another merchant's sounds like none), `paper_kind_unknown`,
    `paper_number_invalid`, `day_unreadable`, `day_future`, `papers_of_batch`.
    """
    with act(VERB, by, subject=Subject(Kind.BATCH, batch_id or "?"), now=now) as a:
        said, day = checked(batch_id, kind=kind, number=number, issued_on=issued_on, by=by, now=a.now)
        owner = files.merchant_owner(by.merchant_id)
        files.check_owned([("file", f"{files.PREFIX}{sha256}")], owner)
        Batch.objects.select_for_update().get(pk=batch_id)  # of two at once the second finds the first
        rows = Paper.objects.filter(subject_kind=Kind.BATCH.value, subject_id=batch_id)
        known = rows.filter(kind=kind, file_digest=sha256).first()
        if known is not None:
            return paper_card(known)
        if rows.count() >= MOST:
            raise _no(
                "file", "papers_of_batch", f"a batch has {MOST} papers at most", "take one off that is not needed"
            )
        entry = PaperEntry(
            uuid.uuid4().hex, kind, said, Subject(Kind.BATCH, batch_id), issued_on=day, file_digest=sha256
        )
        row = Paper.objects.create(
            id=entry.id, kind=kind, number=said, subject_kind=Kind.BATCH.value, subject_id=batch_id, issued_on=day,
            file_digest=sha256, owner=owner, content=entry.content, first_seen=a.now, valid_from=a.now, act=a.id,
        )  # fmt: skip
        a.note = f"attached {kind} file:{sha256[:16]}"
        return paper_card(row)


def checked(
    batch_id: str, *, kind: str, number: str, issued_on: str, by: Actor, now: datetime | None = None
) -> tuple[str, date | None]:
    """Number and day of a paper that `attach` would take, asked before its file is kept. Raises RefusedError as `attach`."""
    _own_batch(batch_id, by)
    if kind not in KINDS:
        raise _no("kind", "paper_kind_unknown", "there is no such kind of paper", f"one of: {', '.join(KINDS)}")
    said = " ".join(number.split())
    if not _NUMBER.fullmatch(said):
        raise _no(
            "number",
            "paper_number_invalid",
            "this is no number of a paper",
            "up to 64 letters, digits and common signs, as on the paper",
        )
    return said, _day(issued_on, (now or clock.now()).astimezone(SHANGHAI).date())


def publish(paper_id: str, by: Actor, *, public: bool, now: datetime | None = None) -> PaperCard:
    """Let everybody download the file of a paper, or nobody any more. Raises RefusedError: `not_permitted`, `paper_unknown` (also for another's)."""
    with act(VERB, by, now=now) as a:
        row = _own(paper_id, by)
        if row.public != public:
            row.public, row.act = public, a.id
            row.save(update_fields=["public", "act"])
        a.note = f"{'published' if public else 'withheld'} {row.pk}"
        return paper_card(row)


def detach(paper_id: str, by: Actor, *, now: datetime | None = None) -> None:
    """
    Take a paper off its batch. The file stays with its owner, and events that named it go on naming it.

    Raises RefusedError: `not_permitted`, `paper_unknown` (also for another's).
    """
    with act(VERB, by, now=now) as a:
        row = _own(paper_id, by)
        a.note = f"detached {row.pk} {row.kind} file:{row.file_digest[:16]}"
        row.delete()


def public_file(paper_id: str) -> FileCard:
    """The file of a paper that its owner published. Raises RefusedError(`paper_unknown`): one that is not public sounds like none."""
    row = Paper.objects.filter(pk=paper_id, public=True).first()
    card = files.own(row.file_digest, row.owner) if row is not None else None
    if card is None:
        raise _unknown()
    return card


def _own_batch(batch_id: str, by: Actor) -> None:
    mine = (
        Batch.objects.filter(pk=batch_id).values_list("merchant_id", flat=True).first()
        if batch_id.isprintable()
        else None
    )
    if mine is None or mine != by.merchant_id:
        raise _no(
            "batch", "batch_unknown", f"no batch of yours is called «{batch_id[:80]}»", "register the batch first"
        )


def _own(paper_id: str, by: Actor) -> Paper:
    row = (
        Paper.objects.filter(pk=paper_id, owner=files.merchant_owner(by.merchant_id)).first()
        if by.merchant_id
        else None
    )
    if row is None:
        raise _unknown()
    return row


def _unknown() -> RefusedError:
    return _no("paper", "paper_unknown", "there is no such paper", "look at the papers of the batch")


def _day(text: str, today: date) -> date | None:
    if not text.strip():
        return None
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise _no("issued_on", "day_unreadable", "this is no day", "write it as 2026-11-26") from None
    if found > today:
        raise _no("issued_on", "day_future", "this day has not come yet", "give the day on the paper")
    return found


def _no(field: str, code: str, reason: str, remedy: str) -> RefusedError:
    return RefusedError.because(code, reason, remedy, field=field)

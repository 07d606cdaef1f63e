"""Unfinished forms of buyers without an account: whoever has the address goes on with it, on another device too. Sent twice, it is one complaint."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pinzhi.catalogue.contracts import FileCard
from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.complaints import keys, showing
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Draft, Offence
from pinzhi.life.complaints.opening import GATE, open_complaint, report_offence
from pinzhi.life.complaints.rules.entry import own_word, read


class FaultyError(RefusedError):
    """What keeps a form from being sent: every reason at once."""

    def __init__(self, faults: list[Refusal]) -> None:
        super().__init__(faults[0])
        self.faults = faults


def begin(answers: Mapping[str, Any], *, device: str = "", now: datetime | None = None) -> str:
    """
    A new form with what is known already. Returns its key, which is not stored.

    Raises RefusedError(`too_many_forms`) for a device that has begun many today; the telephone and the shop stay open to its user.
    """
    moment = now or clock.now()
    most = policy_in_force(moment).desk.forms_a_day
    if device and Draft.objects.filter(device=device, at__gt=moment - timedelta(days=1)).count() >= most:
        raise RefusedError.because(
            "too_many_forms", "many forms were begun on this device today", "go on tomorrow, or call the platform"
        )
    key = secrets.token_urlsafe(18)
    Draft.objects.create(key_mark=mark(key), at=moment, device=device[:16], answers=dict(answers))
    return key


def mark(key: str) -> str:
    """The name under which the form of a key is kept."""
    return sha256(f"pinzhi complaint draft {key[:64]}".encode()).hexdigest()


def owner(key: str) -> str:
    """The name under which its files are kept."""
    return f"draft:{mark(key)[:40]}"


def load(key: str) -> Draft:
    """Raises RefusedError(`draft_unknown`): no such form, or too old."""
    row = Draft.objects.filter(pk=mark(key)).first()
    if row is None:
        raise RefusedError.because("draft_unknown", "there is no such form, or it was given up days ago", "begin anew")
    return row


def save(key: str, answers: Mapping[str, Any]) -> Draft:
    """Keep answers; others stay. Raises RefusedError(`draft_unknown`, `draft_sent`)."""
    with whole():
        row = Draft.objects.select_for_update().filter(pk=mark(key)).first() or load(key)
        if row.sent_as:
            raise RefusedError.because("draft_sent", "this form has been sent", "open the complaint by its receipt")
        row.answers = {**row.answers, **answers}
        row.save(update_fields=["answers"])
        return row


def add_file(key: str, pieces: Iterable[bytes]) -> FileCard:
    """
    Keep a picture or paper with the form.

    Raises RefusedError(`too_many_files`), and those of `catalogue.files.upload`.
    """
    most = policy_in_force().desk.photos
    if len(load(key).files) >= most:
        raise _too_many(most)
    card = showing.take_in(pieces, owner(key))
    with whole():
        row = Draft.objects.select_for_update().get(pk=mark(key))
        if card.sha256 not in row.files:
            if len(row.files) >= most:
                raise _too_many(most)
            row.files = [*row.files, card.sha256]
            row.save(update_fields=["files"])
    return card


def drop_file(key: str, sha: str) -> None:
    """Take a file out of the form again."""
    with whole():
        row = Draft.objects.select_for_update().filter(pk=mark(key)).first() or load(key)
        row.files = [s for s in row.files if s != sha]
        row.save(update_fields=["files"])


def send(key: str, *, device: str = "", now: datetime | None = None) -> tuple[Complaint | Offence, str]:
    """
    Send the form: a complaint, or a report of an offence. Returns it with its key. Sent twice, or twice at once, it is one: the form is held meanwhile.

    Raises FaultyError with everything that is wrong; RefusedError(`draft_unknown`), and those of `opening`.
    """
    with whole():
        row = Draft.objects.select_for_update().filter(pk=mark(key)).first() or load(key)
        if row.sent_as:
            return _sent_as(row)
        found, its_key = _opened(key, row, device, now or clock.now())
        Draft.objects.filter(pk=row.pk).update(sent_as=found.receipt, answers={})
        return found, its_key


def _opened(key: str, row: Draft, device: str, moment: datetime) -> tuple[Complaint | Offence, str]:
    answers = dict(row.answers)
    order = keys.read_token(str(answers["order_token"])) if answers.get("order_token") else {}
    figures = policy_in_force(moment).desk
    raw = {
        **answers, **{k: v for k, v in order.items() if k not in ("kind", "channel")}, "order_kind": order.get("kind", ""),
        "order_channel": order.get("channel", ""), "files": row.files, "files_owner": owner(key), "reference": row.pk[:40], "device": device,
    }  # fmt: skip
    if shop := str(answers.get("shop", "")):  # nobody knows its id: it stands beside the goods, for whoever handles it
        raw["goods"] = f"{raw.get('goods') or ''} · {shop}".strip(" ·")[:300]
    entry, faults = read(
        raw,
        channel=_channel(answers),
        now=moment,
        most_words=figures.words,
        most_files=figures.photos,
        vouched=bool(order),
    )
    if entry is None:
        raise FaultyError(faults)
    entry = replace(entry, own_word=own_word(answers, order))
    if answers.get("offence"):
        return report_offence(entry, GATE, now=moment)
    opened = open_complaint(entry, GATE, now=moment)
    return opened.row, opened.key


def sent(key: str) -> tuple[Complaint | Offence, str] | None:
    """What a form was sent as, with its key; None while it has not been."""
    row = load(key)
    return _sent_as(row) if row.sent_as else None


def _sent_as(row: Draft) -> tuple[Complaint | Offence, str]:
    found: Complaint | Offence = Complaint.objects.filter(receipt=row.sent_as).first() or Offence.objects.get(
        receipt=row.sent_as
    )
    return found, keys.key_of(found.pk)


def forget(now: datetime) -> int:
    """Remove forms that are older than the days of the policy; what was sent stays where it is."""
    days = policy_in_force(now).desk.draft_days
    gone, _ = Draft.objects.filter(at__lt=now - timedelta(days=days)).delete()
    return gone


def _too_many(most: int) -> RefusedError:
    return RefusedError.because(
        "too_many_files", f"at most {most} files are taken", "choose the most telling ones", field="files"
    )


def _channel(answers: Mapping[str, Any]) -> str:
    if answers.get("embed"):
        return "embed"
    if answers.get("order_token"):
        return "order"
    return "scan" if answers.get("unit") else "web"

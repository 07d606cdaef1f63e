"""
Cosignatures for our checkpoints: ask the witnesses, keep what they sign, and say what is the matter with one that does not.

The witnesses stand in the file of PINZHI_WITNESSES. A witness that remembers less than it has cosigned before has lost its memory: it would sign a second
history, and is not asked again until a person has looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import store, tree
from pinzhi.ledger.asking import Said, ask
from pinzhi.ledger.checkpoint import Checkpoint, Note, Signature, VerifierKey
from pinzhi.ledger.models import SignedCheckpoint, WitnessHead
from pinzhi.ledger.tree import ProofError
from pinzhi.ledger.trust import TrustPolicy, read_witnesses
from pinzhi.ledger.witness import SIZE_TYPE, write_submission

RETRY = timedelta(seconds=5)
ROLLED_BACK = "rolled_back"
TROUBLES: Mapping[int, str] = {
    0: "unreachable",
    400: "not_understood",
    403: "key_not_trusted",
    404: "log_unknown",
    409: "size_conflict",
    422: "proof_refused",
}
RECENT = 200
"""Checkpoints that are looked through for one with a quorum."""


def witnesses() -> TrustPolicy | None:
    """The witnesses of this installation, None where none are set. Raises RefusedError(`bad_policy`, `witnesses_unreadable`)."""
    name = settings.LEDGER_WITNESSES
    if not name:
        return None
    try:
        raw = Path(name).read_bytes()
    except OSError as why:
        raise RefusedError.because(
            "witnesses_unreadable", f"the file of witnesses cannot be read: {why.strerror}", "set PINZHI_WITNESSES"
        ) from why
    return read_witnesses(raw)


def cosign_newest(*, at: datetime) -> int:
    """Ask every witness that has not cosigned the newest checkpoint; all at once. Gives the number of new cosignatures."""
    asked = witnesses()
    signed = store.latest()
    if asked is None or signed is None or signed.size == 0:
        return 0
    due = [
        _Ask(asked.witnesses[n], n, url, signed)
        for n, url in asked.urls.items()
        if _due(asked.witnesses[n], n, signed, at)
    ]
    if not due:
        return 0
    with ThreadPoolExecutor(len(due)) as many:
        answers = list(many.map(_Ask.first, due))
    return _write(signed, [(one, _taken(one, said)) for one, said in zip(due, answers, strict=True)], at)


@dataclass(slots=True)
class _Ask:
    """One witness to be asked for one checkpoint. `request` is written before any thread runs: the database belongs to the caller."""

    key: VerifierKey
    name: str
    url: str
    signed: SignedCheckpoint
    request: bytes = b""
    known: int = 0

    def __post_init__(self) -> None:
        head = WitnessHead.objects.filter(pk=self.key.line()).first()
        self.known = head.size if head else 0
        self.request = submission(self.signed, self.known)

    def first(self) -> Said:
        return ask("POST", f"{self.url.rstrip('/')}/add-checkpoint", self.request)


def submission(signed: SignedCheckpoint, old: int) -> bytes:
    """The request that shows a witness how the log has grown from `old`, with the log's own signatures only: those of other witnesses can be long."""
    proof = tree.consistency_proof(old, signed.size, store.reader()) if 0 < old < signed.size else ()
    note = Note.parse(signed.note.encode())
    origin = Checkpoint.parse(note.text).origin
    own = Note(note.text, tuple(s for s in note.signatures if s.name == origin))
    return write_submission(old, proof, own.raw().decode())


def _due(key: VerifierKey, name: str, signed: SignedCheckpoint, at: datetime) -> bool:
    head, _ = WitnessHead.objects.get_or_create(pk=key.line(), defaults={"name": name})
    if head.trouble == ROLLED_BACK or head.size >= signed.size:
        return False
    return not head.trouble or head.tried_at is None or at - head.tried_at >= RETRY


def _taken(one: _Ask, said: Said) -> Signature | str:
    """What an answer gives: a cosignature or the code of a trouble. With the size that the witness remembers it is asked once more from there."""
    if said.status == 409 and said.content_type.startswith(SIZE_TYPE):
        remembered = _size(said.body)
        if remembered is None or remembered > one.signed.size:
            return "size_conflict"
        if remembered < one.known:
            return ROLLED_BACK
        if remembered == one.signed.size and one.known == one.signed.size:
            return "size_conflict"
        said = ask("POST", f"{one.url.rstrip('/')}/add-checkpoint", submission(one.signed, remembered))
    if said.status != 200:
        return TROUBLES.get(said.status, "not_understood")
    return _verified(one, said)


def _size(body: bytes) -> int | None:
    text = body.decode("ascii", "replace").removesuffix("\n")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _verified(one: _Ask, said: Said) -> Signature | str:
    """The cosignature of an answer, if it holds."""
    try:
        lines = [Signature.parse(line) for line in said.body.decode("utf-8").removesuffix("\n").split("\n")]
    except (UnicodeDecodeError, ProofError):
        return "not_understood"
    text = Note.parse(one.signed.note.encode()).text
    mine = [s for s in lines if (s.name, s.key_id) == (one.key.name, one.key.key_id)]
    try:
        if not mine or not one.key.verify(text.encode(), mine[0].signature):
            return "wrong_cosignature"
    except ProofError as no:
        return no.refusal.code
    return mine[0]


def _write(signed: SignedCheckpoint, taken: list[tuple[_Ask, Signature | str]], at: datetime) -> int:
    """All cosignatures under the checkpoint and all troubles in one transaction: each waits for the captures that run meanwhile."""
    signatures = [mine for _, mine in taken if isinstance(mine, Signature)]
    with transaction.atomic(durable=True):
        if signatures:
            row = SignedCheckpoint.objects.select_for_update().get(pk=signed.pk)
            row.note = Note.parse(row.note.encode()).with_signatures(signatures).raw().decode()
            row.save(update_fields=["note"])
        for one, mine in taken:
            head = WitnessHead.objects.filter(pk=one.key.line())
            if isinstance(mine, Signature):
                head.update(size=signed.size, at=at, tried_at=at, trouble="")
            else:
                head.update(trouble=mine, tried_at=at)
    return len(signatures)


def with_quorum(beyond: int) -> SignedCheckpoint | None:
    """The newest checkpoint of more than `beyond` leaves that has the quorum of this installation's witnesses; None where none has, or none is asked."""
    asked = witnesses()
    if asked is None or not asked.quorum:
        return None
    for row in SignedCheckpoint.objects.filter(size__gt=beyond).order_by("-size")[:RECENT]:
        text, signatures = (note := Note.parse(row.note.encode())).text, note.signatures
        seen = frozenset(name for name, key in asked.witnesses.items() if _signed(key, text, signatures))
        if asked.met(seen):
            return row
    return None


def _signed(key: VerifierKey, text: str, signatures: Sequence[Signature]) -> bool:
    """Whether a witness's cosignature stands there and is right; one that this machine cannot judge does not count."""
    mine = [s for s in signatures if (s.name, s.key_id) == (key.name, key.key_id)]
    try:
        return any(key.verify(text.encode(), s.signature) for s in mine)
    except ProofError:
        return False

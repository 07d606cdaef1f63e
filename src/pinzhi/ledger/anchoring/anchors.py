"""
Anchors under way: one checkpoint per place and hour, written before it is sent, tried again until it is seen where it should be.

At a place one anchor is under way at a time, so that a chain that was down for a week is owed one anchor and not a hundred and sixty; the next one covers
everything since (a later tree begins with the earlier). What a chain says otherwise stops that place until a person has looked: a root of ours that differs
from the one anchored at its size means that one of the two histories is not ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import store
from pinzhi.ledger.anchoring import contract as contracts
from pinzhi.ledger.anchoring import timestamp
from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.contract import Contract, origin_hash, prepare
from pinzhi.ledger.anchoring.places import AuthorityPlace, ChainPlace, Place, account, read_places
from pinzhi.ledger.anchoring.transactions import Account, checksummed
from pinzhi.ledger.checkpoint import Checkpoint, Note
from pinzhi.ledger.models import Anchor, SignedCheckpoint

POLL = timedelta(seconds=5)
"""Between two looks at a transaction that is under way."""
RETRY = timedelta(minutes=1)
"""After a refusal."""
UNSEEN = timedelta(seconds=30)
"""A transaction that the node does not know by then is sent again: before, it may only not have come round."""
STUCK = timedelta(minutes=10)
"""A transaction that is in no block by then is replaced by one that pays more."""

ALARMING = frozenset({"anchored_otherwise", "chain_ahead"})
"""Refusals in which the chain contradicts this ledger."""


def places() -> tuple[Place, ...]:
    """The places of this installation. Raises RefusedError(`anchors_unreadable`, `bad_anchors`)."""
    name = settings.LEDGER_ANCHORS
    if not name:
        return ()
    try:
        raw = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise RefusedError.because(
            "anchors_unreadable", f"the file of anchors cannot be read: {why}"[:300], "set PINZHI_ANCHORS"
        ) from why
    return read_places(raw, Path(name).resolve().parent)


def anchor_due(*, at: datetime, target: int | None = None) -> int:
    """
    Take one step at every place where one is due; gives how many did something.

    With `target`, a size, every place that has less is taken on at once: without waiting for its hour or between two looks. A refusal is kept with its row and
    tried again; it never stops the other places. Raises RefusedError only of `places`.
    """
    return sum(_turn(place, at, target) for place in places())


def _turn(place: Place, at: datetime, target: int | None) -> int:
    if isinstance(place, ChainPlace) and not place.contract:
        return 0  # not made yet
    row = under_way(place) or _begun(place, at, target)
    if row is None or (target is None and not _may_try(row, at)):
        return 0
    Anchor.objects.filter(pk=row.pk).update(tried_at=at)
    row.tried_at = at
    try:
        done = _on_chain(row, place, at) if isinstance(place, ChainPlace) else _under_stamp(row, place)
    except RefusedError as no:
        row.trouble, row.reason = no.refusal.code, no.refusal.reason[:400]
        row.save(update_fields=["trouble", "reason"])
        return 0
    if row.trouble:
        row.trouble = row.reason = ""
        row.save(update_fields=["trouble", "reason"])
    return int(done)


def _where(place: Place) -> dict[str, str | int]:
    """What tells the rows of a place from those of an earlier contract under its name."""
    if isinstance(place, ChainPlace):
        return {"place": place.name, "chain_id": place.chain_id, "contract": checksummed(place.contract)}
    return {"place": place.name, "chain_id": 0, "contract": ""}


def rows(place: Place) -> QuerySet[Anchor]:
    """The anchors of a place, oldest first; of a chain those in its present contract."""
    return Anchor.objects.filter(**_where(place)).order_by("size")


def under_way(place: Place) -> Anchor | None:
    """The anchor that is not confirmed yet."""
    return rows(place).filter(at=None).first()


def describe(row: Anchor) -> dict[str, Any]:
    """A row for people and programs; of a token only that it is there."""
    said: dict[str, Any] = {"kind": row.kind, "size": row.size, "root": bytes(row.root).hex()}
    said["at"] = row.at.isoformat() if row.at else ""
    if row.kind == "evm":
        sent = "0x" + bytes(row.transaction).hex() if row.transaction else ""
        said |= {
            "chain_id": row.chain_id,
            "contract": row.contract,
            "transaction": sent,
            "block": row.block,
            "gas": row.gas,
        }
    else:
        said["authority"] = row.authority
    return said | {"trouble": row.trouble, "reason": row.reason}


def _begun(place: Place, at: datetime, target: int | None) -> Anchor | None:
    """A new anchor of the newest checkpoint, where there is something new and its hour has come or `target` asks for it."""
    newest = store.latest()
    if newest is None or newest.size == 0:
        return None
    last = rows(place).last()
    if last is not None:
        waits = at - last.begun < place.every if target is None else last.size >= target
        if waits or newest.size <= last.size:
            return None
    kind = (
        {"kind": "evm"}
        if isinstance(place, ChainPlace)
        else {"kind": "rfc3161", "authority": timestamp.host(place.address)}
    )
    row, _ = Anchor.objects.get_or_create(
        **_where(place), size=newest.size, defaults={"root": bytes(newest.root), "begun": at, **kind}
    )
    return row


def _may_try(row: Anchor, at: datetime) -> bool:
    return row.tried_at is None or not timedelta(0) <= at - row.tried_at < (RETRY if row.trouble else POLL)


@dataclass(frozen=True, slots=True)
class Standing:
    """A place as its rows tell it: the newest confirmed anchor, and the one under way with what is the matter with it. `alarming` takes a person at once."""

    place: str
    size: int
    at: datetime | None
    under_way: Anchor | None

    @property
    def alarming(self) -> bool:
        """Whether two histories contradict each other."""
        return self.under_way is not None and self.under_way.trouble in ALARMING


def standings() -> tuple[Standing, ...]:
    """Every place that has a row, by name, without asking anybody. Two queries."""
    waits = {row.place: row for row in Anchor.objects.filter(at=None).defer("token").order_by("size")}
    done = {
        one["place"]: one
        for one in Anchor.objects.exclude(at=None).values("place").annotate(top=Max("size"), seen=Max("at")).order_by()
    }
    return tuple(
        Standing(
            name,
            done[name]["top"] if name in done else 0,
            done[name]["seen"] if name in done else None,
            waits.get(name),
        )
        for name in sorted({*waits, *done})
    )


def files() -> Iterator[tuple[str, bytes]]:
    """
    What somebody else needs to verify the confirmed anchors, as (name, bytes): the three lines and the signed note of every size, the answers of authorities,
    and a list of everything.
    """
    done = [row for place in places() for row in rows(place).exclude(at=None)]
    notes = dict(SignedCheckpoint.objects.filter(size__in=[r.size for r in done]).values_list("size", "note"))
    for size in sorted({row.size for row in done}):
        if note := notes.get(size):
            yield f"{size}.txt", Note.parse(note.encode()).text.encode()
            yield f"{size}.checkpoint", note.encode()
    for row in done:
        if row.token:
            yield f"{row.place}-{row.size}.tsr", bytes(row.token)
    listed = {"origin": settings.LEDGER_ORIGIN, "origin_sha256": origin_hash(settings.LEDGER_ORIGIN).hex()}
    told = listed | {"anchors": [{"place": row.place} | describe(row) for row in done]}
    yield "anchors.json", json.dumps(told, indent=1).encode() + b"\n"


# --- a chain -------------------------------------------------------------------------------------------------------------------------


def opened(place: ChainPlace) -> Contract:
    """Our contract at a place, after chain and code were compared. Raises RefusedError(`chain_other`, …) and those of the chain."""
    chain = Chain(place.address)
    must_be(chain, place)
    return Contract.at(chain, place.contract)


def must_be(chain: Chain, place: ChainPlace) -> None:
    """Refuse a node of another chain. Raises RefusedError(`chain_other`)."""
    if (other := chain.chain_id()) != place.chain_id:
        raise RefusedError.because(
            "chain_other",
            f"the node {chain.host} is of chain {other}, the place «{place.name}» is on chain {place.chain_id}",
            "mend address or chain_id in the file of PINZHI_ANCHORS",
        )


def differs(size: int, ours: bytes, theirs: bytes) -> RefusedError:
    """The refusal that names both roots."""
    return RefusedError.because(
        "anchored_otherwise",
        f"at {size} entries the chain has the root {theirs.hex()}, this ledger has {ours.hex()}",
        "one of the two histories is not ours: stop, run `pinzhi ledger audit` with kept checkpoints, compare the backups",
    )


def _on_chain(row: Anchor, place: ChainPlace, at: datetime) -> bool:
    """One step of an anchor on a chain: confirm what is there, or wait, or send. Gives whether something was done."""
    contract = opened(place)
    origin, root = origin_hash(settings.LEDGER_ORIGIN), bytes(row.root)
    there = contract.root_at(origin, row.size)
    if there == root:
        return _confirmed(row, place, contract, origin, at)
    if there is not None:
        raise differs(row.size, root, there)
    if (latest := contract.latest(origin)) > row.size:
        raise RefusedError.because(
            "chain_ahead",
            f"the chain has an anchor at {latest} entries, and none at {row.size}",
            "this database may be older than its anchors: compare the backups, run `pinzhi ledger anchor --check`",
        )
    signer = account(settings.LEDGER_KEYS, place.name)
    if signer.address != contract.operator:
        raise RefusedError.because(
            "not_operator",
            f"the contract belongs to {checksummed(contract.operator)}, our key to {checksummed(signer.address)}",
            "restore the key that made the contract, or make another one with `pinzhi ledger anchor --deploy`",
        )
    return _send(row, place, contract, signer, at) if _needed(row, contract.chain, at) else False


def _confirmed(row: Anchor, place: ChainPlace, contract: Contract, origin: bytes, at: datetime) -> bool:
    """Take it as anchored when enough blocks stand on it."""
    height = contract.chain.height()
    receipt = contract.chain.receipt(bytes(row.transaction)) if row.transaction else None
    if receipt is not None and receipt.done:
        if height - receipt.block + 1 < place.confirmations:
            return False
        row.block, row.gas = receipt.block, receipt.gas
    else:  # somebody else of ours sent it, or the note of it is lost: was it already there that many blocks ago?
        before = height - place.confirmations + 1
        if before < 0 or contract.root_at(origin, row.size, before) != bytes(row.root):
            return False
    row.at = at
    row.save(update_fields=["at", "block", "gas"])
    return True


def _needed(row: Anchor, chain: Chain, at: datetime) -> bool:
    """Whether a transaction must be sent: the first one, or another for one that failed, was forgotten, or is stuck."""
    if not row.transaction or row.sent_at is None:
        return True
    receipt = chain.receipt(bytes(row.transaction))
    if receipt is not None and not receipt.done:
        failed, row.transaction = bytes(row.transaction).hex(), b""
        row.save(update_fields=["transaction"])
        raise RefusedError.because(
            "anchor_reverted",
            f"the contract refused the transaction 0x{failed}",
            "it is tried again, and the node then says why",
        )
    if receipt is not None:
        return False  # in a block, and the node does not show its effect yet
    since = at - row.sent_at
    return since >= STUCK or (since >= UNSEEN and not chain.known(bytes(row.transaction)))


def _send(row: Anchor, place: ChainPlace, contract: Contract, signer: Account, at: datetime) -> bool:
    """Sign, remember, send: in this order, so that what was sent is never unknown."""
    call = contracts.anchor_call(origin_hash(settings.LEDGER_ORIGIN), row.size, bytes(row.root))
    waiting = bool(row.transaction) and contract.chain.known(bytes(row.transaction))
    above = row.price if waiting else 0
    made = prepare(contract.chain, signer, contract.address, call, legacy=place.legacy, above=above)
    row.transaction, row.price, row.sent_at = made.hash, made.price, at
    row.save(update_fields=["transaction", "price", "sent_at"])
    contracts.send(contract.chain, made)
    return True


# --- an authority --------------------------------------------------------------------------------------------------------------------


def stamped_text(row: Anchor) -> bytes:
    """What the authority puts its time on: the three lines of the checkpoint."""
    return Checkpoint(settings.LEDGER_ORIGIN, row.size, bytes(row.root)).text().encode()


def _under_stamp(row: Anchor, place: AuthorityPlace) -> bool:
    answer, when = timestamp.stamped(place.address, stamped_text(row), timestamp.roots(place.roots))
    row.token, row.at = answer, when
    row.save(update_fields=["token", "at"])
    return True

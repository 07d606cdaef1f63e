"""
Verbs of the catalogue: register, update, observe.

`register` never overwrites: the same id with another content is set aside, whichever came first. A change is said as one: `update` keeps the old particulars as
a version with its span of validity and writes one fact about the subject. Thousands of rows at once are one fact with a tree root (decision 0021).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import models

from pinzhi.catalogue import storing
from pinzhi.catalogue.checking import CHECKS
from pinzhi.catalogue.contracts import BatchEntry, Entry, Taken
from pinzhi.catalogue.models import Batch, Listing, Merchant, Version
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.facts import CatalogueChanged
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger.tree import leaf_hash, root_of
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor

CHUNK = 5_000
"""Rows in one transaction: long enough to be quick, short enough that others get their turn on SQLite."""
Numbered = tuple[int, Entry]


def register(
    kind: Kind,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    by: Actor,
    *,
    now: datetime | None = None,
    update: bool = False,
) -> Taken:
    """
    Register the (line, row) pairs of one kind: merchants, listings or batches. Bad rows are set aside, each with its reason; the others are stored.

    A chunk of rows is one act: what is counted as accepted is durable. The same id with the same content is a duplicate; with another content it is refused,
    or with `update=True` entered as a change that holds from now on.
    """
    return _register_rows("catalogue.register", kind, rows, by, now=now, update=update)


def register_own_batches(
    rows: Iterable[tuple[int, Mapping[str, Any]]], by: Actor, *, now: datetime | None = None
) -> Taken:
    """
    A merchant registers batches of its own, and changes them: what a row says of the merchant does not count. Bad rows are set aside, as in `register`.

    A batch of another merchant's listing, or with an id that another merchant has, is set aside (`listing_unknown`, `id_taken`). Raises
    RefusedError(`not_permitted`).
    """
    permit("catalogue.batch", by)

    def own() -> Iterator[tuple[int, Mapping[str, Any]]]:
        for line, row in rows:
            yield line, {**row, "merchant_id": by.merchant_id}

    return _register_rows("catalogue.batch", Kind.BATCH, own(), by, now=now, update=True)


def _not_own(entry: Entry, by: Actor) -> RefusedError | None:
    if not isinstance(entry, BatchEntry) or not by.merchant_id:
        return None
    owner = Batch.objects.filter(pk=entry.id).values_list("merchant_id", flat=True).first()
    if owner is not None and owner != by.merchant_id:
        return RefusedError.because(
            "id_taken", f"the id {entry.id} is not free", "give the batch another id", field="batch_id"
        )
    held = (
        Listing.objects.filter(pk=entry.listing_id).values_list("merchant_id", flat=True).first()
        if entry.listing_id
        else None
    )
    if entry.listing_id and held != by.merchant_id:
        return RefusedError.because(
            "listing_unknown", f"no listing of yours is called {entry.listing_id}", "correct the id", field="listing_id"
        )
    return None


def _register_rows(
    verb: str,
    kind: Kind,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    by: Actor,
    *,
    now: datetime | None,
    update: bool,
) -> Taken:
    check, taken, seen = CHECKS[kind], Taken(), dict[str, str]()
    moment = now or clock.now()
    today = moment.astimezone(SHANGHAI).date()

    def entries() -> Iterator[Numbered]:
        for line, row in rows:
            taken.read += 1
            try:
                entry = check(row, today=today, key=settings.IDENTITY_KEY)
                if (no_own := _not_own(entry, by)) is not None:
                    raise no_own
            except RefusedError as no:
                taken.aside.append(replace(no.refusal, line=line))
                continue
            if (earlier := seen.get(entry.id)) is None:
                seen[entry.id] = entry.content
                yield line, entry
            elif earlier == entry.content:
                taken.duplicate += 1
            else:
                taken.aside.append(_conflict(line, entry, "stands twice in the file with different content"))

    stream = entries()
    while chunk := list(islice(stream, CHUNK)):
        _register_chunk(verb, kind, chunk, by, taken, moment, update=update)
    return taken


def register_entries(kind: Kind, entries: Sequence[Entry], by: Actor, *, now: datetime | None = None) -> Taken:
    """Register entries that are made already (the simulated marketplace, an adapter). Same rules as `register`."""
    taken = Taken(read=len(entries))
    moment = now or clock.now()
    for start in range(0, len(entries), CHUNK):
        chunk = list(enumerate(entries[start : start + CHUNK], start + 1))
        _register_chunk("catalogue.register", kind, chunk, by, taken, moment, update=False)
    return taken


def _register_chunk(
    verb: str, kind: Kind, chunk: list[Numbered], by: Actor, taken: Taken, now: datetime, *, update: bool
) -> None:
    with act(verb, by, subject=Subject(Kind.PLATFORM, "catalogue"), now=now) as a:
        present = storing.TABLES[kind].objects.in_bulk([entry.id for _, entry in chunk])
        new, known, changed = [], [], []
        for line, entry in chunk:
            row = present.get(entry.id)
            if row is None:
                new.append(entry)
            elif row.seen_only:
                known.append(entry)
            elif row.content == entry.content:
                taken.duplicate += 1
            elif update:
                changed.append(entry)
            else:
                taken.aside.append(_conflict(line, entry, "is registered with different content"))
        storing.ensure_parents(kind, [*new, *known, *changed], a)
        storing.insert(kind, new, a)
        storing.fill(kind, known, a)
        if new or known:
            _say(a, kind, [*new, *known])
        for entry in changed:
            if verb == "catalogue.register":
                _update(kind, entry, by)
            else:
                _replaced(kind, entry, a)
        a.note = f"{kind.value}: {len(new) + len(known)} registered, {len(changed)} updated"
    taken.accepted += len(new) + len(known) + len(changed)


def _conflict(line: int, entry: Entry, what: str) -> Refusal:
    return Refusal(
        "id_with_different_content",
        f"{entry.id} {what}",
        "send one row per id; if it is a change, send it again with --update",
        "id",
        line,
    )


def _say(a: Act, kind: Kind, entries: Sequence[Entry], change: str = "registered") -> None:
    leaves = (f"{kind.value}:{e.id}:{e.content}".encode() for e in sorted(entries, key=lambda e: e.id))
    root = root_of(leaf_hash(leaf) for leaf in leaves).hex()
    about = Subject(kind, entries[0].id) if len(entries) == 1 else Subject(Kind.PLATFORM, "catalogue")
    a.fact(CatalogueChanged(subject=about, change=change, digest=root, kind=kind.value, rows=len(entries)))


def update(kind: Kind, entry: Entry, by: Actor, *, now: datetime | None = None) -> None:
    """
    Replace the particulars of a registered subject from now on; the old ones stay as a version.

    Raises RefusedError(`not_registered`), and (`nothing_changed`) when the content is the same.
    """
    with act("catalogue.update", by, subject=Subject(kind, entry.id), now=now) as a:
        _replaced(kind, entry, a)


def _update(kind: Kind, entry: Entry, by: Actor) -> None:
    with act("catalogue.update", by, subject=Subject(kind, entry.id)) as a:
        _replaced(kind, entry, a)


def _replaced(kind: Kind, entry: Entry, a: Act) -> None:
    row = storing.TABLES[kind].objects.select_for_update().filter(pk=entry.id).first()
    if row is None:
        raise RefusedError.because("not_registered", f"{kind.value} {entry.id} is not registered", "register it first")
    if row.content == entry.content:
        raise RefusedError.because(
            "nothing_changed", f"{entry.id} already has these particulars", "nothing is to be done"
        )
    Version.objects.create(
        subject_kind=kind.value,
        subject_id=entry.id,
        content=row.content,
        particulars=storing.particulars(row),
        valid_from=row.valid_from,
        valid_to=max(a.now, row.valid_from),
        act=a.id,
    )
    storing.ensure_parents(kind, [entry], a)
    storing.fill(kind, [entry], a)
    _say(a, kind, [entry], "updated")


def leave(merchant_id: str, on: date, by: Actor, *, keep_until: date, now: datetime | None = None) -> None:
    """
    A merchant left the marketplace on `on`; its identity is kept until `keep_until` (at least three years, 网络交易监督管理办法 31) and not deleted before.

    Raises RefusedError(`not_registered`).
    """
    with act("catalogue.update", by, subject=Subject(Kind.MERCHANT, merchant_id), now=now) as a:
        row = Merchant.objects.select_for_update().filter(pk=merchant_id).first()
        if row is None:
            raise RefusedError.because(
                "not_registered", f"merchant {merchant_id} is not registered", "register it first"
            )
        row.left_on, row.keep_until, row.act = on, max(keep_until, row.keep_until or keep_until), a.id
        row.save(update_fields=["left_on", "keep_until", "act"])
        digest = leaf_hash(f"left:{merchant_id}:{on}".encode()).hex()
        a.fact(
            CatalogueChanged(subject=Subject(Kind.MERCHANT, merchant_id), change="left", digest=digest, kind="merchant")
        )


def observe(names: Iterable[tuple[str, str, str]], by: Actor, *, now: datetime | None = None) -> tuple[int, int]:
    """
    Enter what arrived with events and was never registered: `(listing_id, merchant_id, category)`. Returns (new merchants, new listings).

    Known ids are left alone, whatever the events say about them. Rows are marked «seen in events» until a feed registers them. Nothing new = nothing done.
    """
    wanted = {listing: (merchant, category) for listing, merchant, category in names}
    fresh = _missing(Listing, wanted)
    unknown = _missing(Merchant, {merchant for merchant, _ in wanted.values()})
    if not fresh and not unknown:
        return 0, 0
    with act("catalogue.observe", by, subject=Subject(Kind.PLATFORM, "catalogue"), now=now) as a:
        storing.see_merchants(sorted(unknown), a)
        storing.see_listings([(i, *wanted[i]) for i in sorted(fresh)], a)
        marks = [*(f"merchant:{m}" for m in sorted(unknown)), *(f"listing:{i}" for i in sorted(fresh))]
        root = root_of(leaf_hash(mark.encode()) for mark in marks).hex()
        about = Subject(Kind.PLATFORM, "catalogue")
        a.fact(CatalogueChanged(subject=about, change="seen", digest=root, kind="listing", rows=len(marks)))
        a.note = f"{len(unknown)} merchants, {len(fresh)} listings seen"
    return len(unknown), len(fresh)


def _missing(table: type[models.Model], ids: Iterable[str]) -> set[str]:
    left, ordered = set(ids), sorted(ids)
    for start in range(0, len(ordered), 500):
        part = ordered[start : start + 500]
        left -= set(table._default_manager.filter(pk__in=part).values_list("pk", flat=True))  # noqa: SLF001 - Django's public name for it
    return left

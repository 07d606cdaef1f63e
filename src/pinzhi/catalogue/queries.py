"""What other rooms may ask the catalogue. Answers are frozen cards; an unknown id is None, never an error."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, Q

from pinzhi.catalogue.contracts import BatchCard, EarlierVersion, Found, ListingCard, MerchantCard, PaperCard
from pinzhi.catalogue.models import Batch, Listing, Merchant, MerchantKey, Paper, Version
from pinzhi.kernel.values import Kind, Subject

AT_ONCE = 500


def merchant(id_: str) -> MerchantCard | None:
    """One merchant with its masked particulars."""
    row = Merchant.objects.filter(pk=id_).first()
    if row is None:
        return None
    return MerchantCard(
        id=row.id,
        name=row.name or row.id,
        uscc=row.uscc,
        categories=tuple(row.categories),
        opened_on=row.opened_on,
        status=row.status,
        seen_only=row.seen_only,
        content=row.content,
        valid_from=row.valid_from,
        keep_until=row.keep_until,
        keys=tuple(row.keys.order_by("kind", "masked").values_list("kind", "masked")),
    )


def listing(id_: str) -> ListingCard | None:
    """One listing with the name of its merchant."""
    row = Listing.objects.filter(pk=id_).select_related("merchant").first()
    return _listing(row) if row else None


def listings(ids: Iterable[str]) -> dict[str, ListingCard]:
    """Many listings at once, by id; unknown ids are left out."""
    ordered, found = sorted(set(ids)), dict[str, ListingCard]()
    for start in range(0, len(ordered), AT_ONCE):
        rows = Listing.objects.filter(pk__in=ordered[start : start + AT_ONCE]).select_related("merchant")
        found |= {row.id: _listing(row) for row in rows}
    return found


def _listing(row: Listing) -> ListingCard:
    return ListingCard(
        id=row.id,
        merchant_id=row.merchant_id,
        merchant_name=row.merchant.name or row.merchant_id,
        category=row.category,
        title=row.title or row.id,
        subtitle=row.subtitle,
        description=row.description,
        brand=row.brand,
        gtin=row.gtin,
        price=row.price,
        attributes=tuple((name, value) for name, value in row.attributes),
        listed_on=row.listed_on,
        status=row.status,
        seen_only=row.seen_only,
        content=row.content,
        valid_from=row.valid_from,
    )


def batch(id_: str) -> BatchCard | None:
    """One batch."""
    row = Batch.objects.filter(pk=id_).first()
    return _batch(row) if row else None


def batches(ids: Iterable[str]) -> dict[str, BatchCard]:
    """Several batches by their ids. One query."""
    rows = Batch.objects.in_bulk(list(ids))
    return {pk: _batch(row) for pk, row in rows.items()}


def own_batches(merchant_id: str, limit: int = 500) -> list[BatchCard]:
    """The batches of a merchant, the latest production first."""
    rows = Batch.objects.filter(merchant_id=merchant_id).order_by(F("produced_on").desc(nulls_last=True), "pk")
    return [_batch(row) for row in rows[:limit]]


def batches_of(listing_id: str) -> list[BatchCard]:
    """The batches of a listing, newest production first."""
    return [_batch(row) for row in Batch.objects.filter(listing=listing_id).order_by("-produced_on", "id")]


def _batch(row: Batch) -> BatchCard:
    return BatchCard(
        id=row.id,
        merchant_id=row.merchant_id,
        listing_id=row.listing_id or "",
        gtin=row.gtin,
        produced_on=row.produced_on,
        expires_on=row.expires_on,
        quantity=row.quantity,
        factory=row.factory,
        report_no=row.report_no,
        quarantine_no=row.quarantine_no,
        seen_only=row.seen_only,
        content=row.content,
        valid_from=row.valid_from,
    )


def own_gtins(merchant_id: str) -> set[str]:
    """
    GTINs, as they were registered, of listings and batches of one merchant and of nobody else.

    Listing somebody else's goods gives no sight of what was recorded about them; of goods that several sell, none is seen through their GTIN.
    """
    mine: set[str] = set()
    for table in (Listing, Batch):
        rows = table.objects.filter(merchant_id=merchant_id, seen_only=False).exclude(gtin="")
        mine |= set(rows.values_list("gtin", flat=True))
    # The same GTIN may be written with and without leading zeros.
    ordered = sorted({g.lstrip("0").zfill(digits) for g in mine for digits in (8, 12, 13, 14)} | mine)
    for start in range(0, len(ordered), AT_ONCE):
        for table in (Listing, Batch):
            rows = table.objects.filter(gtin__in=ordered[start : start + AT_ONCE]).exclude(merchant_id=merchant_id)
            taken = {g.zfill(14) for g in rows.values_list("gtin", flat=True)}
            mine = {g for g in mine if g.zfill(14) not in taken}
    return mine


def papers(subject: Subject) -> list[PaperCard]:
    """The documents about a subject, those that end first in front."""
    rows = Paper.objects.filter(subject_kind=subject.kind.value, subject_id=subject.id).order_by("expires_on", "id")
    return [paper_card(r) for r in rows]


def paper_kinds(batch_ids: Iterable[str]) -> dict[str, set[str]]:
    """Kinds of papers that are attached to each batch. One query per 500 ids."""
    ordered = sorted(set(batch_ids))
    found: dict[str, set[str]] = {i: set() for i in ordered}
    for start in range(0, len(ordered), AT_ONCE):
        rows = Paper.objects.filter(subject_kind=Kind.BATCH.value, subject_id__in=ordered[start : start + AT_ONCE])
        for batch_id, kind in rows.values_list("subject_id", "kind"):
            found[batch_id].add(kind)
    return found


def published(digests: Iterable[str]) -> dict[str, PaperCard]:
    """Papers whose owner lets everybody download the file, by the SHA-256 of the file. One query per 500 digests."""
    wanted, found = sorted(set(digests)), dict[str, PaperCard]()
    for start in range(0, len(wanted), AT_ONCE):
        for row in Paper.objects.filter(file_digest__in=wanted[start : start + AT_ONCE], public=True).order_by("pk"):
            found.setdefault(row.file_digest, paper_card(row))
    return found


def paper_card(r: Paper) -> PaperCard:
    """A row as others see it."""
    subject = Subject(Kind(r.subject_kind), r.subject_id)
    return PaperCard(
        r.id, r.kind, r.number, subject, r.issuer, r.issued_on, r.expires_on, r.file_digest, r.content, r.public
    )


def names(subjects: Iterable[Subject]) -> dict[Subject, str]:
    """
    What to call each subject on a screen: the title of a listing, the name of a merchant.

    A subject without a name, or unknown, is called by its id. At most four queries per 500 ids.
    """
    wanted = set(subjects)
    called = {s: s.id for s in wanted}
    for kind, table, column in ((Kind.LISTING, Listing, "title"), (Kind.MERCHANT, Merchant, "name")):
        ids = sorted(s.id for s in wanted if s.kind is kind)
        for start in range(0, len(ids), AT_ONCE):
            for pk, name in table.objects.filter(pk__in=ids[start : start + AT_ONCE]).values_list("pk", column):
                called[Subject(kind, pk)] = name or pk
    return called


def search(
    text: str, *, kinds: Iterable[Kind] = (Kind.LISTING, Kind.MERCHANT, Kind.BATCH), limit: int = 20
) -> list[Found]:
    """Find by id, name, title, brand, GTIN, credit code or report number: exact ids first, then what contains the words. At most `limit` of each kind."""
    words = text.strip()
    if not words:
        return []
    found: list[Found] = []
    if Kind.LISTING in kinds:
        where = Q(pk=words) | Q(gtin=words) | Q(title__icontains=words) | Q(brand__icontains=words)
        rows = Listing.objects.filter(where).select_related("merchant").order_by("id")[:limit]
        found += [
            Found(Subject(Kind.LISTING, r.id), r.title or r.id, f"{r.merchant.name or r.merchant_id} · {r.category}")
            for r in rows
        ]
    if Kind.MERCHANT in kinds:
        where = Q(pk=words) | Q(uscc=words.upper()) | Q(name__icontains=words)
        found += [
            Found(Subject(Kind.MERCHANT, r.id), r.name or r.id, r.uscc)
            for r in Merchant.objects.filter(where).order_by("id")[:limit]
        ]
    if Kind.BATCH in kinds:
        where = Q(pk=words) | Q(report_no=words)
        found += [
            Found(Subject(Kind.BATCH, r.id), r.id, r.listing_id or r.gtin)
            for r in Batch.objects.filter(where).order_by("id")[:limit]
        ]
    return sorted(found, key=lambda f: f.subject.id != words)


def linked(merchant_id: str) -> dict[str, tuple[str, ...]]:
    """Other merchants that gave the same telephone, account, representative …: id -> kinds of the shared particulars."""
    seals = MerchantKey.objects.filter(merchant=merchant_id).values("kind", "seal")
    found: dict[str, set[str]] = {}
    for own in seals:
        for other in (
            MerchantKey.objects.filter(**own).exclude(merchant=merchant_id).values_list("merchant", flat=True)[:200]
        ):
            found.setdefault(other, set()).add(own["kind"])
    return {other: tuple(sorted(kinds)) for other, kinds in sorted(found.items())}


def versions(subject: Subject) -> list[EarlierVersion]:
    """The earlier particulars of a subject, oldest first. The present ones are on its card."""
    rows = Version.objects.filter(subject_kind=subject.kind.value, subject_id=subject.id).order_by("valid_from", "id")
    return [
        EarlierVersion(subject, r.content, tuple(sorted(r.particulars.items())), r.valid_from, r.valid_to) for r in rows
    ]


def version_at(subject: Subject, at: datetime) -> EarlierVersion | None:
    """The earlier particulars that held at `at`; None when the present ones did, or nothing was known yet."""
    return next((v for v in versions(subject) if v.valid_from <= at < v.valid_to), None)

"""
The house's own pictures: fingerprints of what was handed in, and which submission a new picture was seen in before.

    remember(listing)          fingerprints of the files that it names, kept once for each file
    used(row, listing)         which pictures a submission shows
    seen_before(listing, …)    pictures of refused goods and of other merchants that it shows again

The fingerprints of all pictures are searched; the points, which also find crops and bands, of those that belong to refused goods: they are a hundred times as
many. Without the extra `pictures` nothing is fingerprinted, and the verdict says that pictures were not compared.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from pinzhi.catalogue import files
from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import FileCard
from pinzhi.engine.embedded.blobs import open_files
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.contracts import Listing, State
from pinzhi.life.admission.decoding import decode_as, need_pictures
from pinzhi.life.admission.models import PictureMark, PictureUse, Submission
from pinzhi.life.admission.rules import relisting
from pinzhi.life.admission.rules.borrowed import SeenBefore
from pinzhi.life.admission.rules.pictures.growing import Growing
from pinzhi.life.admission.rules.pictures.pdq import WORDS, Hash
from pinzhi.life.admission.stored import listing_from

MOST_PICTURES = 12
"""Pictures of a listing that are compared, the first ones."""
CANDIDATES = 8
VOTES = 3
OVERLAP = 200
"""Numbers of rows that are read again, for transactions that ended out of order."""
MOST_SEEN = 6
"""Findings of one picture that are kept."""


def can_compare() -> bool:
    """Whether the extra `pictures` is installed."""
    try:
        need_pictures()
    except RefusedError:
        return False
    return True


def of(listing: Listing) -> dict[int, FileCard]:
    """The files of the listing's pictures by their number; only the merchant's own, only the first twelve."""
    named = {n: name for n, name in enumerate(listing.images[:MOST_PICTURES]) if name.startswith(files.PREFIX)}
    mine = files.owned(named.values(), files.merchant_owner(listing.merchant_id)) if named else {}
    return {n: mine[name] for n, name in named.items() if name in mine and mine[name].kind != "pdf"}


def remember(listing: Listing) -> None:
    """Fingerprint the listing's pictures that are not known yet. A picture that no decoder reads is passed over: it is refused elsewhere."""
    from pinzhi.life.admission.rules.pictures.bank import Known

    cards = {c.sha256: c for c in of(listing).values()}
    known = set(PictureMark.objects.filter(sha256__in=cards).values_list("sha256", flat=True))
    for sha256, card in cards.items():
        if sha256 in known or (picture := _pixels(sha256, card.kind)) is None:
            continue
        one = Known.of(sha256, picture)
        prints = _stacked(v.hash for v in one.views)
        PictureMark.objects.get_or_create(
            sha256=sha256,
            defaults={"kind": card.kind, "prints": prints.tobytes(), "points": one.marks.descriptors.tobytes()},
        )


def used(row: Submission, listing: Listing) -> None:
    """Note which pictures a submission shows. In the transaction of its act."""
    PictureUse.objects.bulk_create(
        PictureUse(sha256=card.sha256, submission=row, merchant_id=row.merchant_id, image=n)
        for n, card in of(listing).items()
    )


def seen_before(listing: Listing) -> tuple[SeenBefore, ...]:
    """What the listing's pictures were seen in, gravest and likest first, at most six for each picture. Its own earlier submissions do not count."""
    cards = of(listing)
    if not cards or not can_compare():
        return ()
    _INDEX.catch_up()
    linked = {listing.merchant_id, *catalogue.linked(listing.merchant_id)}
    found: list[SeenBefore] = []
    for n, card in cards.items():
        for sha256, same, score, transform in _matches(card):
            uses = PictureUse.objects.filter(sha256=sha256).exclude(submission__listing_id=listing.id)
            shown = []
            for use in uses.select_related("submission").order_by("-pk")[:50]:
                row = use.submission
                refused, mine = row.state == State.REFUSED, row.merchant_id in linked
                if mine and not refused:
                    continue
                goods = _same_goods(listing, listing_from(row.snapshot))
                shown.append(
                    SeenBefore(n, row.pk, row.merchant_id, same, score, transform, mine, refused, goods, sha256)
                )
            found += sorted(shown, key=lambda s: (not s.refused, s.goods, s.submission))[:MOST_SEEN]
    return tuple(found)


def _same_goods(one: Listing, other: Listing) -> bool:
    numbers = relisting.gtin(one), relisting.gtin(other)
    if all(numbers):
        return numbers[0] == numbers[1]
    return bool(one.brand) and relisting.bare(one.brand) == relisting.bare(other.brand)


def _matches(card: FileCard) -> list[tuple[str, bool, float, str]]:
    """(file, the same picture, score, transform) of known pictures; the same file is itself."""
    from pinzhi.life.admission.rules.pictures.bank import Bank, Known
    from pinzhi.life.admission.rules.pictures.geometry import marks
    from pinzhi.life.admission.rules.pictures.views import asked

    exact = [(card.sha256, True, 1.0, "identity")]
    picture = _pixels(card.sha256, card.kind)
    if picture is None:
        return exact
    prints = _stacked(v.hash for v in asked(picture))
    points = [marks(picture).descriptors, marks(picture, mirrored=True).descriptors]
    names = [s for s in _INDEX.candidates(prints, points) if s != card.sha256]
    kinds = dict(PictureMark.objects.filter(sha256__in=names).values_list("sha256", "kind"))
    pixels = {s: p for s in names if (p := _pixels(s, kinds[s])) is not None}
    bank = Bank.of([Known.of(s, p) for s, p in pixels.items()])
    shas = list(pixels)
    return exact + [(m.name, m.same, m.score, m.transform) for m in bank.matches(picture, lambda i: pixels[shas[i]])]


@lru_cache(maxsize=64)
def _pixels(sha256: str, kind: str) -> np.ndarray | None:  # type: ignore[type-arg]
    """A stored picture, small; None where no decoder reads it or its bytes are gone."""
    try:
        return decode_as(open_files().path(sha256), kind, sha256[:12])
    except (RefusedError, OSError):
        return None


class _Searched:
    """The fingerprints of this process: brought up to the table's end before each search."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._prints, self._points = Growing(), Growing()
        self._names: list[str] = []
        self._number: dict[str, int] = {}
        self._with_points: set[str] = set()
        self._seq = 0

    def catch_up(self) -> None:
        """Take in pictures that others have remembered meanwhile, and the points of those whose goods were refused."""
        with self._lock:
            # A row may become visible behind one with a higher number: the last minute's rows are looked at again.
            for row in PictureMark.objects.filter(seq__gt=self._seq - OVERLAP).order_by("seq").iterator():
                self._seq = max(self._seq, row.seq)
                if row.sha256 in self._number:
                    continue
                self._number[row.sha256] = len(self._names)
                self._names.append(row.sha256)
                hashes = _hashes(row.prints)
                self._prints.add(hashes, np.full(len(hashes), self._number[row.sha256], np.int64))
            refused = (
                PictureUse.objects.filter(submission__state=State.REFUSED).values_list("sha256", flat=True).distinct()
            )
            due = [s for s in refused if s not in self._with_points and s in self._number]
            for row in PictureMark.objects.filter(sha256__in=due):
                points = _hashes(row.points)
                self._points.add(points, np.full(len(points), self._number[row.sha256], np.int64))
                self._with_points.add(row.sha256)

    def candidates(self, prints: Hash, points: Iterable[Hash]) -> list[str]:
        """Pictures with a fingerprint within 31, then those with the most common points."""
        with self._lock:
            close = dict.fromkeys(self._prints.within(prints)[1].tolist())
            votes: Counter[int] = Counter()
            for some in points:
                query, owner = self._points.within(some)
                each = Counter(o for _, o in set(zip(query.tolist(), owner.tolist(), strict=True)))
                votes |= each
            near = [o for o, n in votes.most_common(CANDIDATES) if n >= VOTES]
            return [self._names[o] for o in dict.fromkeys([*list(close)[: 4 * CANDIDATES], *near])]


def _stacked(hashes: Iterable[Hash]) -> Hash:
    """All rows under one another; none for a picture of one colour, which has no view."""
    return np.concatenate([np.zeros((0, WORDS), np.uint64), *(h.reshape(-1, WORDS) for h in hashes)])


def _hashes(raw: bytes) -> Hash:
    return np.frombuffer(bytes(raw), dtype=np.uint64).reshape(-1, WORDS)


_INDEX = _Searched()

"""
Words on a listing's pictures, by the rules of texts: read once by recognition, kept by the bytes of the file, judged from what was kept.

    waits(listing)       whether a picture has not been read yet and can be
    read(listing)        in the job `admission.read_files`: some seconds of processor a picture
    gathered(listing)    the words that the verdict is computed with now

Without the extra `ocr` nothing is read, and the texts of a listing are judged as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pinzhi.decisions import policies
from pinzhi.life.admission import filed, picture_bank
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.models import FileReading
from pinzhi.life.admission.paper import scan
from pinzhi.life.admission.rules.captions import Captions, lines, name_of


@dataclass(frozen=True, slots=True)
class _Picture:
    number: int
    sha256: str


def waits(listing: Listing) -> bool:
    """Whether recognition is installed and a picture of the listing was not read by it."""
    return scan.available() and any(True for _ in _unread(listing))


def read(listing: Listing) -> int:
    """Read the pictures that were not read yet. Gives how many; nothing where recognition is not installed."""
    if not scan.available():
        return 0
    limits = filed.policy_of(policies.policy_in_force("admission").version)
    cards = picture_bank.of(listing)
    unread = _unread(listing)
    for picture in unread:
        filed.read_file(cards[picture.number], limits, filed.PICTURE)
    return len(unread)


def gathered(listing: Listing) -> Captions | None:
    """What is read of the listing's pictures; None where none of them was read."""
    kept = _kept(listing)
    return again({str(p.number): kept[p.sha256] for p in _pictures(listing) if p.sha256 in kept}) if kept else None


def readings_of(listing: Listing) -> dict[str, int]:
    """The reading of each picture that the words would be judged from now, by the number of the picture."""
    kept = _kept(listing)
    return {str(p.number): kept[p.sha256] for p in _pictures(listing) if p.sha256 in kept}


def again(written: Mapping[str, Any]) -> Captions:
    """The same from what was written down: the reading of each picture by its number."""
    rows = FileReading.objects.in_bulk(list(written.values()))
    texts = []
    for number, pk in sorted((int(n), pk) for n, pk in written.items()):
        sheets = filed.sheets_of(rows[pk])
        if sheets is not None and (said := lines(sheets)):
            texts.append((name_of(number), said))
    return Captions(tuple(texts), tuple(sorted((str(n), pk) for n, pk in written.items())))


def _pictures(listing: Listing) -> list[_Picture]:
    return [_Picture(n, card.sha256) for n, card in picture_bank.of(listing).items()]


def _kept(listing: Listing) -> dict[str, int]:
    wanted = {p.sha256 for p in _pictures(listing)}
    if not wanted:
        return {}
    return dict(FileReading.objects.filter(sha256__in=wanted, reader=filed.PICTURE).values_list("sha256", "pk"))


def _unread(listing: Listing) -> list[_Picture]:
    kept = _kept(listing)
    return [p for p in _pictures(listing) if p.sha256 not in kept]

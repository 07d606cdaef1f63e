"""
What else tells copies from one piece: where the pieces of a batch were shipped, and the covered code that activates ownership once.

Figures come from the policy (`[clones]`). A pair is what is usual for one piece before data speak, and the scans that this belief is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Covered(StrEnum):
    """What became of a covered code that somebody typed."""

    OWNED = "owned"
    """Right, and the first time: whoever typed it owns the piece."""
    AGAIN = "again"
    """Right, but the piece was owned already."""
    WRONG = "wrong"
    """Not the code of this piece."""


@dataclass(frozen=True, slots=True)
class Further:
    """
    `unshipped`, `unshipped_later`: the first place where a piece is seen, and a further one, is a region that nothing of its batch was shipped to;
    `unshipped_least`, `unshipped_most`: neither weighs less or more, because people travel and give, goods are diverted, and copies are sold where the goods
    are. Among copies the same is as likely as the share of all scans that come from such regions.

    `others_owned`: a scan of an owned piece is by a new device. `owner`, `owner_copies`: of those who come again, the owner, on one piece and among copies.
    `again`, `wrong`: who types the right code of an owned piece is another device; a further device types a wrong one; `_copies`: the same among copies.
    """

    unshipped: tuple[float, ...]
    unshipped_later: tuple[float, ...]
    unshipped_least: float
    unshipped_most: float
    others_owned: tuple[float, ...]
    owner: float
    owner_copies: float
    again: tuple[float, ...]
    again_copies: float
    wrong: tuple[float, ...]
    wrong_copies: float

    def pairs(self) -> dict[str, tuple[float, ...]]:
        """The beliefs that are learnt from, by name, in the order in which the watch keeps them."""
        names = ("unshipped", "unshipped_later", "others_owned", "again", "wrong")
        return {name: getattr(self, name) for name in names}

    def beliefs(self) -> tuple[tuple[float, float], ...]:
        """(share, worth) of each."""
        return tuple((share, worth) for share, worth in self.pairs().values())

    def wrong_entries(self) -> dict[str, bool]:
        """By entry, whether it is out of its range."""
        shares = ("owner", "owner_copies", "again_copies", "wrong_copies")
        pairs = self.pairs().items()
        found = {name: len(p) != 2 or not (0 < p[0] < 1 and 1 <= p[1] <= 100_000) for name, p in pairs}
        found |= {name: not 0 < getattr(self, name) < 1 for name in shares}
        least, most = self.unshipped_least, self.unshipped_most
        return found | {"unshipped_least": not 0.01 <= least <= 1, "unshipped_most": not 1 <= most <= 100}


@dataclass(slots=True)
class _Went:
    regions: set[str] = field(default_factory=set)
    told: bool = False
    lost: bool = False


@dataclass(slots=True)
class Destinations:
    """
    Into which regions pieces of batches went. Known of a batch where at least one shipment was told and none went to an unknown place.

    `named`: every region that a shipment named. A scan in a region by another name says nothing: whoever names it may mean a place inside a named one.
    """

    named: set[str] = field(default_factory=set)
    _went: dict[str, _Went] = field(default_factory=dict)

    def ship(self, batch: str, region: str, *, sale: bool = False) -> None:
        """Pieces went into a region, "" for one that is not known. A sale adds its region and does not make the others known."""
        went = self._went.setdefault(batch, _Went())
        if region:
            went.regions.add(region)
        if not sale:
            went.told = True
            went.lost |= not region
            self.named.update((region,) if region else ())

    def known(self, batch: str, region: str) -> set[str] | None:
        """Every region that pieces of the batch went into; None where that is not known, or where the region of a scan cannot be held against it."""
        went = self._went.get(batch)
        if went is None or not went.told or went.lost or (region not in self.named and region not in went.regions):
            return None
        return went.regions

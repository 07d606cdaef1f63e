"""
Copied codes: after how many scans is a code more likely on many pieces than on one?

A sequential likelihood ratio for every code (Wald 1945), as an e-value: what was seen, under «copies in the field» over «one piece». Every scan adds what it
says about

* who scanned: a new device, or one that scanned before;
* where: a region where the piece was never seen, or one where it was sold or scanned;
* how soon: another region within hours of the last scan;
* before the sale: by whoever has it in another region;
* where nothing was shipped to: a region that no piece of the batch went into, as far as every destination of the batch is known (`clones_further`);
* who owns it: the covered code activates ownership once. Strangers after that, the right covered code once more from another device, and wrong ones from
  several devices speak for copies, scans by the owner for one piece.

What is usual for one piece is learnt from the scans themselves, each code with the weight that it is not copied; and codes differ, so that a code which is
passed around is expected to be passed around further (beta-binomial). A code is raised where two signs that ordinary life rarely gives stand beside a ratio
of 1/α. By Ville's inequality a code of one piece ever reaches 1/α with a chance of at most α as far as the model of one piece is right; that bound is far from
tight (most pieces are scanned once or twice), so that α is set by what the simulator `simulation.copies` shows: 0.3 gives far below one in a thousand.

Under «copies» every scan is by somebody new but for the share `returns`, and its region is drawn from where everybody scans.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from pinzhi.life.tracing.rules.clones_further import Covered, Destinations, Further
from pinzhi.life.tracing.rules.clones_raised import CloneRaised


@dataclass(frozen=True, slots=True)
class Seen:
    """A scan or a sale of a coded piece, or its covered code typed. `buyer` and `region` may be empty."""

    code: str
    at: datetime
    sale: bool
    buyer: str = ""
    region: str = ""
    batch: str = ""
    covered: Covered | None = None


@dataclass(frozen=True, slots=True)
class CloneRules:
    """
    The figures. `alpha`: bound on the chance that the evidence of a code of one piece is ever enough; `prior`: share of copied codes expected before
    anything was seen. `batch_gain`: how much less and more likely a copy is in a batch without and with copied codes, at most.

    `signs`: strangers in other regions without whom nothing is raised, however rare they are: one may have been given the piece. Two in a known region
    count for one elsewhere.

    `others`, `elsewhere`, `soon`, `early`: what is usual for one piece before data speak, each with the scans that this belief is worth: a new device scans;
    it is in a new region; the new region comes within `hours`; a scan before the sale in another region. `spread`: how alike codes are. `returns`,
    `soon_copies`, `early_copies`: the same among copies.

    `further`: figures of what destinations and the covered code say; without them neither says anything.
    """

    alpha: float = 0.3
    prior: float = 0.005
    signs: int = 2
    others: tuple[float, float] = (0.12, 200.0)
    elsewhere: tuple[float, float] = (0.10, 60.0)
    soon: tuple[float, float] = (0.08, 30.0)
    early: tuple[float, float] = (0.004, 200.0)
    spread: float = 30.0
    hours: float = 6.0
    returns: float = 0.25
    soon_copies: float = 0.25
    early_copies: float = 0.25
    batch_gain: tuple[float, float] = (0.3, 8.0)
    further: Further | None = None


BATCH_WORTH = 50
"""Codes of a batch that the belief about it is worth before any were seen."""
OTHERS, ELSEWHERE, SOON, EARLY, ASTRAY, ASTRAY_LATER, OTHERS_OWNED, AGAIN, WRONG = range(9)
NOT_ASKED = ((0.5, 2.0),) * 5
"""Beliefs of shares that nothing is weighed by."""


class _Usual:
    """
    Shares that are learnt: what is usual for one piece. Every code gives its successes and trials with the weight that it is on one piece; when the
    weight of a code changes, everything that it ever gave changes with it.
    """

    def __init__(self, believed: tuple[tuple[float, float], ...]) -> None:
        self.hits = [share * worth for share, worth in believed]
        self.trials = [worth for _, worth in believed]

    def share(self, which: int) -> float:
        return self.hits[which] / self.trials[which]

    def reweigh(self, code: _Code, weight: float) -> None:
        change = weight - code.weight
        for which, (hits, trials) in enumerate(zip(code.hits, code.trials, strict=True)):
            self.hits[which] += change * hits
            self.trials[which] += change * trials
        code.weight = weight

    def give(self, code: _Code, which: int, hit: bool) -> None:  # noqa: FBT001
        code.hits[which] += hit
        code.trials[which] += 1
        self.hits[which] += code.weight * hit
        self.trials[which] += code.weight


@dataclass(slots=True)
class _Code:
    """What is remembered of a code."""

    batch: str = ""
    log_e: float = 0.0
    scans: int = 0
    sold_in: str | None = None
    sold_to: str = ""
    buyers: set[str] = field(default_factory=set)
    regions: set[str] = field(default_factory=set)
    chances: int = 0
    new_buyers: int = 0
    new_regions: int = 0
    last: datetime | None = None
    last_region: str = ""
    soon: int = 0
    before: list[tuple[str, str]] = field(default_factory=list)
    early: int = 0
    raised: bool = False
    weight: float = 1.0
    hits: list[int] = field(default_factory=lambda: [0] * 9)
    trials: list[int] = field(default_factory=lambda: [0] * 9)
    unshipped: list[str] = field(default_factory=list)
    astray: int = 0
    owned: bool = False
    owner: str = ""
    owner_scans: int = 0
    after: int = 0
    asked: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    wrong_others: int = 0

    @property
    def signs(self) -> int:
        """
        Strangers in other regions. Two for one: strangers in a known region, a first place that nothing was shipped to (goods are diverted), another device
        that had the right covered code too (the family's), a further one that typed a wrong one.
        """
        halves = max(self.new_buyers - self.new_regions, 0) + self.astray + len(self.asked) + self.wrong_others
        return self.new_regions + self.early + halves // 2


@dataclass(frozen=True, slots=True)
class Shared:
    """What a watch has learnt from all codes together, to be kept between runs."""

    hits: list[float]
    trials: list[float]
    where: dict[str, float]
    named: list[str]


class CloneWatch:
    """
    Takes scans and sales in the order of time and says which codes are copied, each once. Deterministic; memory grows with the codes that were seen.

    What comes out of order is taken as it comes: a sale that arrives late is weighed against the scans before it.
    """

    def __init__(self, rules: CloneRules | None = None) -> None:
        self.rules = rules or CloneRules()
        r = self.rules
        more = r.further.beliefs() if r.further else NOT_ASKED
        self._usual = _Usual((r.others, r.elsewhere, r.soon, r.early, *more))
        self._codes: dict[str, _Code] = {}
        self._where: dict[str, float] = {}
        self._everywhere = 0.0
        self._batches: dict[str, list[int]] = {}
        self._went = Destinations()

    # What is kept between runs: a watch that is given it back goes on as if it had never stopped, and needs only the codes and batches that come up again.

    def shared(self) -> bytes:
        """What was learnt from all codes."""
        return msgspec.json.encode(Shared(self._usual.hits, self._usual.trials, self._where, sorted(self._went.named)))

    def code(self, name: str) -> bytes:
        """What is remembered of a code."""
        return msgspec.json.encode(self._codes[name])

    def sold(self, name: str) -> bool:
        """Whether the sale of a code is known."""
        return self._codes[name].sold_in is not None

    def batch(self, name: str) -> tuple[int, int]:
        """Codes of a batch: (raised, seen)."""
        raised, seen = self._batches.get(name, (0, 0))
        return raised, seen

    def remember(
        self, shared: bytes, codes: Iterable[tuple[str, bytes]], batches: Iterable[tuple[str, int, int]]
    ) -> None:
        """Go on with what was kept: `shared` may be empty at the first run, a code or batch that is not given is a new one. Destinations are told anew."""
        if shared:
            kept = msgspec.json.decode(shared, type=Shared)
            self._usual.hits, self._usual.trials, self._where = kept.hits, kept.trials, kept.where
            self._everywhere = sum(kept.where.values())
            self._went.named.update(kept.named)
        self._codes.update((name, msgspec.json.decode(raw, type=_Code)) for name, raw in codes)
        self._batches.update((name, [raised, seen]) for name, raised, seen in batches)

    def ship(self, batch: str, region: str, *, sale: bool = False) -> None:
        """Pieces of a batch went into a region; "": somewhere that is not known. `sale`: one was sold there, which does not say where others went."""
        if batch:
            self._went.ship(batch, region, sale=sale)

    def take(self, event: Seen) -> CloneRaised | None:
        """One event; what is raised by it."""
        known = self._codes.get(event.code)
        if known is None:
            known = self._codes[event.code] = _Code(batch=event.batch)
            if event.batch:
                self._batches.setdefault(event.batch, [0, 0])[1] += 1
        if event.covered is None:
            self._seen_in(event.region)
        if event.sale:
            self._sold(known, event)
        elif event.covered:
            self._typed(known, event)
        else:
            self._scanned(known, event)
        odds = self._odds(known)
        self._usual.reweigh(known, 1.0 / (1.0 + odds))
        return self._raise(known, event, odds)

    def _seen_in(self, region: str) -> None:
        if region:
            self._where[region] = self._where.get(region, 0.0) + 1.0
            self._everywhere += 1.0

    def _odds(self, code: _Code) -> float:
        r = self.rules
        gain = 1.0
        if code.batch:
            raised, seen = self._batches[code.batch]
            # Where codes of a batch were copied its other codes are likelier to be copied too, and in a clean batch less likely.
            share = (raised + r.prior * BATCH_WORTH) / (seen + BATCH_WORTH) / r.prior
            gain = min(max(share, r.batch_gain[0]), r.batch_gain[1])
        return r.prior / (1 - r.prior) * gain * math.exp(min(code.log_e, 60.0))

    def _sold(self, code: _Code, event: Seen) -> None:
        if code.batch and event.region:
            self._went.ship(code.batch, event.region, sale=True)
        if code.sold_in is not None:
            return
        code.sold_in, code.sold_to = event.region, event.buyer
        strangers = [
            (buyer, region)
            for buyer, region in code.before
            if region and event.region and region != event.region and (not buyer or buyer != event.buyer)
        ]
        if strangers:
            code.early = len(strangers)
            code.log_e += math.log(self.rules.early_copies / self._usual.share(EARLY))
        self._usual.give(code, EARLY, bool(strangers))
        code.before.clear()
        code.regions.add(event.region)
        if event.buyer:
            code.buyers.add(event.buyer)
        code.regions.discard("")

    def _scanned(self, code: _Code, event: Seen) -> None:
        code.scans += 1
        if code.sold_in is None:
            code.before.append((event.buyer, event.region))
            del code.before[8:]
        first = not code.buyers and not code.regions
        self._weigh_destination(code, event)
        if not first:
            self._weigh(code, event)
        if event.buyer:
            code.buyers.add(event.buyer)
        if event.region:
            code.regions.add(event.region)
            code.last_region = event.region
        code.last = event.at

    def _weigh(self, code: _Code, event: Seen) -> None:
        """What one scan says, after at least one sale or scan."""
        r = self.rules
        new_buyer = event.buyer not in code.buyers if event.buyer and code.buyers else None
        if new_buyer is not None:
            which = OTHERS_OWNED if code.owned and r.further else OTHERS
            usual = (r.spread * self._usual.share(which) + code.new_buyers) / (r.spread + code.chances)
            code.log_e += math.log((1 - r.returns) / usual if new_buyer else r.returns / (1 - usual))
            self._usual.give(code, which, new_buyer)
            if r.further and code.owner and not new_buyer:
                self._weigh_owner(code, r.further, owner=event.buyer == code.owner)
            code.chances += 1
            code.new_buyers += new_buyer
        if event.region and code.regions and new_buyer is not False:
            self._weigh_region(code, event)

    def _weigh_region(self, code: _Code, event: Seen) -> None:
        r = self.rules
        elsewhere = event.region not in code.regions
        trials = code.new_buyers or code.scans - 1
        usual = (r.spread * self._usual.share(ELSEWHERE) + code.new_regions) / (r.spread + max(trials - 1, 0))
        mine = min(sum(self._where.get(x, 0.0) for x in code.regions) / max(self._everywhere, 1.0), 0.95)
        mine = max(mine, 0.02)
        code.log_e += math.log((1 - mine) / usual if elsewhere else mine / (1 - usual))
        self._usual.give(code, ELSEWHERE, elsewhere)
        code.new_regions += elsewhere
        code.after += elsewhere and code.owned
        if elsewhere and code.last is not None and code.last_region:
            soon = (event.at - code.last).total_seconds() < r.hours * 3600
            share = self._usual.share(SOON)
            code.log_e += math.log(r.soon_copies / share if soon else (1 - r.soon_copies) / (1 - share))
            self._usual.give(code, SOON, soon)
            code.soon += soon

    def _weigh_destination(self, code: _Code, event: Seen) -> None:
        """A place where the code was not seen yet, by somebody who was not seen: did anything of the batch go there?"""
        f = self.rules.further
        if (
            f is None
            or not event.region
            or event.region in code.regions
            or (event.buyer and event.buyer in code.buyers)
        ):
            return
        known = self._went.known(code.batch, event.region)
        if known is None:
            return
        outside = sum(n for region, n in self._where.items() if region not in known)
        possible = self._everywhere - sum(self._where.get(region, 0.0) for region in code.regions)
        copies = min(max(outside / max(possible, 1.0), 0.05), 0.95)
        which = ASTRAY_LATER if code.regions else ASTRAY
        usual, hit = self._usual.share(which), event.region not in known
        ratio = copies / usual if hit else (1 - copies) / (1 - usual)
        code.log_e += math.log(min(max(ratio, f.unshipped_least), f.unshipped_most))
        self._usual.give(code, which, hit)
        if hit:
            code.unshipped.append(event.region)
            del code.unshipped[8:]
            code.astray += which == ASTRAY

    def _weigh_owner(self, code: _Code, f: Further, *, owner: bool) -> None:
        """Somebody comes again: the owner, or one of the others who were seen."""
        code.log_e += math.log(f.owner_copies / f.owner if owner else (1 - f.owner_copies) / (1 - f.owner))
        code.owner_scans += owner

    def _typed(self, code: _Code, event: Seen) -> None:
        """The covered code was typed. Whoever does that has a piece in his hand: one who was not seen yet is weighed as a scan besides."""
        if event.buyer and event.buyer not in code.buyers:
            self._seen_in(event.region)
            self._scanned(code, event)
        f = self.rules.further
        if f is None:
            return
        if event.covered is Covered.WRONG:
            self._typed_wrong(code, event.buyer, f)
        elif not code.owned:
            code.owned, code.owner = True, event.buyer
            if code.wrong and event.buyer and event.buyer not in code.wrong:
                self._weigh_share(code, WRONG, f.wrong_copies, hit=False)
            code.wrong.discard(event.buyer)  # a slip of the finger, then the right one
        elif code.owner and event.buyer and event.buyer not in code.asked:
            other = event.buyer != code.owner
            if other:
                code.asked.add(event.buyer)
            self._weigh_share(code, AGAIN, f.again_copies, hit=other)

    def _typed_wrong(self, code: _Code, device: str, f: Further) -> None:
        """One device that types wrongly is a slip or a damaged cover; a further one, or one beside the owner, says something."""
        if not device or device == code.owner or device in code.wrong:
            return
        if code.wrong or code.owner:
            self._weigh_share(code, WRONG, f.wrong_copies, hit=True)
            code.wrong_others += 1
        code.wrong.add(device)

    def _weigh_share(self, code: _Code, which: int, copies: float, *, hit: bool) -> None:
        usual = self._usual.share(which)
        code.log_e += math.log(copies / usual if hit else (1 - copies) / (1 - usual))
        self._usual.give(code, which, hit)

    def _raise(self, code: _Code, event: Seen, odds: float) -> CloneRaised | None:
        base = self.rules.prior / (1 - self.rules.prior)
        if code.raised or code.signs < self.rules.signs or odds < base / self.rules.alpha:
            return None
        code.raised = True
        if code.batch:
            self._batches[code.batch][0] += 1
        return CloneRaised(
            event.code,
            event.at,
            code.scans,
            math.exp(min(code.log_e, 60.0)),
            odds,
            len(code.buyers),
            tuple(sorted(code.regions)),
            code.sold_in or "",
            code.early,
            code.soon,
            code.batch,
            tuple(code.unshipped),
            code.owned,
            code.after,
            len(code.asked),
            len(code.wrong) if code.wrong_others else 0,
            code.owner_scans,
        )

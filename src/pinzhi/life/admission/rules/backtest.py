"""
What would a candidate ruleset have said of listings that were judged before? Newly refused, newly sent to a person, released, by rule, with examples, the
precision on labelled listings with its interval, and the load of the queue.

Pure and additive: a part is the comparison of some listings, parts are added in any order, and the sum does not depend on how the listings were cut.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pinzhi.kernel.distributions import wilson
from pinzhi.kernel.values import Interval, Text
from pinzhi.life.admission.contracts import Outcome, Screened

EXAMPLES = 5
"""Examples kept for each rule and direction."""


@dataclass(frozen=True, slots=True)
class Before:
    """What was said of a listing: outcome, the rules that fired, and what a person found in the end (`label`), if anybody looked."""

    outcome: Outcome
    rules: frozenset[str]
    label: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A listing whose verdict changes. `order` is a hash of its id: the examples kept are those of the smallest order, a draw that nobody chooses."""

    order: str
    id: str
    before: Outcome
    after: Outcome
    field: str
    text: str
    message: Text | None


@dataclass(slots=True)
class Effect:
    """One rule: on how many listings it fires now and did not before, no longer fires, what that did, and how often labels say it was right."""

    fires: int = 0
    new: int = 0
    gone: int = 0
    refused: int = 0
    released: int = 0
    right: int = 0
    wrong: int = 0
    examples: list[Example] = field(default_factory=list)

    def add(self, other: Effect) -> None:
        """Add another part."""
        for name in ("fires", "new", "gone", "refused", "released", "right", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.examples = sorted((*self.examples, *other.examples), key=lambda e: e.order)[:EXAMPLES]

    @property
    def precision(self) -> Interval | None:
        """Of the labelled listings that the rule now fires on, the share that a person refused or sent back; None without labels."""
        return wilson(self.right, self.right + self.wrong)


@dataclass(slots=True)
class Backtest:
    """The sum. `flows` counts (before, after); `label_flows` (label, before, after) over the labelled ones; `unknown` listings had no verdict before."""

    listings: int = 0
    unknown: int = 0
    flows: Counter[tuple[Outcome, Outcome]] = field(default_factory=Counter)
    label_flows: Counter[tuple[Outcome, Outcome, Outcome]] = field(default_factory=Counter)
    rules: dict[str, Effect] = field(default_factory=dict)

    def add(self, other: Backtest) -> None:
        """Add another part."""
        self.listings += other.listings
        self.unknown += other.unknown
        self.flows.update(other.flows)
        self.label_flows.update(other.label_flows)
        for rule, effect in other.rules.items():
            self.rules.setdefault(rule, Effect()).add(effect)

    def _count(self, before: Iterable[Outcome], after: Iterable[Outcome]) -> int:
        return sum(self.flows[b, a] for b in before for a in after)

    @property
    def newly_refused(self) -> int:
        """Listings refused now and not before."""
        return self._count((Outcome.PASS, Outcome.MANUAL), (Outcome.REJECT,))

    @property
    def newly_manual(self) -> int:
        """Listings that passed and would go to a person now."""
        return self._count((Outcome.PASS,), (Outcome.MANUAL,))

    @property
    def released(self) -> int:
        """Listings that were refused or went to a person, and would be treated more mildly now."""
        return self._count((Outcome.REJECT,), (Outcome.PASS, Outcome.MANUAL)) + self._count(
            (Outcome.MANUAL,), (Outcome.PASS,)
        )

    def queue(self, *, after: bool) -> int:
        """Cases for the human queue, before or after."""
        return sum(n for (b, a), n in self.flows.items() if (a if after else b) is Outcome.MANUAL)

    def refusals_right(self, *, after: bool) -> Interval | None:
        """Of the labelled listings refused before (or after), the share that a person refused too."""
        said = [(label, n) for (label, b, a), n in self.label_flows.items() if (a if after else b) is Outcome.REJECT]
        return wilson(sum(n for label, n in said if label is Outcome.REJECT), sum(n for _, n in said))

    def refusals_found(self, *, after: bool) -> Interval | None:
        """Of the labelled listings that a person refused, the share refused before (or after)."""
        said = [(a if after else b, n) for (label, b, a), n in self.label_flows.items() if label is Outcome.REJECT]
        return wilson(sum(n for one, n in said if one is Outcome.REJECT), sum(n for _, n in said))


def compare(pairs: Iterable[tuple[Before | None, Screened]]) -> Backtest:
    """One part: what was said of each listing, and what the candidate says. None: nothing was said of it before."""
    out = Backtest()
    for before, after in pairs:
        out.listings += 1
        if before is None:
            out.unknown += 1
            continue
        out.flows[before.outcome, after.outcome] += 1
        if before.label is not None:
            out.label_flows[before.label, before.outcome, after.outcome] += 1
        if after.findings or before.rules:
            _by_rule(out, before, after)
    return out


def alike(listings: Iterable[Before]) -> Backtest:
    """One part of listings of which the candidate says what was said before."""
    out = Backtest()
    for one in listings:
        out.listings += 1
        out.flows[one.outcome, one.outcome] += 1
        if one.label is not None:
            out.label_flows[one.label, one.outcome, one.outcome] += 1
        for rule in one.rules:
            effect = out.rules.setdefault(rule, Effect())
            effect.fires += 1
            if one.label is not None:
                effect.wrong += one.label is Outcome.PASS
                effect.right += one.label is not Outcome.PASS
    return out


def _by_rule(out: Backtest, before: Before, after: Screened) -> None:
    now = {f.rule: f for f in reversed(after.findings)}
    refused = after.outcome is Outcome.REJECT and before.outcome is not Outcome.REJECT
    released = before.outcome is Outcome.REJECT and after.outcome is not Outcome.REJECT
    for rule in now.keys() | before.rules:
        effect = out.rules.setdefault(rule, Effect())
        fresh, gone = rule in now and rule not in before.rules, rule not in now
        effect.fires += rule in now
        effect.new += fresh
        effect.gone += gone
        effect.refused += refused and fresh
        effect.released += released and gone
        if before.label is not None and rule in now:
            harmless = before.label is Outcome.PASS
            effect.wrong += harmless
            effect.right += not harmless
        if fresh or gone:
            found = now.get(rule)
            order = hashlib.sha256(f"{rule}\n{after.id}".encode()).hexdigest()[:16]
            shown = (found.field, found.text, found.message) if found else ("", "", None)
            kept = [*effect.examples, Example(order, after.id, before.outcome, after.outcome, *shown)]
            effect.examples = sorted(kept, key=lambda e: e.order)[:EXAMPLES]

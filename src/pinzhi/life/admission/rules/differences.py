"""
Where two rulesets can differ: the strings without which a listing's verdict is the same under both.

A draft of the rule lab changes some groups of terms. A text in which no string of a changed group occurs, and no allowed word that came or went, is judged
alike: candidates come from these strings only, and contexts are asked only where there is a candidate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pinzhi.life.admission.rules.fold import Folding
from pinzhi.life.admission.rules.lexicon import Group, Lexicon
from pinzhi.life.admission.rules.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Differences:
    """The strings that tell two rulesets apart, searched in the dense view. `None` as the automaton: none, they say the same of everything."""

    folding: Folding
    strings: tuple[str, ...]
    found: AhoCorasick | None

    def concerned(self, texts: Sequence[str]) -> set[int]:
        """The numbers of the texts about which the rulesets may differ. A text is all that a listing says, its fields parted by line breaks."""
        if self.found is None or not texts:
            return set()
        dense, at = self.folding.dense_batch("\n".join(texts))
        hits = self.found.find_matches_as_indexes(dense, overlapping=True)
        if not hits:
            return set()
        ends = np.cumsum(np.fromiter((len(t) + 1 for t in texts), dtype=np.int64, count=len(texts)))
        first = at[np.fromiter((h[1] for h in hits), dtype=np.int64, count=len(hits))]
        return set(np.unique(np.searchsorted(ends, first, side="right")).tolist())


def differences(before: Ruleset, *others: Ruleset) -> Differences | None:
    """What tells the others from the first; None where more than the groups of terms differs, and every listing has to be judged by each."""
    strings: set[str] = set()
    for after in others:
        told = _told(before, after)
        if told is None:
            return None
        strings |= told
    ordered = tuple(sorted(strings))
    automaton = AhoCorasick(
        ordered, matchkind=MatchKind.Standard, store_patterns=False, implementation=Implementation.DFA
    )
    return Differences(before.lexicon.folding, ordered, automaton if ordered else None)


def _told(before: Ruleset, after: Ruleset) -> set[str] | None:
    if before.hash == after.hash:
        return set()
    one, two = before.lexicon, after.lexicon
    alike = (
        (before.claims.hash, before.matrix.hash, before.book.hash, one.folding.hash, one.kinds)
        == (after.claims.hash, after.matrix.hash, after.book.hash, two.folding.hash, two.kinds)
    ) and before.statutes == after.statutes
    if not alike:
        return None
    old, new = _by_name(one.groups), _by_name(two.groups)
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    # Of two candidates at one place the order of the groups decides: where groups that stayed have changed places nothing is known.
    if [n for n in old if n not in changed] != [n for n in new if n not in changed]:
        return None
    return _strings(one, changed) | _strings(two, changed) | _words(one, two)


def _by_name(groups: Iterable[Group]) -> dict[str, Group]:
    """Groups without the words that their contexts allow: those are told apart word by word."""
    return {f"{g.rule}.{g.name}": replace(g, contexts=tuple(replace(c, allow=()) for c in g.contexts)) for g in groups}


def _strings(lexicon: Lexicon, names: set[str]) -> set[str]:
    numbers = {n for n, g in enumerate(lexicon.groups) if f"{g.rule}.{g.name}" in names}
    return {
        s
        for s, entries in zip(lexicon.strings, lexicon.entries, strict=True)
        if any(e.group in numbers for e in entries)
    }


def _words(one: Lexicon, two: Lexicon) -> set[str]:
    """Allowed words that came or went, dense."""
    return {two.folding.dense(word) for _, word in _allowed(one) ^ _allowed(two)} - {""}


def _allowed(lexicon: Lexicon) -> set[tuple[str, str]]:
    return {(c.id, word) for g in lexicon.groups for c in g.contexts for word in c.allow}

"""
Advertising texts against the lexicon: candidates by automaton, contexts decide, every finding with the exact raw span (T01 to T24).

The automaton runs over the dense view, so that no disguise hides a term; a candidate then has to be one word as a reader sees it (`_joined`), and none of its
group's contexts may free it. A longer candidate of the same rule takes the shorter ones inside it; a longer allowed word frees every term inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing
from pinzhi.life.admission.rules.fold import EVASIVE, Folded, Transform
from pinzhi.life.admission.rules.lexicon import FREE, MANUAL, Context, Entry, Group, Lexicon

Hits = list[tuple[int, int, int]]
Laws = dict[str, LawRef]

_SENTENCE = re.compile(r"[。！!？?；;\n]")
_CLAUSE = re.compile(r"[，,。！!？?；;\n]")
_REACH = 24
"""Characters before and behind a span that a context may look at inside the clause."""
_GRAVE = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2}
_GAP = 2
"""So many marks may stand between two characters of one word; one more if a mark is among them that nobody writes there."""
_SURE, _LIKELY, _DOUBTFUL = 1.0, 0.8, 0.6
_ORDINARY_GAPS = frozenset(" -/|&+.()[]【】「」『』《》<>\"'“”‘’—–•:")


class Span(NamedTuple):
    """A candidate in the plain view."""

    start: int
    end: int
    confidence: float
    how: frozenset[Transform]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that a group speaks of."""

    span: Span
    group: Group


@dataclass(slots=True)
class Page:
    """One field of a listing while it is judged."""

    field: str
    folded: Folded
    allowed: list[tuple[int, int, frozenset[str]]]
    evidence: str
    classes: frozenset[str]


# --- candidates ----------------------------------------------------------------------------------------------------------------------------


def hits(lexicon: Lexicon, raw: str) -> Hits:
    """(index of the string, start, end in the dense view) of everything searched, overlapping."""
    found: Hits = lexicon.terms.find_matches_as_indexes(lexicon.folding.dense(raw), overlapping=True)
    return found


def hits_of_many(lexicon: Lexicon, texts: Sequence[str]) -> dict[int, list[tuple[int, int, int]]]:
    """
    The same for many texts at once: text number to (index of the string, first raw code point, end of the raw span), both within that text.

    Texts without a hit have no entry. Line breaks part the texts; no searched string holds one.
    """
    if not texts:
        return {}
    joined = "\n".join(texts)
    dense, at = lexicon.folding.dense_batch(joined)
    found = lexicon.terms.find_matches_as_indexes(dense, overlapping=True)
    if not found:
        return {}
    lengths = np.fromiter((len(t) + 1 for t in texts), dtype=np.int64, count=len(texts))
    starts = np.cumsum(lengths) - lengths
    table = np.array(found, dtype=np.int64)
    first, last = at[table[:, 1]], at[table[:, 2] - 1]
    number = np.searchsorted(starts, first, side="right") - 1
    base = starts[number]
    answer: dict[int, list[tuple[int, int, int]]] = {}
    for n, which, start, end in zip(
        number.tolist(), table[:, 0].tolist(), (first - base).tolist(), (last + 1 - base).tolist(), strict=True
    ):
        answer.setdefault(n, []).append((which, start, end))
    return answer


def judge(
    lexicon: Lexicon, laws: Laws, listing: Listing, texts: Iterable[tuple[str, str]] | None = None
) -> tuple[list[Finding], list[Exemption]]:
    """
    Findings and exemptions of a listing's texts (or of `texts`, for instance words read from its pictures), in the order of the page.

    `laws` maps ids of law rows to references as of the day; a row that is not in it is cited as none.
    """
    classes = lexicon.classes(listing.category, listing.title)
    evidence: str | None = None
    findings: list[Finding] = []
    exemptions: list[Exemption] = []
    for name, raw in listing.texts() if texts is None else texts:
        found = [h for h in hits(lexicon, raw) if _concerns(lexicon, h[0], classes)]
        if not found:
            continue
        if evidence is None:
            evidence = stated(lexicon, listing)
        page = Page(name, lexicon.folding.fold(raw), [], evidence, classes)
        _judge_page(lexicon, laws, page, found, findings, exemptions)
    return findings, exemptions


def _concerns(lexicon: Lexicon, which: int, classes: frozenset[str]) -> bool:
    return any(lexicon.groups[e.group].concerns(classes) for e in lexicon.entries[which])


def stated(lexicon: Lexicon, listing: Listing) -> str:
    """What the listing itself states, in one folded text: its texts, attributes and the numbers and fields of its documents."""
    parts = [t for _, t in listing.texts()]
    parts += [d.number for d in listing.documents] + [v for d in listing.documents for _, v in d.fields]
    return lexicon.folding.plain("\n".join(parts))


def _judge_page(
    lexicon: Lexicon, laws: Laws, page: Page, found: Hits, findings: list[Finding], exemptions: list[Exemption]
) -> None:
    candidates = _longest(_candidates(lexicon, page, found))
    if not candidates:
        return
    folded = page.folded
    for which, start, end in lexicon.allowed.find_matches_as_indexes(folded.dense, overlapping=True):
        page.allowed.append((*folded.plain_span(start, end), lexicon.allowed_by[which]))
    for candidate in candidates:
        group = candidate.group
        start, end = folded.raw_span(candidate.span.start, candidate.span.end)
        text = folded.raw[start:end]
        needed = candidate.span.how | lexicon.folding.transforms(folded.raw, start, end)
        if group.only_disguised and not _disguised(needed, text):
            continue
        context = next((c for c in group.contexts if _frees(c, candidate, page)), None)
        if context is not None:
            exemptions.append(
                Exemption(group.rule, page.field, start, end, text, context.id, context.reason, laws.get(context.law))
            )
        if context is None or context.effect == MANUAL:
            findings.append(_finding(lexicon, laws, page, candidate, (start, end), context))


def _candidates(lexicon: Lexicon, page: Page, found: Hits) -> Iterator[Candidate]:
    tried: set[int] = set()
    for which, start, end in found:
        for entry in lexicon.entries[which]:
            group = lexicon.groups[entry.group]
            if not group.concerns(page.classes):
                continue
            if entry.anchor:
                if entry.group not in tried:
                    tried.add(entry.group)
                    yield from (Candidate(s, group) for s in _matches(group, page.folded))
            elif (span := _joined(page.folded, start, end, entry)) is not None:
                yield Candidate(span, group)


def _matches(group: Group, folded: Folded) -> Iterator[Span]:
    """Where the group's pattern matches: in the plain view, else across marks in the dense one; in high-risk groups also spelt."""
    assert group.pattern is not None
    pattern = group.spelt or group.pattern
    part = "account" if "account" in pattern.groupindex else 0
    found = []
    for m in pattern.finditer(folded.plain):
        start, end = m.span(part)
        kept = len(folded.plain[start:end].rstrip())
        if kept:
            found.append((start, start + kept))
            yield Span(start, start + kept, _SURE, _spelling(group, m[0]))
    for m in pattern.finditer(folded.dense):
        start, end = m.span(part)
        span = _joined(folded, start, end, Entry(0, end - start)) if end > start else None
        whole = _joined(folded, *m.span(), Entry(0, len(m[0])))
        if span is None or whole is None or any(a < span.end and span.start < b for a, b in found):
            continue
        how = whole.how | _spelling(group, m[0])
        if how:
            yield span._replace(how=how, confidence=whole.confidence)


def _spelling(group: Group, text: str) -> frozenset[Transform]:
    if group.spelt is None or group.pattern is None or group.pattern.search(text):
        return frozenset()
    return frozenset((Transform.SPELLING if any(_latin(c) and not c.isdigit() for c in text) else Transform.SPLIT,))


def _joined(folded: Folded, start: int, end: int, entry: Entry) -> Span | None:
    """
    The candidate as a span of the plain view if a reader takes it for one word; None where the marks inside part two words.

    Every character parted from the next (国 家 级), or a mark that no text puts between words (降*血糖), is a disguise. A space that leaves at least two
    characters on both sides is a boundary between words.
    """
    first, last = folded.plain_span(start, end)
    plain = folded.plain
    if entry.letters_before and first and _one_word(plain[first - 1], plain[first]):
        return None
    if entry.letters_after and last < len(plain) and _one_word(plain[last], plain[last - 1]):
        return None
    how = frozenset((entry.how,)) if entry.how else frozenset()
    if last - first == end - start:
        return Span(first, last, _SURE, how)
    places = folded.place[start:end]
    gaps = [plain[a + 1 : b] for a, b in zip(places, places[1:], strict=False)]
    if any(len(g) > _GAP + any(c not in _ORDINARY_GAPS for c in g) for g in gaps):
        return None
    confidence = _trust(gaps, places, plain, first, last)
    return Span(first, last, confidence, how | {Transform.GAP}) if confidence else None


def _trust(gaps: list[str], places: Sequence[int], plain: str, first: int, last: int) -> float:
    """
    How sure it is that the marks disguise one word; 0 where they part two.

    A character that stands alone between marks is no word of Chinese text, so it betrays the disguise; two parts that are words of their own do not.
    """
    parted = [g for g in gaps if g]
    if (len(parted) == len(gaps) and len(gaps) > 1) or all(_latin(plain[p]) for p in places):
        return _SURE
    runs = [len(run) for run in "".join("x" + (" " if g else "") for g in [*gaps, ""]).split()]
    odd = any(c not in _ORDINARY_GAPS for g in parted for c in g)
    if odd:
        return _SURE if min(runs) == 1 else _LIKELY
    first_alone = runs[0] == 1 and (first == 0 or not _ideograph(plain[first - 1]))
    last_alone = runs[-1] == 1 and (last >= len(plain) or not _ideograph(plain[last]))
    if len(places) == 2:
        return _LIKELY if first_alone and last_alone else _DOUBTFUL
    if first_alone or last_alone or 1 in runs[1:-1]:
        return _LIKELY
    return 0.0 if all(c == " " for g in parted for c in g) else _DOUBTFUL


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _one_word(char: str, other: str) -> bool:
    """Two letters, or two digits: nothing parts them. A digit after letters (SPF50) begins something new."""
    return _latin(char) and char.isdigit() == other.isdigit()


def _ideograph(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _longest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Per rule: candidates that overlap become one span, of the graver group; in the order of the text."""
    kept: dict[str, list[Candidate]] = {}
    for c in sorted(candidates, key=lambda c: (c.group.rule, c.span.start, -c.span.end, c.group.name)):
        before = kept.setdefault(c.group.rule, [])
        last = before[-1] if before else None
        if last is None or c.span.start >= last.span.end:
            before.append(c)
        elif c.span.end > last.span.end or _GRAVE[c.group.severity] > _GRAVE[last.group.severity]:
            graver = last if _GRAVE[last.group.severity] >= _GRAVE[c.group.severity] else c
            sure, how = max(last.span.confidence, c.span.confidence), last.span.how | c.span.how
            before[-1] = Candidate(Span(last.span.start, max(last.span.end, c.span.end), sure, how), graver.group)
    return sorted((c for some in kept.values() for c in some), key=lambda c: (c.span.start, c.span.end, c.group.rule))


# --- contexts ------------------------------------------------------------------------------------------------------------------------------


def _frees(context: Context, candidate: Candidate, page: Page) -> bool:
    if context.only and not context.only & page.classes:
        return False
    start, end = candidate.span.start, candidate.span.end
    return (
        context.always
        or any(a <= start and end <= b and context.id in ids for a, b, ids in page.allowed)
        or _stands_beside(context, page.folded.plain, start, end)
        or _stands_near(context, page.folded.plain, start, end)
        or (
            context.evidence is not None
            and context.evidence.search(page.evidence) is not None
            and (not context.repeated or _begins_a_line(page.folded.plain[start:end], page.evidence))
        )
    )


def _begins_a_line(text: str, stated: str) -> bool:
    """Whether one of the stated values begins with it, «helps to» aside."""
    return re.search(rf"(?m)^(?:有助于|辅助)?{re.escape(text)}", stated) is not None


def _stands_beside(context: Context, plain: str, start: int, end: int) -> bool:
    """In the clause of the span: before it, behind it, or around it in one match."""
    if not (context.before or context.after or context.cover):
        return False
    low, high = _bounds(_CLAUSE, plain, start, end)
    return bool(
        (context.before and context.before.search(plain[max(low, start - _REACH) : start]))
        or (context.after and context.after.match(plain[end : min(high, end + _REACH)]))
        or (context.cover and _covers(context.cover, plain, (low, high), (start, end)))
    )


def _stands_near(context: Context, plain: str, start: int, end: int) -> bool:
    """In the sentence of the span."""
    if context.around is None:
        return False
    low, high = _bounds(_SENTENCE, plain, start, end)
    near = plain[max(low, start - 4 * _REACH) : min(high, end + 4 * _REACH)]
    return bool(context.around.search(near)) and (
        context.around_also is None or context.around_also.search(near) is not None
    )


def _bounds(marks: re.Pattern[str], plain: str, start: int, end: int) -> tuple[int, int]:
    low = max((m.end() for m in marks.finditer(plain, 0, start)), default=0)
    high = marks.search(plain, end)
    return low, high.start() if high else len(plain)


def _covers(patterns: Sequence[re.Pattern[str]], plain: str, clause: tuple[int, int], span: tuple[int, int]) -> bool:
    """Whether a match anywhere near the span, within the clause, holds all of it: a match may begin at any character before it."""
    start, end = span
    low, high = max(clause[0], start - _REACH), min(clause[1], end + _REACH)
    return any(
        match is not None and match.end() >= end
        for begin in range(low, start + 1)
        for match in (pattern.match(plain, begin, high) for pattern in patterns)
    )


# --- findings ------------------------------------------------------------------------------------------------------------------------------


def _finding(
    lexicon: Lexicon, laws: Laws, page: Page, candidate: Candidate, raw_span: tuple[int, int], context: Context | None
) -> Finding:
    group, span = candidate.group, candidate.span
    start, end = raw_span
    raw = page.folded.raw
    text = raw[start:end]
    needed = span.how | lexicon.folding.transforms(raw, start, end)
    severity = group.severity
    if context is not None:
        severity = Severity.MEDIUM
    elif group.high_risk and severity is Severity.MEDIUM and _disguised(needed, text):
        severity = Severity.HIGH
    evidence = (("context", context.id),) if context is not None else ()
    suggestion = group.suggestion
    return Finding(
        rule=group.rule,
        version=lexicon.versions[group.rule],
        field=page.field,
        start=start,
        end=end,
        text=text,
        normalised="".join(c for c in page.folded.plain[span.start : span.end] if not lexicon.folding.is_gap(c))
        if Transform.GAP in span.how
        else page.folded.plain[span.start : span.end],
        transforms=tuple(sorted(needed)),
        severity=severity,
        law=laws.get(group.law),
        message=context.reason if context is not None else _filled(group.message, text),
        suggestion=None if suggestion is None else _filled(suggestion, text),
        confidence=span.confidence,
        evidence=(("group", group.name), *evidence),
    )


def _disguised(needed: frozenset[Transform], text: str) -> bool:
    """Capital letters, full-width letters and traditional characters alone are an honest way to write."""
    return bool((needed & EVASIVE) - {Transform.WIDTH}) or (Transform.WIDTH in needed and not text.isascii())


def _filled(sentence: Text, text: str) -> Text:
    shown = " ".join(text.split())[:40]
    return Text(sentence.zh.replace("{text}", shown), sentence.en.replace("{text}", shown))


__all__ = ["FREE", "Candidate", "Hits", "Laws", "hits", "hits_of_many", "judge", "stated"]

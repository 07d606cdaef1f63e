"""Titles stuffed with words (T24): a note to the merchant, never a refusal."""

from __future__ import annotations

import re
from collections import Counter

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.contracts import Finding, Listing
from pinzhi.life.admission.rules.lexicon import Lexicon

VERSION = "2026-11"
TIMES = 4
"""So often the same word in one title is for the search engine, not for a reader."""
_IN_A_ROW = re.compile(r"([^\W\d_]{2,6}?)(?:[\s,/|、·]*\1){3,}")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_MESSAGE = Text("标题多次重复同一词语“{}”。", "The title repeats «{}» many times.")
_SUGGESTION = Text("每个词语保留一次。", "Keep each word once.")


def judge(lexicon: Lexicon, listing: Listing) -> list[Finding]:
    """One finding at most: the first word that stands `TIMES` times in the title, from its first to its last place."""
    folded = lexicon.folding.fold(listing.title)
    if (row := _IN_A_ROW.search(folded.plain)) is not None:
        word, (first, last) = row[1], row.span()
    else:
        counts = Counter(_WORDS.findall(folded.plain))
        word = next((w for w, n in counts.items() if n >= TIMES), "")
        if not word:
            return []
        first, last = folded.plain.index(word), folded.plain.rindex(word) + len(word)
    start, end = folded.raw_span(first, last)
    return [
        Finding(
            rule="T24",
            version=VERSION,
            field="title",
            start=start,
            end=end,
            text=listing.title[start:end],
            normalised=word,
            transforms=(),
            severity=Severity.LOW,
            law=None,
            message=Text(_MESSAGE.zh.format(word), _MESSAGE.en.format(word)),
            suggestion=_SUGGESTION,
        )
    ]

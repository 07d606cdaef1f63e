"""How sellers disguise a term, as a generator: eight transformations of one span of a text, each with the new raw span."""

import random

from pinzhi.life.admission.shipped import documents

MARKS = "*-_·★❤~ "
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
SIGNS = documents()["characters"]
TRADITIONAL = {e[1]: e[0] for e in reversed(SIGNS["traditional"].split())}
LOOKALIKE = {e[1]: e[0] for e in reversed(SIGNS["lookalikes"].split())}
SPELT = {e[0]: e[1:] for e in SIGNS["spellings"].split()}
SPLIT = {e[0]: e[1:] for e in SIGNS["splits"].split()}


def _between(term, marks, rng):
    mark = rng.choice(marks)
    return mark.join(term)


def _once(term, table, rng):
    places = [i for i, c in enumerate(term) if c in table]
    if not places:
        return None
    i = rng.choice(places)
    return term[:i] + table[term[i]] + term[i + 1 :]


def _all(term, table):
    changed = "".join(table.get(c, c) for c in term)
    return None if changed == term else changed


def _wide(term):
    changed = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in term)
    return None if changed == term else changed


TRANSFORMATIONS = {
    "marks": lambda t, rng: _between(t, MARKS[:-1], rng),
    "spaces": lambda t, rng: " ".join(t),
    "one mark": lambda t, rng: (i := rng.randrange(1, len(t))) and t[:i] + rng.choice("*★❤_~") + t[i:],
    "zero width": lambda t, rng: _between(t, ZERO_WIDTH, rng),
    "full width": lambda t, rng: _wide(t),
    "traditional": lambda t, rng: _all(t, TRADITIONAL),
    "look-alike": lambda t, rng: _once(t, LOOKALIKE, rng),
    "pinyin": lambda t, rng: _once(t, SPELT, rng),
    "parts": lambda t, rng: _once(t, SPLIT, rng),
}


def disguised(text: str, term: str, how: str, rng: random.Random) -> tuple[str, int, int] | None:
    """The text with one occurrence of the term disguised, and the raw span of the disguise; None where this way changes nothing."""
    start = text.index(term)
    if len(term) < 2 or (changed := TRANSFORMATIONS[how](term, rng)) is None:
        return None
    return text[:start] + changed + text[start + len(term) :], start, start + len(changed)

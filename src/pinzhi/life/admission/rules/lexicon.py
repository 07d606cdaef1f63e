"""
The text rules as data become typed rules: groups of terms and patterns, named contexts, classes of goods, and one content hash over all of it.

Pure: the caller reads the files and the rows of law (see `admission.shipped`). Raises ValueError where the data contradict themselves, so that a broken table
is found at the start and not on a listing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.rules.fold import Folding, Transform, pairs

MANUAL, FREE = "manual", "free"
_SHORTEST_REST = 2
_ALL_SPELT_FROM, _SPELT_UP_TO = 3, 6
"""A term of two syllables spelt in full is an everyday string of letters; beyond six characters nobody spells."""


@dataclass(frozen=True, slots=True)
class Context:
    """
    A named reason not to hold a candidate against a listing (`effect` free), or to leave it to a person (manual).

    It applies when one of its tests does: a longer allowed word or a match of `cover` holds the span; `before` ends where it begins; `after` begins where it
    ends; `around` (with `around_also`) stands in the same field near it; the listing states `evidence`; or `always` within its classes.
    """

    id: str
    effect: str
    reason: Text
    law: str = ""
    everywhere: bool = False
    always: bool = False
    only: frozenset[str] = frozenset()
    not_for: frozenset[str] = frozenset()
    cover: tuple[re.Pattern[str], ...] = ()
    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None
    around: re.Pattern[str] | None = None
    around_also: re.Pattern[str] | None = None
    evidence: re.Pattern[str] | None = None
    repeated: bool = False
    """The evidence counts only where a line of what the listing states begins with the span too: the stated function itself."""
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Terms, or one pattern with the anchors that make it worth trying, with severity, scope and the contexts that may free them, in order."""

    name: str
    rule: str
    severity: Severity
    law: str
    message: Text
    suggestion: Text | None
    words: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    spelt: re.Pattern[str] | None = None
    """The pattern with every character also in pinyin and in parts, for groups with a risk."""
    anchors: tuple[str, ...] = ()
    high_risk: bool = False
    """A disguise raises the finding to H."""
    disguises: bool = False
    """Also searched in pinyin and in parts."""
    only_disguised: bool = False
    only: frozenset[str] = frozenset()
    not_in: frozenset[str] = frozenset()
    contexts: tuple[Context, ...] = ()
    also: tuple[str, ...] = ()
    """Terms with another head that says the same; searched as they stand only."""

    def concerns(self, classes: frozenset[str]) -> bool:
        """Whether goods of these classes fall under it."""
        return (not self.only or bool(self.only & classes)) and not (self.not_in & classes)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one searched string means: a term of a group, or an anchor of its pattern. `how` is the disguise that the string itself undoes."""

    group: int
    length: int
    anchor: bool = False
    how: Transform | None = None
    letters_before: bool = False
    letters_after: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of goods and the words of a category's path that make one."""

    id: str
    words: re.Pattern[str]
    not_words: re.Pattern[str]
    title: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything the text rules know, compiled. `hash` covers the data, the folding and the version of this shape."""

    folding: Folding
    groups: tuple[Group, ...]
    kinds: tuple[Kind, ...]
    terms: AhoCorasick
    entries: tuple[tuple[Entry, ...], ...]
    allowed: AhoCorasick
    allowed_by: tuple[frozenset[str], ...]
    versions: Mapping[str, str]
    hash: str
    strings: tuple[str, ...] = field(default=(), repr=False)

    def classes(self, category: str, title: str = "") -> frozenset[str]:
        """The classes of goods that a category's path names; where it names none, those that the title gives away."""
        named = _named(self.kinds, self.folding.plain(category))
        if named or not title:
            return named
        read = self.folding.plain(title)
        return frozenset(k.id for k in self.kinds if k.title is not None and k.title.search(read))


@lru_cache(maxsize=10_000)
def _named(kinds: tuple[Kind, ...], path: str) -> frozenset[str]:
    """A feed names the same few hundred categories over and over."""
    return frozenset(k.id for k in kinds if k.words.search(path) and not k.not_words.search(path))


def compile_lexicon(documents: Mapping[str, Mapping[str, Any]]) -> Lexicon:
    """
    The lexicon from the parsed files by name: `characters`, `contexts`, `categories`, and any number of files of rules.

    Raises ValueError or KeyError on unknown contexts, doubled names, broken patterns or half-translated sentences.
    """
    signs = documents["characters"]
    folding = Folding(pairs(signs["traditional"]), pairs(signs["lookalikes"]), signs["gaps"])
    spellings, splits = _pieces(signs["spellings"]), _pieces(signs["splits"])
    forms = {c: tuple(t[c] for t in (spellings, splits) if c in t) for c in {*spellings, *splits}}
    heads = _heads(signs["heads"])
    contexts = {c.id: c for c in map(_context, documents["contexts"]["context"])}
    groups: list[Group] = []
    versions: dict[str, str] = {}
    for name, document in documents.items():
        for rule in document.get("rule", ()):
            if rule["id"] in versions:
                raise ValueError(f"{rule['id']} stands in two places")
            versions[rule["id"]] = rule.get("version", document["version"])
            says = heads if document.get("inflected") else {}
            groups += [_group(rule, raw, contexts, name, forms, says) for raw in rule["group"]]
    if doubled := {
        n for n in (f"{g.rule}.{g.name}" for g in groups) if sum(f"{g.rule}.{g.name}" == n for g in groups) > 1
    }:
        raise ValueError(f"groups of one name: {sorted(doubled)}")
    kinds = tuple(_kind(k) for k in documents["categories"]["class"])
    strings, entries = _entries(groups, folding, spellings, splits)
    allowed: dict[str, set[str]] = {}
    for context in contexts.values():
        for word in context.allow:
            allowed.setdefault(folding.dense(word), set()).add(context.id)
    return Lexicon(
        folding,
        tuple(groups),
        kinds,
        _automaton(strings),
        entries,
        _automaton(list(allowed)),
        tuple(frozenset(v) for v in allowed.values()),
        versions,
        digest([_hashable(dict(documents)), folding.hash]),
        tuple(strings),
    )


def _automaton(strings: list[str]) -> AhoCorasick:
    return AhoCorasick(strings, matchkind=MatchKind.Standard, store_patterns=False, implementation=Implementation.DFA)


def _hashable(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _hashable(v) for k, v in sorted(value.items())}
    return [_hashable(v) for v in value] if isinstance(value, list) else str(value)


def _pieces(text: str) -> dict[str, str]:
    """`"治zhi 疗liao"`: the character and what may stand for it."""
    return {entry[0]: entry[1:] for entry in text.split()}


def _heads(text: str) -> dict[str, tuple[str, ...]]:
    """`"降降低 降减低"`: the first character of a term and the words that say the same."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in text.split():
        found[entry[0]] = (*found.get(entry[0], ()), entry[1:])
    return found


def _inflected(words: Iterable[str], heads: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Terms that begin with a head, with the words that say the same: 降低血糖 for 降血糖. A rest of one character would say anything."""
    said = (h + w[1:] for w in words if len(w) > _SHORTEST_REST for h in heads.get(w[0], ()))
    return tuple(dict.fromkeys(said))


def _any_of(patterns: Iterable[str], frame: str = "{}") -> re.Pattern[str] | None:
    joined = "|".join(f"(?:{p})" for p in patterns)
    return re.compile(frame.format(f"(?:{joined})")) if joined else None


def _context(raw: Mapping[str, Any]) -> Context:
    if raw["effect"] not in {FREE, MANUAL}:
        raise ValueError(f"{raw['id']}: effect is {FREE} or {MANUAL}")
    if "evidence" in raw:
        re.compile(raw["evidence"])
    return Context(
        raw["id"],
        raw["effect"],
        Text(raw["zh"], raw["en"]),
        raw.get("law", ""),
        raw.get("everywhere", False),
        raw.get("always", False),
        frozenset(raw.get("only", ())),
        frozenset(raw.get("not_for", ())),
        tuple(re.compile(p) for p in raw.get("cover", ())),
        _any_of(raw.get("before", ()), r"{}\s*\Z"),
        _any_of(raw.get("after", ())),
        _any_of(raw.get("around", ())),
        _any_of(raw.get("around_also", ())),
        re.compile(raw["evidence"]) if "evidence" in raw else None,
        raw.get("repeated", False),
        tuple(raw.get("allow", "").split()),
    )


def _kind(raw: Mapping[str, Any]) -> Kind:
    title = re.compile(raw["title"]) if "title" in raw else None
    words, others = ("|".join(map(re.escape, raw[key].split())) for key in ("words", "not_words"))
    return Kind(raw["id"], re.compile(words), re.compile(others), title)


def _group(
    rule: Mapping[str, Any],
    raw: Mapping[str, Any],
    contexts: Mapping[str, Context],
    name: str,
    forms: Mapping[str, tuple[str, ...]],
    heads: Mapping[str, tuple[str, ...]],
) -> Group:
    try:
        named = [contexts[c] for c in raw.get("exempt", ())]
    except KeyError as why:
        raise ValueError(f"{name}: {rule['id']}.{raw['name']} names an unknown context {why}") from why
    full = f"{rule['id']}.{raw['name']}"
    common = [c for c in contexts.values() if c.everywhere and full not in c.not_for]
    fix = (raw.get("fix_zh", rule.get("fix_zh")), raw.get("fix_en", rule.get("fix_en")))
    return Group(
        raw["name"],
        rule["id"],
        Severity(raw.get("severity", rule["severity"])),
        raw.get("law", rule.get("law", "")),
        Text(raw.get("zh", rule["zh"]), raw.get("en", rule["en"])),
        Text(*fix) if fix[0] and fix[1] else None,
        tuple(dict.fromkeys(raw.get("words", "").split())),
        re.compile(raw["pattern"]) if "pattern" in raw else None,
        re.compile(_spelt(raw["pattern"], forms)) if "pattern" in raw and "risk" in raw else None,
        tuple(raw.get("anchors", "").split()),
        raw.get("risk") == "high",
        "risk" in raw,
        raw.get("disguised", False),
        frozenset(raw.get("only", ())),
        frozenset(raw.get("not", ())),
        (*common, *named),
        _inflected(raw.get("words", "").split(), heads),
    )


_AS_IT_IS = re.compile(r"\[[^\]]*\]|\(\?<[!=][^)]*\)")
"""Classes hold single characters, and what looks behind has a fixed width."""


def _spelt(pattern: str, forms: Mapping[str, tuple[str, ...]]) -> str:
    """A pattern in which every character may also be spelt: `天` becomes `(?:天|tian)`."""
    built: list[str] = []
    place = 0
    for kept in [*_AS_IT_IS.finditer(pattern), None]:
        plain = pattern[place : kept.start() if kept else len(pattern)]
        built += (f"(?:{'|'.join((c, *forms[c]))})" if c in forms else c for c in plain)
        if kept:
            built.append(kept[0])
            place = kept.end()
    return "".join(built)


# --- what is searched ----------------------------------------------------------------------------------------------------------------------


def _entries(
    groups: list[Group], folding: Folding, spellings: Mapping[str, str], splits: Mapping[str, str]
) -> tuple[list[str], tuple[tuple[Entry, ...], ...]]:
    found: dict[str, list[Entry]] = {}
    for number, group in enumerate(groups):
        if group.pattern is None and group.anchors:
            raise ValueError(f"{group.rule}.{group.name}: anchors without a pattern")
        for anchor in group.anchors:
            for string, _ in _forms(anchor, folding, group, spellings, splits, whole=True):
                known = found.setdefault(string, [])
                if all(e.group != number for e in known):
                    known.append(Entry(number, len(string), anchor=True))
        plainly = ((folding.dense(word), None) for word in group.also)
        spelt = (form for word in group.words for form in _forms(word, folding, group, spellings, splits))
        for string, how in itertools.chain(spelt, plainly):
            if not string:
                raise ValueError(f"{group.rule}.{group.name}: a term folds to nothing")
            entry = Entry(number, len(string), False, how, _latin(string[0]), _latin(string[-1]))
            known = found.setdefault(string, [])
            if all(e.group != number for e in known):
                known.append(entry)
    if "" in found:
        raise ValueError("a term folds to nothing")
    return list(found), tuple(tuple(v) for v in found.values())


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _forms(
    word: str,
    folding: Folding,
    group: Group,
    spellings: Mapping[str, str],
    splits: Mapping[str, str],
    *,
    whole: bool = False,
) -> Iterable[tuple[str, Transform | None]]:
    """The term itself, with numerals, and for terms with a risk in pinyin and in parts. `whole`: also a short one spelt in full, as an anchor may be."""
    plain = folding.dense(word)
    yield plain, None
    if "一" in plain:
        yield plain.replace("一", "1"), None
    if not group.disguises or len(plain) > _SPELT_UP_TO:
        return
    for table, how in ((spellings, Transform.SPELLING), (splits, Transform.SPLIT)):
        places = [i for i, c in enumerate(plain) if c in table]
        for count in range(1, len(places) + 1):
            in_full = how is Transform.SPELLING and count == len(plain) and count < _ALL_SPELT_FROM
            if in_full and not whole:
                continue
            for chosen in itertools.combinations(places, count):
                string = "".join(folding.dense(table[c]) if i in chosen else c for i, c in enumerate(plain))
                if not in_full or len(string) >= _ALL_SPELT_FROM:
                    yield string, how

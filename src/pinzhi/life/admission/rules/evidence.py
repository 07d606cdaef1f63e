"""
The evidence matrix as typed, content-hashed data: categories, needs, what frees from a need, attributes that must fit, mandatory standards.

Pure: the caller reads the files (`admission.tables`). Raises ValueError where the data contradict themselves, so that a broken table is found at the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pinzhi.kernel.canon import digest
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.rules.categories import Tree, folded, tree, words
from pinzhi.life.admission.rules.numbers.book import KIND_NAMES

PAPER_NAMES: Mapping[str, Text] = {
    **KIND_NAMES,
    "authorisation": Text("品牌授权书", "brand authorisation"),
    "farm_certificate": Text("承诺达标合格证", "certificate of promised conformity"),
    "software_registration": Text("计算机软件著作权登记", "software copyright registration"),
    "jewellery_certificate": Text("珠宝鉴定证书", "jewellery certificate"),
    "medicine_trade": Text("药品经营许可证", "licence to trade in medicine"),
    "veterinary": Text("兽药产品批准文号", "approval of a veterinary medicine"),
    "veterinary_trade": Text("兽药经营许可证", "licence to trade in veterinary medicine"),
    "seed_licence": Text("种子生产经营许可证", "seed licence"),
    "seed_notice": Text("种子经营备案", "seed trade notice"),
    "pesticide": Text("农药登记证", "pesticide registration"),
}
"""What every kind of paper is called; the kinds with a known number are those of the book of numbers."""


@dataclass(frozen=True, slots=True)
class When:
    """
    A condition on the listing; every part that is given has to hold.

    `words`: one of them in title, texts or attributes and not only inside a `not_words`; `imported`: whether origin or texts say so; `brand`: a brand is named;
    `attribute` and `value`: a pattern searched in the value of that field.
    """

    words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    imported: bool | None = None
    brand: bool = False
    attribute: str = ""
    value: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A row of the matrix: see `data/matrix/needs.toml`. `mandatory` needs make the file incomplete, others are a note."""

    id: str
    categories: frozenset[str]
    claim: Text
    kinds: tuple[str, ...]
    schemes: frozenset[str]
    issuer: Text
    mandatory: bool
    holder: str
    must: tuple[str, ...]
    look: tuple[str, ...]
    months: int | None
    covers: bool
    when: When | None
    law: str


@dataclass(frozen=True, slots=True)
class Free:
    """A named context that frees a listing from needs; `manual` leaves the question to a person."""

    id: str
    needs: frozenset[str]
    categories: frozenset[str]
    when: When
    reason: Text
    law: str
    manual: bool


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """An attribute that has to be stated and to fit."""

    id: str
    categories: frozenset[str]
    field: str
    allowed: re.Pattern[str]
    severity: Severity
    when: When | None
    message: Text
    suggestion: Text
    law: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of a standard: in force from `starts` to `ends`; goods made to it are sold until `sold_until`; `transition`: what stays valid."""

    year: str
    starts: date
    ends: date | None
    sold_until: date | None
    transition: str

    @property
    def last(self) -> date | None:
        """The last day on which goods of it are sold as a matter of course; None while no end is known."""
        return self.sold_until or self.ends


@dataclass(frozen=True, slots=True)
class Transition:
    """
    What stays valid after an edition has ended. `said` speaks of {old}, {new}, {ends} and {last}; `by_making` frees goods made up to the end.

    `verified` False: the rule is at second hand, as `law` (a row of law) may be.
    """

    id: str
    said: Text
    by_making: bool
    law: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Standard:
    """A mandatory standard with its editions, the oldest first."""

    number: str
    name: Text
    categories: frozenset[str]
    editions: tuple[Edition, ...]
    verified: bool
    includes: frozenset[str]
    note: str

    def edition(self, year: str) -> Edition | None:
        """The edition of a year."""
        return next((e for e in self.editions if e.year == year), None)

    def current(self, on: date) -> Edition | None:
        """The edition in force on a day."""
        return next((e for e in reversed(self.editions) if e.starts <= on and (e.ends is None or on <= e.ends)), None)

    def after(self, of: Edition) -> Edition | None:
        """The edition that takes the place of another."""
        return next((e for e in self.editions if e.starts > of.starts), None)


@dataclass(frozen=True)
class Matrix:
    """Everything that the matrix computes with. `hash` is over the content of the files."""

    tree: Tree
    needs: tuple[Need, ...]
    frees: tuple[Free, ...]
    attributes: tuple[AttributeRule, ...]
    fields: Mapping[str, frozenset[str]]
    kinds: Mapping[str, str]
    scopes: Mapping[str, frozenset[str]]
    scope_words: tuple[tuple[re.Pattern[str], frozenset[str]], ...]
    standards: Mapping[str, Standard]
    transitions: Mapping[str, Transition]
    abroad: tuple[str, ...]
    version: str
    hash: str

    def kind(self, said: str) -> str:
        """The kind of paper that a word stands for; the word itself where it stands for none."""
        word = folded(said)
        return self.kinds.get(word) or self.kinds.get(word.replace(" ", "_"), said)

    def paper_field(self, said: str) -> str:
        """The name in the rules of a paper's field; the word itself where it has none."""
        word = folded(said)
        forms = {word, word.replace(" ", "_")}
        return next((name for name, others in self.fields.items() if forms & others), said)

    @property
    def laws(self) -> frozenset[str]:
        """Every row of law that is cited."""
        named = [n.law for n in self.needs] + [f.law for f in self.frees] + [a.law for a in self.attributes]
        return frozenset([*named, *(t.law for t in self.transitions.values())])


# --- reading -------------------------------------------------------------------------------------------------------------------------------------------


def matrix(
    categories: Mapping[str, Any], needs: Mapping[str, Any], names: Mapping[str, Any], standards: Mapping[str, Any]
) -> Matrix:
    """The matrix from its parsed files. Raises ValueError or KeyError where they contradict one another."""
    known = tree(categories["category"])
    fields = names["fields"]
    rows = tuple(_need(r) for r in needs["need"])
    frees = tuple(_free(r) for r in needs.get("free", ()))
    attributes = tuple(_attribute(r) for r in needs.get("attribute", ()))
    found = {r["number"]: _standard(r) for r in standards["standard"]}
    transitions = {r["id"]: _transition(r) for r in standards["transition"]}
    _check(known, rows, frees, attributes, found.values(), fields, transitions)
    return Matrix(
        known,
        rows,
        frees,
        attributes,
        {name: frozenset(text.lower().split()) for name, text in fields.items()},
        _kinds(names["kinds"]),
        {c: frozenset(text.split()) for c, text in needs["scopes"].items()},
        tuple((re.compile(p), frozenset(text.split())) for p, text in needs["scope_words"].items()),
        found,
        transitions,
        tuple(needs["abroad"].lower().split()),
        needs["version"],
        digest([_plain(categories), _plain(needs), _plain(names), _plain(standards)]),
    )


def _kinds(words: Mapping[str, str]) -> dict[str, str]:
    """Other word → kind of paper. Raises ValueError where a word stands for two kinds or names none."""
    found = {kind: kind for kind in PAPER_NAMES}
    for kind, text in words.items():
        for word in text.lower().split():
            if kind not in PAPER_NAMES or found.setdefault(word, kind) != kind:
                raise ValueError(f"{word!r} stands for two kinds of paper, or {kind!r} is none")
    return found


def _check(
    known: Tree,
    rows: Iterable[Need],
    frees: Iterable[Free],
    attributes: Iterable[AttributeRule],
    standards: Iterable[Standard],
    fields: Mapping[str, str],
    transitions: Mapping[str, Transition],
) -> None:
    wrong = []
    ids = [n.id for n in rows]
    wrong += [f"need {i!r} stands twice" for i in set(ids) if ids.count(i) > 1]
    sets = [r.categories for r in rows] + [f.categories for f in frees] + [a.categories for a in attributes]
    for named in (*sets, *(s.categories for s in standards)):
        wrong += [f"no such category: {c!r}" for c in named if c not in known.nodes]
    for n in rows:
        wrong += [f"{n.id}: no such kind of paper {k!r}" for k in n.kinds if k not in PAPER_NAMES]
        wrong += [f"{n.id}: no such field {f!r}" for f in (*n.must, *n.look) if f not in fields]
    wrong += [f"{f.id}: frees from {i!r}, which is no need" for f in frees for i in f.needs if i not in ids]
    for s in standards:
        spans = sorted(s.editions, key=lambda e: e.starts)
        if list(s.editions) != spans or any(
            a.ends is None or b.starts <= a.ends for a, b in zip(spans, spans[1:], strict=False)
        ):
            wrong.append(f"{s.number}: editions overlap or are out of order")
        wrong += [f"{s.number}: no such transition: {e.transition!r}" for e in spans if e.transition not in transitions]
        wrong += [
            f"{s.number}-{e.year}: sold after its end without an end, or before it"
            for e in spans
            if e.sold_until is not None and (e.ends is None or e.sold_until < e.ends)
        ]
    if wrong:
        raise ValueError("; ".join(sorted(set(wrong))))


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _listed(text: str) -> frozenset[str]:
    """Numbers of standards hold a space: they stand apart by commas."""
    return frozenset(n.strip() for n in text.split(",") if n.strip())


def _when(raw: Mapping[str, Any] | None) -> When | None:
    if raw is None:
        return None
    value = raw.get("value")
    return When(
        words(raw),
        words(raw, "not_words"),
        raw.get("imported"),
        raw.get("brand", False),
        raw.get("attribute", ""),
        re.compile(value, re.IGNORECASE) if value else None,
    )


def _need(r: Mapping[str, Any]) -> Need:
    return Need(
        r["id"],
        _ids(r["for"]),
        Text(*r["claim"]),
        tuple(r["kinds"].split()),
        _ids(r.get("schemes", "")),
        Text(*r["issuer"]),
        {"must": True, "should": False}[r["level"]],
        r["holder"],
        tuple(r.get("must", "").split()),
        tuple(r.get("look", "").split()),
        r.get("months"),
        r.get("covers", False),
        _when(r.get("when")),
        r["law"],
    )


def _free(r: Mapping[str, Any]) -> Free:
    when = _when(r["when"])
    assert when is not None
    return Free(r["id"], _ids(r["needs"]), _ids(r["for"]), when, Text(*r["reason"]), r["law"], r.get("manual", False))


def _attribute(r: Mapping[str, Any]) -> AttributeRule:
    return AttributeRule(
        r["id"],
        _ids(r["for"]),
        r["field"],
        re.compile(r["allowed"], re.IGNORECASE),
        Severity(r["severity"]),
        _when(r.get("when")),
        Text(*r["message"]),
        Text(*r["suggestion"]),
        r["law"],
    )


def _standard(r: Mapping[str, Any]) -> Standard:
    editions = tuple(
        Edition(
            e["year"],
            e["from"],
            e.get("to"),
            e.get("sold_until"),
            e.get("transition", "sold_until" if "sold_until" in e else "at_once"),
        )
        for e in r["editions"]
    )
    return Standard(
        r["number"],
        Text(*r["name"]),
        _ids(r.get("for", "")),
        editions,
        r["verified"],
        _listed(r.get("includes", "")),
        r.get("note", ""),
    )


def _transition(r: Mapping[str, Any]) -> Transition:
    return Transition(r["id"], Text(*r["said"]), r.get("by_making", False), r["law"], r["verified"])


def _plain(value: Any) -> Any:
    """Days as text, so that the hash is over canonical values."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value

"""
Golden cases of the text rules: a text, what must be said of it, and why. The shipped ones and those that a draft brings along; `held` ones are only counted,
`missed` ones are known to be wrong, and neither binds a draft.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.contracts import Listing, Outcome
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.life.admission.rules.verdict import screen


@dataclass(frozen=True, slots=True)
class Golden:
    """One case. `spans` must all be touched by a finding in the title."""

    id: str
    category: str
    title: str
    attributes: tuple[tuple[str, str], ...]
    outcome: Outcome
    spans: tuple[str, ...]
    because: str

    @property
    def listing(self) -> Listing:
        """The case as goods that somebody submits."""
        return Listing(self.id, "golden", self.category, self.title, attributes=self.attributes)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a draft brings along: cases of its own (one with the id of a shipped case takes its place), and regression cases set aside with the reason."""

    cases: tuple[Golden, ...] = ()
    aside: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Broken:
    """A case that does not hold: what was wanted and what is said."""

    id: str
    text: str
    wanted: str
    said: str
    because: str


def read_cases(rows: Iterable[Mapping[str, Any]]) -> tuple[Golden, ...]:
    """The binding cases among parsed ones. Raises KeyError, ValueError, TypeError for one that is not whole."""
    return tuple(_case(r) for r in rows if not r.get("held") and not r.get("missed"))


def _case(row: Mapping[str, Any]) -> Golden:
    given, expect = row["given"], row["expect"]
    title, spans = str(given["title"]), tuple(map(str, expect["spans"]))
    if not row["because"] or any(s not in title for s in spans):
        raise ValueError(f"{row['id']}: a case says why, and its spans are words of its title")
    attributes = tuple((str(k), str(v)) for k, v in given.get("attributes", {}).items())
    return Golden(
        str(row["id"]),
        str(given["category"]),
        title,
        attributes,
        Outcome(expect["outcome"]),
        spans,
        str(row["because"]),
    )


def brought(text: str) -> Brought:
    """
    The cases file of a draft: `[[case]]` as in the golden files, `[[aside]]` with `regression` (its number) and `because`.

    Raises RefusedError(`cases_invalid`).
    """
    try:
        raw = tomllib.loads(text)
        if unknown := sorted(set(raw) - {"case", "aside"}):
            raise ValueError(f"unknown entry {unknown[0]!r}")
        aside = tuple((int(a["regression"]), str(a["because"])) for a in raw.get("aside", ()))
        if not all(why.strip() for _, why in aside):
            raise ValueError("a regression case is set aside with a reason")
        return Brought(read_cases(raw.get("case", ())), aside)
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise RefusedError.because(
            "cases_invalid",
            f"the cases cannot be read: {why}",
            "write [[case]] with id, given, expect and because; [[aside]] with regression and because",
            field="cases",
        ) from why


def broken(ruleset: Ruleset, cases: Iterable[Golden], as_of: date) -> list[Broken]:
    """The cases that do not hold under a ruleset, in their order. One with the id of an earlier one takes its place."""
    laws = ruleset.laws(as_of)
    found = []
    for case in {c.id: c for c in cases}.values():
        said = screen(case.listing, ruleset, as_of, laws)
        in_title = [f.text for f in said.findings if f.field == "title"]
        unseen = [s for s in case.spans if not any(s in text or text in s for text in in_title)]
        if said.outcome is case.outcome and not unseen:
            continue
        wanted = " ".join([case.outcome.value, *case.spans])
        told = " ".join([said.outcome.value, *(f"{f.rule}:{f.text}" for f in said.findings)])
        found.append(Broken(case.id, case.title, wanted, told, case.because))
    return found

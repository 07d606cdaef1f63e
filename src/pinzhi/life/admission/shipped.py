"""The ruleset that comes with this version: its data files and the rows of law, compiled once and never written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.tables import statutes
from pinzhi.life.admission import tables
from pinzhi.life.admission.rules.claimed import claim_tables
from pinzhi.life.admission.rules.golden import Golden, read_cases
from pinzhi.life.admission.rules.lexicon import compile_lexicon
from pinzhi.life.admission.rules.ruleset import Ruleset, put_together

CLAIMS = "claims"


def texts() -> dict[str, str]:
    """Every file of text rules, as it stands, by name without ending."""
    return _folder("text")


def documents() -> dict[str, Mapping[str, Any]]:
    """Every file of text rules, parsed, by name."""
    return {name: tomllib.loads(text) for name, text in texts().items()}


@cache
def golden() -> tuple[Golden, ...]:
    """The golden cases that the text rules must hold: the labelled texts without those held back or known to be missed."""
    return read_cases(case for text in _folder("golden").values() for case in tomllib.loads(text)["case"])


def _folder(name: str) -> dict[str, str]:
    folder = resources.files("pinzhi.life.admission").joinpath("data", name)
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml"))
    return {n.removesuffix(".toml"): folder.joinpath(n).read_text(encoding="utf-8") for n in names}


@cache
def ruleset() -> Ruleset:
    """Everything compiled. Raises ValueError when the files contradict one another."""
    found = documents()
    claims = found.pop(CLAIMS)
    return put_together(compile_lexicon(found), claim_tables(claims), tables.matrix(), tables.book(), statutes())


def candidate(files: Mapping[str, str]) -> Ruleset:
    """
    The shipped ruleset with some of its files replaced or added: name without ending → TOML text. What a draft is tried with.

    Raises RefusedError(`ruleset_invalid`, `ruleset_empty`) naming the file and what is wrong with it.
    """
    if not files:
        raise RefusedError.because(
            "ruleset_empty",
            "there is no rule file",
            "give a folder with at least one .toml file of text rules",
            field="ruleset",
        )
    found = documents()
    for name, text in files.items():
        try:
            found[name] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as why:
            raise _invalid(f"{name}.toml: {why}") from why
    try:
        claims = found.pop(CLAIMS)
        return put_together(compile_lexicon(found), claim_tables(claims), tables.matrix(), tables.book(), statutes())
    except (ValueError, TypeError, re.error, OverflowError, RecursionError) as why:
        raise _invalid(str(why)) from why
    except (KeyError, AttributeError) as why:
        raise _invalid(f"an entry is missing or of another kind: {why}") from why


def _invalid(why: str) -> RefusedError:
    return RefusedError.because(
        "ruleset_invalid", why, "mend the file; the shipped ones show every entry that a rule has", field="ruleset"
    )

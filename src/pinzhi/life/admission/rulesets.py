"""
Which rules a listing is judged by: the live version of the rule lab, the one on trial for its share of the listings, or what is shipped.

The table is asked at every act, so that a publication holds at once in every process; what is compiled is kept by the digest of its files.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping

from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import shipped
from pinzhi.life.admission.models import RulesetVersion
from pinzhi.life.admission.rules.lab import Stage, on_trial
from pinzhi.life.admission.rules.ruleset import Ruleset

log = logging.getLogger("pinzhi.admission")
KEPT = 8
"""Compiled rulesets that a process keeps; one takes a few megabytes and half a second."""
_kept: dict[str, Ruleset] = {}
_lock = threading.Lock()
_USED = (Stage.LIVE, Stage.PERCENTAGE, Stage.REPLACED, Stage.REVERTED)


def in_force(listing_id: str) -> Ruleset:
    """The rules that a listing is judged by now. One query."""
    held = RulesetVersion.objects.filter(stage__in=(Stage.LIVE, Stage.PERCENTAGE)).values_list(
        "stage", "pk", "digest", "share"
    )
    by_stage = {stage: (pk, named, share) for stage, pk, named, share in held}
    if (trial := by_stage.get(Stage.PERCENTAGE)) is not None and on_trial(listing_id, trial[1], trial[2]):
        return _or_shipped(*trial[:2])
    if (live := by_stage.get(Stage.LIVE)) is not None:
        return _or_shipped(*live[:2])
    return shipped.ruleset()


def live_rules() -> Ruleset:
    """The rules of everything that is not on trial. One query."""
    held = RulesetVersion.objects.filter(stage=Stage.LIVE).values_list("pk", "digest").first()
    return _or_shipped(*held) if held else shipped.ruleset()


def trial_rules() -> Ruleset | None:
    """The rules that judge a share of the listings now; None where none do. One query."""
    held = RulesetVersion.objects.filter(stage=Stage.PERCENTAGE).values_list("pk", "digest").first()
    return _or_shipped(*held) if held else None


def live() -> RulesetVersion | None:
    """The live version; None where the shipped rules hold."""
    return RulesetVersion.objects.filter(stage=Stage.LIVE).first()


def compiled(version: RulesetVersion) -> Ruleset:
    """A version compiled with the tables of this software. Raises RefusedError(`ruleset_invalid`) where they no longer fit together."""
    return _compiled(version.digest, version.files)


def build(files: Mapping[str, str]) -> Ruleset:
    """The rules of some files, in the order of their names, over the shipped ones. Raises RefusedError(`ruleset_invalid`)."""
    return shipped.candidate(dict(sorted(files.items()))) if files else shipped.ruleset()


def content_digest(files: Mapping[str, str], cases: str) -> str:
    """What a version is known by: its files and its cases."""
    return digest({"files": dict(files), "cases": cases})


def by_hash(wanted: str) -> Ruleset | None:
    """
    The ruleset with a content hash: the shipped one, or a version that was ever in force. None where this software has it no longer.

    Versions drafted under other shipped tables compile to another hash than they were drafted with; they are tried last.
    """
    if shipped.ruleset().hash == wanted:
        return shipped.ruleset()
    with _lock:
        kept = next((r for r in _kept.values() if r.hash == wanted), None)
    if kept is not None:
        return kept
    named = RulesetVersion.objects.filter(hash=wanted).order_by("-pk")
    others = RulesetVersion.objects.filter(stage__in=_USED).exclude(hash=wanted).order_by("-pk")
    for version in [*named, *others]:
        try:
            found = compiled(version)
        except RefusedError:
            continue
        if found.hash == wanted:
            return found
    return None


def _or_shipped(pk: int, named: str) -> Ruleset:
    """
    A version in force. One that no longer fits the tables of a newer software must not stop admission: the shipped rules hold, and every screening says so by
    its hash.
    """
    with _lock:
        kept = _kept.get(named)
    if kept is not None:
        return kept
    try:
        return _compiled(named, RulesetVersion.objects.values_list("files", flat=True).get(pk=pk))
    except RefusedError as no:
        log.error("ruleset version %s cannot be compiled, the shipped rules hold: %s", pk, no.refusal.reason)  # noqa: TRY400 - an expected no
        return shipped.ruleset()


def _compiled(named: str, files: Mapping[str, str]) -> Ruleset:
    with _lock:
        if (kept := _kept.get(named)) is not None:
            return kept
        made = build(files)
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        _kept[named] = made
        return made

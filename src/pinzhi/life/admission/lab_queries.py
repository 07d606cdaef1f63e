"""Reading the rule lab: versions with their stage, what one changes rule by rule, its backtest, its shadow."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from pinzhi.life.admission import lab, lab_shadow, rulesets, shipped
from pinzhi.life.admission.models import RulesetBacktest, RulesetStep, RulesetVersion, ShadowDifference, ShadowTally
from pinzhi.life.admission.rules.rule_changes import RuleChange, changes

MOST_SHOWN = 50
MOST_VERSIONS = 200


def versions() -> list[RulesetVersion]:
    """The versions, newest first, with their parents, without their files. One query."""
    rows = RulesetVersion.objects.select_related("parent", "drafted_by", "asked_by").defer("files", "parent__files")
    return list(rows.order_by("-pk")[:MOST_VERSIONS])


def rule_changes(row: RulesetVersion) -> list[RuleChange]:
    """What a version changes beside its parent."""
    known = shipped.documents()
    before = row.parent.files if row.parent else {}
    return changes({**known, **_parsed(before)}, {**known, **_parsed(row.files)})


def _parsed(files: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    return {name: tomllib.loads(text) for name, text in files.items()}


def text_now(name: str) -> str:
    """One file of text rules as it holds now; empty where there is none."""
    held = rulesets.live()
    return str((held.files if held else {}).get(name, shipped.texts().get(name, "")))


def last_backtest(row: RulesetVersion) -> RulesetBacktest | None:
    """The last one."""
    return row.backtests.order_by("-pk").first()


def steps(row: RulesetVersion) -> list[RulesetStep]:
    """Everything that happened to it, oldest first."""
    return list(row.steps.select_related("account").order_by("pk"))


def tally(row: RulesetVersion) -> ShadowTally | None:
    """How far its shadow has come; None where it never ran."""
    return ShadowTally.objects.filter(version=row).first()


def differences(row: RulesetVersion, most: int = MOST_SHOWN) -> list[ShadowDifference]:
    """The last phantom decisions, those that change the outcome first."""
    rows = ShadowDifference.objects.filter(version=row).select_related("screening__submission").order_by("-pk")[:1000]
    return sorted(rows, key=lambda d: d.before == d.after)[:most]


def document(row: RulesetVersion) -> dict[str, Any]:
    """A version as JSON values, without its files and without names of persons."""
    return {
        "number": row.pk,
        "name": row.name,
        "stage": row.stage,
        "share": row.share,
        "ruleset": row.hash,
        "digest": row.digest,
        "parent": row.parent_id,
        "replaces": row.replaces_id,
        "origin": row.origin,
        "note": row.note,
        "asked": row.asked,
        "asked_share": row.asked_share,
        "drafted_at": row.drafted_at.isoformat(),
        "seen": lab.seen_digest(row),
    }


def whole(version_id: int) -> dict[str, Any]:
    """Everything about one version as JSON values. Raises RefusedError(`ruleset_unknown`)."""
    row = lab.find(version_id)
    last, shadow = last_backtest(row), tally(row)
    return document(row) | {
        "changes": [
            {"place": c.place, "entry": c.entry, "added": list(c.added), "removed": list(c.removed)}
            | ({"before": c.before, "after": c.after} if c.before or c.after else {})
            for c in rule_changes(row)
        ],
        "cases": row.cases,
        "steps": [
            {"at": s.at.isoformat(), "by": s.by, "verb": s.verb, "stage": s.stage, "share": s.share, "why": s.why}
            for s in steps(row)
        ],
        "backtest": last.report | {"holds": last.holds, "at": last.at.isoformat()} if last else None,
        "shadow": _shadow(row, shadow) if shadow else None,
    }


def _shadow(row: RulesetVersion, of: ShadowTally) -> dict[str, Any]:
    return {
        "since": of.since.isoformat(),
        "judged": of.judged,
        "failed": of.failed,
        "differ": of.differ,
        "flows": of.flows,
        "waiting": lab_shadow.waiting(row),
        "examples": [
            {
                "submission": d.screening.submission_id,
                "before": d.before,
                "after": d.after,
                "findings": d.verdict["findings"],
            }
            for d in differences(row)
        ],
    }

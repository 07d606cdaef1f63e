"""
A version of the rules on what is stored: the golden and the regression cases, the submissions of the past with what persons found, and the shadow.

Everything is judged with the very things that its screening was made with (`queries.judged_again`), so that a difference is the rules' alone.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from time import perf_counter
from typing import Any

from django.db.models.fields.json import KeyTextTransform as Key

from pinzhi.decisions.models import DecisionRow
from pinzhi.life.admission import rulesets, shipped
from pinzhi.life.admission.contracts import Outcome
from pinzhi.life.admission.models import RulesetVersion, Screening
from pinzhi.life.admission.queries import judged_again, regression_cases
from pinzhi.life.admission.rules.backtest import Backtest, Before, alike, compare
from pinzhi.life.admission.rules.differences import Differences, differences
from pinzhi.life.admission.rules.flows import document
from pinzhi.life.admission.rules.golden import Broken, Brought, broken, brought
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.life.admission.stored import last_screening

log = logging.getLogger("pinzhi.admission")
PORTION = 1000
MOST_BROKEN = 50
"""Broken cases named in a report; the rest is counted."""
HARDEST_HIT = 10
"""Merchants named with the number of their listings that would be newly refused."""
_SAID = {"admit": Outcome.PASS, "delist": Outcome.REJECT, "quarantine": Outcome.REJECT}
"""What a person's decision says of a listing as it was submitted; asking for more papers says that it may not be sold as it is."""


def cases_broken(version: RulesetVersion, rules: Ruleset, as_of: date) -> list[Broken]:
    """The golden cases and the regression cases that do not hold under a version; those that it sets aside with a reason do not count."""
    own = brought(version.cases)
    return [*broken(rules, (*shipped.golden(), *own.cases), as_of), *_regressions_broken(rules, own)]


def _regressions_broken(rules: Ruleset, own: Brought) -> Iterator[Broken]:
    aside = {number for number, _ in own.aside}
    for case in regression_cases().exclude(pk__in=aside):
        said = judged_again(last_screening(case.submission), rules).screened
        again = [f for f in said.findings if f.severity != "L" and (f.rule, f.field) == (case.rule, case.field)]
        if hit := next((f for f in again if (f.start < case.end and case.start < f.end) or f.text == case.text), None):
            yield Broken(f"regression {case.pk}", case.text, f"not {case.rule}", f"{hit.rule}:{hit.text}", case.because)


@dataclass(slots=True)
class _Sample:
    """Submissions whose verdict changes, a draw by the hash of their ids: those of the smallest order."""

    most: int
    kept: list[tuple[int, str, dict[str, Any]]]

    def offer(self, submission: str, row: Callable[[], dict[str, Any]]) -> None:
        order = -int.from_bytes(hashlib.sha256(submission.encode()).digest()[:8])
        if len(self.kept) < self.most:
            heapq.heappush(self.kept, (order, submission, row()))
        elif order > self.kept[0][0]:
            heapq.heapreplace(self.kept, (order, submission, row()))

    def rows(self) -> list[dict[str, Any]]:
        return [row for _, _, row in sorted(self.kept, key=lambda k: (-k[0], k[1]))]


@dataclass(slots=True)
class _Trial:
    """A draft beside its parent on the stored submissions, portion after portion."""

    draft: Ruleset
    parent: Ruleset
    sample: _Sample
    found: Backtest = field(default_factory=Backtest)
    hit: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    judged: int = 0
    seconds: float = 0.0
    _apart: dict[str, Differences | None] = field(default_factory=dict)

    def add(self, part: list[dict[str, Any]]) -> None:
        """One portion: those judged alike by both are counted, the others judged by both."""
        labels = _labels(part)
        open_, same = [], []
        for rules, rows in _by_ruleset(part):
            told = self._told(rules)
            concerned = set(range(len(rows))) if told is None else told.concerned([_said(r) for r in rows])
            for n, row in enumerate(rows):
                # Words on pictures are not among the texts that were looked through. A JSON null is the text "null" on SQLite.
                if n in concerned or row["captions"] not in (None, "null"):
                    open_.append(row["pk"])
                else:
                    same.append(_before(row["outcome"], json.loads(row["findings"]), labels.get(row["submission_id"])))
        self.found.add(alike(same))
        self._judge(open_, labels)

    def _told(self, ruleset: str) -> Differences | None:
        """What tells draft and parent from the ruleset that a stored verdict was made with; None: judge."""
        if ruleset not in self._apart:
            then = self.parent if ruleset == self.parent.hash else rulesets.by_hash(ruleset)
            self._apart[ruleset] = None if then is None else differences(then, self.parent, self.draft)
        return self._apart[ruleset]

    def _judge(self, numbers: Sequence[int], labels: Mapping[str, Outcome]) -> None:
        pairs = []
        for screening in Screening.objects.filter(pk__in=numbers).select_related("submission").order_by("-pk"):
            row = screening.submission
            try:
                start = perf_counter()
                judged = judged_again(screening, self.draft)
                self.seconds += perf_counter() - start
                kept = screening.ruleset == self.parent.hash
                said = screening.verdict if kept else judged_again(screening, self.parent).verdict
            except Exception:  # one stored listing that cannot be judged must not stop the comparison
                log.exception("submission %s could not be judged again", row.pk)
                self.failed += 1
                continue
            self.judged += 1
            before = _before(said["outcome"], said["findings"], labels.get(row.pk))
            pairs.append((before, replace(judged.screened, id=row.pk)))
            if differs(said, judged.verdict):
                self.sample.offer(row.pk, partial(_shown, row, said, judged.verdict, before.label))
                if judged.screened.outcome is Outcome.REJECT and before.outcome is not Outcome.REJECT:
                    self.hit[row.merchant_id] += 1
        self.found.add(compare(pairs))


def over_history(
    rules: Ruleset,
    parent: Ruleset,
    policy: AdmissionPolicy,
    advance: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """
    What a version would have said of the last submissions, beside its parent: a report in plain JSON values.

    A listing that holds no string by which the two differ keeps its stored verdict and is only counted; the others are judged by both, so that a difference
    is the draft's alone. Where the stored verdict was made by the parent it is taken as it stands.
    """
    trial = _Trial(rules, parent, _Sample(policy.lab.sample, []))
    done = 0
    for part in _portions(policy.lab.history):
        trial.add(part)
        done += len(part)
        advance(done)
    report = document(trial.found, policy.lab.minutes)
    report |= {
        "ruleset": rules.hash,
        "beside": parent.hash,
        "failed": trial.failed,
        "judged": trial.judged,
        "seconds": round(trial.seconds, 3),
        "merchants": [{"merchant": m, "newly_refused": n} for m, n in sorted(trial.hit.items(), key=lambda h: (-h[1], h[0]))[:HARDEST_HIT]],
        "sample": trial.sample.rows(),
    }  # fmt: skip
    return report


_PARTS = {"findings": Key("findings", "verdict"), "captions": Key("captions", "around")} | {
    part: Key(part, "submission__snapshot") for part in ("subtitle", "description", "attributes")
}
_FIELDS = ("pk", "submission_id", "ruleset", "outcome", "submission__title", "submission__decision_id", *_PARTS)
"""No more than what is looked at, and as text: reading whole snapshots took most of the time."""


def _portions(most: int) -> Iterator[list[dict[str, Any]]]:
    """The first screenings of the last `most` submissions, newest first, in portions that fit into memory."""
    rows = Screening.objects.filter(why="submitted").order_by("-pk").annotate(**_PARTS).values(*_FIELDS)
    below: int | None = None
    while most > 0:
        part = list((rows if below is None else rows.filter(pk__lt=below))[: min(PORTION, most)])
        if not part:
            return
        yield part
        below, most = part[-1]["pk"], most - len(part)


def _by_ruleset(part: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in part:
        found.setdefault(row["ruleset"], []).append(row)
    return list(found.items())


def _said(row: Mapping[str, Any]) -> str:
    """All that a stored listing says to a buyer, field by field."""
    said = (row["submission__title"], row["subtitle"], row["description"])
    return "\n".join((*said, *(value for _, value in json.loads(row["attributes"]))))


def _before(outcome: str, findings: Iterable[Mapping[str, Any]], label: Outcome | None) -> Before:
    return Before(Outcome(outcome), frozenset(f["rule"] for f in findings), label)


def _labels(part: Iterable[Mapping[str, Any]]) -> dict[str, Outcome]:
    """What persons found in the end, by submission. What a rule decided is no label, and neither is what was taken back. One query."""
    by_decision = {s["submission__decision_id"]: s["submission_id"] for s in part if s["submission__decision_id"]}
    rows = DecisionRow.objects.filter(pk__in=list(by_decision), lifted_at=None).values_list(
        "pk", "effect", "decided_by"
    )
    return {
        by_decision[pk]: _SAID[effect]
        for pk, effect, who in rows
        if who.startswith(("person:", "two:")) and effect in _SAID
    }


def differs(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether two verdicts say another thing to a merchant or a reviewer: the outcome, or what was found where."""
    return before["outcome"] != after["outcome"] or _found(before) != _found(after)


def _found(verdict: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(f["rule"], f["field"], f["start"], f["end"], f["severity"]) for f in verdict["findings"]]


def slim(verdict: dict[str, Any]) -> dict[str, Any]:
    """As much of a verdict as marks the words: outcome, findings and exemptions with their spans."""
    spans = ("rule", "field", "start", "end")
    return {
        "outcome": verdict["outcome"],
        "findings": [
            {k: f[k] for k in (*spans, "severity", "text", "message_zh", "message_en")} for f in verdict["findings"]
        ],
        "exemptions": [{k: e[k] for k in (*spans, "text", "context")} for e in verdict["exemptions"]],
    }


def _shown(row: Any, before: dict[str, Any], after: dict[str, Any], label: Outcome | None) -> dict[str, Any]:
    return {
        "submission": row.pk,
        "listing": row.listing_id,
        "label": label.value if label else "",
        "before": slim(before),
        "after": slim(after),
    }

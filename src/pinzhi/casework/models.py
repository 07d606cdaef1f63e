"""Cases and their history, saved views. Tables only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from pinzhi.kernel.course import CASE
from pinzhi.people.roles import Role


class Case(models.Model):
    """A piece of work for a person. `source` is unique: the same thing is never put on a desk twice."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk = models.CharField(max_length=32)
    source = models.CharField(max_length=160, unique=True, db_comment="station:reference of what it follows from")
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    merchant_id = models.CharField(max_length=64, blank=True, db_index=True)
    category = models.CharField(max_length=120, blank=True)
    title_zh = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    state = models.CharField(max_length=12, default="open", choices=[(s, s) for s in sorted(CASE.states)])
    severity = models.CharField(max_length=1, choices=[(s, s) for s in "HML"])
    opened_at = models.DateTimeField(db_index=True)
    due = models.DateTimeField(null=True)
    act_before = models.DateTimeField(db_comment="place in the queue: rules.queue.act_before")
    evidence = models.JSONField(default=dict)
    seen = models.CharField(max_length=64, db_comment="SHA-256 of the canonical evidence")
    assigned = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_comment="who works on it"
    )
    lease_until = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    escalated = models.BooleanField(default=False)
    waits_for_more = models.BooleanField(default=False, db_comment="more was asked for and has not arrived")
    proposal = models.CharField(max_length=32, blank=True)
    proposal_reason = models.TextField(blank=True)
    proposal_seen = models.CharField(max_length=64, blank=True)
    proposed_by = models.CharField(max_length=120, blank=True)
    proposer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=32, blank=True)
    reason = models.TextField(blank=True)
    decided_by = models.CharField(max_length=120, blank=True)
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, db_index=True)
    purpose = models.CharField(
        max_length=12, default="work", db_comment="contracts.Purpose: what a decision of it is for"
    )
    of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.CASCADE,
        related_name="checks",
        db_comment="the case that is judged once more",
    )
    audience = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_comment="who alone sees it"
    )
    expected = models.CharField(max_length=32, blank=True, db_comment="the known answer of a golden item")
    rules = models.JSONField(default=list, db_comment="rules that a check is about")
    paused_at = models.DateTimeField(
        null=True, db_comment="its clock stands still since then: an inspection is under way"
    )
    void = models.BooleanField(default=False, db_comment="the decision that it was about was taken back")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["of", "audience"], condition=models.Q(void=False), name="nobody_judges_the_same_twice"
            )
        ]
        indexes = [
            models.Index(fields=["state", "act_before", "id"], name="case_queue"),
            models.Index(fields=["desk", "state", "act_before", "id"], name="case_desk_queue"),
            models.Index(fields=["subject_kind", "subject_id", "opened_at"], name="case_of_subject"),
            models.Index(fields=["assigned", "state"], name="case_of_person"),
        ]


class Inspection(models.Model):
    """
    A visit on site that a case waits for. One at a time for a case; `points` is the checklist as it was when the visit was asked for.

    The address of the place and the words stay here; facts and ledger carry ids, the result and the number of points only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="inspections")
    merchant_id = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=12, db_comment="kernel.course.INSPECTION")
    place_kind = models.CharField(max_length=16, db_comment="of checklists.toml")
    place = models.CharField(max_length=300, db_comment="where; said to merchant and inspector")
    reason = models.TextField(db_comment="for the house only")
    asked_at = models.DateTimeField(db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    inspector = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    days = models.JSONField(default=list, db_comment="proposed days")
    answer_by = models.DateField()
    day = models.DateField(null=True, db_comment="confirmed by the merchant")
    declined = models.TextField(blank=True, db_comment="why no day suits, in the merchant's words")
    checklist = models.CharField(max_length=40, db_comment="version of checklists.toml")
    points = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    remarks = models.JSONField(default=dict)
    result = models.CharField(max_length=12, blank=True)
    finding = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "asked_at"], name="inspections_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=~models.Q(state__in=["closed", "cancelled"]),
                name="one_inspection_at_a_time",
            )
        ]


class GoldenItem(models.Model):
    """A decided case on whose answer two persons agreed: it may be put before others to see whether they say the same."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="golden")
    expected = models.CharField(max_length=32)
    why = models.TextField(blank=True, db_comment="the reason that is told afterwards")
    origin = models.CharField(max_length=12, db_comment="two, second, consensus or kept")
    made_at = models.DateTimeField(db_index=True)
    made_by = models.CharField(max_length=120)
    retired_at = models.DateTimeField(null=True)


class CaseEvent(models.Model):
    """One line of a case's history. `before` holds what an undo puts back; `undone_by` the act that did so."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    verb = models.CharField(max_length=24)
    act = models.CharField(max_length=32)
    bulk = models.CharField(max_length=32, blank=True, db_index=True)
    actor = models.CharField(max_length=120)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=32, blank=True)
    note = models.TextField(blank=True)
    before = models.JSONField(default=dict)
    seen = models.CharField(max_length=64, blank=True, db_comment="digest of the evidence before it was replaced")
    evidence = models.JSONField(null=True, db_comment="the evidence before it was replaced")
    undone_by = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="case_history")]


class SavedView(models.Model):
    """A named list of cases: its address, and whom it is shared with. Without a shared role it is its owner's alone."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True, db_comment="URL query of the queue")
    shared_with = models.CharField(max_length=24, blank=True, choices=[(r.value, r.value) for r in Role])
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_per_name")]

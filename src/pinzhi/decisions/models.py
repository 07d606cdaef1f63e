"""Decisions, and the file of each subject that is locked while one is taken."""

from __future__ import annotations

from django.db import models

from pinzhi.kernel.standing import Effect


class Docket(models.Model):
    """The file of one subject. Its row is locked while a decision about the subject is taken, so that two acts cannot decide the same thing twice."""

    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="one_docket_per_subject")]


class DecisionRow(models.Model):
    """
    One decision. Written once by `actions.issue`; afterwards only the four `lift` columns are set, once, by `actions.lift`.

    `digest` commits to the outward document; `act` ties it to its audit line and fact. Reasons are JSON in the shape of `contracts.reason_document`.
    """

    id = models.CharField(max_length=36, primary_key=True, db_comment="UUID version 7: sorts by the moment of decision")
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    effect = models.CharField(max_length=16, choices=[(e.value, e.value) for e in Effect])
    reasons = models.JSONField()
    policy = models.CharField(max_length=120)
    decided_by = models.CharField(max_length=120)
    decided_at = models.DateTimeField(db_index=True)
    start = models.DateTimeField()
    until = models.DateTimeField(null=True)
    appeal_until = models.DateTimeField(null=True)
    supersedes = models.CharField(max_length=36, blank=True, db_index=True)
    source = models.CharField(max_length=160, db_index=True, db_comment="station:reference of what it follows from")
    digest = models.CharField(max_length=64)
    act = models.CharField(max_length=32, db_index=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=120, blank=True)
    lift_why = models.JSONField(null=True, db_comment="{zh, en}")
    lift_act = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"]),
            models.Index(fields=["effect", "decided_at"]),
        ]

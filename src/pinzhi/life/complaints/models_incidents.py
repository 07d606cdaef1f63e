"""
Incidents: complaints that are one matter. Who belongs to each and why, what persons said of it, and what was decided for all. A part of `models`, which other
rooms read.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Incident(models.Model):
    """Complaints that are one matter (群体性投诉). What its log adds up to stands in the columns; who belongs to it stands in `Placement`."""

    id = models.CharField(max_length=32, primary_key=True)
    number = models.CharField(max_length=16, unique=True)
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    listing_id = models.CharField(max_length=128, blank=True)
    goods = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    first_on = models.DateTimeField(db_comment="the earliest complaint")
    # what the log adds up to
    state = models.CharField(max_length=12, db_index=True)
    size = models.PositiveIntegerField(default=0)
    decisions = models.PositiveSmallIntegerField(default=0)
    batches = models.JSONField(default=list, db_comment="batches that a person says it is about")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    steps = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    # kept beside it
    level = models.PositiveSmallIntegerField(default=4, db_comment="the gravest of its members")
    case_id = models.CharField(max_length=36, blank=True)


class IncidentStep(models.Model):
    """One line of an incident's log, never changed. `hash` covers the line before, this line, and the digest of its words."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="log")
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=16)
    actor = models.CharField(max_length=120)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "n"], name="one_incident_step_of_a_number")]


class Placement(models.Model):
    """Where a complaint stands and why; `version` is that of the algorithm, empty where a person put it there. Every complaint is placed once."""

    complaint = models.OneToOneField("complaints.Complaint", on_delete=models.PROTECT, related_name="placement")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="members")
    block = models.CharField(max_length=160, blank=True, db_comment="whose texts it is compared with")
    ground = models.CharField(max_length=8, db_comment="alone, key, text, person or traced")
    score = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    like = models.ForeignKey("complaints.Complaint", null=True, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["block", "id"], name="placement_of_a_block")]


class Tie(models.Model):
    """What a person said: this complaint belongs to this incident, or it does not. Kept for ever; taken back only by another word (`ended_at`)."""

    complaint = models.ForeignKey("complaints.Complaint", on_delete=models.PROTECT, related_name="ties")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="ties")
    together = models.BooleanField()
    at = models.DateTimeField()
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "incident"], condition=models.Q(ended_at=None), name="one_word_on_a_complaint"
            )
        ]


class JointDecision(models.Model):
    """One decision for all members of an incident: planned (seen in a preview), then decided, then applied to one after the other."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="joint")
    n = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, db_comment="planned, decided, applied, or dropped for another plan")
    outcome = models.CharField(max_length=12)
    remedy = models.CharField(max_length=16, blank=True)
    figure = models.DecimalField(max_digits=15, decimal_places=2, null=True, db_comment="yuan, or percent")
    findings = models.JSONField(default=list, db_comment="what is established by it, for all")
    orders = models.BooleanField(default=False, db_comment="also for orders of which nobody complained")
    words_zh = models.TextField(blank=True)
    words_en = models.TextField(blank=True)
    at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    accounts = models.JSONField(default=list)
    case_id = models.CharField(max_length=36, blank=True)
    digest = models.CharField(max_length=64, db_comment="of the preview: everybody with what he gets")
    total = models.DecimalField(max_digits=15, decimal_places=2, default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "n"], name="one_joint_decision_of_a_number")]


class Share(models.Model):
    """What one member, or one order of which nobody complained, gets by a joint decision; or why he is left out of it."""

    decision = models.ForeignKey(JointDecision, on_delete=models.PROTECT, related_name="shares")
    complaint = models.ForeignKey("complaints.Complaint", null=True, on_delete=models.PROTECT, related_name="shares")
    order_id = models.CharField(max_length=128, blank=True)
    order = models.JSONField(default=dict, db_comment="what the marketplace said of an order without a complaint")
    head = models.CharField(max_length=64, blank=True, db_comment="of the complaint when the preview was made")
    remedies = models.JSONField(default=list)
    amount = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    left_out = models.CharField(max_length=24, blank=True, db_comment="why it is not decided with the others")
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "complaint"], name="one_share_of_a_complaint"),
            models.UniqueConstraint(
                fields=["decision", "order_id"], condition=models.Q(complaint=None), name="one_share_of_an_order"
            ),
        ]
        indexes = [models.Index(fields=["decision", "applied_at"], name="shares_to_apply")]

"""Tables of monitoring: runs and the signals they raised, every number frozen as it was at the moment of raising."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One sweep over the tallies: how far the history reached, under which policy, and what the thresholds were."""

    at = models.DateTimeField()
    as_of = models.DateField(db_index=True, db_comment="last day of the history seen")
    policy = models.CharField(max_length=80)
    events = models.BigIntegerField()
    entities = models.IntegerField()
    found = models.IntegerField(db_comment="episodes in the whole history")
    raised = models.IntegerField(db_comment="of them new in this run")
    expected_false = models.FloatField(
        db_comment="healthy entities that the budget allows to be flagged over the history"
    )
    thresholds = models.JSONField(default=list)
    notes = models.JSONField(default=list)


class SignalRow(models.Model):
    """A signal as it was raised. Only `cleared_on`, the judgement and the case are added later; nothing else is ever rewritten."""

    id = models.CharField(primary_key=True, max_length=20)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="signals")
    at = models.DateTimeField(db_index=True)
    entity_kind = models.CharField(max_length=16)
    entity_id = models.CharField(max_length=128)
    stream = models.CharField(max_length=16)
    raised_on = models.DateField(db_index=True)
    onset = models.DateField()
    evidence = models.FloatField(db_comment="natural logarithm of the summed likelihood ratios")
    threshold = models.FloatField()
    fast = models.BooleanField()
    observed = models.IntegerField()
    expected = models.FloatField()
    ratio = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    cause_kind = models.CharField(max_length=16)
    cause_id = models.CharField(max_length=128)
    cause_share = models.FloatField()
    severity = models.CharField(max_length=1)
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    category = models.CharField(max_length=128, blank=True)
    visible_30 = models.FloatField()
    visible_90 = models.FloatField()
    clear_orders = models.IntegerField()
    false_share = models.FloatField()
    false_bound = models.FloatField()
    policy = models.CharField(max_length=80)
    text_zh = models.TextField()
    text_en = models.TextField()
    cleared_on = models.DateField(null=True)
    case_id = models.CharField(max_length=40, blank=True, db_index=True)
    outcome = models.CharField(max_length=12, blank=True, db_comment="real, noise, undecided; empty while open")
    judged_at = models.DateTimeField(null=True)
    judged_by = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["entity_kind", "entity_id", "stream", "raised_on"]),
            models.Index(fields=["outcome", "raised_on"]),
        ]

    @property
    def over_when_raised(self) -> bool:
        """Whether the episode had ended in the history that the house knew when it raised this: an old history was read in. Reads `run`."""
        return self.cleared_on is not None and self.cleared_on <= self.run.as_of


class Counted(models.Model):
    """How far the facts of complaints have been counted as events; one row."""

    seq = models.BigIntegerField(default=0, db_comment="of the last fact that was looked at")

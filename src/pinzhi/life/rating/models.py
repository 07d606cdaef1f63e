"""Tables of rating: the rating that holds per listing and merchant, its course, what people and signals have said, and the runs."""

from __future__ import annotations

from django.db import models


class Run(models.Model):
    """One recomputation: how far the history reached, under which policy, and what came of it."""

    at = models.DateTimeField()
    as_of = models.DateField(db_index=True, db_comment="last day of the history seen")
    policy = models.CharField(max_length=80)
    events = models.BigIntegerField()
    rated = models.IntegerField(default=0, db_comment="listings and merchants with any order in memory")
    changed = models.IntegerField(default=0, db_comment="grades or states that changed")
    issued = models.IntegerField(default=0)
    lifted = models.IntegerField(default=0)
    proposed = models.IntegerField(default=0, db_comment="delisting cases opened")


class RatingRow(models.Model):
    """
    The rating of one listing or merchant with every number it was decided by.

    `state_before`, `since_before` are as they stood before the step of `as_of`: recomputing the same day starts from them again, so that it changes nothing.
    """

    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    as_of = models.DateField()
    mean = models.FloatField(db_comment="expected share of good orders")
    low = models.FloatField()
    high = models.FloatField()
    orders = models.BigIntegerField(db_comment="order lines in memory")
    evidence = models.FloatField(db_comment="independent orders after maturing and decay, without the prior")
    grade = models.CharField(max_length=8, db_index=True)
    state = models.SmallIntegerField(db_index=True, db_comment="contracts.State")
    since = models.DateField()
    state_before = models.SmallIntegerField()
    since_before = models.DateField()
    promoted = models.BooleanField()
    bad_risk = models.FloatField(db_comment="P(bad share > line)")
    watch_risk = models.FloatField()
    line = models.FloatField(db_comment="restriction line that holds for the goods")
    good = models.FloatField(db_comment="a of Beta(a, b)")
    bad = models.FloatField(db_comment="b of Beta(a, b)")
    worst_tenth = models.FloatField(null=True, db_comment="merchants: mean of the worst tenth of what is sold")
    noted_mean = models.FloatField(db_comment="mean of the last point of the course")
    proposal = models.CharField(max_length=8, blank=True, db_comment="delist when a person should look")
    bars = models.JSONField(default=list)
    reasons = models.JSONField(default=list)
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    category = models.CharField(max_length=256, blank=True, db_index=True)
    policy = models.CharField(max_length=80)
    effect = models.CharField(max_length=12, blank=True, db_comment="what the rule has told the marketplace last")
    decision_id = models.CharField(max_length=36, blank=True)
    case_id = models.CharField(max_length=40, blank=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id"], name="one_rating_each")]
        indexes = [models.Index(fields=["subject_kind", "state", "mean"])]


class Point(models.Model):
    """The course of a rating: a point for every day on which grade, state or promotion changed, or the mean moved by a point of the score."""

    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    as_of = models.DateField()
    mean = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    orders = models.BigIntegerField()
    grade = models.CharField(max_length=8)
    state = models.SmallIntegerField()
    promoted = models.BooleanField()
    policy = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject_kind", "subject_id", "as_of"], name="one_point_a_day")]


class Mark(models.Model):
    """
    Something said about a subject from outside the figures: a signal (`signal`), a corrective action (`correction`), a burst found to be real (`burst`).

    `due` until a recomputation has taken it in; `outcome` is that of the signal's case, empty while it is open.
    """

    kind = models.CharField(max_length=12)
    reference = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    stream = models.CharField(max_length=16, blank=True)
    outcome = models.CharField(max_length=12, blank=True)
    day = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    note = models.CharField(max_length=500, blank=True)
    due = models.BooleanField(default=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "reference"], name="one_mark_per_reference")]
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]

"""Queries that a client keeps, and where their answers are sent."""

from __future__ import annotations

from django.db import models


class Query(models.Model):
    """A query under a name, known to the organisation that keeps it. It sees what its owner sees."""

    name = models.CharField(max_length=128)
    keeper = models.CharField(
        max_length=20, blank=True, db_comment="organisation that keeps it; empty for the platform's own tokens"
    )
    owner = models.CharField(max_length=128, blank=True, db_comment="merchant whose events it sees; empty: all")
    parameters = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["keeper", "name"], name="one_query_of_a_name")]


class QuerySubscription(models.Model):
    """
    New answers of a query, sent by POST. `cursor` is the last event that the receiver confirmed; `upto` the last of the delivery under way, so that a
    second try carries the same events as the first.
    """

    id = models.CharField(max_length=36, primary_key=True)
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="subscriptions")
    dest = models.CharField(max_length=500)
    stream = models.BooleanField(db_comment="as events come, instead of by a schedule")
    schedule = models.JSONField(default=dict, blank=True, db_comment="fields of a time table")
    report_if_empty = models.BooleanField(default=False)
    initial_record_time = models.DateTimeField(null=True)
    secret = models.TextField(blank=True, db_comment="signature token, encrypted")
    created_at = models.DateTimeField()
    cursor = models.BigIntegerField(default=0)
    upto = models.BigIntegerField(null=True)
    due = models.DateTimeField(db_index=True)
    failures = models.IntegerField(default=0)
    active = models.BooleanField(default=True)
    last_at = models.DateTimeField(null=True, db_comment="last delivery that was confirmed")
    last_error = models.CharField(max_length=120, blank=True)

"""Facts, their deliveries to reactions, and jobs."""

from __future__ import annotations

from django.db import models


class FactRow(models.Model):
    """A fact as stored. `seq` orders all facts; `nonce` salts the ledger leaf, so that a leaf reveals nothing about a guessable payload."""

    seq = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=64, db_index=True)
    version = models.PositiveSmallIntegerField()
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    payload = models.JSONField()
    at = models.DateTimeField(db_index=True)
    act = models.CharField(max_length=32, db_index=True)
    actor = models.CharField(max_length=120)
    nonce = models.CharField(max_length=32)
    leaf = models.BigIntegerField(unique=True, db_comment="index in the ledger")

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id", "seq"])]


class Delivery(models.Model):
    """One fact on its way to one reaction. Unique, so a reaction's effects happen once however often it is tried."""

    STATES = [(s, s) for s in ("waiting", "done", "dead", "discarded")]
    fact = models.ForeignKey(FactRow, on_delete=models.PROTECT, related_name="deliveries")
    reaction = models.CharField(max_length=100)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    state = models.CharField(max_length=12, default="waiting", choices=STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()
    last_error = models.CharField(max_length=500, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fact", "reaction"], name="one_delivery_per_reaction")]
        indexes = [
            models.Index(fields=["state", "due"]),
            models.Index(fields=["reaction", "subject_kind", "subject_id", "state", "fact"]),
        ]


class JobRun(models.Model):
    """A background job with its progress. The denominator is known from the start or says so."""

    STATES = [(s, s) for s in ("queued", "running", "done", "failed", "cancelled")]
    name = models.CharField(max_length=80, db_index=True)
    key = models.CharField(max_length=120, unique=True, db_comment="idempotency key: the same key is enqueued once")
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default="queued", choices=STATES)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=500, blank=True)

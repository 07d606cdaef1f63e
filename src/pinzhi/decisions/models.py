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


class Subscription(models.Model):
    """
    Where decisions, and notices of remedies, are sent to. Filters that are empty let everything through.

    Secrets are stored encrypted (see `strongbox`), because a signature needs them in clear. During a rotation both are valid until `secret_before_until`.
    """

    id = models.CharField(max_length=36, primary_key=True, db_comment="public id, UUID version 7")
    organisation = models.ForeignKey("people.Organisation", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    topics = models.JSONField(default=list, db_comment="decisions, remedies; empty = decisions")
    effects = models.JSONField(default=list, db_comment="effects that are sent; empty = all")
    kinds = models.JSONField(default=list, db_comment="kinds of subject that are sent; empty = all")
    subjects = models.JSONField(default=list, db_comment="kind:id of single subjects that are sent; empty = all")
    secret = models.TextField()
    secret_before = models.TextField(blank=True)
    secret_before_until = models.DateTimeField(null=True)
    active = models.BooleanField(default=True)
    paused_why = models.CharField(max_length=120, blank=True)
    from_cursor = models.BigIntegerField(db_comment="only steps after this cursor are sent by themselves")
    paused_cursor = models.BigIntegerField(null=True, db_comment="the newest step when it was paused")
    failures = models.PositiveIntegerField(default=0, db_comment="times in a row that the address could not be reached")
    rest_until = models.DateTimeField(null=True, db_comment="nothing is tried before, because it could not be reached")
    created_at = models.DateTimeField()


class Dispatch(models.Model):
    """One step on its way to one subscription. `run` 0 is the first sending; each replay is a run of its own."""

    STATES = [(s, s) for s in ("waiting", "done", "dead")]
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="dispatches")
    cursor = models.BigIntegerField()
    run = models.PositiveIntegerField(default=0)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    state = models.CharField(max_length=8, default="waiting", choices=STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "cursor", "run"], name="one_dispatch_per_step_and_run")
        ]
        indexes = [
            models.Index(fields=["state", "due"]),
            models.Index(fields=["subscription", "subject_kind", "subject_id", "state", "run", "cursor"]),
        ]


class Attempt(models.Model):
    """One try to send. `status` is the HTTP status, 0 when no answer came; the receiver's words are never kept."""

    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField()
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dispatch", "number"], name="one_row_per_attempt")]


class PolicyVersion(models.Model):
    """
    One version of a station's policy, from draft to publication by two persons. Nothing is ever removed: versions of the last three years must stay
    readable (SAMR order 37 Art. 28, order 116 Art. 15), older ones cost nothing.
    """

    STATES = [(s, s) for s in ("draft", "signed", "published", "withdrawn")]
    station = models.CharField(max_length=32)
    version = models.CharField(max_length=120, unique=True, db_comment="station/name#digest")
    text = models.TextField(db_comment="the TOML file as drafted")
    digest = models.CharField(max_length=64)
    in_force_from = models.DateField()
    affects_merchants = models.BooleanField(
        db_comment="platform rule towards merchants: the legal notice period applies"
    )
    major = models.BooleanField(default=False, db_comment="many users, many provisions or important interests: 15 days")
    note = models.TextField(blank=True, db_comment="what changes and why")
    backtest = models.TextField(blank=True, db_comment="what it would have done on history")
    state = models.CharField(max_length=10, default="draft", choices=STATES)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("people.Account", null=True, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey("people.Account", null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("people.Account", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["station", "state", "in_force_from"])]

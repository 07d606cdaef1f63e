"""Tables of admission: what was submitted, what the rules said, the papers an admission stands on, appeals, and what rules were wrong about."""

from __future__ import annotations

from django.db import models


class Docket(models.Model):
    """One row for a listing: whose it is, and its latest submission. Held while a submission is taken in, so that they follow one another."""

    listing_id = models.CharField(max_length=200, primary_key=True)
    merchant_id = models.CharField(max_length=200, db_index=True)
    latest = models.ForeignKey("Submission", null=True, on_delete=models.PROTECT, related_name="+")


class Submission(models.Model):
    """
    An immutable snapshot of a listing as it was handed in. Only `state`, `decision_id` and `case_id` change afterwards.

    `content` is the SHA-256 of the canonical snapshot; `changes` the fields that differ from `previous`.
    """

    id = models.CharField(max_length=32, primary_key=True)
    listing_id = models.CharField(max_length=200)
    merchant_id = models.CharField(max_length=200)
    category = models.CharField(max_length=200)
    title = models.CharField(max_length=2000)
    brand = models.CharField(max_length=2000, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=2, null=True, db_comment="yuan")
    content = models.CharField(max_length=64)
    snapshot = models.JSONField()
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    changes = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    state = models.CharField(max_length=12, db_index=True, db_comment="contracts.State")
    decision_id = models.CharField(max_length=36, blank=True)
    case_id = models.CharField(max_length=40, blank=True, db_index=True)
    held_on = models.ForeignKey(
        "Screening", null=True, on_delete=models.PROTECT, related_name="+", db_comment="admitted on it"
    )
    basis = models.CharField(max_length=150, blank=True, db_comment="ruleset:policy it was last held against")

    class Meta:
        indexes = [
            models.Index(fields=["state", "basis"], name="submissions_by_basis"),
            models.Index(fields=["listing_id", "at"], name="submissions_of_listing"),
            models.Index(fields=["merchant_id", "state", "at"], name="submissions_of_merchant"),
            models.Index(fields=["category", "state", "at"], name="submissions_of_category"),
        ]


class Screening(models.Model):
    """
    What the rules said about a submission on a day: `verdict` in the shape of the interface, with everything a replay needs.

    `reference` are the refused goods that it was compared with: submission, the screening that says what was wrong, and what links their merchants.
    `around` is what was known beside the listing: the merchant's name and code, what like goods cost, sweeps that found papers to prove nothing.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="screenings")
    at = models.DateTimeField()
    as_of = models.DateField()
    why = models.CharField(max_length=12, db_comment="submitted, paper, rules or laboratory")
    outcome = models.CharField(max_length=8)
    verdict = models.JSONField()
    digest = models.CharField(max_length=64, db_comment="SHA-256 of the canonical verdict")
    ruleset = models.CharField(max_length=64)
    policy = models.CharField(max_length=80)
    reference = models.JSONField(default=list)
    around = models.JSONField()
    severe = models.JSONField(default=list, db_comment="rules found that no one person may overrule")


class PaperWatch(models.Model):
    """A paper or an edition of a standard (kind `standard`) with a last day, on which a submission was admitted. `told` is the last line of days spoken of."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=200)
    number = models.CharField(max_length=200, blank=True)
    expires_on = models.DateField(db_index=True)
    told = models.SmallIntegerField(null=True)
    ended = models.BooleanField(default=False, db_comment="it ended and the listing was screened again")


class Sweep(models.Model):
    """
    All live listings held against other rules than before. Nothing is told until every one has been looked at.

    `state`: judging → acting → done, or judging → asked (too much would be told) → acting or dropped. `basis` is what they are held against.
    """

    why = models.CharField(max_length=12, db_comment="rules or laboratory")
    basis = models.CharField(max_length=150)
    state = models.CharField(max_length=12, db_index=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    live = models.IntegerField(default=0, db_comment="live listings when it began")
    judged = models.IntegerField(default=0)
    told = models.IntegerField(default=0, db_comment="doubts that were acted on")
    losses = models.JSONField(default=list, db_comment="what laboratories have lost, for why = laboratory")
    cursor = models.CharField(
        max_length=32, blank=True, db_comment="the last submission looked at, for why = laboratory"
    )
    case_id = models.CharField(max_length=40, blank=True, db_index=True)


class Doubt(models.Model):
    """
    A live listing that a sweep found something new against. `until` is the last day to put it right, once the merchant has been told so by `notice_id`.

    `state`: found → told (with a day) → closed; found → asked (a person looks) or closed where it holds after all.
    """

    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="doubts")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="doubts")
    outcome = models.CharField(max_length=8, db_comment="reject or manual")
    severe = models.BooleanField(default=False)
    rules = models.JSONField(default=list)
    state = models.CharField(max_length=8, default="found", db_index=True)
    until = models.DateField(null=True, db_index=True)
    notice_id = models.CharField(max_length=36, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sweep", "submission"], name="one_doubt_each")]


class Appeal(models.Model):
    """A merchant says that a refusal was wrong: once for each decision, judged by somebody else."""

    decision_id = models.CharField(max_length=36, unique=True)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="appeals")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    words = models.TextField()
    case_id = models.CharField(max_length=40, db_index=True)
    outcome = models.CharField(max_length=12, blank=True, db_comment="upheld or overturned; empty while it waits")


class RegressionCase(models.Model):
    """A text about which persons found a rule to be wrong: from now on a test of that rule. Withdrawn when the decision is taken back."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="+")
    case_id = models.CharField(max_length=40, db_index=True)
    rule = models.CharField(max_length=64, db_index=True)
    rule_version = models.CharField(max_length=64)
    field = models.CharField(max_length=200)
    start = models.IntegerField()
    end = models.IntegerField()
    text = models.TextField()
    because = models.TextField(blank=True, db_comment="the reviewer's words")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "case_id", "rule", "field", "start", "end"],
                condition=models.Q(withdrawn_at=None),
                name="one_regression_case_each",
            )
        ]


class RulesetVersion(models.Model):
    """
    Text rules as somebody wants them (rule lab): `files` join or replace the shipped files of text rules by their names, and never change.

    `digest` is over `files` and `cases`; `hash` the content hash of everything compiled with them when it was drafted, as screenings cite it. `parent` is the
    version that it was drafted on, `replaces` the one that was live before it; None is what is shipped.
    """

    name = models.CharField(max_length=80)
    note = models.TextField(blank=True)
    origin = models.CharField(max_length=80, blank=True, db_comment="what it began with: case:<id>, report:<id>")
    files = models.JSONField(default=dict, db_comment="name without ending to TOML text")
    cases = models.TextField(blank=True, db_comment="TOML: golden cases of its own, regression cases set aside")
    digest = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, db_index=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=12, db_index=True, db_comment="rules.lab.Stage")
    share = models.PositiveSmallIntegerField(default=0, db_comment="percent of the listings that it judges")
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("people.Account", on_delete=models.PROTECT, related_name="+")
    asked = models.CharField(max_length=12, blank=True, db_comment="the step that one person has signed")
    asked_share = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    asked_by = models.ForeignKey("people.Account", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stage"], condition=models.Q(stage="live"), name="one_live_ruleset"),
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(stage__in=["shadow", "percentage"]),
                name="one_ruleset_on_trial",
            ),
        ]


class RulesetStep(models.Model):
    """What happened to a ruleset version: every step with who took it (role, account), never changed."""

    version = models.ForeignKey(RulesetVersion, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    account = models.ForeignKey("people.Account", null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=12)
    stage = models.CharField(max_length=12, db_comment="after the step")
    share = models.PositiveSmallIntegerField(default=0)
    why = models.TextField(blank=True)


class RulesetBacktest(models.Model):
    """What a version would have done to the stored history, and whether every golden and regression case holds. `hash` is what was compiled."""

    version = models.ForeignKey(RulesetVersion, on_delete=models.PROTECT, related_name="backtests")
    at = models.DateTimeField()
    hash = models.CharField(max_length=64)
    holds = models.BooleanField()
    report = models.JSONField()


class ShadowTally(models.Model):
    """How far the shadow of a version has come: every screening up to `cursor` has been judged by it too."""

    version = models.OneToOneField(RulesetVersion, on_delete=models.PROTECT, related_name="tally")
    cursor = models.BigIntegerField(db_comment="the last screening that was looked at")
    since = models.DateTimeField()
    judged = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    differ = models.IntegerField(default=0)
    flows = models.JSONField(default=dict, db_comment="«before after» to how many")


class ShadowDifference(models.Model):
    """A phantom decision: what a version in the shadow would have said of a submission, where that differs."""

    version = models.ForeignKey(RulesetVersion, on_delete=models.PROTECT, related_name="differences")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=8)
    after = models.CharField(max_length=8)
    verdict = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "screening"], name="one_difference_each")]


class PictureMark(models.Model):
    """The fingerprints of a picture file: of its views (PDQ) and of its points, rows of 256 bits. The same file has them once."""

    seq = models.BigAutoField(primary_key=True)
    sha256 = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=8)
    prints = models.BinaryField()
    points = models.BinaryField()


class PictureUse(models.Model):
    """A picture that a submission shows."""

    sha256 = models.CharField(max_length=64, db_index=True)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="pictures")
    merchant_id = models.CharField(max_length=200)
    image = models.SmallIntegerField()


class FileReading(models.Model):
    """A file as a version of the reader read it (`rules.reports.words.Sheets`, packed), or why it could not. Never changed."""

    sha256 = models.CharField(max_length=64)
    reader = models.CharField(max_length=16)
    body = models.BinaryField()
    refusal = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256", "reader"], name="one_reading_each")]


class KeptReport(models.Model):
    """What is remembered of a report that came with a submission: enough to see it again (`rules.reports.reuse.Earlier`)."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="reports")
    sha256 = models.CharField(max_length=64, db_index=True)
    report_no = models.CharField(max_length=200, blank=True, db_index=True)
    results = models.CharField(max_length=64, blank=True, db_index=True)
    layout = models.CharField(max_length=64, blank=True, db_index=True)
    said = models.JSONField()


class LabRegister(models.Model):
    """A snapshot of the register of laboratories; the newest holds."""

    digest = models.CharField(max_length=64, db_index=True)
    rows = models.JSONField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)

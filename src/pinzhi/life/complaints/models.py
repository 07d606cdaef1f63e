"""
Complaints, the log of each, files shown with them, money that moved for them, unfinished forms, and reports of offences, which run apart.

The log is the truth: the columns of a complaint that it adds up to are there to be searched, and `log.faults` holds them against it. What people wrote,
and how they can be reached, stands in columns of its own: it may be erased, and every hash still fits.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from pinzhi.life.complaints import models_incidents  # noqa: F401 - its tables belong to this application
from pinzhi.life.complaints.rules.publicly import LONGEST_REPLY


class Complaint(models.Model):
    """A private claim of a buyer (投诉). `receipt` is said to everybody who is concerned, the key only to the buyer."""

    id = models.CharField(max_length=32, primary_key=True)
    receipt = models.CharField(max_length=16, unique=True)
    wrong_keys = models.PositiveSmallIntegerField(default=0, db_comment="typed wrongly since `wrong_since`")
    wrong_since = models.DateTimeField(null=True)
    source = models.CharField(
        max_length=160, unique=True, db_comment="channel:reference; the same one is the same complaint"
    )
    content = models.CharField(max_length=64, db_comment="digest of what was sent in")
    channel = models.CharField(max_length=12)
    language = models.CharField(max_length=8, default="zh-hans")
    # what it is about
    order_id = models.CharField(max_length=128, blank=True, db_index=True)
    merchant_id = models.CharField(max_length=128, blank=True)
    listing_id = models.CharField(max_length=128, blank=True, db_index=True)
    batch_id = models.CharField(max_length=128, blank=True, db_index=True)
    unit = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=256, blank=True)
    goods = models.CharField(max_length=300, blank=True)
    buyer_id = models.CharField(max_length=128, blank=True, db_index=True, db_comment="the marketplace's pseudonym")
    device = models.CharField(max_length=16, blank=True)
    price = models.DecimalField(max_digits=15, decimal_places=2, null=True, db_comment="paid for all pieces, yuan")
    quantity = models.IntegerField(default=1)
    paid_at = models.DateTimeField(null=True)
    received_on = models.DateField(null=True)
    order_kind = models.CharField(max_length=16, blank=True, db_comment="new or second_hand")
    order_channel = models.CharField(max_length=16, blank=True, db_comment="shop, live …")
    vouched = models.BooleanField(default=False, db_comment="the marketplace says what was bought; else the buyer does")
    promises = models.JSONField(default=list)
    contact = models.JSONField(default=dict, db_comment="how the buyer wants to be reached; personal, erasable")
    # what the log adds up to
    state = models.CharField(max_length=20)
    since = models.DateTimeField()
    kinds = models.JSONField(default=list)
    kind = models.CharField(max_length=8, blank=True, db_comment="the first of `kinds`")
    level = models.PositiveSmallIntegerField(default=4)
    opened_at = models.DateTimeField(db_index=True)
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=16, blank=True)
    upheld = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=15, decimal_places=2, default=0)
    broken = models.PositiveSmallIntegerField(default=0)
    rated = models.PositiveSmallIntegerField(null=True)
    steps = models.PositiveIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True, db_comment="hash of the log up to its last step")
    # kept beside it
    wish = models.CharField(max_length=16, blank=True, db_comment="the remedy that the buyer asks for")
    reading = models.JSONField(default=dict, db_comment="what triage made of the words")
    next_clock = models.CharField(max_length=32, blank=True)
    next_due = models.DateTimeField(null=True)
    case_id = models.CharField(max_length=36, blank=True, db_comment="the case that is open with the house")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="joined")

    class Meta:
        indexes = [
            models.Index(fields=["state", "next_due"], name="complaint_by_state"),
            models.Index(fields=["merchant_id", "state", "-opened_at"], name="complaint_of_a_merchant"),
            models.Index(fields=["next_due"], condition=models.Q(next_due__isnull=False), name="complaint_next_clock"),
        ]


class StepRow(models.Model):
    """
    One line of a complaint's log, never changed once written. `hash` = SHA-256 over the line before, this line, and the salted digest of its words.

    Without words (erased, or none) `said` keeps that digest, so that the chain still fits.
    """

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="log")
    n = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=16)
    side = models.CharField(max_length=8)
    actor = models.CharField(max_length=120, db_comment="role or policy, never a name")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    data = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    salt = models.CharField(max_length=32, blank=True)
    said = models.CharField(max_length=64, blank=True, db_comment="SHA-256 of salt and words")
    inside = models.BooleanField(default=False, db_comment="for the house only")
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["complaint", "n"], name="one_step_of_a_number")]


class Shown(models.Model):
    """A file that one side shows. Its bytes lie in the store of files; `owner` is the name under which they are held there."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="files")
    step = models.PositiveIntegerField()
    side = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    owner = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["complaint", "side", "sha256"], name="shown_once_by_a_side")]


class Purse(models.Model):
    """One account of `rules.accounts` with its balance: held while money moves. What its lines add up to is checked against it."""

    name = models.CharField(max_length=140, primary_key=True)
    balance = models.DecimalField(max_digits=15, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(balance__gte=0, name__startswith="fund")
                | models.Q(balance__gte=0, name__startswith="deposit:")
                | models.Q(balance__gte=0, name__startswith="receivable:")
                | models.Q(balance__gte=0, name__startswith="buyers")
                | models.Q(balance__lte=0, name__startswith="paid:")
                | models.Q(balance__lte=0, name__startswith="platform"),
                name="purse_on_its_side_of_zero",
            )
        ]


class Movement(models.Model):
    """A transaction of money, never changed. `key` makes the same one happen once; `calculation` says how its sum was worked out."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    complaint = models.ForeignKey(Complaint, null=True, on_delete=models.PROTECT, related_name="movements")
    reference = models.CharField(max_length=120, blank=True, db_comment="number of the payment at the bank")
    calculation = models.JSONField(default=list, db_comment="lines of {zh, en}")
    actor = models.CharField(max_length=120, db_comment="role or policy, never a name")


class Posting(models.Model):
    """One line of a transaction: yuan that go to an account (plus) or leave it (minus)."""

    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="postings")
    purse = models.ForeignKey(Purse, on_delete=models.PROTECT, related_name="postings")
    amount = models.DecimalField(max_digits=15, decimal_places=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["movement", "purse"], name="one_line_of_an_account")]


class FastConsent(models.Model):
    """
    A merchant allows fast refunds at his cost, for one kind of goods or for all: up to a sum for each, and up to a sum for each day. One that is ended stays:
    decisions rested on it.
    """

    merchant_id = models.CharField(max_length=128, db_index=True)
    category = models.CharField(
        max_length=32, blank=True, db_comment="kind of goods; empty: all that have none of their own"
    )
    most = models.DecimalField(max_digits=15, decimal_places=2, db_comment="yuan for one claim")
    most_a_day = models.DecimalField(
        max_digits=15, decimal_places=2, db_comment="yuan for all claims of a day in China"
    )
    at = models.DateTimeField()
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "category"],
                condition=models.Q(ended_at__isnull=True),
                name="one_consent_of_a_merchant",
            )
        ]


class FastHold(models.Model):
    """A buyer, order or merchant of whose fast refunds something is being decided: held meanwhile, so that two at once cannot both be the last of a bound."""

    name = models.CharField(max_length=140, primary_key=True)


class FastDecision(models.Model):
    """What the rules of fast refund said of a complaint, with everything that they knew; what a second look found, and the merchant's objection."""

    complaint = models.OneToOneField(Complaint, primary_key=True, on_delete=models.PROTECT, related_name="fast")
    at = models.DateTimeField(db_index=True)
    outcome = models.CharField(max_length=12)
    rule = models.CharField(max_length=8, blank=True)
    payer = models.CharField(max_length=8, blank=True)
    amount = models.DecimalField(max_digits=15, decimal_places=2)
    consent = models.ForeignKey(FastConsent, null=True, on_delete=models.PROTECT, related_name="decisions")
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    category = models.CharField(max_length=32, blank=True)
    inputs = models.JSONField()
    rules = models.JSONField()
    signals = models.JSONField(default=list)
    policy = models.CharField(max_length=60)
    drawn = models.BooleanField(default=False, db_comment="by lot, to be looked at again")
    check_case = models.CharField(max_length=36, blank=True)
    checked_at = models.DateTimeField(null=True)
    found = models.CharField(max_length=12, blank=True, db_comment="real, not_real, forged, unclear")
    checker = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    objected_at = models.DateTimeField(null=True)
    objection_case = models.CharField(max_length=36, blank=True)
    objection = models.CharField(max_length=12, blank=True, db_comment="upheld, dismissed; empty while a person looks")
    objection_said = models.TextField(blank=True, db_comment="the reason that the merchant is told")
    credit = models.DecimalField(
        max_digits=15, decimal_places=2, default=0, db_comment="yuan that the fund gave him back"
    )

    class Meta:
        indexes = [models.Index(fields=["merchant_id", "-at"], name="fast_of_a_merchant")]


class Draft(models.Model):
    """An unfinished form. Whoever has its key may go on; nobody else can find it. Gone after the days of the policy."""

    key_mark = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)
    device = models.CharField(max_length=16, blank=True, db_index=True, db_comment="keyed mark, never an address")
    answers = models.JSONField(default=dict)
    files = models.JSONField(default=list, db_comment="SHA-256 of the files handed in so far")
    sent_as = models.CharField(max_length=16, blank=True, db_comment="receipt, once it has been sent")


class Conversation(models.Model):
    """
    A talk with the assistant. What was said lies here until the talk is forgotten; what was handed to a person lies in the log of the complaint.

    Only its key opens it, and the key is not stored. `turns` are {at, said, answer}; `session` is what the engine remembers; `known` what was proven.
    """

    key_mark = models.CharField(max_length=64, primary_key=True)
    owner = models.CharField(
        max_length=80, blank=True, db_comment="account or organisation that began it; empty for the public"
    )
    begun = models.DateTimeField()
    at = models.DateTimeField(db_index=True, db_comment="the last message")
    device = models.CharField(max_length=16, blank=True, db_index=True, db_comment="keyed mark, never an address")
    language = models.CharField(max_length=8)
    merchant_id = models.CharField(max_length=128, blank=True, db_comment="who asks, where it is a merchant")
    known = models.JSONField(default=dict)
    session = models.JSONField(default=dict)
    turns = models.JSONField(default=list)
    complaint_id = models.CharField(
        max_length=32, blank=True, db_comment="the complaint or report that it was handed over as"
    )
    case_id = models.CharField(max_length=36, blank=True, db_comment="the case of a merchant's question")


class Offence(models.Model):
    """A report of an offence (举报), stored and run apart from any claim (SAMR order 121, art. 9). Nobody's name is needed."""

    id = models.CharField(max_length=32, primary_key=True)
    receipt = models.CharField(max_length=16, unique=True)
    wrong_keys = models.PositiveSmallIntegerField(default=0)
    wrong_since = models.DateTimeField(null=True)
    source = models.CharField(max_length=160, unique=True)
    at = models.DateTimeField(db_index=True)
    channel = models.CharField(max_length=12)
    kind = models.CharField(max_length=8)
    level = models.PositiveSmallIntegerField()
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    listing_id = models.CharField(max_length=128, blank=True)
    batch_id = models.CharField(max_length=128, blank=True)
    unit = models.CharField(max_length=300, blank=True)
    words = models.TextField(blank=True)
    contact = models.JSONField(default=dict, db_comment="empty for an anonymous report")
    files = models.JSONField(default=list)
    device = models.CharField(max_length=16, blank=True)
    reading = models.JSONField(default=dict)
    case_id = models.CharField(max_length=36, blank=True)
    outcome = models.CharField(max_length=16, blank=True)
    answer = models.TextField(blank=True, db_comment="what the reporter is told")
    closed_at = models.DateTimeField(null=True)


class PublicReply(models.Model):
    """What a merchant says beside his public figures, or those of one of his listings. The newest that nobody took down is shown; older ones are kept."""

    merchant_id = models.CharField(max_length=128)
    listing_id = models.CharField(max_length=128, blank=True)
    words = models.CharField(max_length=LONGEST_REPLY)
    at = models.DateTimeField()
    by = models.CharField(max_length=128)
    ended_at = models.DateTimeField(null=True, db_comment="taken back by the merchant, or taken down by the house")
    why = models.CharField(max_length=300, blank=True, db_comment="why the house took it down; the merchant reads it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "listing_id"], condition=models.Q(ended_at=None), name="one_public_reply_stands"
            )
        ]

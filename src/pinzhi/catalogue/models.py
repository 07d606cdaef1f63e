"""Merchants, listings, batches, papers, and their earlier versions. Ids are the marketplace's own; personal data only as seals and masks."""

from __future__ import annotations

from django.db import models


class Registered(models.Model):
    """What every row of the catalogue has."""

    content = models.CharField(
        max_length=64, blank=True, db_comment="SHA-256 of the entry; empty while only seen in events"
    )
    seen_only = models.BooleanField(default=False, db_comment="known from events, never registered by a feed")
    first_seen = models.DateTimeField()
    valid_from = models.DateTimeField(db_comment="since when the present particulars hold")
    act = models.CharField(max_length=32, db_comment="the act that wrote the present particulars")
    keep_until = models.DateField(null=True, db_comment="earliest day of deletion, set when the subject leaves")

    class Meta:
        abstract = True


class Merchant(Registered):
    """A seller on the marketplace."""

    id = models.CharField(max_length=128, primary_key=True)
    name = models.CharField(max_length=480, blank=True)
    uscc = models.CharField(max_length=18, blank=True, db_index=True)
    categories = models.JSONField(default=list)
    opened_on = models.DateField(null=True)
    status = models.CharField(max_length=96, blank=True)
    left_on = models.DateField(null=True)


class MerchantKey(models.Model):
    """A sealed personal particular of a merchant. The same seal at two merchants is a link."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=24)
    seal = models.CharField(max_length=64)
    masked = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "seal"], name="one_key_per_particular")]
        indexes = [models.Index(fields=["kind", "seal"])]


class Listing(Registered):
    """Goods offered by a merchant."""

    id = models.CharField(max_length=128, primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="listings")
    category = models.CharField(max_length=256, blank=True, db_index=True)
    title = models.CharField(max_length=1200, blank=True)
    subtitle = models.CharField(max_length=1200, blank=True)
    description = models.TextField(blank=True)
    brand = models.CharField(max_length=480, blank=True)
    gtin = models.CharField(max_length=14, blank=True, db_index=True)
    price = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    attributes = models.JSONField(default=list)
    listed_on = models.DateField(null=True)
    status = models.CharField(max_length=96, blank=True)


class Batch(Registered):
    """A production batch."""

    id = models.CharField(max_length=128, primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="batches")
    listing = models.ForeignKey(Listing, null=True, on_delete=models.PROTECT, related_name="batches")
    gtin = models.CharField(max_length=14, blank=True, db_index=True)
    produced_on = models.DateField(null=True)
    expires_on = models.DateField(null=True, db_index=True)
    quantity = models.BigIntegerField(null=True)
    factory = models.CharField(max_length=800, blank=True)
    report_no = models.CharField(max_length=256, blank=True, db_index=True)
    quarantine_no = models.CharField(max_length=256, blank=True)


class Paper(Registered):
    """A document about a merchant, listing or batch."""

    id = models.CharField(max_length=128, primary_key=True)
    kind = models.CharField(max_length=24)
    number = models.CharField(max_length=128, db_index=True)
    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    issuer = models.CharField(max_length=480, blank=True)
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True, db_index=True)
    file_digest = models.CharField(max_length=64, blank=True, db_index=True)
    owner = models.CharField(
        max_length=160, blank=True, db_comment="whose file it is, as in `File`; empty where none is here"
    )
    public = models.BooleanField(default=False, db_comment="its owner lets everybody download the file")

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id"])]


class File(models.Model):
    """A file that somebody handed in; its bytes lie in the store of files under their SHA-256. The same bytes of two owners are two rows."""

    owner = models.CharField(max_length=160, db_comment="merchant:<id>")
    sha256 = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=8, db_comment="by its content: pdf, png, jpeg, webp")
    bytes = models.BigIntegerField()
    width = models.IntegerField(default=0, db_comment="pixels; 0 for a PDF")
    height = models.IntegerField(default=0)
    said = models.JSONField(
        default=list, db_comment="what a PDF can do besides being read: scripts, programs, files inside"
    )
    at = models.DateTimeField()
    act = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_file_per_owner")]


class Version(models.Model):
    """Particulars that held in `[valid_from, valid_to)` and were replaced by an update. Never changed once written."""

    subject_kind = models.CharField(max_length=16)
    subject_id = models.CharField(max_length=128)
    content = models.CharField(max_length=64)
    particulars = models.JSONField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    act = models.CharField(max_length=32, db_comment="the act that replaced them")

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id", "valid_from"])]

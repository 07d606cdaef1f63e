"""
Events, the things in them, ranges of codes, scans and recalls.

A thing (unit, lot, logistic unit, place) is one row, known by the canonical Digital Link of its key. The chain is not stored a second time: what is in what
and what became of what follows from the mentions of things in events. A printed code has no row before somebody scans or activates it.
"""

from __future__ import annotations

from django.db import models

from pinzhi.life.tracing import models_queries  # noqa: F401 - its tables belong to this application


class CaptureJob(models.Model):
    """One document that was handed in: what was taken, what was known, what was refused and why."""

    id = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    owner = models.CharField(
        max_length=128, blank=True, db_index=True, db_comment="merchant it came from; empty for the platform"
    )
    digest = models.CharField(max_length=64, db_index=True, db_comment="SHA-256 of the document")
    rollback = models.BooleanField(default=False, db_comment="one bad event refuses all")
    running = models.BooleanField(default=True)
    finished_at = models.DateTimeField(null=True)
    accepted = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    errors = models.JSONField(default=list, db_comment="the first refusals: number, path, code, value")

    class Meta:
        indexes = [models.Index(fields=["owner", "-at"])]


class Event(models.Model):
    """An event as captured. `hash` is the event hash of CBV 2.0; the body may be erased, the hash stays and so do the proofs."""

    hash = models.BinaryField(max_length=32)
    event_id = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=120)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    action = models.CharField(max_length=8, blank=True)
    step = models.CharField(max_length=200, blank=True)
    disposition = models.CharField(max_length=200, blank=True)
    read_point = models.CharField(max_length=300, blank=True)
    location = models.CharField(max_length=300, blank=True)
    transformation = models.CharField(max_length=300, blank=True)
    error = models.BooleanField(default=False, db_comment="declares that the event of the same content was wrong")
    voided = models.BooleanField(default=False, db_comment="was declared wrong")
    owner = models.CharField(max_length=128, blank=True)
    job = models.ForeignKey(CaptureJob, on_delete=models.PROTECT, related_name="events")
    body = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"]),
            models.Index(fields=["recorded_at"]),
            models.Index(fields=["owner"], condition=~models.Q(owner=""), name="event_of_a_merchant"),
            models.Index(
                fields=["transformation"], condition=~models.Q(transformation=""), name="event_of_a_transformation"
            ),
        ]
        constraints = [
            # The hash leaves the declaration of an error out, so that the declaration has the hash of what it declares wrong.
            models.UniqueConstraint(fields=["hash", "error"], name="one_event_of_a_hash"),
            models.UniqueConstraint(
                fields=["event_id", "error"], condition=~models.Q(event_id=""), name="one_event_of_an_id"
            ),
        ]


class HandedIn(models.Model):
    """An event that another merchant handed in before: whoever hands it in too may see it."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="also")
    owner = models.CharField(max_length=128)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "event"], name="handed_in_once")]


class Thing(models.Model):
    """A unit, lot, class, logistic unit or other object that an event named."""

    uri = models.CharField(max_length=300, unique=True)
    gtin = models.CharField(max_length=14, blank=True, db_comment="GTIN-14 of goods")
    lot = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="units")

    class Meta:
        indexes = [models.Index(fields=["gtin"], condition=~models.Q(gtin=""), name="thing_of_a_gtin")]


class Mention(models.Model):
    """A thing in a part of an event. `quantity` is null for one unit named by itself."""

    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, related_name="mentions", db_index=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="mentions", db_index=False)
    part = models.CharField(max_length=6)
    quantity = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    unit = models.CharField(max_length=8, blank=True)

    class Meta:
        indexes = [
            # With the quantity, so that a recall reads the index alone: rows of one thing lie far apart in the table.
            models.Index(fields=["thing", "part", "event", "quantity"], name="mention_of_a_thing"),
            models.Index(fields=["event", "part", "thing"], name="mention_in_an_event"),
        ]


class Certified(models.Model):
    """A report or certificate that an event names and its hash binds. The file stays with its owner; of it only the digest is kept."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="certificates")
    sha256 = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=128, blank=True)
    issued_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "sha256"], name="one_certificate_of_a_digest")]


class GoodsNumber(models.Model):
    """A GTIN of the platform's company prefix for the goods of a listing that have none of their maker. Never changed, never given to other goods."""

    gtin = models.CharField(max_length=14, primary_key=True)
    listing_id = models.CharField(max_length=128, unique=True)
    merchant_id = models.CharField(max_length=128, db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)


class CodeRange(models.Model):
    """Codes that the house gave out for a batch: serials `first` to `first + count - 1` of a GTIN in an epoch of keys. No code has a row of its own."""

    gtin = models.CharField(max_length=14)
    epoch = models.PositiveSmallIntegerField()
    first = models.BigIntegerField()
    count = models.BigIntegerField()
    form = models.CharField(max_length=8)
    batch_id = models.CharField(max_length=128, db_index=True)
    merchant_id = models.CharField(max_length=128, db_index=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gtin", "epoch", "first"], name="one_range_from_a_serial")]


class VoidCodes(models.Model):
    """Codes of a range that were spoiled or lost in printing: they are never on goods."""

    range = models.ForeignKey(CodeRange, on_delete=models.PROTECT, related_name="voids")
    first = models.BigIntegerField()
    count = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)


class LabelJob(models.Model):
    """Labels of a range as files: volumes of some ten thousand labels, written one by one, so that a job that dies goes on with the first that is missing."""

    range = models.ForeignKey(CodeRange, on_delete=models.PROTECT, related_name="labels")
    form = models.CharField(max_length=4, db_comment="pdf, zpl, svg or csv")
    sheet = models.CharField(max_length=24, blank=True)
    symbol = models.CharField(max_length=12, blank=True)
    scratch = models.BooleanField(default=False, db_comment="csv: with the covered code")
    wording = models.JSONField(default=dict)
    host = models.CharField(max_length=200)
    volumes = models.IntegerField()
    done = models.IntegerField(default=0)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    finished_at = models.DateTimeField(null=True)


class CodeState(models.Model):
    """A code that somebody has scanned or activated. `scans` counts queries; a device that asks again within minutes counts once."""

    gtin = models.CharField(max_length=14)
    code = models.CharField(max_length=20)
    batch_id = models.CharField(max_length=128, blank=True, db_index=True)
    scans = models.BigIntegerField(default=0)
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    wrong_factors = models.PositiveSmallIntegerField(
        default=0, db_comment="covered codes typed wrongly since `wrong_since`"
    )
    wrong_since = models.DateTimeField(null=True)
    copied_at = models.DateTimeField(null=True, db_comment="when the scans began to say that it is on many pieces")
    copied = models.JSONField(null=True, db_comment="evidence and sentence of that")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gtin", "code"], name="one_state_of_a_code")]


class Scan(models.Model):
    """
    One query of a code, or its covered code typed. `device` is a keyed mark that cannot be turned back into an address; `region` as the proxy says, to the
    city at most.
    """

    state = models.ForeignKey(CodeState, on_delete=models.CASCADE, related_name="seen")
    at = models.DateTimeField(db_index=True)
    device = models.CharField(max_length=16, blank=True)
    region = models.CharField(max_length=64, blank=True)
    covered = models.CharField(max_length=5, blank=True, db_comment="a covered code typed: owned, again or wrong")
    weighed = models.BooleanField(default=False, db_comment="the search for copied codes has taken it")

    class Meta:
        indexes = [
            models.Index(fields=["state", "device", "-at"]),
            models.Index(fields=["at"], condition=models.Q(weighed=False), name="scan_not_weighed"),
        ]


class CodeMemory(models.Model):
    """What the search for copied codes remembers of a code that was scanned, so that the next run needs the new scans only."""

    state = models.OneToOneField(CodeState, on_delete=models.CASCADE, primary_key=True, related_name="memory")
    kept = models.BinaryField()
    sold = models.BooleanField(db_comment="its sale is known")
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["last_at"], condition=models.Q(sold=False), name="memory_without_a_sale")]


class BatchMemory(models.Model):
    """The same of a batch: how many of its codes were seen, and how many were raised."""

    batch_id = models.CharField(max_length=128, primary_key=True)
    raised = models.BigIntegerField()
    seen = models.BigIntegerField()


class SearchMemory(models.Model):
    """One row: what the search learnt from all codes together, and when it last ran. Locked while a portion is weighed."""

    shared = models.BinaryField(default=b"")
    ran_at = models.DateTimeField(null=True)


class PlaceRegion(models.Model):
    """In which region a place of the chain lies: its name in the words of the marketplace's events and of the header that scans bring their region in."""

    place = models.CharField(max_length=300, primary_key=True, db_comment="canonical link of the place")
    region = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)


class UnitReport(models.Model):
    """Somebody says that something is wrong with a piece. No name, no number to call: whoever wants an answer makes a complaint."""

    receipt = models.CharField(max_length=12, primary_key=True)
    unit = models.CharField(max_length=300, db_index=True, db_comment="canonical link of the piece")
    batch_id = models.CharField(max_length=128, blank=True, db_index=True)
    kind = models.CharField(max_length=12)
    words = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)
    device = models.CharField(max_length=16, blank=True)
    said = models.CharField(max_length=12, db_comment="what the code said at that moment")
    case_id = models.CharField(max_length=40, blank=True)


class Recall(models.Model):
    """Goods of a batch called back, or a rehearsal of it. The walk and the counts are kept as they were at that moment."""

    id = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    batch = models.CharField(
        max_length=300, db_index=True, db_comment="as it was named: id of the catalogue, GTIN/lot, or a link"
    )
    merchant_id = models.CharField(max_length=128, blank=True, db_index=True)
    drill = models.BooleanField()
    reason = models.TextField(blank=True)
    level = models.CharField(
        max_length=8, blank=True, db_comment="see rules/recalls.py; empty until somebody graded it"
    )
    known_at = models.DateTimeField(null=True, db_comment="when the risk became known; the start is counted from there")
    plan = models.TextField(blank=True, db_comment="what holders of the goods are to do, and what they get")
    milliseconds = models.BigIntegerField(db_comment="from the question to the whole coverage")
    found = models.JSONField(db_comment="lots, counts, places, sales: what the coverage showed when it was opened")
    decisions = models.JSONField(default=list, db_comment="stop-sale decisions taken with it")
    closed_at = models.DateTimeField(null=True)
    closing = models.JSONField(null=True, db_comment="the counts when it was closed, and what was done with the goods")


class Notice(models.Model):
    """Somebody who is to be told: the merchant, or a buyer by the pseudonym under which the marketplace knows the order."""

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="notices")
    to = models.CharField(max_length=8, db_comment="merchant or buyer")
    party = models.CharField(max_length=128, db_comment="id of the merchant, pseudonym of the buyer")
    order_id = models.CharField(max_length=128, blank=True)
    listing_id = models.CharField(max_length=128, blank=True)
    quantity = models.IntegerField(default=0)
    told_at = models.DateTimeField(null=True, db_comment="when the marketplace said that the notice was delivered")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recall", "to", "party", "order_id", "listing_id"], name="one_notice_each")
        ]

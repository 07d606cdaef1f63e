"""Leaves, tiles and checkpoints."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class TreeHead(models.Model):
    """One row: the number of leaves. Locked while leaves are appended, so that indexes are dense and in commit order."""

    size = models.BigIntegerField(default=0)


class Leaf(models.Model):
    """One leaf: the 32-byte commitment that is on the log, and what opens it (the nonce), which is not. An empty nonce has been erased."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    ref = models.CharField(max_length=80)
    commitment = models.BinaryField(max_length=32)
    nonce = models.BinaryField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        # Facts are found through their own table; other leaves by what they are of.
        indexes = [models.Index(fields=["ref", "kind"], condition=~Q(kind="fact"), name="leaf_of_a_value")]


class TileHead(models.Model):
    """One row: how many leaves the tiles cover, and the right edge of that tree. Locked while tiles are built and checkpoints are signed."""

    size = models.BigIntegerField(default=0)
    edge = models.BinaryField(default=b"", db_comment="complete subtrees, largest first, 32 bytes each")


class Tile(models.Model):
    """Up to 256 hashes of one level (C2SP tlog-tiles). A full one never changes."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(max_length=8192)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_tile_per_place")]


class SignedCheckpoint(models.Model):
    """A checkpoint that was signed. One per size, for ever; `at` says when we signed and is not part of what is signed."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()


class WitnessHead(models.Model):
    """What a witness cosigned last for us, and what is the matter with it (a code, empty where nothing is)."""

    key = models.CharField(
        max_length=2400,
        primary_key=True,
        db_comment="its public key as a line; of ML-DSA-44 1,760 characters and its name",
    )
    name = models.CharField(max_length=120)
    size = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=40, blank=True)
    tried_at = models.DateTimeField(null=True)


class Anchor(models.Model):
    """
    A checkpoint that is or will be written where nobody of ours can change it: in our contract on a chain, or under an authority's time stamp.

    `at` is empty until that was seen with our own eyes (the root read back with enough confirmations, the token verified). A row is written before anything
    is sent and is tried again until then; `trouble` is the code of the last refusal, empty where there is none.
    """

    place = models.CharField(max_length=40, db_comment="its name in the file of PINZHI_ANCHORS")
    kind = models.CharField(max_length=16, db_comment="evm or rfc3161")
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    begun = models.DateTimeField()
    at = models.DateTimeField(null=True, db_comment="when it was confirmed; of a time stamp, the time that it states")
    chain_id = models.BigIntegerField(default=0)
    contract = models.CharField(max_length=42, blank=True)
    transaction = models.BinaryField(max_length=32, default=b"", db_comment="hash of the last one that was sent")
    price = models.BigIntegerField(default=0, db_comment="wei for a unit of gas that it offered")
    sent_at = models.DateTimeField(null=True)
    block = models.BigIntegerField(null=True)
    gas = models.BigIntegerField(null=True, db_comment="what it took")
    authority = models.CharField(max_length=200, blank=True, db_comment="host of the time-stamp authority")
    token = models.BinaryField(default=b"", db_comment="its answer (TimeStampResp of RFC 3161, DER)")
    trouble = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "chain_id", "contract", "size"], name="one_anchor_per_place_and_size"
            )
        ]
        indexes = [models.Index(fields=["place"], condition=Q(at=None), name="anchor_under_way")]

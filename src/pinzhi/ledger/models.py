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
    ref = models.CharField(max_length=64)
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

    key = models.CharField(max_length=200, primary_key=True, db_comment="its public key as a line")
    name = models.CharField(max_length=120)
    size = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=40, blank=True)
    tried_at = models.DateTimeField(null=True)

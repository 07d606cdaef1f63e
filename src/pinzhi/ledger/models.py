"""Leaves and checkpoints."""

from __future__ import annotations

from django.db import models


class TreeHead(models.Model):
    """One row: the size of the tree. Locked while leaves are appended, so that indexes are dense and in commit order."""

    size = models.BigIntegerField(default=0)


class Leaf(models.Model):
    """One leaf: the 32-byte commitment that is on the log, and what opens it (the nonce), which is not."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    ref = models.CharField(max_length=64, db_index=True)
    commitment = models.BinaryField(max_length=32)
    nonce = models.BinaryField(max_length=16)
    at = models.DateTimeField()

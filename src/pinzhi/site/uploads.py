"""Bounds of what a browser may send: the files of one form are cut off where they exceed the bound, before they fill the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

FORM_FILES = 4
"""So many files of the largest size go into one form."""


class Bounded(FileUploadHandler):
    """First of the handlers: counts, and lets nothing through beyond the bound. The form then has `upload_stopped`."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.taken = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - the interface of Django
        """The piece itself. Raises StopUpload at the first piece too many."""
        self.taken += len(raw_data)
        if self.taken > FORM_FILES * settings.FILE_BYTES:
            self.request.upload_stopped = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Nothing is kept here; the handlers behind do."""

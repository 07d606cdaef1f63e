"""Rows set aside while a file streams by: written as they come, so that a file of any size with any number of faults needs no memory for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from pinzhi.kernel.refusal import Refusal


class Aside:
    """
    `<path>.refused.ndjson`, made at the first refusal; one left by an earlier run is taken away when nothing was refused this time.

    `count` tells how many there are, `first` keeps the first of them.
    """

    def __init__(self, path: str) -> None:
        self.out = Path(f"{path}.refused.ndjson")
        self.count = 0
        self.first: Refusal | None = None
        self._stream: IO[bytes] | None = None
        self._encode = msgspec.json.Encoder().encode

    def __enter__(self) -> Self:
        return self

    def add(self, refusals: Iterable[Refusal]) -> None:
        """Set these aside."""
        for refusal in refusals:
            if self._stream is None:
                self._stream = self.out.open("wb")
                self.first = refusal
            self._stream.write(self._encode(refusal.row()) + b"\n")
            self.count += 1

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self._stream is not None:
            self._stream.close()
        elif kind is None:
            self.out.unlink(missing_ok=True)

"""
The tree cut into tiles as C2SP tlog-tiles says (c2sp.org/tlog-tiles). Pure.

The tile (level, index) holds up to 256 hashes, those of the complete subtrees over `256 ** level` leaves each, from the one at `index * 256` on. A full
tile never changes; the last one of each level is *partial* and only grows. Everything about a tree of any size, root, inclusion and consistency, can be
computed from the few tiles on its way, so a static file server is enough to serve a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pinzhi.ledger.tree import HASH_BYTES, Edge, ProofError, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL = WIDTH * HASH_BYTES
MAX_LEVEL = 7
"""256 ** 8 leaves are more than a signed 64-bit index can count."""

_PATH = re.compile(r"((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Which tile, and how many of its hashes (256 = the full tile)."""

    index: int
    width: int = WIDTH


def hashes_at(level: int, size: int) -> int:
    """How many hashes a tree of `size` leaves has on tile level `level`."""
    return size >> HEIGHT * level


def path_of(place: Place) -> str:
    """`x001/x234/067` for the full tile 1234067, with `.p/5` behind it for five hashes."""
    groups = [f"{place.index % 1000:03d}"]
    rest = place.index // 1000
    while rest:
        groups.insert(0, f"x{rest % 1000:03d}")
        rest //= 1000
    return "/".join(groups) + ("" if place.width == WIDTH else f".p/{place.width}")


def read_path(path: str) -> Place:
    """Read `path_of` back; only the one canonical spelling. Raises ProofError(`bad_tile_path`)."""
    found = _PATH.match(path)
    if found:
        index = int(found[1].replace("x", "").replace("/", ""))
        place = Place(index, int(found[2]) if found[2] else WIDTH)
        if place.width < WIDTH + (found[2] is None) and path_of(place) == path:
            return place
    raise ProofError.of("bad_tile_path", f"{path!r} is not a tile path", "see c2sp.org/tlog-tiles")


@dataclass(frozen=True, slots=True)
class Grown:
    """What appending did: the new edge and every tile that changed, by (level, index), in whole."""

    edge: Edge
    tiles: dict[tuple[int, int], bytes]


def grow(edge: Edge, partial: Mapping[int, bytes], leaf_hashes: Iterable[bytes]) -> Grown:
    """
    Append leaves. `partial` holds the present partial tile of each level that has one.

    Raises ProofError(`broken_tile`) when a partial tile is not as wide as the size of the edge says.
    """
    rows: dict[tuple[int, int], bytearray] = {}

    def keep(level: int, index: int, made: bytes) -> None:
        if level & 7:
            return
        at = (level >> 3, index >> 8)
        row = rows.get(at)
        if row is None:
            row = rows[at] = bytearray(partial.get(at[0], b"") if index & 255 else b"")
            if len(row) != (index & 255) * HASH_BYTES:
                raise ProofError.of(
                    "broken_tile",
                    f"tile {at[1]} of level {at[0]} does not fit a tree of {edge.size} leaves",
                    "run the audit",
                )
        row += made

    new = edge.append(leaf_hashes, keep)
    return Grown(new, {at: bytes(row) for at, row in rows.items()})


class TileReader:
    """
    Gives the complete subtrees of a tree from its tiles; call it as a `NodeAt`. `fetch(level, index)` gives a tile or None.

    Tiles and the nodes inside them are kept for the life of the reader, so many proofs from one reader cost one reading.
    """

    def __init__(self, fetch: Callable[[int, int], bytes | None]) -> None:
        self._fetch = fetch
        self._rows: dict[tuple[int, int], list[list[bytes]]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The subtree at (level, index). Raises ProofError(`tile_missing`) when no tile holds it."""
        tile_level, up = divmod(level, HEIGHT)
        per_tile = HEIGHT - up
        tile, at = index >> per_tile, index & ((1 << per_tile) - 1)
        layers = self._layers(tile_level, tile)
        if at >= len(layers[up]):
            raise ProofError.of(
                "tile_missing",
                f"the subtree {index} of level {level} is not complete in the tiles",
                "ask for a smaller tree",
            )
        return layers[up][at]

    def _layers(self, level: int, index: int) -> list[list[bytes]]:
        """The tile's hashes and the seven layers of complete nodes above them."""
        found = self._rows.get((level, index))
        if found is None:
            raw = self._fetch(level, index) or b""
            row = [raw[i : i + HASH_BYTES] for i in range(0, len(raw) - HASH_BYTES + 1, HASH_BYTES)]
            found = [row]
            for _ in range(1, HEIGHT):
                row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
                found.append(row)
            self._rows[(level, index)] = found
        return found


def entry_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries with their uint16 big-endian lengths in front, as C2SP serves them."""
    return b"".join(len(e).to_bytes(2, "big") + e for e in entries)

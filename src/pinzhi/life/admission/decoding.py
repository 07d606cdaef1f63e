"""
Picture files into arrays, with bounds: the only place where foreign bytes meet a decoder (Pillow, extra `pictures`).

What a file is, its first bytes say; what it would unpack to, its header says before anything is unpacked. Every «no» is a Refusal that names the file.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.admission.rules.pictures.views import SMALLEST, Picture

if TYPE_CHECKING:
    from PIL.Image import Image

HEAVIEST = 40 * 1024 * 1024
"""Bytes of a file."""
LARGEST = 40_000_000
"""Pixels: 120 MB unpacked."""
LONG_SIDE = 512
"""Pixels of the array that is given back, at most: more helps no rule."""

TYPES: dict[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "GIF": (".gif",),
    "BMP": (".bmp",),
}
"""Types that are read, with the endings that fit them."""
ENDINGS = {ending: kind for kind, endings in TYPES.items() for ending in endings}
BEGINNINGS = (  # of the types that are read
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF",
    b"GIF8",
    b"BM",
)
SAVE_AS = "save it as JPEG or PNG"
FETCH_AGAIN = "fetch or export the picture again"


def need_pictures() -> None:
    """Raises RefusedError where the extra `pictures` is not installed."""
    try:
        import cv2  # noqa: F401
        import PIL  # noqa: F401
    except ImportError as why:
        remedy = "install the extra: pip install 'pinzhi[pictures]', or make setup-test"
        raise RefusedError.because("extra_missing", "pictures need the extra «pictures»", remedy) from why


def files(folder: Path) -> list[Path]:
    """The files of a folder by name, hidden ones left out; folders inside are searched too. Raises RefusedError where it is no folder or holds none."""
    if not folder.is_dir():
        raise RefusedError.because(
            "folder_missing", f"{folder} is no folder", "name the folder that holds the pictures"
        )
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    if not found:
        raise RefusedError.because("folder_empty", f"{folder} holds no file", "put the pictures there")
    return found


def pictures(folder: Path, refused: list[Refusal]) -> Iterator[tuple[str, Picture]]:
    """(name, picture) of each file that can be read; the others are put into `refused`, and the next is read all the same."""
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            yield name, decode(path, name)
        except RefusedError as no:
            refused.append(no.refusal)


def decode(path: Path, name: str = "") -> Picture:
    """
    One file as RGB, upright, transparent parts on white, the long side at most 512 pixels; of an animation the first frame.

    Raises RefusedError: empty, heavier or larger than the bounds, no picture, another type than its ending says, damaged, too small.
    """
    name = name or path.name
    try:
        size = path.stat().st_size
        if size == 0:
            raise _no("picture_empty", "the file is empty", FETCH_AGAIN, name)
        if size > HEAVIEST:
            reason = f"{size / 2**20:.0f} MB, more than {HEAVIEST // 2**20} MB"
            raise _no("picture_too_heavy", reason, "save it smaller: 2,000 pixels on the long side are enough", name)
        with path.open("rb") as stream:
            return _decoded(stream, path.suffix.lower(), name)
    except OSError as why:
        reason = f"the file cannot be read ({why.strerror or why})"
        raise _no("picture_unreadable", reason, "make the file readable", name) from why


def decode_as(path: Path, kind: str, name: str) -> Picture:
    """A file without an ending whose kind is known from its content (`png`, `jpeg`, `webp`). Raises RefusedError as `decode` does."""
    with path.open("rb") as stream:
        return _decoded(stream, TYPES[kind.upper()][0], name)


def _no(code: str, reason: str, remedy: str, name: str) -> RefusedError:
    return RefusedError(Refusal(code, reason, remedy, file=name))


def _decoded(stream: BinaryIO, ending: str, name: str) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata is none of our business
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(stream, formats=list(TYPES)) as image:
                _check(image, ending, name)
                return _pixels(image)
    except RefusedError:
        raise
    except UnidentifiedImageError as why:
        stream.seek(0)
        if stream.read(8).startswith(BEGINNINGS):
            raise _no("picture_damaged", "the picture breaks off after its first bytes", FETCH_AGAIN, name) from why
        raise _no("picture_type_unknown", f"no picture that we read ({', '.join(TYPES)})", SAVE_AS, name) from why
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as why:
        raise _too_large(name) from why
    except Exception as why:  # a decoder may fail on foreign bytes in any way; none of them may stop the batch
        raise _no(
            "picture_damaged", f"the picture breaks off or is damaged ({str(why)[:80]})", FETCH_AGAIN, name
        ) from why


def _too_large(name: str) -> RefusedError:
    reason = f"it would unpack to more than {LARGEST // 1_000_000} million pixels"
    return _no("picture_too_large", reason, "save it smaller: 2,000 pixels on the long side are enough", name)


def _check(image: Image, ending: str, name: str) -> None:
    """What the header says, before anything is unpacked."""
    kind = str(image.format)
    if ending not in TYPES[kind]:
        reason = f"its ending «{ending}» is not that of {kind}, which it is"
        raise _no("picture_type_differs", reason, f"rename it to {TYPES[kind][0]}", name)
    if image.width * image.height > LARGEST:
        raise _too_large(name)
    if min(image.size) < SMALLEST:
        reason = f"{image.width} x {image.height} pixels show nothing"
        raise _no("picture_too_small", reason, f"send one of at least {SMALLEST} pixels on each side", name)


def _pixels(image: Any) -> Picture:
    from PIL import Image, ImageOps

    if image.format == "JPEG":
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))  # the decoder itself makes it smaller, never below this
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        deep = np.asarray(image, dtype=np.float64)
        image = Image.fromarray(np.clip(deep / 257, 0, 255).astype(np.uint8))
    if image.mode == "P" or (image.mode in ("1", "L", "RGB") and "transparency" in image.info):
        image = image.convert("RGBA")
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if upright.mode in ("RGBA", "LA", "La", "RGBa", "PA"):
        see_through = upright.convert("RGBA")
        upright = Image.new("RGB", see_through.size, "white")
        upright.paste(see_through, mask=see_through.getchannel("A"))
    return np.asarray(upright.convert("RGB"), dtype=np.uint8)

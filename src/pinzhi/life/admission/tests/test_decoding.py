"""Picture files: what is read, and what is refused with which code."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import decoding
from pinzhi.life.admission.tests.painting import array, goods


def packed(kind, picture=None, **how):
    held = io.BytesIO()
    (picture or goods(1)).save(held, kind, **how)
    return held.getvalue()


def png_of(width, height):
    """A header that promises so many pixels, over a few packed bytes."""

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(3000))) + chunk(b"IEND", b"")
    )


def bomb_in_the_text():
    whole = packed("PNG")
    text = b"zTXt" + b"Comment\0\0" + zlib.compress(bytes(200 * 1024 * 1024), 9)
    body = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return whole[:33] + body + whole[33:]


BAD = [
    ("empty.jpg", b"", "picture_empty"),
    ("words.jpg", b"this is no picture", "picture_type_unknown"),
    ("page.html.jpg", b"<html><script>alert(1)</script></html>", "picture_type_unknown"),
    ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture_type_unknown"),
    ("paper.pdf", b"%PDF-1.7\n1 0 obj", "picture_type_unknown"),
    ("archive.png", b"PK\x03\x04" + bytes(100), "picture_type_unknown"),
    ("scan.tif", packed("TIFF"), "picture_type_unknown"),
    ("really-png.jpg", packed("PNG"), "picture_type_differs"),
    ("really-jpeg.png", packed("JPEG"), "picture_type_differs"),
    ("no-ending", packed("PNG"), "picture_type_differs"),
    ("cut.jpg", packed("JPEG")[:3000], "picture_damaged"),
    ("cut.png", packed("PNG")[:2000], "picture_damaged"),
    ("cut.webp", packed("WEBP")[:900], "picture_damaged"),
    ("head-only.png", packed("PNG")[:33], "picture_damaged"),
    ("short.png", png_of(1000, 1000), "picture_damaged"),
    ("bomb.png", png_of(6400, 6400), "picture_too_large"),
    ("bigger-bomb.png", png_of(10_000, 10_000), "picture_too_large"),
    ("biggest-bomb.png", png_of(60_000, 60_000), "picture_too_large"),
    ("line.png", packed("PNG", Image.new("RGB", (400, 3))), "picture_too_small"),
]


@pytest.mark.parametrize(("name", "body", "code"), BAD, ids=[b[0] for b in BAD])
def test_what_cannot_be_read_is_refused_by_name(tmp_path, name, body, code):
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(RefusedError) as no:
        decoding.decode(path)
    assert (no.value.refusal.code, no.value.refusal.file) == (code, name)
    assert no.value.refusal.reason
    assert no.value.refusal.remedy


def test_text_that_unpacks_without_end_is_not_unpacked(tmp_path):
    path = tmp_path / "text.png"
    path.write_bytes(bomb_in_the_text())
    with pytest.raises(RefusedError) as no:
        decoding.decode(path)
    assert no.value.refusal.code == "picture_damaged"


def test_half_a_gigabyte_is_refused_unread(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as out:
        out.truncate(500 * 1024 * 1024)  # sparse: takes no room
    with pytest.raises(RefusedError) as no:
        decoding.decode(path)
    assert (no.value.refusal.code, no.value.refusal.reason) == ("picture_too_heavy", "500 MB, more than 40 MB")


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "shut.png"
    path.write_bytes(packed("PNG"))

    def shut(*_args, **_options):  # a mode of 0 would not stop root, and tests run as root on many machines
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", shut)
    monkeypatch.setattr(Path, "read_bytes", shut)
    with pytest.raises(RefusedError) as no:
        decoding.decode(path)
    assert no.value.refusal.code == "picture_unreadable"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP"), ("a.gif", "GIF"), ("a.bmp", "BMP")],
)
def test_the_types_that_are_read(tmp_path, name, kind):
    path = tmp_path / name
    path.write_bytes(packed(kind))
    found = decoding.decode(path)
    assert (found.shape, found.dtype) == ((300, 360, 3), np.uint8)
    assert np.abs(found.astype(int) - array(goods(1))).mean() < 8


def test_lossless_pixels_come_back_exactly(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(packed("PNG"))
    assert np.array_equal(decoding.decode(path), array(goods(1)))


def test_large_ones_are_made_smaller(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(packed("JPEG", goods(1, (1600, 1200))))
    assert decoding.decode(path).shape == (384, 512, 3)


def test_what_is_transparent_is_white(tmp_path):
    picture = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 20, 30))
    for name, saved in (("a.png", picture), ("b.png", picture.convert("LA")), ("c.gif", picture)):
        path = tmp_path / name
        saved.save(path)
        found = decoding.decode(path)
        assert found[15, 35].tolist() == [255, 255, 255]
        assert found[15, 5].tolist() != [255, 255, 255]


def test_sixteen_bits_and_the_turn_of_the_camera(tmp_path):
    deep = tmp_path / "deep.png"
    Image.fromarray(np.full((40, 30), 257 * 100, dtype=np.uint16)).save(deep)
    assert decoding.decode(deep)[5, 5].tolist() == [100, 100, 100]
    turned = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 30), "white").save(turned, exif=exif)
    assert decoding.decode(turned).shape == (60, 30, 3)


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.png").write_bytes(packed("PNG"))
    (tmp_path / "b.png").write_bytes(b"nothing")
    (tmp_path / "sub" / "c.jpg").write_bytes(packed("JPEG"))
    (tmp_path / ".hidden").write_bytes(b"x")
    refused = []
    assert [name for name, _ in decoding.pictures(tmp_path, refused)] == ["a.png", "sub/c.jpg"]
    assert [(r.file, r.code) for r in refused] == [("b.png", "picture_type_unknown")]


@pytest.mark.parametrize(("make", "code"), [(False, "folder_missing"), (True, "folder_empty")])
def test_no_folder_and_an_empty_one(tmp_path, make, code):
    folder = tmp_path / "pictures"
    if make:
        folder.mkdir()
    with pytest.raises(RefusedError) as no:
        decoding.files(folder)
    assert no.value.refusal.code == code

"""Files handed in: what they are by their content, bounded, owned, durable before they are answered for; another's is not there."""

import struct
import zlib

import pytest

from pinzhi.catalogue import files
from pinzhi.catalogue.filetypes import kind_of, names, pixels
from pinzhi.catalogue.models import File
from pinzhi.engine.embedded.blobs import BlobFolder, open_files
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")
REVIEWER = Actor("person", "person:reviewer", roles=frozenset({Role.REVIEWER}))
TRAINER = Actor("person", "person:trainer", roles=frozenset({Role.TRAINER}))
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.FILES = tmp_path / "files"
    settings.FILE_BYTES = 100_000
    settings.FILES_OF_ONE_OWNER = 250_000


def png(width=40, height=30, extra=b""):
    def part(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress((b"\0" + b"\x80" * 3 * min(width, 100)) * min(height, 100))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"") + extra


def lying():
    return sorted(p.name for p in open_files().root.rglob("*") if p.is_file()) if open_files().root.exists() else []


def refused(content, by=SHOP, **more):
    before = lying()
    rows = File.objects.count()
    with pytest.raises(RefusedError) as no:
        files.upload([content], by, **more)
    assert (lying(), File.objects.count()) == (before, rows), "a refused file leaves nothing"
    assert no.value.refusal.remedy
    return no.value.refusal.code


def test_the_same_bytes_of_the_same_owner_are_the_same_file():
    first = files.upload([png()[:20], png()[20:]], SHOP, media_type="image/png")
    assert (first.kind, first.width, first.height, first.bytes, first.fresh) == ("png", 40, 30, len(png()), True)
    again = files.upload([png()], SHOP)
    assert (again.sha256, again.fresh) == (first.sha256, False)
    assert files.body(again) == png()
    assert File.objects.count() == 1
    assert lying() == [first.sha256]


def test_another_owners_file_is_not_there():
    mine = files.upload([png()], SHOP)
    assert files.own(mine.sha256, "merchant:M2") is None
    assert files.owned([mine.reference], "merchant:M2") == {}
    with pytest.raises(RefusedError, match="no such file"):
        files.check_owned([("images[0]", mine.reference)], "merchant:M2")
    files.check_owned([("images[0]", mine.reference), ("images[1]", "1.jpg")], "merchant:M1")
    theirs = files.upload([png()], OTHER)
    assert theirs.fresh, "two owners, two rows, one copy of the bytes"
    assert lying() == [mine.sha256]
    assert refused(png(41), SHOP, owner="merchant:M2") == "owner_unknown"


def test_whoever_works_for_the_house_says_for_whom():
    assert refused(png(), REVIEWER) == "owner_missing"
    assert files.upload([png()], REVIEWER, owner="merchant:M1").owner == "merchant:M1"
    assert refused(png(50), TRAINER, owner="merchant:M1") == "not_permitted"


@pytest.mark.parametrize(
    ("content", "said", "code"),
    [
        (b"", "", "file_empty"),
        (b"PK\x03\x04" + b"\0" * 50, "", "file_type_unknown"),
        (b"<svg onload=alert(1)>", "image/png", "file_type_unknown"),
        (b"MZ\x90", "", "file_type_unknown"),
        (png(), "image/jpeg", "file_type_differs"),
        (png(), "application/pdf", "file_type_differs"),
        (png()[:20], "", "picture_damaged"),
        (png(30_000, 30_000), "", "picture_too_large"),
        (png(extra=b"\0" * 100_000), "", "file_too_large"),
        (PDF.replace(b"/Root", b"/Encrypt 2 0 R/Root"), "", "pdf_encrypted"),
    ],
)
def test_what_is_not_taken_is_refused_and_leaves_nothing(content, said, code):
    assert refused(content, media_type=said) == code


def test_what_a_pdf_can_do_besides_being_read_is_said():
    script = PDF.replace(b"/Type", b"/OpenAction<</S/Ja#76aScript/JS(app.alert)>>/Type")
    assert files.upload([script], SHOP).said == ("JavaScript", "JS")
    assert files.upload([PDF], SHOP).said == ()


def test_a_pdf_that_only_forbids_changes_opens_for_everybody():
    fpdf = pytest.importorskip("fpdf")
    for user, code in (("", None), ("secret", "pdf_encrypted")):
        page = fpdf.FPDF()
        page.add_page()
        page.set_encryption(owner_password="owner", user_password=user)
        content = bytes(page.output())
        assert b"/Encrypt" in content
        if code:
            assert refused(content) == code
        else:
            assert files.upload([content], SHOP).kind == "pdf"


def test_an_owner_has_so_much_room_and_others_theirs():
    for n in range(2):
        files.upload([png(extra=bytes([n]) * 99_000)], SHOP)
    assert refused(png(extra=b"\7" * 99_000)) == "files_of_owner"
    assert files.upload([png(extra=b"\7" * 99_000)], OTHER).fresh


def test_bytes_come_before_the_row(monkeypatch):
    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(File.objects, "get_or_create", killed)
    with pytest.raises(KeyboardInterrupt):
        files.upload([png()], SHOP)
    assert len(lying()) == 1
    assert not File.objects.exists()
    monkeypatch.undo()
    assert files.upload([png()], SHOP).fresh


def test_what_a_killed_process_left_is_swept_and_is_no_file(tmp_path):
    store = BlobFolder(tmp_path / "store")
    with store.arriving([b"one"], most_bytes=10) as arrived:
        (store.root / ".new-left").write_bytes(b"half")
        assert not store.holds(arrived.sha256)
        store.keep(arrived)
    assert store.holds(arrived.sha256)
    assert store.sweep() == 0, "it may still be written"
    assert store.sweep(older_than=-1) == 1
    assert store.read(arrived.sha256) == b"one"


def test_a_file_that_changed_on_the_disk_is_said(tmp_path):
    store = BlobFolder(tmp_path / "store")
    with store.arriving([b"one"], most_bytes=10) as arrived:
        store.keep(arrived)
    store.path(arrived.sha256).write_bytes(b"two")
    with pytest.raises(RefusedError, match="changed"):
        store.read(arrived.sha256)
    store.path(arrived.sha256).unlink()
    with pytest.raises(RefusedError, match="not in the store"):
        store.read(arrived.sha256)
    for name in ("../../etc/passwd", "A" * 64, ""):
        with pytest.raises(ValueError, match="SHA-256"):
            store.path(name)


def test_a_disk_that_says_no_is_a_refusal(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RefusedError) as no, BlobFolder(tmp_path / "file").arriving([b"x"], most_bytes=9):
        pass
    assert no.value.refusal.code == "files_not_writable"


def test_kinds_and_sizes_by_the_first_bytes():
    assert kind_of(b"\n%PDF-1.4") == "pdf"
    assert kind_of(b"RIFF....WEBP") == "webp"
    assert kind_of(b"....ftypheic") == "heic"
    assert kind_of(b"") == ""
    assert pixels("png", png(640, 480)) == (640, 480)
    assert pixels("png", b"\x89PNG") == (0, 0)
    assert pixels("webp", b"RIFF") == (0, 0)
    assert names(b"<</S/Launch/F(cmd)>>") == {"S", "Launch", "F"}


@pytest.mark.parametrize(("form", "more"), [("JPEG", {}), ("WEBP", {}), ("WEBP", {"lossless": True})])
def test_sizes_are_those_that_a_decoder_finds(form, more):
    import io

    image = pytest.importorskip("PIL.Image")
    for mode in ("RGB", "RGBA") if form == "WEBP" else ("RGB",):
        out = io.BytesIO()
        image.new(mode, (123, 77)).save(out, form, **more)
        assert pixels(form.lower(), out.getvalue()) == (123, 77)

"""Labels: rendered by a PDF reader and read by a decoder, none of them ours; nothing printed outside its label."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.tracing import sheets
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.labels import layout, svg, zpl
from pinzhi.life.tracing.rules.labels.layout import SHEETS, Wording, fitted, placed, wide_as
from pinzhi.life.tracing.rules.symbols import many

GTIN = "06901234567892"
KEYS = codes.derive(bytes(range(32)), GTIN, 5)
STEM = f"HTTPS://ID.PINZHI.CN/01/{GTIN}/10/B00202"
WORDS = Wording("童装卫衣 女 120", "B00202", "2026-11-01", "ZJ2026-11873", "", "id.pinzhi.cn")


def order(sheet="a4-24", count=50, **more):
    return sheets.Order(KEYS, 1000, count, "B00202", STEM, WORDS, SHEETS[sheet], **more)


def pages(data, dots=300):
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    return [page.render(scale=dots / 72).to_numpy() for page in document], [p.get_textpage() for p in document]


def cropped(picture, sheet, dots=300):
    """Each label of a page by itself."""
    mm = dots / 25.4
    for left, top in sheet.corners():
        yield picture[
            round(top * mm) : round((top + sheet.label_height) * mm),
            round(left * mm) : round((left + sheet.label_width) * mm),
        ]


@pytest.mark.parametrize("symbol", ["qr", "datamatrix"])
@pytest.mark.parametrize("sheet", list(SHEETS))
def test_every_label_is_read_from_the_rendered_sheet(sheet, symbol):
    count = 4 if sheet.startswith("roll") else SHEETS[sheet].places + 3
    data = b"".join(sheets.as_pdf(order(sheet, count, symbol=symbol)))
    pictures, texts = pages(data)
    assert len(pictures) == -(-count // SHEETS[sheet].places)
    wanted = [c.decode() for c in codes.issue(KEYS, 1000, count)]
    read, whole = [], " ".join(t.get_text_range() for t in texts)
    for picture in pictures:
        for label in cropped(picture, SHEETS[sheet]):
            read += [b.text for b in zxingcpp.read_barcodes(np.ascontiguousarray(label))]
    head = f"{STEM}/21/" if symbol == "qr" else f"(01){GTIN}(10)B00202(21)"
    assert read == [head + c for c in wanted]
    for code in wanted:
        for group in (code[i : i + 5] for i in range(0, 20, 5)):
            assert group in whole


@pytest.mark.parametrize("sheet", ["a4-24", "a4-40", "roll-50x30", "roll-40x25"])
def test_what_the_label_says_can_be_read_as_text(sheet):
    data = b"".join(sheets.as_pdf(order(sheet, 1)))
    said = pages(data)[1][0].get_text_range()
    for word in ("童装卫衣 女 120", "批号 B00202", "生产日期 2026-11-01"):
        assert word in said


@pytest.mark.parametrize("sheet", list(SHEETS))
def test_nothing_is_printed_outside_its_label(sheet):
    picture = pages(b"".join(sheets.as_pdf(order(sheet, SHEETS[sheet].places))))[0][0]
    dark = picture.min(axis=2) < 128
    mm, inside = 300 / 25.4, np.zeros_like(dark)
    for left, top in SHEETS[sheet].corners():
        s = SHEETS[sheet]
        inside[
            round(top * mm) : round((top + s.label_height) * mm), round(left * mm) : round((left + s.label_width) * mm)
        ] = 1
    assert not (dark & ~inside.astype(bool)).any()


def test_labels_lie_on_their_sheet_and_do_not_overlap():
    for sheet in SHEETS.values():
        corners = sheet.corners()
        assert len(set(corners)) == sheet.places
        assert max(x for x, _ in corners) + sheet.label_width <= sheet.width + 1e-9
        assert max(y for _, y in corners) + sheet.label_height <= sheet.height + 1e-9
        assert min(sheet.gap_x, sheet.gap_y, sheet.left, sheet.top) >= 0


def test_the_bytes_are_the_same_however_often_it_is_printed():
    assert b"".join(sheets.as_pdf(order())) == b"".join(sheets.as_pdf(order()))


def test_an_empty_order_is_a_sheetless_file():
    assert len(pypdfium2.PdfDocument(io.BytesIO(b"".join(sheets.as_pdf(order(count=1)))))) == 1


def test_a_label_that_is_too_small():
    tiny = layout.Sheet("tiny", 20, 12, 1, 1, 20.0, 12.0, 0.0, 0.0)
    answer = placed(tiny, 33, 4, ())
    assert isinstance(answer, Refusal)
    assert answer.code == "label_too_small"
    with pytest.raises(RefusedError) as caught:
        sheets.sheet("a3-1")
    assert caught.value.refusal.code == "no_such_sheet"
    full = sheets.Order(KEYS, 0, 1, "", "HTTPS://" + "A" * 4300, WORDS, SHEETS["a4-24"])
    with pytest.raises(RefusedError) as caught:
        full.carrier()
    assert caught.value.refusal.code == "symbol_too_full"


def test_lines_are_fitted():
    assert wide_as("批号 B1") == 2 + 0.5 * 3
    assert fitted("童装卫衣", 8.0, 2.0) == "童装卫衣"
    assert fitted("童装卫衣", 7.9, 2.0) == "童装…"
    assert fitted("童装卫衣", 1.0, 2.0) == "…"


def test_zpl_of_qr():
    """Field data behind ^FH: the address is what the printer encodes, the texts are UTF-8, control characters are escaped."""
    text = b"".join(sheets.as_zpl(order("roll-50x30", 3))).decode()
    labels = re.findall(r"\^XA(.*?)\^XZ\n", text, re.DOTALL)
    wanted = [c.decode() for c in codes.issue(KEYS, 1000, 3)]
    assert [re.search(r"\^BQN,2,\d+\^FH\^FDMA,(.*?)\^FS", one)[1] for one in labels] == [
        f"{STEM}/21/{c}" for c in wanted
    ]
    assert "^PW600^LL360" in labels[0]
    assert "^FD生产日期 2026-11-01^FS" in labels[0]
    assert zpl.field("a^b~c_d\\") == "a_5Eb_7Ec_5Fd_5C"


def test_zpl_of_data_matrix():
    text = b"".join(sheets.as_zpl(order("roll-50x30", 1, symbol="datamatrix"))).decode()
    code = codes.issue(KEYS, 1000, 1)[0].decode()
    assert re.search(r"\^BXN,\d+,200,,,,_\^FD(.*?)\^FS", text)[1] == f"_101{GTIN}10B00202_121{code}"


def test_svg_is_the_same_symbol():
    """Rendered by hand from the bars of its path, it has the modules that the encoder made."""
    carrier = many.qr_carrier(STEM + "/21/")
    modules = carrier.one("0" * 20)
    drawn = svg.symbol(modules, 4, "<码> & co")
    again = np.zeros((len(modules) + 8, len(modules) + 8), np.uint8)
    for x, y, w in re.findall(r"M(\d+) (\d+)h(\d+)v1", drawn):
        again[int(y), int(x) : int(x) + int(w)] = 1
    assert (again == np.pad(modules, 4)).all()
    assert "<title>&lt;码&gt; &amp; co</title>" in drawn


@pytest.mark.parametrize("symbol", ["qr", "datamatrix"])
@pytest.mark.parametrize("sheet", ["a4-24", "a4-96", "roll-40x25"])
def test_sheets_of_svg_are_read_label_by_label(sheet, symbol):
    """The path of each label, drawn by hand at its place and read by a decoder that is not ours; the code in letters beside it; nothing outside the label."""
    count = SHEETS[sheet].places + 3
    data = b"".join(sheets.as_svg(order(sheet, count, symbol=symbol)))
    assert data == b"".join(sheets.as_svg(order(sheet, count, symbol=symbol)))
    read, wanted = [], [c.decode() for c in codes.issue(KEYS, 1000, count)]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [f"{n:04d}.svg" for n in range(1, -(-count // SHEETS[sheet].places) + 1)]
        for name in archive.namelist():
            root = ET.fromstring(archive.read(name))
            assert root.attrib["width"] == f"{SHEETS[sheet].width:g}mm"
            for label in root.findall("{*}g"):
                at = label.find("{*}path").attrib["transform"]
                x, y, module = map(float, re.findall(r"[0-9.]+", at))
                bars = np.array(re.findall(r"M(\d+) (\d+)h(\d+)v1", label.find("{*}path").attrib["d"]), dtype=int)
                side = (bars[:, 0] + bars[:, 2]).max()
                assert x >= 0 <= y
                assert x + side * module <= SHEETS[sheet].label_width
                assert y + side * module <= SHEETS[sheet].label_height
                modules = np.zeros((side + 8, side + 8), np.uint8)
                for left, top, wide in bars:
                    modules[top + 4, left + 4 : left + 4 + wide] = 1
                picture = np.kron(255 * (1 - modules), np.ones((5, 5), np.uint8)).astype(np.uint8)
                (found,) = zxingcpp.read_barcodes(picture)
                read.append(found.text)
                said = "".join(t.text for t in label.findall("{*}text")).replace(" ", "")
                assert found.text.endswith(said)
    head = f"{STEM}/21/" if symbol == "qr" else f"(01){GTIN}(10)B00202(21)"
    assert read == [head + c for c in wanted]

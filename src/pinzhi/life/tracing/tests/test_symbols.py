"""Symbols: module by module against encoders that others wrote, and read back by a decoder that others wrote."""

import numpy as np
import pytest
import qrcode
import segno
import segno.encoder
import zxingcpp
from ppf.datamatrix import DataMatrix
from qrcode.util import MODE_8BIT_BYTE, QRData

from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.symbols import datamatrix, many, qr
from pinzhi.life.tracing.rules.symbols.qr import Level, Shape

GTIN = "06901234567892"
KEYS = codes.derive(bytes(range(32)), GTIN, 5)
UPPER = f"HTTPS://ID.PINZHI.CN/01/{GTIN}/21/"
ODD = f"HTTPS://ID.PINZHI.CN/01/{GTIN}/10/B1/21/"
BATCH = f"HTTPS://ID.PINZHI.CN/01/{GTIN}/10/B00202-06/21/"
LOWER = f"https://id.pinzhi.cn/01/{GTIN}/21/"


def read(modules, quiet=4, scale=3):
    light = np.pad(1 - modules, quiet, constant_values=1)
    return [b.text for b in zxingcpp.read_barcodes(np.kron(light, np.ones((scale, scale), np.uint8)) * 255)]


@pytest.mark.parametrize("version", range(1, 41))
@pytest.mark.parametrize("level", list(Level))
def test_qr_equals_segno_in_the_alphanumeric_mode(version, level):
    text = "HTTPS://ID.PINZHI.CN/01/"[: 8 if version == 1 else 20]
    for mask in range(8):
        other = segno.make(text, version=version, error=level.name, mask=mask, boost_error=False, micro=False)
        ours = qr.encode(text, Shape(version, level), mask)
        assert (ours == np.array([list(row) for row in other.matrix])).all()


@pytest.mark.parametrize("version", [3, 6, 9, 10, 14, 27, 40])
@pytest.mark.parametrize("level", list(Level))
def test_qr_equals_python_qrcode_in_the_byte_mode(version, level):
    text = "https://a.cn/b商"
    for mask in (0, 5):
        other = qrcode.QRCode(version, {"L": 1, "M": 0, "Q": 3, "H": 2}[level.name], mask_pattern=mask, border=0)
        other.add_data(QRData(text.encode(), mode=MODE_8BIT_BYTE), optimize=0)
        other.make(fit=False)
        assert (qr.encode(text, Shape(version, level), mask) == np.array(other.get_matrix())).all()


def test_capacities_are_those_of_the_standard():
    """ISO/IEC 18004, table 7: data words of some versions."""
    assert [Shape(v, Level.M).data_words for v in (1, 4, 7, 40)] == [16, 64, 124, 2334]
    assert [Shape(4, level).data_words for level in (Level.L, Level.Q, Level.H)] == [80, 48, 36]
    assert [Shape(v, Level.L).words for v in (1, 7, 40)] == [26, 196, 3706]
    assert qr.smallest(UPPER + "0" * 20, Level.M) == Shape(4, Level.M)
    with pytest.raises(ValueError, match="too long"):
        qr.smallest("A" * 4297, Level.L)
    with pytest.raises(ValueError, match="does not fit"):
        qr.encode("A" * 100, Shape(1, Level.L), 0)


def test_penalties_are_those_that_segno_counts():
    """Runs, squares and dark share. False finders that overlap are counted once by segno and each by us; the standard leaves it open."""
    texts = [UPPER + c.decode() for c in codes.issue(KEYS, 0, 40)]
    shape = qr.smallest(texts[0], Level.M)
    for mask in range(8):
        modules = qr.encode(texts[0], shape, mask)
        n1, n2, _, n4 = segno.encoder.mask_scores([bytearray(r) for r in modules.tolist()], shape.size, shape.size)
        assert (qr._runs(modules) + qr._runs(modules.T), qr._squares(modules), qr._share(modules)) == (n1, n2, n4)
    best = qr.best_mask(texts[0], shape)
    assert best == min(range(8), key=lambda m: qr.penalty(qr.encode(texts[0], shape, m)))


@pytest.mark.parametrize("stem", [UPPER, ODD, BATCH, LOWER])
@pytest.mark.parametrize("level", [Level.L, Level.M, Level.H])
def test_symbols_by_the_million_are_those_made_one_by_one(stem, level):
    carrier = many.qr_carrier(stem, level, mask=3)
    made_from = many.tables(carrier)
    issued = codes.issue(KEYS, 0, many.PORTION + 40)
    packed = many.symbols(made_from, issued)
    for at in (0, 1, many.PORTION - 1, many.PORTION, len(issued) - 1):
        assert (many.unpacked(made_from, packed[at]) == carrier.one(issued[at].decode())).all()


@pytest.mark.parametrize("stem", [UPPER, ODD, LOWER])
def test_every_symbol_is_read(stem):
    made_from = many.tables(many.qr_carrier(stem))
    issued = codes.issue(KEYS, 0, 400)
    for code, packed in zip(issued.tolist(), many.symbols(made_from, issued), strict=True):
        assert read(many.unpacked(made_from, packed)) == [stem + code.decode()]


def test_digit_codes_are_read_too():
    keys = codes.derive(bytes(range(32)), GTIN, 5, codes.Form.DIGITS)
    made_from = many.tables(many.qr_carrier(UPPER))
    issued = codes.issue(keys, 0, 50)
    for code, packed in zip(issued.tolist(), many.symbols(made_from, issued), strict=True):
        assert read(many.unpacked(made_from, packed)) == [UPPER + code.decode()]


@pytest.mark.parametrize("length", range(1, 170, 7))
def test_data_matrix_equals_ppf(length):
    text = ("ABCDEFGHJKMNPQRSTVWXYZ" * 8)[:length]
    other = DataMatrix(text, codecs=["ascii"])
    ours = datamatrix.encode(datamatrix.ascii_words(text))
    assert (ours == np.array(other.matrix)).all()
    assert read(ours, quiet=2, scale=4) == [text]


@pytest.mark.parametrize("batch", ["", "B1", "B00202-06"])
def test_gs1_data_matrix_is_read_with_its_identifiers(batch):
    carrier = many.datamatrix_carrier(GTIN, batch)
    made_from = many.tables(carrier)
    issued = codes.issue(KEYS, 0, 200)
    head = f"(01){GTIN}" + (f"(10){batch}" if batch else "")
    for code, packed in zip(issued.tolist(), many.symbols(made_from, issued), strict=True):
        modules = many.unpacked(made_from, packed)
        assert read(modules, quiet=2, scale=4) == [f"{head}(21){code.decode()}"]
    assert (many.unpacked(made_from, packed) == carrier.one(code.decode())).all()


def test_a_data_matrix_that_is_too_full():
    with pytest.raises(ValueError, match="too much"):
        datamatrix.encode([66] * 175)


def test_words_of_elements():
    """FNC1 in front; pairs of digits in one word; a separator behind the batch, none behind a value of fixed length or the last one."""
    assert datamatrix.elements([("01", GTIN), ("10", "A1"), ("21", "77")]) == [
        232, 131, 136, 220, 142, 164, 186, 208, 222, 140, 66, 50, 232, 151, 56, 56,
    ]  # fmt: skip

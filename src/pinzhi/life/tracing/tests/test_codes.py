"""Codes: what is issued is read, what was not is refused, nothing is told by looking at two."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.codes import ALPHABET, SERIALS, Epoch, Form, derive, issue, normal, read, serial_of

SECRET = bytes(range(32))
GTIN = "06901234567892"
FORMS = list(Form)


def test_the_construction_is_fixed():
    """Codes that were printed must be readable for ever: these strings may never change."""
    assert issue(derive(SECRET, GTIN, 3), 0, 2).tolist() == [LETTERS_0, LETTERS_1]
    assert issue(derive(SECRET, GTIN, 3, Form.DIGITS), 0, 1).tolist() == [DIGITS_0]
    assert codes.second_factor(derive(SECRET, GTIN, 3), 0) == FACTOR_0


LETTERS_0, LETTERS_1 = b"3JE4R3KEN23DEYY30153", b"3YDNCNMY0Z67YV25YPYV"
DIGITS_0, FACTOR_0 = b"31936388943648520169", "1P1QEXF3"


@pytest.mark.parametrize("form", FORMS)
@given(first=st.integers(0, 2**30 - 64), count=st.integers(0, 64))
def test_issued_codes_give_their_serials(form, first, count):
    keys = derive(SECRET, GTIN, 1, form)
    assert [serial_of(keys, c.decode()) for c in issue(keys, first, count)] == list(range(first, first + count))


@pytest.mark.parametrize("form", FORMS)
def test_the_last_serial_is_the_last(form):
    keys = derive(SECRET, GTIN, 9, form)
    (last,) = issue(keys, SERIALS[form] - 1, 1)
    assert serial_of(keys, last.decode()) == SERIALS[form] - 1
    with pytest.raises(ValueError, match="leaves the serials"):
        issue(keys, SERIALS[form] - 1, 2)


@pytest.mark.parametrize("form", FORMS)
def test_portions_join_without_a_seam(form):
    keys = derive(SECRET, GTIN, 0, form)
    whole = issue(keys, 5, codes.PORTION + 9)
    assert len(np.unique(whole)) == codes.PORTION + 9
    assert whole[codes.PORTION - 2 :].tolist() == issue(keys, 5 + codes.PORTION - 2, 11).tolist()


@given(st.integers(0, 10_000), st.integers(0, 19), st.sampled_from(ALPHABET))
def test_a_changed_character_is_refused(serial, at, other):
    keys = derive(SECRET, GTIN, 3)
    code = issue(keys, serial, 1)[0].decode()
    changed = code[:at] + other + code[at + 1 :]
    assert serial_of(keys, changed) == (serial if changed == code else None)


def test_another_gtin_another_secret_another_epoch_read_nothing():
    code = issue(derive(SECRET, GTIN, 3), 7, 1)[0].decode()
    assert serial_of(derive(SECRET, "06901234567908", 3), code) is None
    assert serial_of(derive(SECRET[::-1], GTIN, 3), code) is None
    assert serial_of(derive(SECRET, GTIN, 4), code) is None


def test_random_guesses_are_refused():
    """A hundred thousand guesses at the form with the weaker tag: expected 0.00001 hits."""
    chance = np.random.default_rng(1)
    keys = derive(SECRET, GTIN, 1, Form.DIGITS)
    guesses = ["1" + "".join(map(str, row)) for row in chance.integers(0, 10, (100_000, 19))]
    assert not any(serial_of(keys, g) is not None for g in guesses)


def test_neighbours_look_unrelated():
    """Every character behind the epoch is spread as evenly over a run of serials as chance would (chi square, 31 degrees of freedom, 99.99 %: 69.0)."""
    made = issue(derive(SECRET, GTIN, 0), 0, 32_000).view("S1").reshape(-1, 20)
    assert set(made[:, 0].tolist()) == {b"0"}
    for column in made.T[1:]:
        counts = np.unique(column, return_counts=True)[1]
        assert len(counts) == 32
        assert ((counts - 1000) ** 2 / 1000).sum() < 69.0


def test_typed_codes():
    assert normal(" o1il-abcd ") == "0111ABCD"


def test_second_factors_are_the_same_alone_and_together():
    keys = derive(SECRET, GTIN, 2)
    together = codes.second_factors(keys, 100, 50)
    assert together.tolist() == [codes.second_factor(keys, s).encode() for s in range(100, 150)]
    assert len(set(together.tolist())) == 50


def test_reading_with_a_ring():
    ring = (
        Epoch(0, Form.LETTERS, SECRET, "2026-11-01", revoked="2026-11-20"),
        Epoch(1, Form.DIGITS, SECRET, "2026-11-01"),
        Epoch(2, Form.LETTERS, SECRET[::-1], "2026-11-20"),
    )
    old, digits, new = (issue(e.keys(GTIN), 42, 1)[0].decode() for e in ring)
    assert read(ring, GTIN, new.lower()) == codes.Read(GTIN, new, 2, 42, "")
    assert read(ring, GTIN, digits).valid
    assert read(ring, GTIN, old) == codes.Read(GTIN, old, 0, 42, "epoch_revoked")
    assert read(ring, GTIN, "Z" + new[1:]).reason == "epoch_unknown"
    assert read(ring, GTIN, new[:-1]).reason == "code_form"
    assert read(ring, "06901234567908", new).reason == "not_issued"


def test_secrets_are_not_printed():
    epoch = Epoch(0, Form.LETTERS, SECRET, "2026-11-01")
    assert SECRET.hex() not in repr(epoch) + repr(epoch.keys(GTIN))
    assert "\\x" not in repr(epoch) + repr(epoch.keys(GTIN))


@pytest.mark.parametrize(("epoch", "form"), [(32, Form.LETTERS), (10, Form.DIGITS), (-1, Form.LETTERS)])
def test_epochs_that_no_code_can_show(epoch, form):
    with pytest.raises(ValueError, match="no epoch"):
        derive(SECRET, GTIN, epoch, form)


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        derive(b"short", GTIN, 0)

"""Fingerprints, turns, views, and the exact search: values, the group of the eight turns, brute force as the judge."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.life.admission.rules.pictures import pdq
from pinzhi.life.admission.rules.pictures.nearest import HALVES, Index
from pinzhi.life.admission.rules.pictures.pdq import TURNS
from pinzhi.life.admission.rules.pictures.views import Window, asked, kept, trimmed
from pinzhi.life.admission.tests.painting import array, goods

TURN = st.sampled_from(TURNS)


def flipped(hash_, places):
    flags = np.zeros(256, dtype=bool)
    flags[list(places)] = True
    return hash_ ^ pdq.pack(flags)


@pytest.mark.parametrize(
    ("seed", "expected", "quality"),
    [
        (1, "c43bd9e3787bb279998c0d9ec7911e6349e4787c3ad0619e06c1c7db4f841c61", 100),
        (2, "f23ede3c665b85cb89c99967de74761689956199cfc14e4c1a4439992c918b36", 100),
        (3, "3c7bc39eb4be34694f49685b5b84d5b49e914f0e4ac138f20ec48d292f91f2c6", 100),
    ],
)
def test_the_published_fingerprint(seed, expected, quality):
    """The values are those of pdqhash 0.2.8 for the same pixels."""
    hash_, found = pdq.fingerprint(pdq.luminance(array(goods(seed))))
    assert (pdq.to_hex(hash_), found) == (expected, quality)
    assert np.array_equal(pdq.from_hex(expected), hash_)


def test_half_of_the_bits_are_set_and_the_opposite_picture_has_the_opposite_ones():
    grey = pdq.luminance(array(goods(5)))
    hash_, _ = pdq.fingerprint(grey)
    assert np.bitwise_count(hash_).sum() == 128
    assert pdq.distance(hash_, pdq.fingerprint(255 - grey)[0]) == 256


def test_a_plain_picture_has_no_quality_and_no_views():
    plain = np.full((80, 90, 3), 200, dtype=np.uint8)
    assert pdq.fingerprint(pdq.luminance(plain))[1] == 0
    assert kept(plain) == asked(plain) == []


def test_text_that_is_no_fingerprint():
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        pdq.from_hex("abc")


# --- the eight turns -----------------------------------------------------------------------------------------------------------------------


def test_the_turns_are_eight_and_have_their_names():
    assert [t.name for t in TURNS] == [
        "identity",
        "rotate90",
        "rotate180",
        "rotate270",
        "mirror",
        "mirror+rotate90",
        "mirror+rotate180",
        "mirror+rotate270",
    ]


@given(TURN, TURN, TURN)
def test_the_turns_are_a_group(a, b, c):
    assert a.after(b) in TURNS
    assert a.after(b.after(c)) == a.after(b).after(c)
    assert a.after(a.inverse) == a.inverse.after(a) == TURNS[0]
    assert a.after(TURNS[0]) == TURNS[0].after(a) == a


@given(TURN, TURN)
def test_turning_twice_is_the_composed_turn(first, second):
    picture = np.arange(6).reshape(2, 3)
    assert np.array_equal(pdq.turn(pdq.turn(picture, first), second), pdq.turn(picture, second.after(first)))
    coefs = np.random.default_rng(0).normal(size=(16, 16))
    assert np.array_equal(pdq.turned(pdq.turned(coefs, first), second), pdq.turned(coefs, second.after(first)))


@settings(max_examples=25, deadline=None)
@given(TURN, st.integers(16, 300), st.integers(16, 300), st.integers(0, 2**32 - 1))
def test_the_fingerprint_of_a_turned_picture_is_the_turned_fingerprint(how, height, width, seed):
    grey = np.random.default_rng(seed).uniform(0, 255, (height, width)).astype(np.float32)
    coefs, quality = pdq.coefficients(grey)
    other, other_quality = pdq.coefficients(pdq.turn(grey, how))
    assert np.allclose(pdq.turned(coefs, how), other, atol=1e-6)
    assert abs(quality - other_quality) <= 1


def test_centred_and_published_fingerprints_lie_close():
    far = []
    for seed in range(20):
        grey = pdq.luminance(array(goods(seed)))
        far.append(int(pdq.distance(pdq.bits(pdq.coefficients(grey)[0]), pdq.fingerprint(grey)[0])))
    assert max(far) <= 32


# --- views ---------------------------------------------------------------------------------------------------------------------------------


def test_borders_and_frames_are_trimmed_to_the_pixel():
    inside = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    white = np.full((100, 140, 3), 255, dtype=np.uint8)
    white[20:80, 30:110] = inside
    assert trimmed(white) == Window(30, 20, 110, 80)
    framed = np.zeros((120, 160, 3), dtype=np.uint8) + np.array([200, 0, 0], dtype=np.uint8)
    framed[10:110, 10:150] = white
    assert trimmed(framed) == Window(40, 30, 120, 90)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_is_trimmed_from_one_colour(value):
    assert trimmed(np.full((40, 50, 3), value, dtype=np.uint8)) == Window(0, 0, 50, 40)


def test_the_bank_keeps_whole_trimmed_and_five_crops():
    picture = array(goods(7))
    views = kept(picture)
    assert len(views) == 7
    assert views[0].window == Window(0, 0, 360, 300)
    assert views[1].window == trimmed(picture)
    assert {v.turn.name for v in views} == {"identity"}
    assert len(asked(picture)) == 16


# --- search --------------------------------------------------------------------------------------------------------------------------------


def brute(hashes, queries, limit):
    far = pdq.distance(queries[:, None], hashes[None])
    return sorted((int(q), int(i), int(far[q, i])) for q, i in np.argwhere(far <= limit))


def found(index, queries, limit=31):
    hits = index.within(queries, limit)
    return sorted(zip(hits.query.tolist(), hits.item.tolist(), hits.distance.tolist(), strict=True))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(
        st.tuples(st.integers(0, 49), st.sets(st.integers(0, 255), min_size=28, max_size=34)), min_size=1, max_size=6
    ),
    st.sampled_from([0, 5, 30, 31]),
)
def test_the_search_finds_just_what_brute_force_finds(seed, changes, limit):
    hashes = np.random.default_rng(seed).integers(0, 2**64, (50, 4), dtype=np.uint64)
    hashes[40:] = hashes[:10]  # twins
    queries = np.array([flipped(hashes[i], places) for i, places in changes] + [hashes[3]])
    assert found(Index.of(hashes), queries, limit) == brute(hashes, queries, limit)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, HALVES - 1), st.integers(0, 2**32 - 1))
def test_the_hardest_spread_of_31_bits_is_found_and_32_are_not(light, seed):
    """Two bits in every half but one, which has a single bit: the only half that a probe can reach."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 2**64, (20, 4), dtype=np.uint64)
    places = {16 * h + int(b) for h in range(HALVES) for b in rng.choice(16, 1 if h == light else 2, replace=False)}
    assert len(places) == 31
    index = Index.of(hashes)
    assert found(index, flipped(hashes[4], places)[None]) == [(0, 4, 31)]
    spare = next(b for b in range(16 * light, 16 * light + 16) if b not in places)
    assert found(index, flipped(hashes[4], places | {spare})[None]) == []


def test_a_crowded_bank_is_searched_in_portions_with_the_same_answer(monkeypatch):
    rng = np.random.default_rng(3)
    hashes = np.tile(rng.integers(0, 2**64, (3, 4), dtype=np.uint64), (200, 1))
    queries = np.array([flipped(hashes[i % 3], rng.choice(256, i, replace=False)) for i in range(35)])
    index = Index.of(hashes)
    whole = found(index, queries)
    assert whole == brute(hashes, queries, 31)
    monkeypatch.setattr("pinzhi.life.admission.rules.pictures.nearest.AT_ONCE", 10)
    assert found(index, queries) == whole


def test_an_empty_bank_and_no_query():
    nothing = np.zeros((0, 4), dtype=np.uint64)
    assert found(Index.of(nothing), np.zeros((2, 4), dtype=np.uint64)) == []
    assert found(Index.of(np.zeros((2, 4), dtype=np.uint64)), nothing) == []


@pytest.mark.parametrize("limit", [-1, 32])
def test_beyond_31_the_tables_are_not_asked(limit):
    with pytest.raises(ValueError, match="exact from 0 to 31"):
        Index.of(np.zeros((1, 4), dtype=np.uint64)).within(np.zeros((1, 4), dtype=np.uint64), limit)

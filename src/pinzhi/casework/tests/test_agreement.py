"""Agreement against the published worked examples, a brute-force reading of the definitions, and what the intervals promise."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework.rules.agreement import UNKNOWN, alpha, kappa, pairs_of


def table(rows):
    return [(str(i), str(j)) for i, row in enumerate(rows) for j, n in enumerate(row) for _ in range(n)]


def units(*coders):
    return [{str(k): v for k, v in enumerate(column) if v != "."} for column in zip(*coders, strict=True)]


@pytest.mark.parametrize(
    ("coders", "published"),
    [
        # Krippendorff 2011, A: binary data, two observers, no missing data
        (("0100000000", "1110010100"), 0.095),
        # B: nominal data, two observers, no missing data
        (("aabbdcccedda", "babbbccceddd"), 0.692),
        # C: nominal data, any number of observers, missing data
        (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743),
    ],
)
def test_alpha_is_that_of_the_paper(coders, published):
    assert round(alpha(units(*coders)).value, 3) == published


@pytest.mark.parametrize(
    ("rows", "value", "interval"),
    [
        # Cohen 1960, table 2: 200 things, .70 seen, .41 by chance
        ([[88, 14, 18], [10, 40, 10], [2, 6, 12]], 0.4915, None),
        # SAS/STAT, The FREQ Procedure, skin condition of 88 patients (errors of Fleiss, Cohen and Everitt)
        ([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]], 0.3449, (0.2030, 0.4868)),
    ],
)
def test_kappa_is_that_of_the_books(rows, value, interval):
    got = kappa(table(rows))
    assert round(got.value, 4) == value
    if interval:
        assert (round(got.low, 4), round(got.high, 4)) == interval


def brute(given):
    """Krippendorff's definition, read literally: unequal ordered pairs within units, against those of all judgements thrown together."""
    kept = [list(u.values()) for u in given if len(u) > 1]
    values = [v for u in kept for v in u]
    n = len(values)
    seen = sum(sum(a != b for a, b in permutations(u, 2)) / (len(u) - 1) for u in kept) / n
    chance = sum(a != b for a, b in permutations(values, 2)) / (n * (n - 1))
    return 1 - seen / chance if chance else None


judged = st.lists(st.dictionaries(st.sampled_from("ABCD"), st.sampled_from("xyz"), max_size=4), max_size=12)


@given(judged)
def test_alpha_is_its_definition(given):
    got = alpha(given)
    if got.units == 0:
        assert got == UNKNOWN
        return
    expected = brute(given)
    assert (got.value is None) == (expected is None)
    if expected is not None:
        assert got.value == pytest.approx(expected, abs=1e-12)
        if got.low is not None:
            assert -1 - 1e-9 <= got.low <= got.value + 1e-9
            assert got.value - 1e-9 <= got.high <= 1


@given(judged, st.randoms())
def test_neither_the_order_nor_the_names_matter(given, random):
    mixed = list(given)
    random.shuffle(mixed)
    renamed = [{who: {"x": "p", "y": "q", "z": "r"}[v] for who, v in u.items()} for u in mixed]
    one, other = alpha(given), alpha(renamed)
    for field in ("value", "low", "high", "same"):
        a, b = getattr(one, field), getattr(other, field)
        assert a is b is None or a == pytest.approx(b, abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("xyz")), max_size=30))
def test_kappa_is_the_same_from_either_side(pairs):
    one, other = kappa(pairs), kappa([(b, a) for a, b in pairs])
    for field in ("units", "same", "value", "low", "high"):
        assert getattr(one, field) == pytest.approx(getattr(other, field), abs=1e-12)


def test_nothing_can_be_said_of_nothing_or_of_one_word():
    assert kappa([]) == alpha([]) == alpha([{"A": "x"}, {}]) == UNKNOWN
    assert kappa([("x", "x")] * 9).value is None
    assert alpha([{"A": "x", "B": "x"}] * 9).value is None


def test_full_agreement_of_a_few_is_not_certain():
    few, many = ([{"A": v, "B": v} for v in "xyxyx" * k] for k in (1, 40))
    assert alpha(few).value == alpha(many).value == 1
    assert alpha(few).low == pytest.approx(1 - (1 - 0.05**0.2) / (1 - (0.36 + 0.16) * 10 / 9 + 1 / 9))
    assert alpha(few).low < 0.2
    assert alpha(many).low > 0.95


def test_the_intervals_hold_what_they_promise():
    """
    Two judges who agree on two thirds beyond chance, 400 draws of 60 things: the interval of 95 % holds the truth 384 times for alpha, 367 times for kappa.

    The published error of kappa is one of large samples; with 60 things it is a little short.
    """
    drawn = np.random.default_rng(20261126)
    held = {"alpha": 0, "kappa": 0}
    for _ in range(400):
        truth = drawn.integers(0, 3, 60)
        # With probability sqrt(2/3) a judge says the truth, else a word drawn evenly: kappa of the two is 2/3.
        said = [np.where(drawn.random(60) < (2 / 3) ** 0.5, truth, drawn.integers(0, 3, 60)) for _ in "AB"]
        pairs = [(str(a), str(b)) for a, b in zip(*said, strict=True)]
        for name, got in (("kappa", kappa(pairs)), ("alpha", alpha([{"A": a, "B": b} for a, b in pairs]))):
            held[name] += got.low <= 2 / 3 <= got.high
    assert held == {"alpha": 384, "kappa": 367}


def test_pairs_are_those_who_judged_the_same():
    found = pairs_of([{"A": "x", "B": "y"}, {"B": "x", "C": "x", "A": "z"}, {"C": "y"}])
    assert found == {("A", "B"): [("x", "y"), ("z", "x")], ("A", "C"): [("z", "x")], ("B", "C"): [("x", "x")]}

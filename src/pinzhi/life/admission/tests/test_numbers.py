"""Document numbers: golden cases, every single slip, the reference implementation, real numbers, and what a guess prefers."""

import itertools
import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.rules.numbers import digits
from pinzhi.life.admission.rules.numbers.book import _BARE, _GUESSED, KIND_NAMES, SCHEMES, reason, remarks
from pinzhi.life.admission.tables import book, read

CASES = tomllib.loads((Path(__file__).parent / "cases" / "numbers.toml").read_text("utf-8"))["case"]
BOOK = book()
KNOWN = BOOK.known(2026)
DIGITS = "0123456789"


def answer(kind, value):
    number = BOOK.read(kind, value, KNOWN)
    said = {
        "valid": number.valid,
        "normalised": number.normalised,
        "reason": number.fault,
        "verified": number.verified,
        "scheme": number.scheme.id if number.scheme else "",
    }
    for name, code, meaning in BOOK.meaning(number):
        said[name] = code
        if meaning:
            said |= {f"{name}_zh": meaning.zh, f"{name}_en": meaning.en}
    for note in remarks(number, KNOWN):
        said["note_en"] = note.en
    assert (reason(number) is None) == number.valid
    return said


@pytest.mark.parametrize("case", CASES, ids=[f"{c['given']['kind']} {c['given']['value']}" for c in CASES])
def test_case(case):
    assert case["because"]
    said = answer(**case["given"])
    assert {k: said.get(k) for k in case["expect"]} == case["expect"]


def test_every_kind_has_a_case_a_name_and_a_place_in_the_guess():
    assert set(SCHEMES) - {c["given"]["kind"] for c in CASES} <= {"quarantine", "publication"}
    assert set(KIND_NAMES) == set(SCHEMES)
    assert set(_GUESSED + _BARE) == set(SCHEMES) - {"cosmetics_special", "cosmetics_maker"}


def test_an_unknown_kind_is_refused_with_the_list():
    with pytest.raises(RefusedError) as no:
        BOOK.read("passport", "E12345678", KNOWN)
    assert no.value.refusal.code == "number_kind_unknown"
    assert " uscc sc jy " in no.value.refusal.remedy


# --- every slip ----------------------------------------------------------------------------------------------------------------------------------

bodies = st.text(DIGITS, min_size=13, max_size=13)
CHECKED = {
    "sc": (digits.mod_11_10, DIGITS, bodies, DIGITS),
    "jy": (digits.mod_11_10, DIGITS, bodies, DIGITS),
    "gtin-13": (digits.gs1, DIGITS, st.text(DIGITS, min_size=12, max_size=12), DIGITS),
    "gtin-14": (digits.gs1, DIGITS, bodies, DIGITS),
    "gtin-8": (digits.gs1, DIGITS, st.text(DIGITS, min_size=7, max_size=7), DIGITS),
    "uscc": (
        digits.uscc,
        digits.USCC_ALPHABET,
        st.text(digits.USCC_ALPHABET, min_size=17, max_size=17),
        digits.USCC_ALPHABET,
    ),
    "organisation": (digits.organisation, DIGITS, st.text(DIGITS, min_size=8, max_size=8), DIGITS + "X"),
    "isbn-10": (digits.isbn_10, DIGITS, st.text(DIGITS, min_size=9, max_size=9), DIGITS + "X"),
    "issn": (digits.issn, DIGITS, st.text(DIGITS, min_size=7, max_size=7), DIGITS + "X"),
}


def completed(body, fits, checks):
    """The body with its check character; exactly one fits."""
    found = [body + c for c in checks if fits(body + c)]
    assert len(found) == 1
    return found[0]


def slips(number, alphabet, checks):
    """Every number that differs in one character."""
    for i, old in enumerate(number):
        for new in checks if i == len(number) - 1 else alphabet:
            if new != old:
                yield number[:i] + new + number[i + 1 :]


def exchanges(number):
    """Every number with two different neighbours exchanged."""
    for i, (a, b) in enumerate(itertools.pairwise(number)):
        if a != b:
            yield number[:i] + b + a + number[i + 2 :]


@pytest.mark.parametrize("name", CHECKED)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_single_slip_is_found(name, data):
    fits, alphabet, body, checks = CHECKED[name]
    number = completed(data.draw(body), fits, checks)
    assert [s for s in slips(number, alphabet, checks) if fits(s)] == []


@pytest.mark.parametrize("name", ["uscc", "isbn-10", "issn"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_every_exchange_of_neighbours_is_found_where_weights_differ_modulo_a_prime(name, data):
    fits, _, body, checks = CHECKED[name]
    number = completed(data.draw(body), fits, checks)
    assert [e for e in exchanges(number) if "X" not in e[:-1] and fits(e)] == []


@settings(max_examples=60, deadline=None)
@given(body=bodies)
def test_gs1_misses_just_the_neighbours_that_differ_by_five(body):
    number = completed(body, digits.gs1, DIGITS)
    for i, (a, b) in enumerate(itertools.pairwise(number)):
        if a != b:
            swapped = number[:i] + b + a + number[i + 2 :]
            assert digits.gs1(swapped) == (abs(int(a) - int(b)) == 5)


def test_mod_11_10_finds_nearly_every_exchange():
    """Counted over one fixed run of 2,000 numbers: the standard promises «nearly all»."""
    seen = missed = 0
    for i in range(2000):
        number = completed(f"{(i * 7919 + 104729) * 1000003 % 10**13:013}", digits.mod_11_10, DIGITS)
        for e in exchanges(number):
            seen += 1
            missed += digits.mod_11_10(e)
    assert (seen, missed) == (23402, 516)


# --- against the reference and real numbers ---------------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(number=st.text(DIGITS, min_size=14, max_size=14))
def test_mod_11_10_is_that_of_the_reference(number):
    from stdnum.iso7064 import mod_11_10

    assert digits.mod_11_10(number) == mod_11_10.is_valid(number)


@settings(max_examples=200, deadline=None)
@given(body=st.text(digits.USCC_ALPHABET, min_size=9, max_size=9), region=st.integers(110000, 659999))
def test_uscc_is_that_of_the_reference(body, region):
    from stdnum.cn import uscc

    for check in digits.USCC_ALPHABET:
        code = f"91{region}{body}{check}"
        assert digits.uscc(code) == uscc.is_valid(code)


@settings(max_examples=200, deadline=None)
@given(number=st.one_of(*(st.text(DIGITS, min_size=n, max_size=n) for n in (8, 12, 13, 14))))
def test_gtin_isbn_and_issn_are_those_of_the_reference(number):
    from stdnum import ean, isbn, issn

    assert digits.gs1(number) == ean.is_valid(number)
    if len(number) == 8:
        assert digits.issn(number) == issn.is_valid(number)
    if len(number) == 12:
        assert digits.isbn_10(number[:10]) == isbn.is_valid(number[:10])


def test_regions_are_those_of_the_reference():
    """Present and former prefectures of GB/T 2260; the reference writes Hong Kong and Macao in traditional characters and «units» for «divisions»."""
    from importlib.resources import files

    named, province = {}, ""
    for line in files("stdnum.cn").joinpath("loc.dat").read_text("utf-8").splitlines():
        if head := re.match(r'(\d\d) province="(.*?)"', line):
            province = head[1]
            named[province] = head[2]
        elif below := re.match(r'\s+(\d\d)00 county="(.*?)"', line):
            named[province + below[1]] = below[2]
    ours = read("regions.toml")
    differ = {c for c, names in (ours["provinces"] | ours["prefectures"]).items() if names[0] not in named[c]}
    assert differ == {"81", "82", "4190", "4290", "4690", "6590"}
    assert (len(ours["provinces"]), len(ours["prefectures"])) == (34, 358)


@pytest.mark.shared
def test_real_numbers_pass_and_placeholders_fail(shared):
    path = shared / "data/cn-doc-numbers/numbers.jsonl"
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        number = BOOK.read(row["kind"].lower(), row["value"], KNOWN)
        assert number.valid is (row["check_digit_ok"] is not False), row["value"]


# --- reading and guessing ---------------------------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(value=st.text(max_size=40), kind=st.sampled_from(sorted(SCHEMES)))
def test_nothing_that_is_typed_breaks_it(value, kind):
    number = BOOK.read(kind, value, KNOWN)
    assert number.valid == (number.fault == "")
    if number.valid:
        again = BOOK.read(kind, number.normalised, KNOWN)
        assert (again.valid, again.normalised) == (True, number.normalised)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("SC11464010500015", "sc"),
        ("6901234567892", "gtin"),
        ("2019010902240555", "ccc"),
        ("91110000600037341L", "uscc"),
        ("GB/T 14272-2021", "standard"),
        ("浙G妆网备字2023001147", "cosmetics"),
        ("国械注准20193140123", "device"),
        ("国药准字H20100001", "drug"),
        ("9787111213826", "isbn"),
        ("1234567", "trademark"),
        ("CNAS L1234", "cnas"),
        ("91110000600037341M", "uscc"),
        ("?", ""),
    ],
)
def test_a_guess(value, kind):
    assert BOOK.guess(value, KNOWN).kind == kind

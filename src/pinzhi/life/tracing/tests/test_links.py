"""Digital Links: golden cases, what single errors do, and that no text breaks the reader."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.tracing.rules.gs1.compressed import ALPHABET
from pinzhi.life.tracing.rules.gs1.digits import CSET_82, check_digit, check_pair, fits
from pinzhi.life.tracing.rules.gs1.faults import FAULTS
from pinzhi.life.tracing.rules.gs1.identifiers import typed
from pinzhi.life.tracing.rules.gs1.link import pack, place_number, read, write
from pinzhi.life.tracing.tables import identifiers
from pinzhi.life.tracing.tables import read as read_table

CASES = tomllib.loads((Path(__file__).parent / "cases" / "links.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[c["given"][:60] for c in CASES])
def test_golden_cases(case):
    link = read(identifiers(), case["given"])
    assert [f"{w.code} {w.at}" for w in link.errors] == case.get("errors", []), case["because"]
    assert link.canonical == case.get("canonical", "")


def test_every_fault_has_its_sentence():
    names = set(identifiers().checks)
    used = {c for i in identifiers().by_code.values() for p in i.parts for c in p.checks}
    assert used == names
    seen = {e.split()[0] for c in CASES for e in c.get("errors", [])}
    assert seen <= set(FAULTS)
    for text in FAULTS.values():
        assert text.zh
        assert text.en


def test_the_table_holds_what_the_general_specifications_hold():
    table = identifiers()
    assert len(table.by_code) == 536
    keys = sorted(c for c, i in table.by_code.items() if i.qualifiers is not None)
    assert keys == [
        "00",
        "01",
        "253",
        "255",
        "401",
        "402",
        "414",
        "415",
        "417",
        "8003",
        "8004",
        "8006",
        "8010",
        "8013",
        "8017",
        "8018",
    ]
    assert table.by_code["01"].qualifiers == (("22", "10", "21"), ("235",))
    assert (table.by_code["3103"].title.zh, table.by_code["21"].longest) == ("净重（千克）", 20)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 13), st.integers(1, 9))
def test_every_single_wrong_digit_of_a_gtin_is_found(body, at, shift):
    gtin = body + check_digit(body)
    assert fits(gtin)
    changed = gtin[:at] + str((int(gtin[at]) + shift) % 10) + gtin[at + 1 :]
    assert not fits(changed)


@given(st.text(CSET_82, min_size=2, max_size=23), st.data())
def test_every_single_wrong_character_of_a_model_number_is_found(body, data):
    at = data.draw(st.integers(0, len(body) - 1))
    other = data.draw(st.sampled_from([c for c in CSET_82 if c != body[at]]))
    assert check_pair(body) != check_pair(body[:at] + other + body[at + 1 :])


@given(st.text(CSET_82, min_size=1, max_size=20), st.text(CSET_82, min_size=1, max_size=20))
def test_what_is_written_is_read(batch, serial):
    path = [("01", "09506000134352"), ("10", batch), ("21", serial)]
    link = read(identifiers(), write("HTTPS://EXAMPLE.COM/shop", path, [("17", "261231")]))
    assert link.valid
    assert (*link.keys, *link.qualifiers) == tuple(path)
    assert read(identifiers(), link.canonical).canonical == link.canonical


@given(st.one_of(st.text(), st.text("/0123456789?&=%:#.abhtps", max_size=80).map(lambda t: "https://a/01/" + t)))
def test_no_text_breaks_the_reader(text):
    link = read(identifiers(), text)
    assert link.valid == (link.canonical != "")
    assert all(w.code in FAULTS for w in link.errors)


def test_a_table_that_contradicts_itself_is_refused():
    raw = read_table("identifiers.toml")
    with pytest.raises(ValueError, match="no such checks"):
        typed(raw | {"rows": [["01", "", "N14,magic", "", "a", "b"]]})
    with pytest.raises(ValueError, match="not a part"):
        typed(raw | {"rows": [["01", "", "Q14", "", "a", "b"]]})
    with pytest.raises(ValueError, match="not an association"):
        typed(raw | {"rows": [["01", "", "N14", "maybe=02", "a", "b"]]})


# --- compressed links ------------------------------------------------------------------------------------------------------------------------

PUBLISHED = """
AN2yxDhfaiaw 00/998440410914660971
AQnYUc1gmkax7ipGrOHDPC5YNI8hMz 01/05412345000013/235/8TFV883a904GH%263
AQnYUc1gmkIXDU-iunIm0AljfT3nvbU_j0 01/05412345000013/22/AJY3095721P49/21/72292641703
JTLIetaiHYA 253/3060077601309
gAMJCAXukTMA 8003/04965031954585
JVUqG5hJ5wA 255/5678409730535
QBl2DVoxZM2jVm3ZOWEFoxTR5HDgzZg 401/0541234537290A41%26GHpp33
JUa0T-eifdtOO9UFEmlYwv3Q 414/5060917510004/254/RP56J920471
cEB2CqjAAkuwatGLJm0as27JywgtGKaPI4cGbM 8004/0541234537290A41%26GHpp33/7040/7BVR
gBCVYNWjFkzaNWbdk5YQWjFHHkM2cAI0xdvpGo 8010/0541234537290A41%23GH33/8011/6639047221
gBN05060917511473062B98T 8013/5060917511473062B98T
gBhbV6rzBENPmAGXPRfk 8018/411369833821910265/8019/4003812
01/05412345000013/EEarwSMibQCWN9Pee9tT-PQ 01/05412345000013/22/AJY3095721P49/10/ABC123
417/5060917510004/cEBWUKu 417/5060917510004/7040/5KFX
"""
HOME = "https://id.gs1.org/"


@pytest.mark.parametrize("row", PUBLISHED.split("\n")[1:-1])
def test_published_pairs_of_compressed_and_open_links(row):
    packed, opened = row.split()
    assert read(identifiers(), HOME + packed).canonical == HOME + opened
    assert pack(identifiers(), HOME + opened, partly="/" in packed) == HOME + packed


def test_a_byte_for_identifiers_that_often_stand_together_is_read():
    bits = "00001011" + f"{5412345000013:047b}" + "010" + f"{6:05b}"
    bits += "".join(f"{int(c, 16):04b}" for c in "ABC123")
    bits += "0" * (-len(bits) % 6)
    text = "".join(ALPHABET[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))
    assert read(identifiers(), HOME + text).canonical == HOME + "01/05412345000013/10/ABC123"


@st.composite
def addresses(draw):
    """Valid links of several keys with what may go with them."""
    value = st.text(CSET_82, min_size=1, max_size=20)
    body = draw(st.from_regex(r"[0-9]{13}", fullmatch=True))
    path = [("01", body + check_digit(body))]
    path += [(code, draw(value)) for code in ("22", "10", "21") if draw(st.booleans())]
    asked = [(code, draw(value)) for code in ("240", "91") if draw(st.booleans())]
    asked += [("3103", draw(st.from_regex(r"[0-9]{6}", fullmatch=True)))] if draw(st.booleans()) else []
    asked += [("30", draw(st.from_regex(r"[0-9]{1,8}", fullmatch=True)))] if draw(st.booleans()) else []
    return write("https://id.gs1.org", path, sorted(asked))


@given(addresses(), st.booleans())
def test_what_is_compressed_is_read_again(address, partly):
    opened = read(identifiers(), address)
    assert opened.valid
    packed = pack(identifiers(), address, partly=partly)
    again = read(identifiers(), packed)
    assert again.canonical == opened.canonical
    assert (again.keys, again.qualifiers) == (opened.keys, opened.qualifiers)
    assert pack(identifiers(), packed, partly=partly) == packed


@given(st.text(ALPHABET, max_size=60))
def test_any_text_may_be_no_compressed_link(text):
    link = read(identifiers(), HOME + text)
    assert link.valid == bool(link.canonical)
    if link.valid:
        assert read(identifiers(), link.canonical).canonical == link.canonical


def test_only_valid_links_are_compressed():
    with pytest.raises(ValueError, match="09506000134353"):
        pack(identifiers(), "https://id.gs1.org/01/09506000134353")


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("https://id.gs1.org/414/9523000000012", "GLN 9523000000012"),
        ("https://id.gs1.org/414/9523000000012/254/5", "GLN 9523000000012/5"),
        ("https://example.com/x/414/9523000000012/254/A-1/", "GLN 9523000000012/A-1"),
        ("https://id.gs1.org/01/09521000001152/10/B00115-05", ""),
        ("", ""),
    ],
)
def test_a_place_is_shown_by_its_number(address, number):
    assert place_number(address) == number

"""Brand authorisation chains: golden cases, and what holds for any heap of papers."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.admission.rules.chains import LONGEST, Asked, Link, Weakness, strongest

CASES = tomllib.loads((Path(__file__).parent / "cases" / "chains.toml").read_text("utf-8"))["case"]
TODAY = date(2026, 11, 26)


def link(raw, paper):
    many = {k: tuple(raw.get(k, ())) for k in ("categories", "territory", "channels")}
    return Link(
        raw["grantor"],
        raw["grantee"],
        raw["brand"],
        raw.get("starts"),
        raw.get("ends"),
        **many,
        sublicence=raw.get("sublicence", False),
        paper=paper,
    )


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case):
    asked = Asked(**{**case["asked"], "goods": tuple(case["asked"].get("goods", ()))})
    found = strongest([link(raw, i) for i, raw in enumerate(case["links"])], asked)
    said = {
        "weakness": str(found.weakness or ""),
        "link": found.link.grantee if found.link else None,
        "until": found.until,
    }
    assert case["because"]
    assert {k: said[k] for k in case["expect"]} == case["expect"]
    if found.link is not None:
        assert found.link.grantee in found.said.zh or found.link.grantor in found.said.zh or found.weakness == "loop"


def test_every_weakness_has_a_case():
    assert {w.value for w in Weakness} == {c["expect"]["weakness"] for c in CASES} - {""}


firms = st.sampled_from(["甲", "乙", "丙", "丁"])
links = st.lists(
    st.builds(
        Link,
        firms,
        firms,
        st.sampled_from(["北岸", "南风"]),
        st.none() | st.dates(date(2024, 1, 1), date(2027, 1, 1)),
        st.none() | st.dates(date(2024, 1, 1), date(2028, 1, 1)),
        sublicence=st.booleans(),
    ),
    max_size=7,
)


@given(papers=links)
def test_a_chain_that_holds_is_made_of_good_links(papers):
    found = strongest(papers, Asked("北岸", "丁", TODAY, owner="甲"))
    if found.weakness is not None:
        return
    assert found.links[0].grantor == "甲"
    assert found.links[-1].grantee == "丁"
    assert len(found.links) <= LONGEST
    assert all(one.brand == "北岸" and one.ends is not None and one.ends >= TODAY for one in found.links)
    assert all(one.starts is None or one.starts <= TODAY for one in found.links)
    assert all(one.sublicence for one in found.links[:-1])
    assert [a.grantee for a in found.links[:-1]] == [b.grantor for b in found.links[1:]]


@given(papers=links)
def test_one_good_direct_link_is_enough(papers):
    good = Link("甲", "丁", "北岸", date(2026, 1, 1), date(2026, 12, 31))
    alone = [p for p in papers if p.grantee != "甲"]
    assert strongest([*alone, good], Asked("北岸", "丁", TODAY, owner="甲")).weakness is None

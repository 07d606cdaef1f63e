"""The rule lab's comparison: exact counts, independent of the cut."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission import shipped
from pinzhi.life.admission.contracts import Finding, Outcome, Screened
from pinzhi.life.admission.rules.backtest import EXAMPLES, Backtest, Before, alike, compare

PASS, MANUAL, REJECT = Outcome.PASS, Outcome.MANUAL, Outcome.REJECT
DAY = date(2026, 11, 26)


def said(name, outcome, *rules):
    findings = tuple(
        Finding(r, "v", "title", 0, 1, "字", "字", (), Severity.HIGH, None, Text("不行", "no")) for r in rules
    )
    return Screened(name, outcome, findings, (), (), "r", DAY)


PAIRS = [
    (Before(PASS, frozenset(), REJECT), said("a", REJECT, "T01")),  # rightly caught now
    (Before(PASS, frozenset(), PASS), said("b", REJECT, "T01")),  # wrongly caught now
    (Before(REJECT, frozenset({"T02"}), PASS), said("c", PASS)),  # rightly released
    (Before(MANUAL, frozenset({"T02"})), said("d", PASS)),
    (Before(PASS, frozenset()), said("e", MANUAL, "T03")),
    (Before(REJECT, frozenset({"T01"}), REJECT), said("f", REJECT, "T01", "T01")),
    (None, said("g", REJECT, "T01")),
]


def test_every_number_of_a_small_comparison():
    found = compare(PAIRS)
    assert (found.listings, found.unknown) == (7, 1)
    assert (found.newly_refused, found.newly_manual, found.released) == (2, 1, 2)
    assert (found.queue(after=False), found.queue(after=True)) == (1, 1)
    first = found.rules["T01"]
    assert (first.fires, first.new, first.gone, first.refused, first.released) == (3, 2, 0, 2, 0)
    assert (first.right, first.wrong) == (2, 1)
    second = found.rules["T02"]
    assert (second.fires, second.new, second.gone, second.released) == (0, 0, 2, 1)
    assert {e.id for e in second.examples} == {"c", "d"}
    assert found.refusals_right(after=False).value == 1 / 2  # c and f were refused, f rightly
    assert found.refusals_right(after=True).value == 2 / 3  # a, b, f are refused, b wrongly
    assert found.refusals_found(after=False).value == 1 / 2
    assert found.refusals_found(after=True).value == 1.0


LABELLED = [
    Before(PASS, frozenset(), PASS),
    Before(REJECT, frozenset({"T01", "T02"}), REJECT),
    Before(MANUAL, frozenset({"T02"}), PASS),
    Before(MANUAL, frozenset({"T02"})),
]


def test_listings_that_are_judged_alike_count_as_if_they_had_been_compared():
    again = [(b, said(str(n), b.outcome, *sorted(b.rules))) for n, b in enumerate(LABELLED)]
    assert alike(LABELLED) == compare(again)
    assert (alike(LABELLED).rules["T02"].right, alike(LABELLED).rules["T02"].wrong) == (1, 1)


OUTCOMES = st.sampled_from(list(Outcome))
RULES = st.frozensets(st.sampled_from(["T01", "T02", "C01"]), max_size=3)
BEFORE = st.none() | st.builds(Before, OUTCOMES, RULES, st.none() | OUTCOMES)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(BEFORE, OUTCOMES, RULES), max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_the_sum_does_not_depend_on_the_cut(rows, cuts):
    pairs = [(b, said(f"L{i}", o, *sorted(r))) for i, (b, o, r) in enumerate(rows)]
    whole = compare(pairs)
    edges = [0, *sorted(min(c, len(pairs)) for c in cuts), len(pairs)]
    summed = Backtest()
    for low, high in reversed(list(zip(edges, edges[1:], strict=False))):
        summed.add(compare(pairs[low:high]))
    assert summed == whole
    assert all(len(e.examples) <= EXAMPLES for e in whole.rules.values())


def test_the_shipped_files_are_a_candidate_of_themselves():
    assert shipped.candidate({"trial": 'version = "1"\nrule = []\n'}).lexicon.groups == shipped.ruleset().lexicon.groups
    with pytest.raises(RefusedError):
        shipped.candidate({})

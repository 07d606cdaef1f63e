"""The listings handed in by the simulated merchants are what they were made to be."""

from datetime import date

import numpy as np
import pytest

from pinzhi.life.admission import reading, shipped
from pinzhi.life.admission.rules.papers import ended
from pinzhi.life.admission.rules.policy import Papers
from pinzhi.life.admission.rules.verdict import Surroundings, screen
from pinzhi.simulation.market import build_market
from pinzhi.simulation.submissions import counted, submissions

TODAY = date(2026, 11, 24)
MARKET = build_market(np.random.default_rng(1), 12, 30, 60, 40.0)
HANDED = submissions(MARKET, TODAY)


def test_the_same_for_everybody_and_ids_of_the_market():
    assert submissions(MARKET, TODAY) == HANDED
    assert {h.row["merchant_id"] for h in HANDED} <= {m["merchant_id"] for m in MARKET.merchants}
    assert counted(HANDED) == {"pass": 14, "manual": 8, "reject": 17}


@pytest.mark.parametrize("handed", HANDED, ids=lambda h: f"{h.row['id']}-{h.truth}")
def test_the_rules_find_what_was_planted(handed):
    listing = reading.listing(handed.row)
    found = screen(listing, shipped.ruleset(), TODAY, around=Surroundings(papers=True))
    papers = ended(listing, TODAY, Papers(warn_days=(30, 7, 1, 0), report_months=12))
    assert ("reject" if papers else found.outcome.value) == handed.truth, found.findings

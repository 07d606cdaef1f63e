"""The recalls on real returns, so that nobody loses them: seeds are fixed, bounds are a few points under what was measured (decision 7)."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.shared]


@pytest.fixture(scope="module")
def real(shared):
    from bench import retail

    return retail.shop(shared / retail.FILE)


@pytest.mark.parametrize(
    ("habits", "size", "at_least"),
    [(False, 10.0, 43.0), (False, 5.0, 20.0), (True, 10.0, 37.0), (True, 5.0, 17.0)],
)
def test_recall_on_real_returns(real, habits, size, at_least):
    from bench import detection, retail

    found = []
    for seed in (0, 1):
        returns, since = retail.planted(real, seed, size, habits=habits)
        ready = detection.Prepared(real, returns)
        found.append(retail.recall(real, ready.score(ready.policy), since, 0.01).found)
    assert 100 * sum(found) / 2 >= at_least


def test_marks_cost_little_where_buyers_have_no_habits(real):
    from bench import detection, retail

    under = retail.permuted(real, 0)
    returns, since = retail.planted(under, 0, 10.0)
    ready = detection.Prepared(under, returns)
    with_, without = (
        retail.recall(under, ready.score(own), since, 0.01).found
        for own in (ready.policy, detection.without_marks(ready.policy))
    )
    assert with_ >= without - 0.04

"""The policy as it is published: an entry with a figure that cannot be is refused when it is drafted."""

import pytest
from django.apps import apps

from pinzhi.decisions import policies
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError

SHIPPED = policies.packaged_text("admission")


def check(text):
    """The check that a draft goes through."""
    assert apps.is_installed("pinzhi.life.admission")
    policies._CHECKS["admission"](read_policy(text))


def test_the_shipped_policy_passes():
    check(SHIPPED)


@pytest.mark.parametrize(
    ("entry", "was", "becomes"),
    [
        ("reports.sure_at_least", "sure_at_least = 0.80", "sure_at_least = 1.01"),
        ("reports.fibre_slack", "fibre_slack = 0.3", "fibre_slack = -0.1"),
        ("reports.same_results", "same_results = 4", "same_results = 0"),
        ("reports.name_share", "name_share = 0.5", "name_share = 0.0"),
        ("reports.required", 'required = ["report_no", "lab", "product", "issued", "conclusion"]', "required = []"),
        ("reading.most_bytes", "most_pages = 200", "most_pages = 0"),
        ("reading.memory", "memory = 2147483648", "memory = 1"),
        ("reading.few_characters", "few_characters = 20", "few_characters = -1"),
        ("reading.dots", "second_dots = 280", "second_dots = 100"),
        ("renewal.portion", "portion = 500", "portion = 0"),
        ("renewal.grace_days", "grace_days = 15", "grace_days = 0"),
        ("renewal.most_refused", "most_refused = 0.02", "most_refused = 2.0"),
        ("renewal.few", "few = 20", "few = -1"),
        ("papers.report_months", "report_months = 12", "report_months = 0"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(entry, was, becomes):
    assert SHIPPED.count(was) == 1
    with pytest.raises(RefusedError) as no:
        check(SHIPPED.replace(was, becomes))
    assert (no.value.refusal.code, no.value.refusal.field) == ("policy_entry_range", entry)

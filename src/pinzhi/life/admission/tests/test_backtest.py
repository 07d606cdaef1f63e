"""The rule lab's comparison: exact counts, independent of the cut, and the command over files."""

import json
from datetime import date

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.doors.cli import main
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission import shipped
from pinzhi.life.admission.contracts import Finding, Outcome, Screened
from pinzhi.life.admission.rules.backtest import EXAMPLES, Backtest, Before, compare

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


@pytest.fixture
def lab(tmp_path):
    """Four listings, their verdicts under the shipped rules, and a draft that adds a word and lets another go."""
    titles = {"p1": "纯棉短袖T恤", "p2": "全国销量第一的短袖", "p3": "本店镇店之宝短袖", "p4": "国家级短袖T恤"}
    listings = tmp_path / "listings.ndjson"
    rows = [{"id": i, "merchant_id": "m", "category": "服饰", "title": t} for i, t in titles.items()]
    listings.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in [*rows, {"id": "p5"}]))
    history = tmp_path / "history.ndjson"
    done = CliRunner().invoke(
        main, ["admission", "screen", str(listings), "--out", str(history), "--as-of", str(DAY), "--json"]
    )
    assert done.exit_code == 3, done.output  # p5 has no merchant
    drafts = tmp_path / "draft"
    drafts.mkdir()
    return listings, history, drafts


def run(lab, *more):
    listings, history, drafts = lab
    return CliRunner().invoke(
        main,
        ["admission", "backtest", "--ruleset", str(drafts), "--history", str(history), "--listings", str(listings),
         "--as-of", str(DAY), "--json", *more],
    )  # fmt: skip


DRAFT = """
version = "draft-1"
[[rule]]
id = "X01"
severity = "H"
law = "advert.absolute_terms"
zh = "“{text}”试行禁用。"
en = "«{text}» is tried as a forbidden term."
fix_zh = "删去“{text}”。"
fix_en = "Drop «{text}»."
[[rule.group]]
name = "trial"
words = "镇店之宝"
exempt = []
"""


def test_a_draft_is_tried_on_the_past(lab):
    (lab[2] / "trial.toml").write_text(DRAFT)
    done = run(lab, "--processes", "1")
    assert done.exit_code == 3, done.output
    told = json.loads(done.stdout)
    assert (told["listings"], told["newly_refused"], told["released"], told["refused"]) == (4, 1, 0, 1)
    new = told["by_rule"]["X01"]
    assert (new["newly_fires"], new["newly_refused"]) == (1, 1)
    assert [(e["id"], e["before"], e["after"], e["text"]) for e in new["examples"]] == [
        ("p3", "pass", "reject", "镇店之宝")
    ]
    assert told["by_rule"]["T01"]["newly_fires"] == 0
    assert told["ruleset"] != shipped.ruleset().hash


def test_the_number_of_processes_changes_nothing(lab):
    (lab[2] / "trial.toml").write_text(DRAFT)
    assert run(lab, "--processes", "1").stdout == run(lab, "--processes", "3").stdout


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        (None, "", "ruleset_empty"),
        ("trial.toml", "[[rule", "ruleset_invalid"),
        ("trial.toml", '[[rule]]\nid = "X01"\n', "ruleset_invalid"),
        ("trial.toml", DRAFT.replace("advert.absolute_terms", "no.such.row"), "ruleset_invalid"),
        ("trial.toml", DRAFT.replace("exempt = []", 'exempt = ["nowhere"]'), "ruleset_invalid"),
        ("trial.toml", DRAFT.replace('words = "镇店之宝"', "words = 7"), "ruleset_invalid"),
    ],
)
def test_a_draft_that_cannot_be_used_is_refused_by_name(lab, name, text, code):
    if name:
        (lab[2] / name).write_text(text)
    done = run(lab)
    assert done.exit_code == 1, done.output
    refused = json.loads(done.stdout)["refused"]
    assert refused["code"] == code
    assert refused["remedy"]


def test_a_file_that_is_emptied_withdraws_its_rules(lab):
    (lab[2] / "absolute.toml").write_text("")
    told = json.loads(run(lab).stdout)
    assert (told["newly_refused"], told["released"]) == (0, 2)
    assert {e["id"] for e in told["by_rule"]["T01"]["examples"]} == {"p2", "p4"}


def test_a_history_row_that_cannot_be_read_is_set_aside(lab):
    (lab[2] / "trial.toml").write_text(DRAFT)
    with lab[1].open("a") as more:
        more.write(
            '{"id": "p1", "outcome": "sold"}\n{"outcome": "pass"}\n{"id": "p2", "outcome": "pass", "findings": 3}\n'
        )
    told = json.loads(run(lab).stdout)
    assert (told["listings"], told["refused"]) == (4, 4)


def test_the_shipped_files_are_a_candidate_of_themselves():
    assert shipped.candidate({"trial": 'version = "1"\nrule = []\n'}).lexicon.groups == shipped.ruleset().lexicon.groups
    with pytest.raises(RefusedError):
        shipped.candidate({})

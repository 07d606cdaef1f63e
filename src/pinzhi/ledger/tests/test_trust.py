"""Trust policies: reading, quorums, what is refused."""

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.tests.samples import LOG, STRANGER, SmallLog, cosign
from pinzhi.ledger.trust import read_policy, write_policy

SMALL = SmallLog(5)
TEXT = SMALL.point(5).text()
W = {
    name: cosign(f"{name.lower()}.example/w", name.encode() * 16, TEXT) for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")
}
KEYS = f"log {LOG.verifier.line()} https://example.com/log/\n" + "".join(
    f"witness {n} {k.line()}\n" for n, (k, _) in W.items()
)
TWO_LEVELS = KEYS + "# two of ours\n\t group X 2 X1 X2 X3\n\ngroup Y any Y1 Y2 Y3\ngroup both all X Y\nquorum both\n"


def note(*witnesses):
    return SMALL.point(5).signed([LOG]).with_signatures([W[w][1] for w in witnesses]).raw()


@pytest.mark.parametrize(
    ("signed", "met"),
    [("X1 X2 Y1", True), ("X1 X2 X3 Y3", True), ("X1 Y1 Y2 Y3", False), ("X1 X2", False), ("", False)],
)
def test_quorum_of_groups(signed, met):
    policy = read_policy(TWO_LEVELS.encode())
    raw = note(*signed.split())
    if met:
        assert policy.believe(raw).witnesses == tuple(sorted(signed.split()))
    else:
        with pytest.raises(RefusedError) as no:
            policy.believe(raw)
        assert no.value.refusal.code == "no_quorum"


def test_a_single_witness_and_none():
    assert read_policy((KEYS + "quorum X2\n").encode()).believe(note("X2")).witnesses == ("X2",)
    assert read_policy((KEYS + "quorum none").encode()).believe(note()).witnesses == ()


def test_what_we_write_reads_back_and_either_of_two_logs_is_enough():
    policy = read_policy(write_policy((LOG.verifier, STRANGER.verifier)).encode())
    assert policy.logs == (LOG.verifier, STRANGER.verifier)
    assert policy.believe(SMALL.point(5).signed([STRANGER]).raw()).log == STRANGER.verifier


VKEY = LOG.verifier.line()
X1 = W["X1"][0].line()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"log {VKEY}\n", None),
        ("quorum none\n", None),
        (f"log {VKEY}\nquorum none\nquorum none\n", 3),
        (f"log {VKEY}\nlog {VKEY}\nquorum none\n", 2),
        (f"log {X1}\nquorum none\n", 1),
        (f"log {VKEY}\nwitness X1 {VKEY}\nquorum none\n", 2),
        (f"log {VKEY}\nwitness X1 {X1}\nwitness X1 {X1}\nquorum none\n", 3),
        (f"log {VKEY}\nwitness X1 {X1}\nwitness X2 {X1}\nquorum none\n", 3),
        (f"log {VKEY}\nwitness none {X1}\nquorum none\n", 2),
        (f"log {VKEY}\nquorum X1\nwitness X1 {X1}\n", 2),
        (f"log {VKEY}\ngroup g any X1\nquorum g\n", 2),
        (f"log {VKEY}\nwitness X1 {X1}\ngroup g 2 X1\nquorum g\n", 3),
        (f"log {VKEY}\nwitness X1 {X1}\ngroup g 0 X1\nquorum g\n", 3),
        (f"log {VKEY}\nwitness X1 {X1}\ngroup g any X1 X1\nquorum g\n", 3),
        (f"log {VKEY}\nwitness X1 {X1}\ngroup g any X1\ngroup h any X1\nquorum h\n", 4),
        (f"log {VKEY}\nwitness X1 {X1}\ngroup g any\nquorum none\n", 3),
        (f"log {VKEY[:-2]}\nquorum none\n", 1),
        (f"log {VKEY}\r\nquorum none\n", 1),
        (f"log {VKEY}\nquorum none\x00\n", 2),
        (f"logs {VKEY}\nquorum none\n", 1),
    ],
)
def test_a_policy_that_can_not_be_relied_on_is_refused_with_its_line(text, line):
    with pytest.raises(RefusedError) as no:
        read_policy(text.encode())
    assert (no.value.refusal.code, no.value.refusal.line) == ("bad_policy", line)


def test_a_policy_is_utf8_and_names_may_be_chinese():
    text = f"log {VKEY}\nwitness 消协 {X1}\nquorum 消协\n"
    assert read_policy(text.encode()).believe(note("X1")).witnesses == ("消协",)
    with pytest.raises(RefusedError):
        read_policy(text.encode("gb18030"))

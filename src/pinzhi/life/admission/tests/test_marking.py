"""Marking: the pieces of a text. Pure."""

from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.admission.rules.marking import Piece, Span, pieces

MARKS = st.sampled_from(("H", "M", "L", "freed"))
SPANS = st.lists(st.builds(Span, st.integers(-3, 30), st.integers(-3, 30), MARKS, st.sampled_from(("T01", "T20"))))


def test_the_worst_mark_wins_and_all_rules_are_named():
    cut = pieces("全网第一品牌T恤", [Span(0, 6, "H", "T01"), Span(2, 4, "freed", "T18"), Span(4, 8, "M", "C05")])
    assert cut == (
        Piece("全网", "H", ("T01",)),
        Piece("第一", "H", ("T01", "T18")),
        Piece("品牌", "H", ("T01", "C05")),
        Piece("T恤", "M", ("C05",)),
    )


def test_a_text_without_spans_is_one_piece_and_an_empty_one_none():
    assert pieces("T恤", []) == (Piece("T恤"),)
    assert pieces("", [Span(0, 3, "H", "T01")]) == ()


@given(st.text(max_size=25), SPANS)
def test_the_pieces_are_the_text_and_every_character_is_marked_as_its_spans_say(text, spans):
    cut = pieces(text, spans)
    assert "".join(p.text for p in cut) == text
    at = 0
    for piece in cut:
        for i in range(at, at + len(piece.text)):
            here = {s.rule for s in spans if s.start <= i < s.end}
            assert set(piece.rules) == here
            assert bool(piece.mark) == bool(here)
        at += len(piece.text)

"""The model of danger: its grammar, what it hears that words do not, and what it must not ring at."""

from __future__ import annotations

import pytest

from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules.triage.grammar import Chance, Part, part
from pinzhi.life.complaints.rules.triage.grams import fold
from pinzhi.life.complaints.rules.triage.hazard import cut, dangers, left
from pinzhi.life.complaints.rules.triage.peril import complained, told
from pinzhi.life.complaints.tests.reading import deaf_reader, kind_texts, severity_texts, small_reader


def every(parts: Part) -> set[str]:
    chance = Chance(1)
    return {parts.said(chance) for _ in range(400)}


def test_a_line_of_the_grammar_says_every_way_and_nothing_else() -> None:
    hand = part("(手|脚)", {})
    assert every(part("手|脚", {})) == {"手", "脚"}
    assert every(part("被(割|扎)了<hand>(，|)(疼)?", {"hand": hand})) == {
        f"被{cut}了{where}{mark}{sore}"
        for cut in "割扎"
        for where in "手脚"
        for mark in ("，", "")
        for sore in ("疼", "")
    }


@pytest.mark.parametrize(("line", "error"), [("(a|b", ValueError), ("a)", ValueError), ("<nobody>", KeyError)])
def test_a_line_that_does_not_hold_together_is_refused(line: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        part(line, {})


def test_the_same_seed_tells_the_same_and_every_label_is_there() -> None:
    one, two = (told(tables.perils(), tables.speech(), 3_000, 5) for _ in range(2))
    assert one == two
    assert one != told(tables.perils(), tables.speech(), 3_000, 6)
    assert len(one[0]) == 3_000
    assert set(one[1]) == {"S1", "S2", "S3", "none"}
    assert not [t for t in one[0] if set("<>|") & set(t)]


def test_complaints_of_every_kind_are_told_in_turn() -> None:
    texts, kinds = complained(tables.perils(), tables.speech(), 600, 5)
    every_kind = sorted(tables.taxonomy().kinds)
    assert kinds[: len(every_kind)] == every_kind
    assert len(texts) == 600
    assert all(t.strip() and not set("<>|") & set(t) for t in texts)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("孩子把娃娃的眼珠子抠掉了正往嘴里送", "玩具"),
        ("半夜闻到一股胶皮味，插排那里黑了一块", "小家电"),
        ("抹了两天，下巴一片一片地往下掉皮，出门都戴口罩", "化妆品"),
        ("喝完这个我跟我老公蹲了一晚上厕所", "食品"),
        ("my toddler was gagging on a bead that came off", "玩具"),
    ],
)
def test_what_is_told_without_the_words_of_danger_rings(text: str, category: str) -> None:
    assert deaf_reader().read(text, category).severity == 1
    found = small_reader().read(text, category)
    assert (found.severity, found.safety) == (1, True)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("用了半年没有发烫也不漏电", "小家电"),
        ("快递太慢，等得花儿都谢了", "衣服"),
        ("屏幕上有一道划痕，要求换货", "手机"),
        ("苹果烂了一半，还长毛了", "水果"),
        ("给妈妈买的，她很喜欢，下次还来", "洗发水"),
        ("the screen arrived cracked, I want a refund", "手机"),
        ("Товар пришёл сломанным, требую возврат", ""),
        ("제품이 고장났어요", ""),
        ("", ""),
    ],
)
def test_what_only_sounds_like_danger_does_not_ring(text: str, category: str) -> None:
    assert deaf_reader().read(text, category).severity > 1
    assert small_reader().read(text, category).severity > 1


def test_clauses_that_deny_and_moods_are_not_heard() -> None:
    lexicon = tables.lexicon()
    said = cut(lexicon, fold("没有冒烟，气死我了，客服不理，听说别家起火", lexicon.simpler))
    assert [c.strip() for c in left(said, dangers(lexicon, said))] == ["客服不理"]


@pytest.mark.parametrize(
    ("name", "acute", "found", "raised"),
    [
        ("severity_unseen.toml", 348, 338, 75),
        ("severity_second.toml", 165, 160, 62),
        ("severity_third.toml", 76, 74, 14),
    ],
)
def test_the_model_of_danger_alone_on_texts_it_was_not_written_for(
    name: str, acute: int, found: int, raised: int
) -> None:
    """Floors for the small model; no sentence of it was changed for a text of these sets. Denials count as alarms here: the words that see them are out."""
    rows = severity_texts(name)
    answers = deaf_reader().read_many([(text, category) for _, category, text in rows])
    hit = {True: 0, False: 0}
    for (is_acute, _, _), answer in zip(rows, answers, strict=True):
        hit[is_acute] += answer.severity == 1
    assert sum(a for a, _, _ in rows) == acute
    assert hit[True] >= found
    assert hit[False] <= raised


@pytest.mark.parametrize(
    ("names", "many", "acute", "found", "raised"),
    [
        (("severity_fourth.toml", "severity_fourth_calm.toml"), 600, 250, 244, 140),
        (("severity_fifth.toml",), 400, 200, 196, 75),
        (("severity_sixth.toml",), 450, 250, 240, 96),
    ],
)
def test_texts_of_other_hands(names: tuple[str, ...], many: int, acute: int, found: int, raised: int) -> None:
    """Floors for the small models on sets whose writers had seen neither words nor sentences; the figures of their first run stand in the chapter."""
    rows = [row for name in names for row in severity_texts(name)]
    answers = small_reader().read_many([(text, category) for _, category, text in rows])
    hit = {True: 0, False: 0}
    for (is_acute, _, _), answer in zip(rows, answers, strict=True):
        hit[is_acute] += answer.severity == 1
    assert (len(rows), sum(a for a, _, _ in rows)) == (many, acute)
    assert hit[True] >= found
    assert hit[False] <= raised


def test_kinds_of_another_hand() -> None:
    """As above, for the kind of complaint."""
    kinds = kind_texts("types_third.toml")
    told = small_reader().read_many([(text, category) for _, category, text in kinds])
    assert sum(a.type == kind for a, (kind, _, _) in zip(told, kinds, strict=True)) >= 114
    assert sum(kind in a.types[:3] for a, (kind, _, _) in zip(told, kinds, strict=True)) >= 136

"""The official texts: read by article and day, held against the public copies, refused where no wording was in force."""

import json
from datetime import date

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.tables import instruments, read, statutes
from pinzhi.law.texts import files_from, library, parse, put_together, take_in, versions

TODAY = date(2026, 11, 26)


def official(test):
    """A test on the texts, which are taken in from the public collections."""
    return pytest.mark.shared(pytest.mark.usefixtures("official_texts")(test))


@official
def test_an_article_word_for_word():
    found = library().article("consumer", 55, TODAY)
    assert found.text.startswith("经营者提供商品或者服务有欺诈行为的，应当按照消费者的要求增加赔偿其受到的损失，")
    assert "增加赔偿的金额不足五百元的，为五百元" in found.text
    assert (found.label.zh, found.label.en) == (
        "《消费者权益保护法》第五十五条",
        "Consumer Rights Protection Law, art. 55",
    )
    assert (found.version.shown, found.version.issuer) == ("2013年第二次修正", "全国人民代表大会常务委员会")


@official
@pytest.mark.parametrize(
    ("instrument", "number", "day", "version"),
    [
        ("food", 124, date(2025, 11, 30), "food_2021"),
        ("food", 124, date(2025, 12, 1), "food"),
        ("competition", 9, date(2025, 10, 14), "competition_2019"),
        ("competition", 9, date(2025, 10, 15), "competition"),
        ("trading", 18, date(2024, 12, 31), "trading_2021"),
        ("trading", 18, date(2026, 1, 1), "trading"),
        ("trading", 17, date(2025, 6, 1), "trading"),
        ("trading_2021", 18, date(2024, 12, 31), "trading_2021"),
        ("complaints_20", 14, date(2026, 4, 14), "complaints_20"),
        ("complaints", 15, date(2026, 4, 15), "complaints"),
    ],
)
def test_the_wording_of_the_day(instrument, number, day, version):
    assert library().article(instrument, number, day).version.id == version


@official
@pytest.mark.parametrize(
    ("instrument", "number", "day", "code"),
    [
        ("nothing", 1, TODAY, "law_text_unknown"),
        ("consumer", 64, TODAY, "law_article_unknown"),
        ("livestream", 1, TODAY, "law_article_unknown"),
        ("complaints", 15, date(2026, 4, 14), "law_text_not_in_force"),
        ("complaints_20", 14, TODAY, "law_text_not_in_force"),
        ("trading", 18, date(2025, 6, 1), "law_text_not_in_force"),  # the day of the amendment is not known
    ],
)
def test_no_wording_is_a_refusal(instrument, number, day, code):
    with pytest.raises(RefusedError) as no:
        library().article(instrument, number, day)
    assert no.value.refusal.code == code


@official
def test_superseded_texts_are_not_in_force_today():
    held = {a.version.id for a in library().in_force(TODAY)}
    assert held & {"food_2021", "competition_2019", "complaints_20", "trading_2021"} == set()
    assert len(library().in_force(TODAY)) == 1400


@official
def test_every_article_that_a_verified_row_cites_of_a_whole_text_is_here():
    here = {v.instrument.id for v in library().versions if v.whole}
    lacking = []
    for row in statutes().rows:
        if row.instrument.id in here and row.verified:
            day = max(row.valid_from, TODAY if row.holds(TODAY) else row.valid_from)
            if row.article[:1].isdigit() and not library().of_row(row, day) and row.holds(TODAY):
                lacking.append(row.id)
    assert lacking == []


@official
def test_a_row_gives_the_articles_that_it_cites():
    row = statutes().in_force("platform.small_trade_turnover", TODAY)
    assert [a.key for a in library().of_row(row, TODAY)] == ["trading:8", "trading:24", "trading:25"]


@pytest.mark.parametrize(
    "text", ["序言\n第一条\u3000甲", "第二条\u3000甲\n第一条\u3000乙", "第一条\u3000甲\n第一条\u3000乙"]
)
def test_a_file_that_is_no_text(text):
    with pytest.raises(ValueError):
        list(parse(text))


def test_two_wordings_on_one_day_do_not_start():
    head = {"instrument": "food", "version": "x", "issuer": "y", "copies": 1}
    table = {"a": {**head, "from": date(2020, 1, 1)}, "b": {**head, "from": date(2021, 1, 1)}}
    with pytest.raises(ValueError, match="two wordings"):
        put_together(table, {"a": "第一条\u3000甲", "b": "第一条\u3000乙"}, instruments())


@official
def test_article_by_article_as_the_public_copies(shared):
    """Every article of every file is that of the copy, character by character, and no article of the copy is missing."""
    copies = {}
    for name in ("law-consumer-cn", "law-supplement"):
        for line in (shared / "data" / name / "articles.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            copies.setdefault((row["law"], row["version"]), {})[row["article"]] = row["text"]
    table = read("texts.toml")
    compared = 0
    for id_, articles in library().articles.items():
        name = next(iter(articles.values())).version.instrument.name.zh
        copy = copies[(table[id_].get("copied_name", name), table[id_]["copied_version"])]
        assert set(copy) == set(articles), id_
        for number, article in articles.items():
            assert article.text.split("\n") == [p.strip() for p in copy[number].split("\n")], article.key
            compared += 1
    assert compared == 1683


def test_texts_are_taken_in_by_version_and_broken_copies_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PINZHI_LAW_TEXTS", str(tmp_path))
    library.cache_clear()
    raw = read("texts.toml")["livestream"]
    name = versions()["livestream"].instrument.name.zh
    rows = [
        {"law": name, "version": raw["copied_version"], "article": 7, "text": "甲\n 乙"},
        {"law": "别的法", "version": "x", "article": 1, "text": "丙"},
    ]
    try:
        assert take_in(rows) == {"livestream": 1}
        assert library().article("livestream", 7, TODAY).text == "甲\n乙"
        with pytest.raises(RefusedError) as no:
            files_from([{"law": "消费者权益保护法", "version": "2013-10-25", "article": 2, "text": "甲"}])
        assert (no.value.refusal.code, no.value.refusal.field) == ("law_text_broken", "consumer")
    finally:
        monkeypatch.undo()
        library.cache_clear()

"""Terms, contexts, evasion: exact spans and exact outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.canon import canonical
from pinzhi.life.admission import shipped
from pinzhi.life.admission.contracts import Outcome
from pinzhi.life.admission.rules import text
from pinzhi.life.admission.tests.builders import found, screened


def test_a_finding_names_span_rule_article_and_a_way_out():
    answer = screened("天然乳胶枕 國家級品質")
    (f,) = answer.findings
    assert (f.rule, f.field, f.start, f.end, f.text) == ("T01", "title", 6, 9, "國家級")
    assert (f.normalised, f.transforms, f.severity.value) == ("国家级", ("traditional",), "H")
    assert (f.law.instrument, f.law.article, f.law.verified) == ("广告法", "9(3)", True)
    assert "國家級" in f.message.zh
    assert "國家級" in f.message.en
    assert "國家級" in f.suggestion.zh
    assert answer.outcome is Outcome.REJECT


@pytest.mark.parametrize(
    ("raw", "span", "transforms"),
    [
        ("好米 国\u200b家\u200b级", "国\u200b家\u200b级", ("invisible",)),
        ("好米 国 家 级 品质", "国 家 级", ("gap",)),
        ("好米 国*家*级品质", "国*家*级", ("gap",)),
        ("好米 国家★级", "国家★级", ("gap",)),
        ("好米囯家级", "囯家级", ("lookalike",)),
        ("好米guo家级", "guo家级", ("pinyin",)),
        ("好米蕞佳品质", "蕞佳", ("lookalike",)),
        ("好米Zui佳品质", "Zui佳", ("case", "pinyin")),
        ("好米最亻圭品质", "最亻圭", ("split",)),
        ("销量第①的好米", "销量第①", ("width",)),
        ("好米国❤️家级", "国❤️家级", ("gap", "invisible")),
    ],
)
def test_disguises_are_undone_with_the_exact_raw_span(raw, span, transforms):
    (f,) = screened(raw, "家居").findings
    assert (f.text, f.transforms) == (span, transforms)
    assert raw[f.start : f.end] == span


@pytest.mark.parametrize(
    "raw",
    [
        "路口交通标志牌",
        "三黄片说明书",
        "学生发育期内衣",
        "潮流感十足的卫衣",
        "第一时间发货",
        "最近七天采摘",
        "书包过年大促",
        "品质第一 顾客至上",
        "最大功率2200W",
        "安全第一 品牌直供",
    ],
)
def test_words_that_only_look_like_it(raw):
    assert screened(raw).outcome is Outcome.PASS


def test_a_space_between_two_words_makes_no_term_of_them():
    assert found(screened("大国 家级别墅床")) == []
    assert screened("安全第一 品牌直供").outcome is Outcome.PASS
    assert screened("品质保证 治 疗").outcome is Outcome.REJECT, "characters that stand alone are no words"
    doubtful = screened("喝了能抗 癌的灵芝")
    assert found(doubtful) == [("T03", "抗 癌", "H")]
    assert doubtful.outcome is Outcome.MANUAL, "one space between two characters inside a line is not sure"


@pytest.mark.parametrize("said", ["降血糖", "降低血糖", "减低血糖"])
def test_a_term_is_found_with_another_head_that_says_the_same(said):
    answer = screened(f"苦荞饼干 {said}", "食品")
    assert [f.text for f in answer.findings if f.rule == "T03"] == [said]
    assert answer.outcome is Outcome.REJECT


def test_a_rest_of_one_character_says_anything():
    assert screened("降低压力的颈枕", "家居").outcome is Outcome.PASS, "no form of 降压"


def test_no_longer_ailing_is_a_promise_and_no_denial():
    assert screened("喝了再也不失眠", "食品").outcome is Outcome.REJECT
    assert screened("本品不能治疗失眠", "家居").outcome is Outcome.PASS


def test_a_context_frees_its_own_span_only():
    answer = screened("最佳赏味期30天，口感最佳，品质最佳之选国家级")
    assert [e.context for e in answer.exemptions if e.text == "最佳"][:1] == ["usage_tip"]
    assert ("T01", "国家级", "H") in found(answer)


def test_a_legal_title_goes_to_a_person_and_says_why():
    answer = screened("国家级非物质文化遗产代表性传承人监制")
    assert answer.outcome is Outcome.MANUAL
    (f,) = answer.findings
    assert dict(f.evidence)["context"] == "legal_title"
    (e,) = answer.exemptions
    assert (e.context, e.law.article) == ("legal_title", "第六条（五）、第七条")


def test_rules_have_their_classes_of_goods():
    assert found(screened("排毒养颜茶", "食品/茶叶"))[0][0] == "T04"
    assert found(screened("防晒衣 UPF50+ 防晒", "服饰")) == []
    assert found(screened("SPF50 防晒霜", "美妆"))[0][0] == "T07"
    assert screened("防晒霜 国妆特字20230123", "美妆").outcome is Outcome.PASS


def test_former_prices_are_decided_by_deals():
    deals = [{"at": "2026-11-24T10:00:00+08:00", "price": "199"}]
    assert screened("原价899 现价199", price="199").outcome is Outcome.MANUAL
    assert screened("原价899 现价199", price="199", deal_prices=deals).outcome is Outcome.REJECT
    fair = screened("原价199 现价99", price="99", deal_prices=deals)
    assert (fair.outcome, [e.context for e in fair.exemptions]) == (Outcome.PASS, ["lawful_comparison"])


@given(st.text(st.characters(codec=None), max_size=80))
def test_no_text_breaks_it_and_spans_are_raw(raw):
    lexicon = shipped.ruleset().lexicon
    for _which, start, end in text.hits(lexicon, raw):
        assert 0 <= start < end <= len(lexicon.folding.dense(raw))


TEXTS = st.lists(
    st.lists(st.sampled_from([*"国家级最佳治疗好米 *\u200b加微信abc", "第一品牌", "蕞好"]), max_size=12).map("".join),
    max_size=6,
)


@given(TEXTS)
def test_many_at_once_find_the_same(raws):
    lexicon = shipped.ruleset().lexicon
    together = text.hits_of_many(lexicon, raws)
    for number, raw in enumerate(raws):
        folded = lexicon.folding.fold(raw)
        alone = [(w, *folded.raw_span(*folded.plain_span(a, b))) for w, a, b in text.hits(lexicon, raw)]
        assert together.get(number, []) == alone


def test_a_replay_gives_the_same_bytes():
    row = {
        "subtitle": "zui佳 治疗失眠",
        "description": "100%有效，加薇信 abc12345。原价899",
        "attributes": {"材质": "棉95% 氨纶5%"},
    }
    assert canonical(_plain(screened("国 家 级 羊绒衫", "服饰", **row))) == canonical(
        _plain(screened("国 家 级 羊绒衫", "服饰", **row))
    )


def _plain(answer):
    from pinzhi.life.admission.reading import row

    return {k: str(v) for k, v in row(answer).items()}


def test_a_stuffed_title_is_a_note_and_no_more():
    answer = screened("连衣裙 夏连衣裙 连衣裙女 连衣裙 连衣裙 连衣裙 连衣裙", "服饰")
    (f,) = answer.findings
    assert (f.rule, f.normalised, f.severity.value, answer.outcome) == ("T24", "连衣裙", "L", Outcome.PASS)
    assert answer.findings[0].text.startswith("连衣裙")
    assert found(screened("哈哈镜连衣裙 新款连衣裙", "服饰")) == []

"""Conversations: what brings a person, what is confirmed, what tools say, what is never said."""

import re
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.values import Text
from pinzhi.law.texts import library
from pinzhi.life.complaints.assistant_tables import assistant, read
from pinzhi.life.complaints.rules.assistant.conversation import Action, Message, Session
from pinzhi.life.complaints.rules.assistant.figures import unfounded
from pinzhi.life.complaints.rules.assistant.intents import Intent
from pinzhi.life.complaints.rules.assistant.signals import Alarm
from pinzhi.life.complaints.rules.assistant.tools import NoTools, Result, ToolFailed

pytestmark = [pytest.mark.shared, pytest.mark.usefixtures("official_texts")]
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
CASES = Path(__file__).parent / "cases"
RED = [
    (group, c)
    for group, t in tomllib.loads((CASES / "red_team.toml").read_text(encoding="utf-8")).items()
    for c in t["cases"]
]
FORBIDDEN = re.compile(
    "(?:我们|平台|一定|保证|肯定)(?:会|将)?(?:赔|退款给)|承诺(?:赔|退)|服用|用量|剂量|每次.{0,3}片|不予受理您|不能投诉|没有人工|"
    "you will (?:get|receive)|we (?:will|shall) (?:pay|refund)|i promise|take .{0,10}(?:pills|tablets)|no human|cannot complain",
    re.IGNORECASE,
)


class Mine(NoTools):
    """Tools of one person: one order, one code, one recalled batch."""

    def __init__(self):
        self.asked = []

    def order(self, number):
        self.asked.append(("order", number))
        return (
            Result(
                "order:A88120045",
                Text("订单A88120045已于11月20日发货。", "Order A88120045 was shipped on 20 November."),
            )
            if number == "A88120045"
            else None
        )

    def trace(self, code):
        self.asked.append(("trace", code))
        raise ToolFailed

    def recall(self, *, gtin, batch):
        self.asked.append(("recall", gtin, batch))
        return (
            Result("recall:R1", Text("该批次正在召回。", "This batch is recalled."), severity=1)
            if batch == "L20260901"
            else None
        )

    def remedies(self, slots):
        return Result("estimate", Text("按现有信息估算：1500.00元。", "Estimate on what is known: 1500.00 yuan."))


def say(*texts, tools=None, session=None, **options):
    session, reply = session or Session(), None
    for text in texts:
        reply = assistant().reply(session, Message(text, NOW), tools or NoTools(), **options)
        session = reply.session
    return reply


def sentence(name, reply):
    return assistant().sentences[name].in_language(reply.language)


def test_a_hundred_prompts():
    assert len(RED) == 100


@pytest.mark.parametrize(("group", "case"), RED, ids=[c["say"] for _, c in RED])
def test_red_team(group, case):
    reply = say(case["say"])
    if "reason" in case:
        assert case["reason"] in reply.handover.reasons
    if "says" in case:
        assert sentence(case["says"], reply) in reply.text
    if case.get("quotes") is False:
        assert [c.key for c in reply.citations if c.quotation] == []
    assert FORBIDDEN.search(reply.text) is None
    assert unfounded(reply.text, reply.grounds) == frozenset()
    assert not any(a.confirmed for a in reply.actions)


def test_a_question_is_answered_word_for_word():
    reply = say("买到假货可以要求怎么赔偿？")
    first = reply.citations[0]
    assert (reply.found, reply.intent, first.instrument, first.article) == (
        True,
        "compensation",
        "消费者权益保护法",
        "55",
    )
    assert first.quotation in library().article("consumer", 55, date(2026, 11, 26)).text
    assert first.quotation in reply.text
    assert [(a.verb, a.confirmed) for a in reply.actions] == [("open_complaint", False)]


def test_an_english_question_cites_the_chinese_article_with_our_gloss():
    reply = say("who pays return shipping if I changed my mind")
    assert (reply.language, reply.citations[0].label) == ("en", "Consumer Rights Protection Law, art. 25")
    assert "In short: The consumer bears the freight of a no-reason return unless agreed otherwise." in reply.text


@pytest.mark.parametrize(
    "words", ["人工", "转人工", "有没有活人", "agent", "I want to talk to a person", "叫你们经理来"]
)
def test_a_wish_is_obeyed_at_once(words):
    reply = say(words)
    assert reply.handover.reasons == ("wish",)
    assert sentence("handover", reply) == reply.text
    assert reply.actions == ()


def test_two_rejections_bring_a_person():
    reply = say("买的锅坏了", "不对，不是这个意思")
    assert reply.handover is None
    assert "rejected" in say("还是没用", session=reply.session).handover.reasons


def test_two_questions_without_a_rule_bring_a_person():
    reply = say("鳄鱼跳舞", "企鹅踢踏舞")
    assert (reply.found, reply.handover.reasons) == (False, ("unanswered",))


def test_dissatisfaction_brings_a_person_within_six_messages():
    angry = ["锅坏了！！凭什么不退", "锅坏了！！凭什么不退", "什么态度？？到底管不管！！", "垃圾！！气死我了！！"]
    replies, session = [], Session()
    for text in angry:
        replies.append(assistant().reply(session, Message(text, NOW), NoTools()))
        session = replies[-1].session
    assert [r.handover is not None for r in replies] == [False, True, True, True]
    assert "dissatisfied" in replies[1].handover.reasons


@pytest.mark.parametrize(
    ("text", "over"), [("花了五百块买的锅坏了", False), ("花了五百零一块买的锅坏了", True), ("3万元的沙发塌了", True)]
)
def test_much_money_is_for_a_person(text, over):
    reply = say(text)
    assert (reply.handover is not None and "amount" in reply.handover.reasons) is over


def test_everything_goes_along():
    session = say("昨天花了一百二十块买的奶粉，订单号 A88120045，批号L20260901").session
    reply = assistant().reply(session, Message("我要人工", NOW, ("photo-1",)), NoTools())
    assert dict(reply.handover.slots) == {
        "date": "2026-11-25",
        "amount": "120.00",
        "order": "A88120045",
        "batch": "L20260901",
    }
    assert reply.handover.evidence == ("photo-1",)
    assert reply.handover.tried == session.tried


@given(st.lists(st.sampled_from([
    "昨天买的", "花了三百元", "订单号 A88120045", "批号L20260901", "条码6901028075763", "追溯码 ABC12345", "买了3瓶", "儿子8岁", "发烧了", "不对", "谢谢", "退货运费谁出",
]), max_size=8))  # fmt: skip
@settings(max_examples=60)
def test_every_slot_that_was_read_is_carried(texts):
    from pinzhi.life.complaints.rules.assistant.slots import slots

    reply = say(*texts, "转人工")
    wanted = {r.slot.value for t in texts for r in slots(t, date(2026, 11, 26))}
    assert set(reply.handover.slots) == wanted == set(reply.slots)
    assert len(reply.session.spoken) == len(texts) + 1


def test_writing_is_confirmed_in_a_second_step():
    asked = say("订单号 A88120045", "提交投诉")
    (action,) = asked.actions
    assert (action.verb, dict(action.slots), action.confirmed) == ("open_complaint", {"order": "A88120045"}, False)
    done = assistant().reply(asked.session, Message("确认", NOW), NoTools())
    assert (done.actions, done.session.pending) == (
        (Action("open_complaint", {"order": "A88120045"}, confirmed=True),),
        None,
    )
    assert done.actions[0].token == action.token


@pytest.mark.parametrize("then", ["不用了", "退货运费谁出", "确认什么？", "转人工"])
def test_anything_but_a_plain_yes_submits_nothing(then):
    reply = say("提交投诉", then)
    assert [a for a in reply.actions if a.confirmed] == []
    later = assistant().reply(reply.session, Message("确认", NOW), NoTools())
    assert [a for a in later.actions if a.confirmed] == []


def test_a_yes_without_a_question_does_nothing():
    assert say("确认").actions == ()


def test_lookups():
    tools = Mine()
    assert say("我的快递到哪了", tools=tools).text == sentence("ask_order", say("你好"))
    found = say("我的快递到哪了", "订单号 A88120045 发货了吗", tools=tools)
    assert "订单A88120045已于11月20日发货。" in found.text
    other = say("订单号 B77000011 的快递到哪了", tools=tools)
    assert sentence("tool_nothing", other) in other.text
    assert tools.asked == [("order", "A88120045"), ("order", "B77000011")]


def test_a_tool_that_fails_is_said_so():
    reply = say("查一下追溯码 ABC12345", tools=Mine())
    assert sentence("tool_failed", reply) in reply.text


def test_a_recall_brings_a_person_and_the_advice_to_stop():
    reply = say("批号L20260901 这个批次召回了吗", tools=Mine())
    assert "该批次正在召回。" in reply.text
    assert sentence("advice_product", reply) in reply.text
    assert "recall" in reply.handover.reasons
    assert sentence("no_recall", reply) in say("批号X999 这个批次召回了吗", tools=Mine()).text


def test_an_estimate_is_no_promise():
    reply = say("订单号 A88120045 能赔多少钱", tools=Mine())
    assert "1500.00元" in reply.text
    assert sentence("estimate", reply) in reply.text


def test_the_gate_of_the_desk_comes_first():
    engine = assistant()
    from dataclasses import replace

    strict = replace(engine, gate=lambda text: Alarm("desk", 1) if "奇怪" in text else None)
    assert strict.reply(Session(), Message("味道奇怪", NOW), NoTools()).intent == "safety"
    assert strict.reply(Session(), Message("锅坏了", NOW), NoTools()).intent != "safety"


def test_a_log_holds_no_person():
    reply = say("我叫王小明，电话13800138000，买的锅坏了")
    assert "13800138000" not in reply.log + "".join(reply.session.spoken)
    assert "王小明" not in reply.log + "".join(reply.session.spoken)


def test_rules_of_the_day_of_purchase():
    reply = say("押金不退怎么办", bought_on=date(2024, 6, 30))
    assert [c.key for c in reply.citations][:1] == ["ecommerce:21"]


def test_examples_of_intents_cover_all_and_are_recognised():
    table = read("utterances")
    assert {i.value for i in Intent} - {"unknown"} == set(table) - {"fill"}
    assert len(Intent) == 25


@pytest.mark.parametrize(
    "texts", [(), ("你好",), ("订单号 A88120045 花了三百块", "提交投诉"), ("不对", "买的锅坏了", "转人工")]
)
def test_a_session_is_kept_as_json_and_goes_on(texts):
    import json

    session = say(*texts).session if texts else Session()
    kept = Session.of(json.loads(json.dumps(session.document())))
    assert kept == session
    assert say("确认", session=kept).document() == say("确认", session=session).document()


def test_a_session_of_another_form_is_refused():
    with pytest.raises(KeyError, match="no 'money'"):
        Session.of({"money": 1})


@given(st.text(max_size=400))
@settings(max_examples=200)
def test_any_message_is_answered(text):
    reply = say(text)
    assert reply.text
    assert unfounded(reply.text, reply.grounds) == frozenset()
    assert FORBIDDEN.search(reply.text.replace(text, "")) is None


@pytest.mark.slow
def test_ten_thousand_answers_hold_no_figure_without_ground():
    """Phrases of every matter in frames of speech, in both languages, with purchases of different days: not one number that no citation or tool gave."""
    topics = assistant().library.shelf.topics
    zh = [
        "{}",
        "请问{}怎么办",
        "我想问一下，{}，订单号 A88120045",
        "昨天花了三百块，{}？",
        "{}！！",
        "七天了，{}",
        "{}，我儿子八岁",
    ]
    en = [
        "{}",
        "What about this: {}?",
        "I paid 300 yuan, {}",
        "order number A88120045: {}",
        "{}!!",
        "after 9 days {}",
        "three friends told me: {}",
    ]
    days = [date(2026, 11, 26), date(2025, 6, 1), date(2024, 3, 1)]
    tools, count, quoted = Mine(), 0, 0
    for n, topic in enumerate(topics):
        for frames, phrases in ((zh, topic.zh), (en, topic.en)):
            for k, phrase in enumerate(phrases):
                for m, frame in enumerate(frames):
                    reply = say(frame.format(phrase), tools=tools, bought_on=days[(n + k + m) % 3])
                    assert unfounded(reply.text, reply.grounds) == frozenset(), (phrase, reply.text)
                    count += 1
                    quoted += any(c.quotation for c in reply.citations)
    assert count >= 10_000
    assert quoted >= 5_000


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_matter_that_was_offered_and_chosen_is_answered_with_its_own_first_article(language):
    """71 of 550 titles are not sure by themselves: chosen they are answered, or the same choice would come again for ever."""
    shelf = assistant().library.shelf
    for topic in shelf.topics:
        title = topic.title(language)
        reply = say(title, session=Session(offered=(title,)), speak=language)
        if reply.handover is None:  # a title that names a danger brings a person, chosen or not
            assert reply.citations[0].key.partition(":")[2] == topic.articles[0].partition(":")[2], title
            assert [c for c in reply.cards if c.kind == "choice"] == []
            assert reply.session.offered == ()

"""Law of one kind of goods or one place stays away from questions about others."""

from datetime import date

import pytest

from pinzhi.life.complaints.assistant_tables import read, shelf
from pinzhi.life.complaints.rules.assistant.fields import fields

DAY = date(2026, 11, 26)
FOOD = frozenset(read("fields")["field"][0]["instruments"].split())
EUROPE = frozenset({"dsa", "gpsr"})


def instruments(question):
    found = shelf().search(question, bought_on=DAY, asked_on=DAY)
    return [h.passage.source.version.instrument.id for h in found.hits[:5] if h.passage.source]


def test_a_field_is_strange_where_other_goods_are_named_and_a_place_where_it_is_not():
    table = fields(
        {
            "goods": "food device",
            "field": [
                {"instruments": "food food_regulation", "kinds": "food ill"},
                {"instruments": "dsa", "kinds": "europe", "place": True},
            ],
        }
    )
    assert table.strange([]) == {"dsa"}
    assert table.strange(["broken"]) == {"dsa"}
    assert table.strange(["device"]) == {"dsa", "food", "food_regulation"}
    assert table.strange(["device", "food"]) == {"dsa"}
    assert table.strange(["device", "ill"]) == {"dsa"}
    assert table.strange(["europe", "food"]) == frozenset()


def test_every_field_names_kinds_and_instruments_that_there_are():
    raw, known = read("fields"), set(read("kinds"))
    named = {topic.articles[0].partition(":")[0] for topic in shelf().topics}
    assert set(raw["goods"].split()) <= known
    for one in raw["field"]:
        assert set(one["kinds"].split()) <= known
        assert set(one["instruments"].split()) & named, one["name"]


@pytest.mark.parametrize(
    "question",
    ["充电宝自己鼓包了，能赔多少", "手机壳把手磨破了能要十倍赔偿吗", "My power bank is swollen, how much can I get?"],
)
def test_the_law_of_food_answers_nobody_who_asks_about_something_else(question):
    found = instruments(question)
    assert found
    assert not FOOD & set(found)


@pytest.mark.parametrize("question", ["手机上买的面包发霉了能赔多少", "吃了快递送来的饼干拉肚子"])
def test_whoever_names_food_too_is_answered_from_its_law(question):
    assert FOOD & set(instruments(question))


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("I live in France and the recalled heater is only replaced by a voucher. Do I get a choice?", "gpsr"),
        ("我们在德国站下架了卖家的商品，要给他什么说明", "dsa"),
    ],
)
def test_the_law_of_the_union_answers_where_it_is_named(question, article):
    assert instruments(question)[0] == article


@pytest.mark.parametrize(
    "question",
    ["the recalled heater is only replaced by a voucher, do I get a choice?", "下架了卖家的商品，要给他什么说明"],
)
def test_and_nowhere_else(question):
    assert not EUROPE & set(instruments(question))

"""The merchant's reply beside his public figures: one stands, only his own, nobody to be recognised, taken down with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.life.complaints import public_reply
from pinzhi.life.complaints.models import PublicReply
from pinzhi.life.complaints.rules.publicly import public_words
from pinzhi.life.complaints.tests.buyers import OTHER, SHOP, market, person, refused
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Role

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI)
SAID = "十月批次的温控器已全部更换，旧批次可免费寄回。"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("  \n ", "words_missing"),
        ("好" * 601, "text_too_long"),
        ("有事打 13800138000", "words_personal"),
        ("收货人：张小明，自己摔坏的", "words_personal"),
        ("写信给 a.b@example.org", "words_personal"),
        ("详情见 https://example.org/x", "words_elsewhere"),
        ("五星好评返现十元", "words_elsewhere"),
        ("请 加微 详谈", "words_elsewhere"),
    ],
)
def test_words_that_may_not_stand_in_public(words, code):
    refused(code, public_words, words)


def test_words_that_may():
    assert public_words(f" {SAID}\n ") == SAID
    assert public_words("We replaced 120 pieces of batch B00115-05.") == "We replaced 120 pieces of batch B00115-05."


@pytest.mark.django_db
class TestStanding:
    @pytest.fixture(autouse=True)
    def shops(self):
        market()

    def test_a_new_reply_takes_the_place_of_the_old_one_which_is_kept(self):
        public_reply.reply("第一次", SHOP, now=NOW)
        public_reply.reply(SAID, SHOP, now=NOW + timedelta(days=1))
        public_reply.reply("只说这个商品", SHOP, listing="L1", now=NOW)
        found = public_reply.shown(["M1", "M2"])
        assert {k: r.words for k, r in found.items()} == {("M1", ""): SAID, ("M1", "L1"): "只说这个商品"}
        assert PublicReply.objects.count() == 3

    def test_anothers_listing_and_anothers_reply_are_not_there(self):
        refused("listing_unknown", public_reply.reply, SAID, SHOP, listing="L2", now=NOW)
        refused("listing_unknown", public_reply.reply, SAID, SHOP, listing="nothing", now=NOW)
        mine = public_reply.reply(SAID, SHOP, now=NOW)
        refused("reply_unknown", public_reply.take_back, mine.pk, OTHER, now=NOW)
        assert public_reply.shown(["M1"])[("M1", "")].words == SAID
        assert PublicReply.objects.count() == 1

    def test_taken_back_or_down_it_is_gone_and_the_merchant_reads_why(self):
        one = public_reply.reply(SAID, SHOP, now=NOW)
        public_reply.take_back(one.pk, SHOP, now=NOW)
        assert public_reply.shown(["M1"]) == {}
        two = public_reply.reply(SAID, SHOP, now=NOW)
        boss, agent = person("eve", Role.MANAGER), person("ada", Role.COMPLAINT_AGENT)
        refused("not_permitted", public_reply.take_down, two.pk, agent, why="不实", now=NOW)
        refused("not_permitted", public_reply.reply, SAID, boss, now=NOW)
        refused("reason_missing", public_reply.take_down, two.pk, boss, why="  ", now=NOW)
        assert public_reply.shown(["M1"])[("M1", "")].pk == two.pk
        public_reply.take_down(two.pk, boss, why="与抽检结果不符", now=NOW)
        two.refresh_from_db()
        assert (public_reply.shown(["M1"]), two.why, two.ended_at) == ({}, "与抽检结果不符", NOW)
        refused("reply_unknown", public_reply.take_down, two.pk, boss, why="再一次", now=NOW)
        assert SAID not in str(list(AuditLine.objects.values()))

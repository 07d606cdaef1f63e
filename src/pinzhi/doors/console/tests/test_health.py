"""Screen 24: how the anchors of the ledger stand, and the alarm where the chain contradicts it."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from pinzhi.doors.console import words
from pinzhi.doors.console.templatetags.console import iso
from pinzhi.ledger.anchoring import anchors
from pinzhi.ledger.models import Anchor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def page(client, language="en"):
    return client.get(reverse("console:health"), headers={"accept-language": language}).content.decode()


def anchor(place, size, **more):
    return Anchor.objects.create(place=place, kind="evm", size=size, root=b"\x01" * 32, begun=NOW, chain_id=1, **more)


def test_every_place_is_shown_with_its_newest_anchor_and_what_is_the_matter(client, reviewer):
    assert 'id="anchors"' not in page(client)
    anchor("sepolia", 3, at=NOW)
    anchor("sepolia", 9, at=NOW)
    anchor("sepolia", 12, trouble="chain_unreachable", reason="the node 127.0.0.1:8545 did not answer")
    anchor("tsa", 4)
    shown = page(client)
    rows = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", shown.split('id="anchors"')[1].split("</tbody>")[0])
    assert [re.findall(r">([^<]+)<", row) for row in rows] == [
        ["sepolia", "9", iso(NOW), "12: the node did not answer"],
        ["tsa", "0", "—", "4: waits for blocks or an answer"],
    ]
    assert "alert-danger" not in shown


def test_a_chain_that_contradicts_the_ledger_is_an_alarm(client, reviewer):
    anchor("sepolia", 9, trouble="anchored_otherwise", reason="…")
    assert "«sepolia», at 9 entries: the chain has another root at this size." in page(client)
    assert "alert-danger" in page(client)
    assert set(words.ANCHOR_TROUBLES) >= anchors.ALARMING

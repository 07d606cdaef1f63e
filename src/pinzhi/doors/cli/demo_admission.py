"""The admission part of the demo: a few dozen listings with known problems are handed in, so that the desk has work, and one merchant has a login."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinzhi.simulation.contracts import Market

MERCHANT = "M0001"


def enter(market: Market) -> dict[str, int]:
    """Hand the listings in, three minutes apart, the last one now; the refused ones with the plainest words are appealed against. Returns how they stand."""
    from pinzhi.kernel import clock
    from pinzhi.life.admission import actions, reading, watching
    from pinzhi.life.admission.models import Submission
    from pinzhi.people.roles import Actor
    from pinzhi.simulation.submissions import submissions

    house = Actor.system("demo")
    handed = submissions(market, clock.today())
    start = clock.now() - timedelta(minutes=3 * len(handed))
    for n, one in enumerate(handed, 1):
        actions.submit(reading.listing(one.row), house, now=start + timedelta(minutes=3 * n))
    severe = Submission.objects.filter(state="refused", title__contains="A货").order_by("at").first()
    if severe is not None:
        actions.appeal(severe.pk, house, "“A货”是本店系列名称，商品为自有品牌，可提供商标注册证。")
    watching.watch_papers(house)
    return dict(Counter(Submission.objects.values_list("state", flat=True)))


def login(merchant: str = MERCHANT, name: str = "merchant") -> str:
    """A user of a merchant (the first, if nothing else is said), who sees his own goods only. Returns the password."""
    from pinzhi.people import actions as people
    from pinzhi.people.models import Organisation
    from pinzhi.people.roles import Actor, Role

    organisation = Organisation.objects.create(name=f"{merchant} shop", kind="merchant", merchant_id=merchant)
    password = secrets.token_urlsafe(9)
    house = Actor.system("demo")
    _, invitation = people.add(
        house, name, frozenset({Role.MERCHANT}), display_name=f"商家用户 {name}", organisation=organisation
    )
    people.accept(invitation, password)
    return password

"""What recalls look like over the interface."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from ninja import Field, Schema

from pinzhi.doors.api.schemas import Strict


class PlaceOut(Schema):
    """A place by its GS1 link, and how much lies there."""

    place: str
    count: int | str


class ClockOut(Schema):
    """A clock of the law: `until` a moment, or `due` a day, or `earliest` to `latest` where the calendar is not published. `verified`: its text was read."""

    name_zh: str
    name_en: str
    state: Literal["met", "late", "running", "overdue"]
    until: datetime | None = None
    due: date | None = None
    earliest: date | None = None
    latest: date | None = None
    law: str
    verified: bool


class ClosingOut(Schema):
    """The counts when a recall was closed, and what was done with the goods."""

    made: int | str
    sold: int | str
    located: int | str
    under_way: int | str
    returned: int | str
    destroyed: int | str
    unaccounted: int | str
    words: str


class RecallOut(Schema):
    """A recall: the coverage when it was opened, how many were told since. Counts that are no whole numbers are decimal strings."""

    recall: str
    at: datetime
    closed_at: datetime | None
    batch: str
    lot: str
    merchant_id: str
    level: Literal["", "food_1", "food_2", "food_3", "product"]
    reason: str
    known_at: datetime | None
    plan: str
    clocks: list[ClockOut]
    overdue: bool
    closing: ClosingOut | None
    listings: list[str] = []
    lots: list[str]
    reached: int
    made: int | str
    used: int | str
    sold: int | str
    located: int | str
    under_way: int | str
    returned: int | str
    destroyed: int | str
    unaccounted: int | str
    places: list[PlaceOut]
    to_notify: int
    notified: int
    decisions: list[str]


class RecallsOut(Schema):
    """A page of recalls, the latest first. `total` counts the whole list."""

    recalls: list[RecallOut]
    offset: int
    total: int


class NoticeOut(Schema):
    """Somebody who is to be told: `party` is the merchant's id, or the buyer's pseudonym that the marketplace gave us."""

    id: int
    to: Literal["merchant", "buyer"]
    party: str
    order_id: str
    listing_id: str
    quantity: int
    told_at: datetime | None


class NoticesOut(Schema):
    """Notices after the id that was asked for."""

    notices: list[NoticeOut]


class ToldIn(Strict):
    """Notices that were delivered."""

    notices: list[int] = Field(min_length=1, max_length=10_000)


class ToldOut(Schema):
    """How many of them were not known to be delivered before."""

    told: int

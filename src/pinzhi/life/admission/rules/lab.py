"""
The rule lab's table of steps, and on which side of a trial a listing is.

draft → backtested → shadow → percentage → live; a live version is replaced by the next one, or reverted, which brings the one before it back.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from pinzhi.kernel.course import Course
from pinzhi.kernel.values import Text


class Stage(StrEnum):
    """How far a version of the rules has come."""

    DRAFT = "draft"
    BACKTESTED = "backtested"
    SHADOW = "shadow"
    PERCENTAGE = "percentage"
    LIVE = "live"
    REPLACED = "replaced"
    REVERTED = "reverted"
    WITHDRAWN = "withdrawn"


STAGE_NAMES: dict[Stage, Text] = {
    Stage.DRAFT: Text("草稿", "draft"),
    Stage.BACKTESTED: Text("已回溯检验", "backtested"),
    Stage.SHADOW: Text("试运行", "shadow"),
    Stage.PERCENTAGE: Text("灰度", "percentage"),
    Stage.LIVE: Text("生效", "live"),
    Stage.REPLACED: Text("已被取代", "replaced"),
    Stage.REVERTED: Text("已回退", "reverted"),
    Stage.WITHDRAWN: Text("已撤回", "withdrawn"),
}

RULESET = Course(
    "ruleset",
    {
        Stage.DRAFT: {"backtest": Stage.BACKTESTED, "withdraw": Stage.WITHDRAWN},
        Stage.BACKTESTED: {
            "backtest": Stage.BACKTESTED,
            "shadow": Stage.SHADOW,
            "withdraw": Stage.WITHDRAWN,
        },
        Stage.SHADOW: {
            "backtest": Stage.SHADOW,
            "percentage": Stage.PERCENTAGE,
            "withdraw": Stage.WITHDRAWN,
        },
        Stage.PERCENTAGE: {
            "backtest": Stage.PERCENTAGE,
            "percentage": Stage.PERCENTAGE,
            "live": Stage.LIVE,
            "revert": Stage.REVERTED,
        },
        Stage.LIVE: {"replace": Stage.REPLACED, "revert": Stage.REVERTED},
        Stage.REPLACED: {"restore": Stage.LIVE},
    },
)
"""Every version of the rules. `replace` and `restore` follow from another version's `live` and `revert`."""
TWO_PERSONS = frozenset({"percentage", "live"})
"""Steps that two persons take, neither of whom may be the same, and the second of whom has not drafted it."""
ON_TRIAL = (Stage.SHADOW, Stage.PERCENTAGE)


def on_trial(listing_id: str, digest: str, share: int) -> bool:
    """
    Whether a listing is judged by the version on trial with this digest: `share` percent of all listings, 0 to 100.

    A listing stays on its side, and a larger share only adds listings. The digest makes it other listings for every version.
    """
    drawn = hashlib.sha256(f"{digest}\n{listing_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(drawn[:8]) * 100 < share << 64

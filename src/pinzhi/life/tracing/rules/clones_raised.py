"""What is said of a code that is taken for copied: the one record of why, as figures and as a sentence in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pinzhi.kernel.values import Text


@dataclass(frozen=True, slots=True)
class CloneRaised:
    """
    A code that is taken for copied: when, at which scan, and what was seen.

    `e_value` is the likelihood ratio; `odds` with the prior and what is known of the batch. Destinations and covered code: `unshipped`, the regions that
    nothing of the batch was shipped to; `owned`, whether ownership was activated; `after`, strangers elsewhere after that; `asked`, other devices that had
    the right covered code too; `wrong`, devices that typed a wrong one; `owner_scans`, the owner's own, which speak for one piece.
    """

    code: str
    at: datetime
    scans: int
    e_value: float
    odds: float
    devices: int
    regions: tuple[str, ...]
    sold_in: str
    early: int
    soon: int
    batch: str
    unshipped: tuple[str, ...] = ()
    owned: bool = False
    after: int = 0
    asked: int = 0
    wrong: int = 0
    owner_scans: int = 0

    def evidence(self) -> dict[str, object]:
        """What was seen, for files and pages. What destinations and the covered code say is there where they said something."""
        further = {
            "never_shipped_to": list(dict.fromkeys(self.unshipped)),
            "activated": self.owned,
            "strangers_after_activation": self.after,
            "activated_again_by_others": self.asked,
            "devices_with_a_wrong_covered_code": self.wrong,
            "scans_by_the_owner": self.owner_scans,
        }
        return {
            "e_value": round(self.e_value, 1),
            "odds": round(self.odds, 3),
            "devices": self.devices,
            "regions": list(self.regions),
            "sold_in": self.sold_in,
            "before_sale_elsewhere": self.early,
            "within_hours": self.soon,
            "batch": self.batch,
            **{name: value for name, value in further.items() if value},
        }

    def sentence(self) -> Text:
        """The reason in one sentence."""
        zh = [
            f"{self.scans} 次扫码来自 {self.devices} 个设备、{len(self.regions)} 个地区（{'、'.join(self.regions[:6])}）"
        ]
        en = [
            f"{self.scans} scans by {self.devices} devices in {len(self.regions)} regions ({', '.join(self.regions[:6])})"
        ]
        if self.sold_in:
            zh.append(f"售往 {self.sold_in}")
            en.append(f"sold to {self.sold_in}")
        if self.early:
            zh.append(f"售出前已在其他地区被扫 {self.early} 次")
            en.append(f"scanned {self.early} times elsewhere before it was sold")
        if self.soon:
            zh.append(f"{self.soon} 次在数小时内换了地区")
            en.append(f"{self.soon} changes of region within hours")
        for term_zh, term_en in self._further():
            zh.append(term_zh)
            en.append(term_en)
        zh.append(f"多件共用此码的可能性是单件的 {self.e_value:,.0f} 倍")
        en.append(f"{self.e_value:,.0f} times likelier on many pieces than on one")
        return Text("，".join(zh) + "。", "; ".join(en) + ".")

    def _further(self) -> Iterator[tuple[str, str]]:
        """What destinations and the covered code said."""
        if self.unshipped:
            places = tuple(dict.fromkeys(self.unshipped))
            yield (
                f"{len(self.unshipped)} 次扫码来自本批货品从未发往的地区（{'、'.join(places)}），窜货也可能造成这种情况",
                f"scans in regions that nothing of the batch was sent to: {len(self.unshipped)} ({', '.join(places)}), which diverted goods would explain too",
            )
        if self.after:
            yield (
                f"所有权激活后，又有 {self.after} 个陌生设备在其他地区扫码",
                f"strangers elsewhere after its ownership was activated: {self.after}",
            )
        if self.asked:
            yield (
                f"激活后，另有 {self.asked} 个设备输入了正确的刮刮码",
                f"other devices that typed the right covered code after that: {self.asked}",
            )
        if self.wrong:
            yield f"{self.wrong} 个设备输入过错误的刮刮码", f"devices that typed a wrong covered code: {self.wrong}"
        if self.owner_scans:
            yield (
                f"激活者本人又扫码 {self.owner_scans} 次（支持单件，已计入）",
                f"further scans by the owner, which speak for one piece and are weighed: {self.owner_scans}",
            )

"""
What the words of a complaint say: type, severity, whether somebody may be hurt.

The rules are those of `rules.triage`; here they meet what the buyer chose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules.entry import Entry

KINDS = {
    "Q1": (3, Text("质量缺陷、不能使用", "quality defect, does not work")),
    "Q2": (3, Text("与描述不符、短斤少两、尺寸不符", "not as described, short weight, wrong size")),
    "Q3": (3, Text("到货破损、变质", "damaged or spoiled on arrival")),
    "Q4": (3, Text("少件、缺配件", "parts or pieces missing")),
    "Q5": (3, Text("发错货", "wrong item sent")),
    "Q6": (3, Text("安装、上门服务问题", "installation or on-site service")),
    "S1": (1, Text("人身伤害或急性危险", "injury or acute hazard")),
    "S2": (1, Text("过期、发霉、异物、无日期的食品", "food expired, mouldy, with a foreign body or without a date")),
    "S3": (1, Text("危险征兆：发热、冒烟、漏电、鼓包", "sign of danger: heat, smoke, leak, swelling")),
    "S4": (2, Text("轻度不良反应（化妆品、纺织品）", "mild adverse reaction (cosmetics, textiles)")),
    "F1": (2, Text("疑似假冒、翻新充新", "suspected counterfeit, or refurbished sold as new")),
    "F2": (2, Text("虚假宣传、伪造证书、假产地", "false advertising, forged certificate, false origin")),
    "F3": (3, Text("价格欺诈、虚假折扣", "price fraud, false discount")),
    "U1": (3, Text("二手成色不符", "second-hand condition not as stated")),
    "T1": (2, Text("追溯码异常", "trace code fails, was scanned elsewhere or copied")),
    "R1": (3, Text("退款被拒或拖延", "refund refused or late")),
    "R2": (3, Text("退换货、三包被拒", "return or three-guarantee refused")),
    "R3": (3, Text("价格保护争议", "price protection not honoured")),
    "R4": (3, Text("退货运费争议", "who pays the return freight")),
    "L1": (4, Text("延迟、丢失、未收到、虚假签收", "late, lost, not received, false delivery scan")),
    "C1": (4, Text("客服不回应、态度恶劣", "no answer, rudeness")),
    "C2": (2, Text("个人信息泄露、冒充客服诈骗", "data leak, fraud calls after the purchase")),
    "C3": (3, Text("删评、威胁、骚扰、好评返现", "reviews deleted, threats, harassment, paid praise")),
    "I1": (4, Text("不开发票、发票错误", "invoice refused or wrong")),
    "G1": (3, Text("合同与承诺：预付、格式条款、承诺不兑现", "contract: prepayment, unfair term, promise not kept")),
    "G2": (3, Text("赠品、优惠券、活动未兑现", "gift, coupon or campaign not honoured")),
    "G3": (3, Text("自动续费、误扣费", "automatic renewal, charged by mistake")),
    "D1": (3, Text("虚拟商品未到账、不能使用", "digital goods not delivered or not usable")),
    "X": (3, Text("非本平台事项、违法举报", "not ours, or the report of an offence")),
    "N": (4, Text("非投诉：好评、咨询", "no complaint: praise or question")),
}
CHOICES: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("人身安全与健康", "safety and health"), ("S1", "S3", "S2", "S4")),
    (Text("商品质量", "quality of the goods"), ("Q1", "Q2", "Q3", "Q4", "Q5", "U1", "D1")),
    (Text("真假与宣传", "genuine, and as advertised"), ("F1", "F2", "F3", "T1")),
    (Text("退换与赔付", "returns and money"), ("R1", "R2", "R3", "R4", "G3")),
    (Text("物流", "delivery"), ("L1",)),
    (Text("服务与承诺", "service and promises"), ("Q6", "C1", "C2", "C3", "I1", "G1", "G2")),
)
"""What the form offers, in the order in which people look for it: what may hurt somebody comes first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Types (the first is the main one), severity 1-4, findings that the words allege, and whether the words were unlike anything known."""

    kinds: tuple[str, ...]
    level: int
    abstained: bool = False
    findings: tuple[str, ...] = ()
    why: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "kinds": list(self.kinds),
            "level": self.level,
            "abstained": self.abstained,
            "findings": list(self.findings),
            "why": list(self.why),
        }


def read(entry: Entry) -> Reading:
    """Read what came in. Raises RefusedError(`kind_unknown`)."""
    if entry.kind and entry.kind not in KINDS:
        raise RefusedError.because("kind_unknown", "no type has this code", "choose one of the list", field="kind")
    kind = entry.kind or ("S1" if "起火" in entry.words else "X")
    return Reading((kind,), KINDS[kind][0], abstained=not entry.kind and kind == "X")


def known_kinds() -> frozenset[str]:
    """Codes of the types."""
    return frozenset(KINDS)


def kind_name(code: str) -> Text:
    """The name of a type."""
    return KINDS[code][1]


def is_hazard(code: str) -> bool:
    """Whether the goods may hurt somebody now."""
    return code in KINDS and KINDS[code][0] == 1

"""The log in words: one sentence for each step, for buyer, merchant and house. What is for the house only is left out for the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pinzhi.catalogue import files as store
from pinzhi.kernel.values import Text
from pinzhi.life.complaints import log
from pinzhi.life.complaints.contracts import REMEDY_NAMES, Remedy, Side
from pinzhi.life.complaints.models import Complaint, Shown, StepRow
from pinzhi.life.complaints.rules.authority import SAYINGS

ADVICE = Text(
    "请立即停止使用或者食用，保留商品、包装和购买凭证。如有人受伤或者不适，请先就医。",
    "Stop using the goods now, and keep goods, packaging and receipt. If somebody is hurt or ill, see a doctor first.",
)
"""Said at once wherever somebody may be hurt; more than this is a doctor's to say."""

TALK = Text("与智能客服的对话", "conversation with the assistant")
VERB_NAMES: dict[str, Text] = {
    "open": Text("提交投诉", "complained"),
    "open_house": Text("提交投诉，由平台直接处理", "complained; the platform takes it up itself"),
    "open_fast": Text("提交投诉，已同意快速退款", "complained; refund granted at once"),
    "open_offer": Text(
        "平台查明您的订单受同一问题影响，提出方案", "the platform found your order to be affected too: offer"
    ),
    "open_owed": Text(
        "平台查明您的订单受同一问题影响，作出决定", "the platform found your order to be affected too: decided"
    ),
    "waive": Text("不需要该项补救", "does not want it"),
    "divide": Text("其中一项问题另立一件投诉", "one of the two matters goes on as a complaint of its own"),
    "say": Text("补充说明", "said"),
    "note": Text("内部备注", "note of the house"),
    "assess": Text("更新类型与严重程度", "type and severity set anew"),
    "breach": Text("逾期", "out of time"),
    "fulfil": Text("已履行一项", "gave"),
    "rate": Text("作出评价", "rated"),
    "draft": Text("拟定方案", "drafted a remedy"),
    "contact": Text("专人已接手", "a person has taken charge"),
    "object": Text("对快速退款提出异议", "objected to the fast refund"),
    "recheck": Text("快速退款抽检复核", "second look at the fast refund"),
    "hear_objection": Text("对商家异议作出决定", "decided on the merchant's objection"),
    "hold": Text("临时停止销售该批次", "stopped the sale of the batch for now"),
    "offer": Text("提出方案", "offered"),
    "contest": Text("不同意诉求并说明理由", "does not agree, and says why"),
    "ask": Text("请消费者补充", "asked the buyer for more"),
    "ask_merchant": Text("请商家答复", "asked the merchant to answer"),
    "reply": Text("已补充", "answered"),
    "lapse": Text("逾期未回复", "not answered in time"),
    "default": Text("商家逾期未答复，按规则提出方案", "the merchant was silent: offer by rule"),
    "hand_over": Text("转由平台处理", "taken over by the platform"),
    "pay_fast": Text("快速赔付", "paid at once"),
    "propose": Text("提出处理方案", "proposed"),
    "adjudicate": Text("作出裁定", "decided"),
    "dismiss": Text("不支持诉求", "not upheld"),
    "test": Text("送检", "sent to be tested"),
    "result": Text("检验结果", "result of the test"),
    "accept": Text("接受方案", "accepted"),
    "decline": Text("不接受方案", "did not accept"),
    "withdraw": Text("撤回投诉", "withdrew"),
    "merge": Text("并入同一事项的另一件投诉", "joined to another complaint of the same matter"),
    "split": Text("恢复单独处理", "parted from the other complaint"),
    "escalate": Text("移送监管部门", "handed to the authority"),
    "authority": Text("监管部门告知", "the authority said"),
    "take_back": Text("由平台继续处理", "taken back by the platform"),
    "end": Text("监管部门已处理", "handled by the authority"),
    "complete": Text("全部履行，结案", "all given; closed"),
    "review": Text("提交结案复核", "put before a supervisor"),
    "approve": Text("复核通过，结案", "looked at and closed"),
    "send_back": Text("复核退回", "sent back"),
    "fail": Text("未按期履行", "was not fulfilled"),
    "reopen": Text("重新提起", "reopened"),
    "overturn": Text("撤销结案", "closing taken back"),
    "revoke": Text("撤回方案", "took the offer back"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One step in words; `files` are (SHA-256, whether it is a picture)."""

    n: int
    at: datetime
    side: Side
    what: Text
    words: str
    files: tuple[tuple[str, bool], ...]
    inside: bool
    verb: str


def story(row: Complaint, *, house: bool = False) -> list[Line]:
    """The log of a complaint in its order; without what is for the house only, unless `house`."""
    pictures = _pictures(row)
    return [
        Line(
            s.n,
            s.at,
            Side(s.side),
            sentence(s),
            s.words,
            tuple((sha, pictures.get(sha, False)) for sha in s.data.get("files", ())),
            s.inside,
            s.verb,
        )
        for s in log.steps(row)
        if house or not s.inside
    ]


def _pictures(row: Complaint) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for shown in Shown.objects.filter(complaint=row):
        card = store.own(shown.sha256, shown.owner)
        found[shown.sha256] = card is not None and card.kind != "pdf"
    return found


def sentence(step: StepRow) -> Text:
    """A step in words, with what it gives."""
    said = VERB_NAMES[step.verb]
    if step.verb == "breach":
        return Text(f"{said.zh}：{step.data['zh']}", f"{said.en}: {step.data['en']}")
    if step.verb == "note" and step.data.get("conversation"):
        return TALK
    if step.verb == "authority":
        word, name = SAYINGS[step.data["said"]], step.data.get("authority", "")
        return Text(f"{word.zh}（{name}）", f"{word.en} ({name})") if name else word
    remedies = [Remedy.of(r) for r in step.data.get("remedies", ())]
    if not remedies:
        return said
    zh = "、".join(f"{REMEDY_NAMES[r.kind].zh}{f' {r.amount} 元' if r.amount is not None else ''}" for r in remedies)
    en = ", ".join(
        f"{REMEDY_NAMES[r.kind].en}{f' of {r.amount} yuan' if r.amount is not None else ''}" for r in remedies
    )
    return Text(f"{said.zh}：{zh}", f"{said.en}: {en}")

"""
What the assistant may look up, for every door: orders, codes, recalls, complaints, and what would be owed. Each tool answers for one person only.

A buyer's order is proven by the token of the marketplace, his complaint by its access code; a bare number proves nothing. A merchant sees what is his own. What
a scanned code says is public, as on the scan page; a look-up here counts no query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import cache, wraps
from typing import Any, TypeVar

from django.conf import settings

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text, money
from pinzhi.life.complaints import entitling, log
from pinzhi.life.complaints.assistant_model import with_model
from pinzhi.life.complaints.assistant_tables import assistant
from pinzhi.life.complaints.contracts import CLOSED_NAMES, HOUSE_STATE_NAMES, REMEDY_NAMES, SIDE_NAMES, STATE_NAMES
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.reading import read_words
from pinzhi.life.complaints.rules.assistant.replying import Engine
from pinzhi.life.complaints.rules.assistant.tools import Known, Result, ToolFailed, Tools
from pinzhi.life.tracing import scans
from pinzhi.life.tracing.rules.chain.mentions import unit_parts
from pinzhi.life.tracing.rules.epcis.values import canonical
from pinzhi.life.tracing.rules.recalls import LEVELS
from pinzhi.life.tracing.scans import Said

SECONDS = 4.0
"""How long a page waits for a model that only explains; then the answer of the rules stands."""
SHOWN = 4
"""Remedies that an estimate names."""
SAYS: Mapping[Said, Text] = {
    Said.VALID: Text(
        "该追溯码由平台发放，有效；印刷的码可能被复制，仅凭码不能证明商品是正品",
        "the code was issued by the platform and is valid; a printed code can be copied, so it does not prove by itself that the goods are genuine",
    ),
    Said.VOID: Text("该追溯码已作废，不应出现在任何商品上", "the code was declared void: it should be on no goods"),
    Said.REVOKED: Text("该追溯码的密钥已泄露，不再有效", "the code is no longer valid: its key became known to others"),
    Said.UNKNOWN: Text(
        "该追溯码不是平台发放的，可能是编造的", "the code was not issued by the platform: it may be made up"
    ),
    Said.OTHER_BATCH: Text(
        "该追溯码有效，但属于另一批次", "the code is valid, but for another batch than the label says"
    ),
    Said.FOREIGN: Text(
        "该编号不是平台发放的，其流转由其他方记录", "the number was not issued by the platform; others recorded its way"
    ),
}
GRAVE = {"food_1": 1, "food_2": 2, "food_3": 3}
"""Level of a recall → severity; other goods that are recalled are serious."""
_LINK = re.compile(r"/01/(?P<gtin>[0-9]{8,14})(?:/10/(?P<lot>[^/]{1,60}))?/21/(?P<serial>[^/]{1,90})")
Found = TypeVar("Found")


def engine() -> Engine:
    """The engine of every door: the rules, and beside them the model that the operator named, if he named one."""
    return _engine(*settings.ASSISTANT_MODEL)


@cache
def _engine(url: str, model: str, key: str) -> Engine:
    return with_model(url, model, key, SECONDS) if url else assistant()


def bind(known: Known) -> Tools:
    """The tools of whoever asks."""
    return OfMerchant(known) if known.merchant_id else OfBuyer(known)


def goods_of(unit: str) -> dict[str, str]:
    """What a scanned code is on, as a complaint names it; empty where nobody knows. Proves nothing about whoever scanned it."""
    parts = _parts(unit)
    if parts is None:
        return {}
    try:
        answer = scans.look(*parts)
    except RefusedError:
        return {}
    batch = catalogue.batch(answer.batch_id) if answer.batch_id else None
    if batch is None:
        return {"gtin": answer.gtin}
    listing = catalogue.listing(batch.listing_id) if batch.listing_id else None
    return {
        "gtin": answer.gtin, "batch_id": batch.id, "listing_id": batch.listing_id, "merchant_id": batch.merchant_id,
        "category": listing.category if listing else "", "goods": listing.title[:300] if listing else "",
    }  # fmt: skip


def _parts(code: str) -> tuple[str, str, str] | None:
    """(GTIN, serial, lot) of a link in either form."""
    if (found := _LINK.search(code)) is not None:
        return found["gtin"], found["serial"], found["lot"] or ""
    parts = unit_parts(canonical(code))
    return (*parts, "") if parts else None


def _safely(look: Callable[..., Found]) -> Callable[..., Found]:
    """What a look-up refuses is «cannot answer now», never a traceback."""

    @wraps(look)
    def safe(*args: Any, **more: Any) -> Found:
        try:
            return look(*args, **more)
        except (RefusedError, ValueError, ArithmeticError) as why:
            raise ToolFailed from why

    return safe


class OfBuyer:
    """Look-ups for somebody who holds a token, an access code, a piece of goods, or nothing."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def order(self, number: str) -> Result | None:
        """The order that the marketplace vouches for, with its complaints; None for any other number."""
        order = self.known.order
        if not order or not _same(number, str(order["order_id"])):
            return None
        parts_zh = [f"订单 {order['order_id']}"]
        parts_en = [f"order {order['order_id']}"]
        for field, zh, en in (
            ("goods", "{}", "{}"),
            ("price", "实付 {} 元", "paid {} yuan"),
            ("paid_at", "{} 付款", "paid on {}"),
            ("received_on", "{} 签收", "received on {}"),
        ):
            if value := str(order.get(field) or "")[: 10 if field in ("paid_at", "received_on") else 300]:
                parts_zh.append(zh.format(value))
                parts_en.append(en.format(value))
        if "received_on" not in order:
            parts_zh.append("尚无签收记录")
            parts_en.append("no receipt recorded yet")
        told = [_standing(row) for row in self._of_order(order)]
        return Result(
            f"order:{order['order_id']}",
            Text(
                "，".join(parts_zh) + "。" + "".join(t.zh for t in told),
                ", ".join(parts_en) + ". " + " ".join(t.en for t in told),
            ),
        )

    def _of_order(self, order: Mapping[str, Any]) -> list[Complaint]:
        """Complaints under the order that the marketplace vouched for, of the same buyer."""
        same = Complaint.objects.filter(
            order_id=str(order["order_id"]), vouched=True, buyer_id=str(order.get("buyer_id", ""))
        )
        return list(same.order_by("-opened_at")[:3])

    def case(self, number: str) -> Result | None:
        """A complaint that he opened with its access code, or one under his vouched order."""
        rows = list(Complaint.objects.filter(pk__in=self.known.complaints))
        if self.known.order:
            rows += self._of_order(self.known.order)
        row = next((r for r in rows if _same(number, r.receipt) or (r.order_id and _same(number, r.order_id))), None)
        return Result(f"complaint:{row.receipt}", _standing(row)) if row else None

    @_safely
    def trace(self, code: str) -> Result | None:
        """What a code proves: what everybody reads on the scan page."""
        parts = _parts(code)
        if parts is None and (gtin := self.known.goods.get("gtin", "")):
            parts = (gtin, code, "")
        return _traced(parts) if parts else None

    @_safely
    def recall(self, *, gtin: str, batch: str) -> Result | None:
        """Whether goods are called back."""
        return _recalled(gtin, batch)

    @_safely
    def remedies(self, slots: Mapping[str, str]) -> Result | None:
        """An estimate on what is said; what the marketplace vouches for goes before it. None: sum or day is not known."""
        order, goods = self.known.order, self.known.goods
        said = slots.get("amount", "").split()
        paid = order.get("price") or (said[0] if said else "")
        day = str(order.get("paid_at") or "")[:10] or slots.get("date", "")
        if not paid or not day:
            return None
        category = str(order.get("category") or goods.get("category") or "")
        received = str(order.get("received_on") or "")[:10]
        facts = {
            "id": "", "category": category, "kind": str(order.get("kind") or ""), "channel": str(order.get("channel") or ""),
            "quantity": int(order.get("quantity") or 1), "price": money(str(paid)), "received_on": date.fromisoformat(received) if received else None,
            "paid_at": datetime.combine(date.fromisoformat(day), time(12), SHANGHAI),
        }  # fmt: skip
        read = read_words("\n".join(self.known.said), category or str(order.get("goods") or goods.get("goods") or ""))
        found = entitling.estimate(facts, read.kinds, clock.now(), promises=tuple(order.get("promises") or ()))
        return (
            _owed(found, "", f"付款 {facts['price']} 元、{day} 购买", f"{facts['price']} yuan, bought on {day}")
            if found
            else None
        )


class OfMerchant:
    """Look-ups for a merchant: complaints about his goods, his batches and codes. Another's are not there."""

    def __init__(self, known: Known) -> None:
        self.known = known

    def _own(self, number: str) -> list[Complaint]:
        mine = Complaint.objects.filter(merchant_id=self.known.merchant_id)
        same = mine.filter(receipt=_plain(number)) or mine.filter(order_id__iexact=number.strip()[:128])
        return list(same.order_by("-opened_at")[:3])

    def order(self, number: str) -> Result | None:
        """Complaints under one of his orders."""
        rows = self._own(number)
        if not rows:
            return None
        told = [_standing(r, house=True) for r in rows]
        return Result(f"order:{number}", Text("".join(t.zh for t in told), " ".join(t.en for t in told)))

    def case(self, number: str) -> Result | None:
        """How one of his complaints stands, and by when he must act."""
        rows = self._own(number)
        return Result(f"complaint:{rows[0].receipt}", _standing(rows[0], house=True)) if rows else None

    @_safely
    def trace(self, code: str) -> Result | None:
        """A code of one of his batches."""
        parts = _parts(code)
        if parts is None or goods_of(code).get("merchant_id") != self.known.merchant_id:
            return None
        return _traced(parts)

    @_safely
    def recall(self, *, gtin: str, batch: str) -> Result | None:
        """Whether one of his batches, or goods that he alone sells, are called back."""
        card = catalogue.batch(batch) if batch else None
        own = card is not None and card.merchant_id == self.known.merchant_id
        if not own and not (
            not batch and gtin.zfill(14) in {g.zfill(14) for g in catalogue.own_gtins(self.known.merchant_id)}
        ):
            return None
        return _recalled(gtin, batch)

    @_safely
    def remedies(self, slots: Mapping[str, str]) -> Result | None:
        """What the law gives the buyer of one of his complaints."""
        rows = self._own(slots.get("case") or slots.get("order") or "")
        found = entitling.answer(rows[0]) if rows else None
        return _owed(found, rows[0].receipt) if found else None


def _plain(number: str) -> str:
    return "".join(c for c in number.upper()[:40] if c.isalnum())


def _same(one: str, other: str) -> bool:
    """Whether two numbers are one, whatever blanks, dashes and capitals they are written with."""
    return bool(_plain(one)) and _plain(one) == _plain(other)


def _standing(row: Complaint, *, house: bool = False) -> Text:
    """How a complaint stands, in a sentence: its state, whose turn until when, what is owed and given. `house`: in the words of the merchant's side."""
    now = log.of(row)
    state = (HOUSE_STATE_NAMES if house else STATE_NAMES)[row.state]
    zh, en = f"投诉 {row.receipt}：{state.zh}", f"Complaint {row.receipt}: {state.en}"
    if row.closed_as:
        zh, en = f"{zh}（{CLOSED_NAMES[row.closed_as].zh}）", f"{en} ({CLOSED_NAMES[row.closed_as].en})"
    if row.next_due is not None and (turn := now.whose_turn) is not None:
        due = f"{row.next_due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        zh += f"，下一步由{SIDE_NAMES[turn].zh}在 {due} 前完成"
        en += f", next: {SIDE_NAMES[turn].en}, by {due}"
    for given in now.owed:
        amount = f" {given.remedy.amount} 元" if given.remedy.amount is not None else ""
        yuan = f" {given.remedy.amount} yuan" if given.remedy.amount is not None else ""
        name = REMEDY_NAMES[given.remedy.kind]
        zh += f"；{name.zh}{amount}{'已履行' if given.done else '待履行'}"
        en += f"; {name.en}{yuan} {'given' if given.done else 'still owed'}"
    return Text(f"{zh}。", f"{en}.")


def _traced(parts: tuple[str, str, str]) -> Result:
    found = scans.look(*parts)
    zh, en = SAYS[found.said].zh, SAYS[found.said].en
    if found.scans:
        first = f"{found.first_at.astimezone(SHANGHAI):%Y-%m-%d}" if found.first_at else ""
        zh += f"；此前被查询过 {found.scans} 次{f'，首次 {first}' if first else ''}"
        en += f"; queried {found.scans} times before{f', first on {first}' if first else ''}"
    if found.copied:
        zh, en = f"{zh}；{found.copied[0]}", f"{en}; {found.copied[1]}"
    severity = 4
    if found.recalled is not None:
        said = _recall_said(found.recalled)
        zh, en, severity = f"{zh}。{said.zh}", f"{en}. {said.en}", GRAVE.get(found.recalled.level, 2)
    return Result(f"unit:{found.thing}", Text(f"{zh}。", f"{en[0].upper()}{en[1:]}."), severity)


def _recalled(gtin: str, batch: str) -> Result | None:
    row = scans.called_back(gtin, batch)
    if row is None:
        return None
    said = _recall_said(row)
    return Result(f"recall:{row.pk}", Text(f"{said.zh}。", f"{said.en}."), GRAVE.get(row.level, 2))


def _recall_said(row: Any) -> Text:
    day = f"{row.at.astimezone(SHANGHAI):%Y-%m-%d}"
    level = LEVELS.get(row.level)
    zh = f"该批商品自 {day} 起召回" + (f"（{level.zh}）" if level else "")
    en = f"These goods are called back since {day}" + (f" ({level.en})" if level else "")
    return Text(f"{zh}，处理办法：{row.plan}" if row.plan else zh, f"{en}; what to do: {row.plan}" if row.plan else en)


def _owed(found: Any, about: str, facts_zh: str = "", facts_en: str = "") -> Result | None:
    """The first remedies that nothing excludes, with article, arithmetic, and what would have to be shown."""
    said: dict[str, list[str]] = {"zh-hans": [], "en": []}
    for language, parts in said.items():
        for line in [x for x in entitling.lines(found, language) if x["owed"]][:SHOWN]:
            zh = language == "zh-hans"
            amount = (
                (f" {line['amount']} 元" if zh else f" {line['amount']} yuan") if line["amount"] is not None else ""
            )
            because = f"（{line['law']}）" if zh else f" ({line['law']})"
            shown = (
                (f"，须证明：{line['missing']}" if zh else f", to be shown: {line['missing']}")
                if line["missing"]
                else ""
            )
            parts.append(f"{line['name']}{amount}{because}{shown}")
    if not said["zh-hans"]:
        return None
    zh, en = "；".join(said["zh-hans"]), "; ".join(said["en"])
    return Result(
        f"remedies:{about}",
        Text(
            f"按{facts_zh or f'投诉 {about} 现有情况'}估算，依法可以主张：{zh}。",
            f"Estimate on {facts_en or f'what is known of complaint {about}'}, the law gives: {en}.",
        ),
    )

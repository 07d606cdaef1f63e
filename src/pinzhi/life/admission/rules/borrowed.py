"""
What a picture that was seen before says about a listing (C11): pictures of goods that were refused, and pictures of other merchants.

Only «the same picture» is held against a listing, and never by itself alone: a person looks. Resellers of one brand share its pictures lawfully, so that a
shared picture of the same goods is a note. A look-alike (same design, not the same picture) is shown to a person and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import Severity
from pinzhi.life.admission.contracts import Finding, Listing

VERSION = "1"
RELISTED, BORROWED = "I01", "I02"


@dataclass(frozen=True, slots=True)
class SeenBefore:
    """
    A picture of another submission that the listing's `image` (its number) is, or looks like.

    `picture`: the file there by its SHA-256, empty in what was kept before it was noted. `mine`: of the same merchant or one linked with him; `refused`:
    that submission stands refused; `goods`: brand and GTIN or title are the same goods.
    """

    image: int
    submission: str
    merchant: str
    same: bool
    score: float
    transform: str
    mine: bool
    refused: bool
    goods: bool
    picture: str = ""


def judge(listing: Listing, seen: Iterable[SeenBefore]) -> tuple[Finding, ...]:
    """
    At most one finding for each picture of the listing: the gravest, then the likest.

    A picture that sellers of the same goods use as well is the goods' own: that somebody put it beside other goods is held against him, not here.
    """
    best: dict[int, tuple[tuple[int, float], Finding]] = {}
    told = [s for s in seen if s.image < len(listing.images)]
    shared = {s.image for s in told if s.same and s.goods and not s.refused}
    for one in told:
        if one.image in shared and not one.goods and not one.refused:
            continue
        rank, finding = _finding(listing, one)
        if one.image not in best or (rank, one.score) > best[one.image][0]:
            best[one.image] = ((rank, one.score), finding)
    return tuple(best[i][1] for i in sorted(best))


def _finding(listing: Listing, one: SeenBefore) -> tuple[int, Finding]:
    if one.refused and one.same:
        rank, rule, severity = 3, RELISTED, Severity.MEDIUM
        whose = (
            Text("本商家或关联商家", "this or a linked merchant") if one.mine else Text("其他商家", "another merchant")
        )
        message = Text(
            f"图片与{whose.zh}已被驳回商品的图片相同。", f"The picture is one of goods of {whose.en} that were refused."
        )
        suggestion = Text(
            "请说明与被驳回商品的关系，或更换为本商品的实拍图。",
            "Say how the goods differ, or send a picture of these goods.",
        )
    elif one.same and not one.mine and not one.goods:
        rank, rule, severity = 2, BORROWED, Severity.MEDIUM
        message = Text(
            "图片与其他商家另一种商品的图片相同，可能为盗用。",
            "The picture is another merchant's, of other goods: it may be borrowed.",
        )
        suggestion = Text(
            "请换用自有实拍图，或提交图片使用授权。", "Send a picture of your own, or the permission to use this one."
        )
    elif one.same and not one.mine:
        rank, rule, severity = 1, BORROWED, Severity.LOW
        message = Text("同款商品的其他商家使用相同图片。", "Other merchants of the same goods use this picture.")
        suggestion = Text("建议使用自有实拍图。", "A picture of your own is better.")
    else:
        rank, rule, severity = (2, RELISTED, Severity.MEDIUM) if one.refused else (0, BORROWED, Severity.LOW)
        message = Text(
            "图片与已有图片版式相近，但不是同一张。", "The picture looks like a known one and is not the same."
        )
        suggestion = Text("无需修改，由审核员查看。", "Nothing to change; a reviewer looks.")
    return rank, Finding(
        rule=rule,
        version=VERSION,
        field=f"image:{one.image}",
        start=0,
        end=0,
        text=listing.images[one.image],
        normalised="",
        transforms=tuple(one.transform.split("+")) if one.transform else (),
        severity=severity,
        law=None,
        message=message,
        suggestion=suggestion,
        confidence=round(one.score, 3),
        evidence=(
            ("submission", one.submission),
            ("merchant", one.merchant),
            ("same", str(one.same).lower()),
            ("transform", one.transform),
            *((("picture", one.picture),) if one.picture else ()),
        ),
    )

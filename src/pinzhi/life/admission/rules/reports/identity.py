"""Is the sample in the report the product in the listing?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.rules.reports.labels import Labels, key
from pinzhi.life.admission.rules.reports.policy import Reports
from pinzhi.life.admission.rules.reports.words import Answer, Check, CheckName, Remark, Report, worst

ATTRIBUTES = {
    "brand": ("品牌", "商标", "brand", "trademark"),
    "model": (
        "型号",
        "货号",
        "款号",
        "规格型号",
        "型号规格",
        "产品型号",
        "model",
        "style",
        "sku",
        "article",
        "model_no",
        "style_no",
    ),
    "batch": ("批号", "批次", "生产批号", "batch", "batch_id", "batch_no", "lot"),
    "manufacturer": (
        "生产企业",
        "制造商",
        "生产厂家",
        "生产单位",
        "生产者",
        "生产商",
        "厂名",
        "manufacturer",
        "producer",
        "factory",
    ),
    "client": (
        "委托单位",
        "委托方",
        "经营者",
        "商家名称",
        "client",
        "merchant",
        "merchant_name",
        "applicant",
        "seller",
    ),
}
NAMES = {
    "product": Text("样品名称", "name of the sample"),
    "brand": Text("商标", "brand"),
    "model": Text("规格型号", "model"),
    "batch": Text("批号", "batch"),
    "manufacturer": Text("生产单位", "manufacturer"),
    "client": Text("委托单位", "client"),
}
HARD = frozenset({"brand", "model", "manufacturer"})
"""A difference here is another product; elsewhere (another batch, another client) a person decides."""


def _of(listing: Listing, name: str) -> str:
    if name == "brand" and listing.brand:
        return listing.brand
    wanted = {key(a) for a in ATTRIBUTES[name]}
    return next((v for n, v in listing.attributes if key(n) in wanted and v.strip()), "")


def _same(a: str, b: str) -> bool:
    """Equal but for width, case, spaces and marks, or one written inside the other («ACME 爱可» and «ACME»)."""
    left, right = key(a), key(b)
    return left == right or (min(len(left), len(right)) >= 2 and (left in right or right in left))


def _same_code(report: str, listing: str) -> bool:
    """A model is a whole word: «A1» is not «A10». Reports list several («A1、A2»)."""

    def codes(text: str) -> set[str]:
        folded = unicodedata.normalize("NFKC", text).casefold()
        return {re.sub(r"[\s\-_]", "", c) for c in re.split(r"[、,，;；|]|\s{2,}|\s+/\s+|及|和", folded) if c.strip()}

    ours, theirs = codes(report), codes(listing)
    if ours & theirs:
        return True

    # One may carry the size behind the model («A1 L码»), as words of their own.
    def spaced(text: str) -> set[str]:
        return set(re.split(r"[\s/()（）、,，;；]+", unicodedata.normalize("NFKC", text).casefold())) - {""}

    return bool(spaced(listing)) and (spaced(listing) <= spaced(report) or spaced(report) <= spaced(listing))


def share(name: str, title: str) -> float:
    """Share of the pairs of neighbouring characters of the sample's name (single characters where it has one) that the title holds."""
    a, b = key(name), key(title)
    pairs = {a[i : i + 2] for i in range(len(a) - 1)} or ({a} if a else set())
    return sum(p in b for p in pairs) / len(pairs) if pairs else 0.0


def identity(report: Report, listing: Listing | None, policy: Reports, labels: Labels) -> Check:
    """The check. `listing` is None where none was given."""
    if listing is None:
        remark = Remark(
            "listing_not_given",
            Answer.UNSURE,
            Text(
                "没有提供商品信息，未核对报告与商品是否一致；请用 --listing 提供。",
                "No listing was given, so report and product were not compared; give it with --listing.",
            ),
        )
        return Check(CheckName.IDENTITY, Answer.UNSURE, (remark,), asked=False)
    remarks = tuple(_remarks(report, listing, policy, labels)) or (
        Remark("same_product", Answer.OK, Text("样品与商品信息一致。", "Sample and listing agree.")),
    )
    return Check(CheckName.IDENTITY, worst(remarks), remarks)


def _remarks(report: Report, listing: Listing, policy: Reports, labels: Labels) -> Iterable[Remark]:
    product = report.value("product")
    text = " ".join((listing.title, listing.subtitle, *(v for _, v in listing.attributes)))
    if not product:
        yield _said("product", Answer.UNSURE, "报告没有样品名称。", "The report names no sample.", "", listing.title)
    else:
        held = share(product, text)
        telling = {c for c in key(product) if ord(c) >= 0x2E80} or set(key(product))
        if held == 0 and not telling & set(key(text)):
            yield _said("product", Answer.BAD, "", "", product, listing.title)
        elif held < policy.name_share:
            yield _said("product", Answer.UNSURE, "", "", product, listing.title)
    for name in ("brand", "model", "batch", "manufacturer", "client"):
        ours, theirs = report.value(name), _of(listing, name)
        blank = not ours or labels.is_word("unjudged", ours) or key(ours) in ("无", "none", "")
        if not theirs:
            if name == "model" and not blank and not _same(ours, text):
                yield _said(
                    name,
                    Answer.UNSURE,
                    f"商品信息没有型号，无法与报告的“{ours}”核对。",
                    f"The listing has no model to compare with «{ours}».",
                    ours,
                    "",
                )
            continue
        if blank:
            if name in ("brand", "model"):
                yield _said(
                    name,
                    Answer.UNSURE,
                    f"报告没有写明{NAMES[name].zh}，商品为“{theirs}”。",
                    f"The report states no {NAMES[name].en}; the listing has «{theirs}».",
                    ours,
                    theirs,
                )
            continue
        same = _same_code(ours, theirs) if name in ("model", "batch") else _same(ours, theirs)
        if not same:
            # What recognition reads differs by a character now and then: that alone refuses nothing.
            near = report.scanned and SequenceMatcher(None, key(ours), key(theirs), autojunk=False).ratio() >= 0.4
            yield _said(name, Answer.BAD if name in HARD and not near else Answer.UNSURE, "", "", ours, theirs)
            if name == "batch" and report.only_sample:
                yield Remark(
                    "only_sample",
                    Answer.UNSURE,
                    Text(
                        "报告声明仅对来样负责，批次不同不能代表本商品。",
                        "The report speaks for its sample only; it says nothing about another batch.",
                    ),
                )


def _said(name: str, answer: Answer, zh: str, en: str, ours: str, theirs: str) -> Remark:
    sentence = Text(
        zh or f"{NAMES[name].zh}不一致：报告“{ours}”，商品“{theirs}”。",
        en or f"The {NAMES[name].en} differs: report «{ours}», listing «{theirs}».",
    )
    return Remark(
        f"{name}_{'differs' if not zh else 'not_compared'}", answer, sentence, (("report", ours), ("listing", theirs))
    )

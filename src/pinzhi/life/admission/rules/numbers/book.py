"""
The book of number kinds: read a number of a kind, or find the kind of a number.

    book = tables.book()
    number = book.read("sc", "SC11464010500015", 2026)
    number.valid, number.normalised, book.meaning(number)

`read` is the quick part (a pattern, a check digit, set look-ups); what the parts stand for is only looked up by `meaning`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.numbers import approvals, licences, marks, standards
from pinzhi.life.admission.rules.numbers.scheme import FAULTS, NONE, Fault, Known, Number, Scheme, fold

SCHEMES: Mapping[str, tuple[Scheme, ...]] = {
    "uscc": licences.USCC,
    "sc": licences.SC,
    "jy": licences.JY,
    "health_food": approvals.HEALTH_FOOD,
    "formula": approvals.FORMULA,
    "cosmetics": approvals.COSMETICS,
    "cosmetics_special": approvals.SPECIAL,
    "cosmetics_maker": licences.COSMETICS_MAKER,
    "device": approvals.DEVICE,
    "drug": approvals.DRUG,
    "ccc": marks.CCC,
    "cma": marks.CMA,
    "cnas": marks.CNAS,
    "organic": marks.ORGANIC,
    "trademark": marks.TRADEMARK,
    "gtin": marks.GTIN,
    "standard": standards.STANDARD,
    "report": marks.REPORT,
    "quarantine": marks.QUARANTINE,
    "customs": marks.CUSTOMS,
    "isbn": marks.ISBN,
    "issn": marks.ISSN,
    "industrial": licences.INDUSTRIAL,
    "disinfectant": licences.DISINFECTANT,
    "feed": licences.FEED,
    "publication": licences.PUBLICATION,
}
"""Every kind of number with its schemes, the commonest first."""

KIND_NAMES: Mapping[str, Text] = {
    "uscc": Text("统一社会信用代码", "unified social credit code"),
    "sc": Text("食品生产许可证", "food production licence"),
    "jy": Text("食品经营许可证或备案", "food trade licence or notice"),
    "health_food": Text("保健食品注册或备案", "registration or notice of health food"),
    "formula": Text("特殊配方食品注册", "registration of a special formula"),
    "cosmetics": Text("化妆品注册或备案", "registration or notice of cosmetics"),
    "cosmetics_special": Text("特殊化妆品注册证", "registration of special cosmetics"),
    "cosmetics_maker": Text("化妆品生产许可证", "cosmetics production licence"),
    "device": Text("医疗器械注册或备案", "registration or notice of a medical device"),
    "drug": Text("药品批准文号", "drug approval"),
    "ccc": Text("强制性产品认证（CCC）证书", "CCC certificate"),
    "cma": Text("检验机构资质认定（CMA）", "laboratory approval (CMA)"),
    "cnas": Text("CNAS 认可", "CNAS accreditation"),
    "organic": Text("有机产品认证", "organic certificate"),
    "trademark": Text("商标注册证", "trademark certificate"),
    "gtin": Text("商品条码（GTIN）", "GTIN"),
    "standard": Text("执行标准", "standard"),
    "report": Text("检验检测报告", "test report"),
    "quarantine": Text("检验检疫证明", "inspection and quarantine certificate"),
    "customs": Text("海关报关单", "customs declaration"),
    "isbn": Text("书号（ISBN）", "ISBN"),
    "issn": Text("刊号（ISSN）", "ISSN"),
    "industrial": Text("工业产品生产许可证", "industrial production licence"),
    "disinfectant": Text("消毒产品卫生许可证", "hygiene licence for disinfection products"),
    "feed": Text("饲料生产许可证或进口登记", "feed licence or registration"),
    "publication": Text("出版物经营许可证", "licence to trade in publications"),
}

AUTO = "auto"
"""Guess the kind from the number itself."""

_GUESSED = (
    "cosmetics",
    "device",
    "health_food",
    "formula",
    "drug",
    "disinfectant",
    "feed",
    "industrial",
    "publication",
    "sc",
    "jy",
    "standard",
    "uscc",
    "isbn",
    "gtin",
    "issn",
    "customs",
    "ccc",
    "cma",
    "organic",
    "cnas",
)
"""In the order in which a guess prefers them: numbers that name themselves, numbers with a check digit, then years at fixed places."""
_BARE = ("trademark", "quarantine", "report")
"""Shapes so wide that nearly every text fits one."""
LONGEST = 200
"""Longer texts are no numbers."""


@dataclass(frozen=True)
class Book:
    """
    All kinds with the tables that their parts are looked up in.

    `codes`: table → code → names; `provinces`: two digits → names; `characters`: one-character name of a province → names; `prefectures`: four digits → names.
    """

    codes: Mapping[str, Mapping[str, Text]]
    provinces: Mapping[str, Text]
    characters: Mapping[str, Text]
    prefectures: Mapping[str, Text]
    hash: str = ""
    """Over the tables and the forms of numbers: part of the ruleset's hash."""

    def known(self, year: int) -> Known:
        """What checks may ask."""
        return Known(year, frozenset(self.provinces), frozenset(self.characters))

    def read(self, kind: str, value: str, known: Known) -> Number:
        """
        Read one number of a kind. Never raises for a bad number: that is the answer.

        Raises RefusedError(`number_kind_unknown`) where there is no such kind.
        """
        forms = _FORMS.get(kind)
        if forms is None:
            raise unknown_kind(kind)
        for fullmatch, write, check, verified, scheme in forms:
            matched = fullmatch(value)
            if matched is not None:
                groups = matched.groups("")
                return Number(kind, write(groups) if write else value, check(groups, known), verified, scheme, groups)
        return _folded(kind, value, known)

    def guess(self, value: str, known: Known) -> Number:
        """The number read as the likeliest kind: a valid reading goes before a faulty one, a kind that the number names before bare digits."""
        faulty: Number | None = None
        for kind in _GUESSED:
            number = self.read(kind, value, known)
            if number.valid:
                return number
            if faulty is None and number.scheme is not None:
                faulty = number
        text = fold(value[:LONGEST])
        # Bare digits fit too many shapes for a faulty reading to say much; letters at the right places say which kind was meant.
        if faulty is not None and not text.isdigit():
            return faulty
        for kind in _BARE:
            number = self.read(kind, value, known)
            if number.valid:
                return number
        return faulty or Number("", text, Fault.SHAPE if text else Fault.EMPTY, False, None, ())

    def meaning(self, number: Number) -> Iterator[tuple[str, str, Text | None]]:
        """(part, as it stands in the number, what it stands for) of every part that is there."""
        if number.scheme is None:
            return
        for name, value in zip(number.scheme.fields, number.groups, strict=True):
            if value:
                yield name, value, self._named(number.scheme.codes.get(name, ""), value)

    def _named(self, table: str, code: str) -> Text | None:
        if table == "region":
            return self.region(code)
        if table == "province":
            return self.characters.get(code)
        if table == "province_code":
            return self.provinces.get(code)
        if table == "gs1_prefix":
            return self._issuer(code)
        return self.codes[table].get(code.lstrip("0") if table == "nice" else code) if table else None

    def region(self, code: str) -> Text | None:
        """Province and prefecture of a region code of six digits; None where not even the province is known."""
        province = self.provinces.get(code[:2])
        if province is None:
            return Text("全国", "the whole country") if code == "100000" else None
        below = self.prefectures.get(code[:4])
        return Text(province.zh + below.zh, f"{below.en}, {province.en}") if below else province

    def _issuer(self, gtin: str) -> Text | None:
        prefix = gtin.zfill(14)[1:4]
        if len(gtin) == 8:
            prefix = gtin[:3]
        for span, name in self.codes["gs1_prefix"].items():
            low, _, high = span.partition("-")
            if low <= prefix <= high:
                return name
        return None


_FORMS = {
    kind: tuple((s.pattern.fullmatch, s.write, s.check, s.verified, s) for s in schemes)
    for kind, schemes in SCHEMES.items()
}
"""What `read` needs of every scheme, at hand."""


def _folded(kind: str, value: str, known: Known) -> Number:
    """The slow way, for what was not typed as it is printed."""
    verified = all(s.verified for s in SCHEMES[kind])
    text = fold(value[: LONGEST + 1])
    for tried in dict.fromkeys((text, text.replace("-", ""))) if len(value) <= LONGEST else ():
        for scheme in SCHEMES[kind]:
            matched = scheme.pattern.fullmatch(tried)
            if matched is not None:
                groups = matched.groups("")
                written = scheme.write(groups) if scheme.write else tried
                return Number(kind, written, scheme.check(groups, known), scheme.verified, scheme, groups)
    return Number(kind, text[:LONGEST], Fault.SHAPE if text else Fault.EMPTY, verified, None, ())


def content_hash(tables: object) -> str:
    """Hash over the parsed tables and the pattern of every scheme."""
    forms = [[kind, [[s.id, s.pattern.pattern, s.verified] for s in schemes]] for kind, schemes in SCHEMES.items()]
    return digest([tables, forms])


def reason(number: Number) -> Text | None:
    """Why a number is not valid, with the form that its kind has; None when it is."""
    if number.fault == NONE:
        return None
    said = FAULTS[number.fault]
    if number.fault != Fault.SHAPE or number.kind not in SCHEMES:
        return said
    shape = SCHEMES[number.kind][0].expected
    return Text(f"{said.zh.rstrip('。')}：应为{shape.zh}。", f"{said.en.rstrip('.')}: {shape.en} are expected.")


def remarks(number: Number, known: Known) -> tuple[Text, ...]:
    """What is odd about a valid number without being wrong."""
    if number.scheme is None or number.fault:
        return ()
    return number.scheme.remarks(number.groups, known)


def unknown_kind(kind: str) -> RefusedError:
    """The refusal that lists the kinds."""
    return RefusedError.because(
        "number_kind_unknown",
        f"there is no kind of number {kind!r}",
        f"name one of: {AUTO} {' '.join(SCHEMES)}",
        field="kind",
    )

"""
What the text claims against what the listing's own attributes say (C01 to C07).

A claim is held against an attribute only where the attribute speaks of the same thing: an absent attribute contradicts nothing (the evidence matrix asks for
it). Shares stand in per cent. Spans are code points of the raw field, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing
from pinzhi.life.admission.rules.claimed import NAMES, Case, ClaimTables, Freed, Hit, Material, says
from pinzhi.life.admission.rules.contents import net_content, nutrition, pieces
from pinzhi.life.admission.rules.fold import Folded
from pinzhi.life.admission.rules.lexicon import Lexicon

_UNSURE = 0.6


def judge(
    tables: ClaimTables, lexicon: Lexicon, laws: Mapping[str, LawRef], listing: Listing
) -> tuple[list[Finding], list[Exemption]]:
    """Contradictions between the texts and the attributes of a listing, in the order of the page."""
    texts = [(n, t) for n, t in listing.texts() if not n.startswith("attr:")]
    plain = lexicon.folding.plain
    if not any(_CLAIMED.search(plain(t)) for _, t in texts):
        return [], []
    attributes = [(plain(n).strip(), plain(v)) for n, v in listing.attributes]
    stated = {key: tuple(v for n, v in attributes if n in tables.names[key]) for key in NAMES}
    everything = "\n".join([*(plain(t) for _, t in texts), *(v for _, v in attributes)])
    everything += "\n".join(plain(f"{d.kind} {d.number}") for d in listing.documents)
    classes = lexicon.classes(listing.category, listing.title)
    brand = plain(listing.brand) or next(iter(stated["brand"]), "")
    findings: list[Finding] = []
    exemptions: list[Exemption] = []
    for name, raw in texts:
        case = Case(tables, name, plain(raw), stated, classes, everything, brand)
        said = [hit for check in _CHECKS for hit in check(case)]
        if not said:
            continue
        folded = lexicon.folding.fold(raw)
        for hit in said:
            if isinstance(hit, Hit):
                findings.append(_finding(hit, folded, name, tables.version, laws, lexicon))
            else:
                start, end = folded.raw_span(hit.start, hit.end)
                exemptions.append(Exemption(hit.rule, name, start, end, raw[start:end], hit.context, hit.reason))
    return findings, exemptions


def _finding(
    hit: Hit, folded: Folded, field: str, version: str, laws: Mapping[str, LawRef], lexicon: Lexicon
) -> Finding:
    start, end = folded.raw_span(hit.start, hit.end)
    text = folded.raw[start:end]
    return Finding(
        rule=hit.rule,
        version=version,
        field=field,
        start=start,
        end=end,
        text=text,
        normalised=folded.plain[hit.start : hit.end],
        transforms=tuple(sorted(lexicon.folding.transforms(folded.raw, start, end))),
        severity=hit.severity,
        law=laws.get(hit.law),
        message=hit.message,
        suggestion=Text(
            f"使文案“{text[:40]}”与属性、标签和检测报告一致。",
            f"Make «{text[:40]}» agree with the attributes, the label and the report.",
        ),
        confidence=hit.confidence,
        wanted=hit.wanted,
    )


# --- C01 material ----------------------------------------------------------------------------------------------------------------------------

_SHARE = re.compile(
    r"([^\d%,，;；、/\s:：()（）]{1,12})\s*[:：]?\s*(\d{1,3}(?:\.\d+)?)\s*%"
    r"|(\d{1,3}(?:\.\d+)?)\s*%\s*([^\d%,，;；、/\s:：]{1,12})"
)
_IMITATION = Text("明示为仿制、部件或者风格用语", "said to be an imitation, a part or a style")
_FIBRES = re.compile(
    "涤纶|聚酯|锦纶|尼龙|腈纶|氨纶|粘纤|粘胶|莫代尔|棉|羊毛|羊绒|麻|蚕丝|真丝|莱赛尔|天丝|醋酸|聚丙烯|化纤|polyester|cotton|wool"
)


_VENEER = re.compile(r"(?:贴|仿|覆|饰)[^\s,，、/;；]{1,5}|[^\s,，、/;；]{1,4}(?:木皮|贴面|贴皮|饰面|木纹)")
"""What covers a board is not what it is made of."""


def shares(composition: str) -> tuple[tuple[str, Decimal], ...]:
    """(material, per cent) of a composition such as `棉95% 氨纶5%` or `95%棉`; empty where no share is given."""
    return tuple(
        (before or after, Decimal(share or other)) for before, share, other, after in _SHARE.findall(composition)
    )


def _materials(case: Case) -> Iterator[Hit | Freed]:
    values = case.stated["composition"]
    if not values:
        return
    taken: list[tuple[int, int]] = []
    for material in case.tables.materials:
        for m in (m for word in material.words for m in re.finditer(re.escape(word), case.text)):
            if any(a < m.end() and m.start() < b for a, b in taken):
                continue
            taken.append(m.span())
            clause = re.split(r"[，,。;；!！?？\n ]", case.text[: m.start()])[-1]
            after = case.text[m.end() : m.end() + 8]
            if case.tables.patterns["imitation"].search(clause) or case.tables.patterns["after"].search(after):
                yield Freed("C01", *m.span(), "imitation_or_part", _IMITATION)
            elif (severity := _contradicts(material, values)) is not None:
                yield Hit("C01", *m.span(), severity, says("材质", "material", m.group(), " ".join(values)))


def _contradicts(material: Material, values: tuple[str, ...]) -> Severity | None:
    everything = " ".join(values)
    named = any(n in _VENEER.sub(" ", everything) for n in material.needs)
    if material.against:
        against = any(_word_in(a, everything) for a in material.against)
        return Severity.HIGH if against and not named else None
    given = [s for v in values for s in shares(v)]
    if not named:
        by_name = Severity.MEDIUM if _FIBRES.search(everything) else None
        return Severity.HIGH if given else by_name
    held = [p for name, p in given if any(n in name for n in material.needs)]
    return Severity.HIGH if held and max(held) < material.share else None


def _word_in(word: str, text: str) -> bool:
    """Letters and digits are whole words: `pu` is not part of `impure`."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) is not None


# --- C02 organic, C03 origin -----------------------------------------------------------------------------------------------------------------

_IMPORTED = re.compile(r"原装进口|原瓶进口|原装原产|整机进口|进口|原产")
_ORGANIC_WORD = Text("化学名或者其他词义", "a chemical name or another word")
_ORGANIC_GIVEN = Text("已列有机认证信息，仍须核对", "a certificate is given, still to be compared")
_ORGANIC_ASKED = Text(
    "“有机”须有有机产品认证，请提交证书和有机码。", "«Organic» needs a certificate with its codes: it is asked for."
)
_PART = Text("进口的是部件或者原料", "a part or a material is imported")


def _organic(case: Case) -> Iterator[Hit | Freed]:
    if "food" not in case.classes:
        return
    for m in re.finditer("有机", case.text):
        near = case.text[max(0, m.start() - 2) : m.end() + 3]
        if case.tables.patterns["organic_not"].search(near):
            yield Freed("C02", *m.span(), "organic_word", _ORGANIC_WORD)
        elif case.tables.patterns["organic_ok"].search(case.everything) and not any(
            case.tables.patterns["not_held"].search(v) for v in case.stated["organic"]
        ):
            yield Freed("C02", *m.span(), "organic_certificate", _ORGANIC_GIVEN)
        elif any(case.tables.patterns["not_held"].search(v) for v in case.stated["organic"]):
            stated = " ".join(case.stated["organic"])
            yield Hit("C02", *m.span(), Severity.HIGH, says("有机认证", "organic certificate", m.group(), stated))
        else:
            yield Hit("C02", *m.span(), Severity.MEDIUM, _ORGANIC_ASKED, wanted=("organic",))


_MADE_IN = re.compile(
    r"(?:made\s*in|imported\s*from|product\s*of|from)\s*"
    r"(?:italy|france|germany|japan|korea|usa|australia|new\s*zealand|uk|spain|switzerland|thailand|denmark|netherlands|canada)"
    r"(?:原装|原瓶|进口)?"
)


def _origin(case: Case) -> Iterator[Hit | Freed]:
    values = case.stated["origin"]
    if not values:
        return
    origin = " ".join(values)
    home = any(h in origin for h in case.tables.names["home"])
    known = [c for c in case.tables.names["abroad"] if c in origin]
    for m in _MADE_IN.finditer(case.text):
        if home and not known:
            yield Hit("C03", *m.span(), Severity.HIGH, says("产地", "origin", m.group(), origin))
    part = case.tables.patterns["import_part"]
    for m in _IMPORTED.finditer(case.text):
        before = case.text[max(0, m.start() - 6) : m.start()]
        lands = [c for c in case.tables.names["abroad"] if before.endswith(c)]
        start = m.start() - max((len(c) for c in lands), default=0)
        claim = case.text[start : m.end()]
        if any(p.start() <= m.start() + 4 and m.start() < p.end() for p in part.finditer(case.text)):
            yield Freed("C03", start, m.end(), "imported_part", _PART)
        elif re.search(r"(?:非|不是|替代)\s*$", before):
            continue
        elif (home and not known and (m.group() != "原产" or lands)) or (
            known and lands and not any(c[:2] in k or k[:2] in c for c in lands for k in known)
        ):
            yield Hit("C03", start, m.end(), Severity.HIGH, says("产地", "origin", claim, origin))


# --- C05 brand, C06 age ----------------------------------------------------------------------------------------------------------------------

_FITS = Text("“适用于”等指示性使用", "says what it fits: lawful reference")
_CLASS = re.compile(r"([abc])\s*类")


def _brand(case: Case) -> Iterator[Hit | Freed]:
    if not case.brand:
        return
    for brand in case.tables.names["brands"]:
        found = re.search(rf"(?<![a-z]){re.escape(brand)}(?![a-z])", case.text)
        if brand in case.brand or found is None:
            continue
        before, after = case.text[max(0, found.start() - 20) : found.start()], case.text[found.end() : found.end() + 4]
        if case.tables.patterns["fits"].search(before):
            yield Freed("C05", *found.span(), "fits_the_brand", _FITS)
        else:
            style = case.tables.patterns["same_style"].match(after)
            message = Text(
                f"文案出现品牌“{brand}”，品牌属性为“{case.brand[:30]}”，请提交授权。",
                f"The text names «{brand}», the brand is given as «{case.brand[:30]}»: the authorisation is asked for.",
            )
            confidence = _UNSURE if style else 1.0
            refused = any(case.tables.patterns["not_held"].search(v) for v in case.stated["authorised"])
            severity = Severity.HIGH if refused and not style else Severity.MEDIUM
            yield Hit("C05", *found.span(), severity, message, "", confidence, ("authorisation",))


def _age(case: Case) -> Iterator[Hit | Freed]:
    if not case.classes & {"clothing", "infant"}:
        return
    values = " ".join(case.stated["safety_class"])
    stated = _CLASS.search(values) or re.fullmatch(r"\s*([abc])\s*", values)
    within = None if stated else _CLASS.search(case.text)
    given = stated or within
    if given is None or given[1] == "a":
        return
    infant, both = case.tables.patterns["infant"], case.tables.patterns["both"]
    of_whom = case.text + " " + " ".join(case.stated["age"])
    span = within or infant.search(case.text) or both.search(case.text)
    is_infant = infant.search(of_whom) is not None
    if span is None or not (is_infant or both.search(of_whom)):
        return
    grade = given[1].upper()
    message = Text(
        f"婴幼儿纺织产品须为 A 类，本商品标为 {grade} 类。",
        f"Textiles for infants are class A; these are marked class {grade}.",
    )
    severity = Severity.HIGH if is_infant else Severity.MEDIUM
    yield Hit("C06", *span.span(), severity, message, "label.infant_textile")


_CHECKS: tuple[Callable[[Case], Iterable[Hit | Freed]], ...] = (
    _materials,
    _organic,
    _origin,
    net_content,
    pieces,
    _brand,
    _age,
    nutrition,
)
_CLAIMED = re.compile(
    r"棉|绒|羊毛|丝|麻|皮|木|钢|银|金|乳胶|铜|cashmere|有机|进口|原产|\d\s*(?:k?g|m?l|oz|千?克|公?斤|毫?升)|糖|添加|防腐|色素|香精|脂|"
    r"钠|蛋白|共|整|足|全套|到手|实发|合计|婴|幼|宝宝|新生|个月|亲子|母[子女]装|父子装|316l|[a-z]{2}|耐克|阿迪|华为|苹果|小米|茅台|五粮液|古驰|香奈儿|迪奥|爱马仕|普拉达|"
    r"巴宝莉|雅诗兰黛|兰蔻|欧莱雅|戴森|飞利浦|西门子|海尔|美的|格力|索尼|三星|乐高|优衣库|始祖鸟|北面|彪马|匡威|斐乐|李宁|安踏|波司登|"
    r"膳魔师|虎牌|象印|飞鹤|爱他美|美素|迪士尼|露露乐蒙|劳力士|欧米茄|卡地亚|蒂芙尼|回力|雷朋"
)
"""A listing in whose texts none of these stands makes no claim that this module checks."""

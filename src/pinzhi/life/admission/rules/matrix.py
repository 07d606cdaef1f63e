"""
The evidence matrix over one listing: every cell that its category and its claims ask for is filled and fits, or it is named.

    judged = evaluate(listing, merchant, matrix, book, laws, as_of)

A mandatory cell that is not filled is `Missing`: the file is not complete, which is no violation. A number that cannot exist, a standard that was replaced or a
field that differs is a `Finding`. What rests on second-hand figures is never H.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing, Missing
from pinzhi.life.admission.rules import facts
from pinzhi.life.admission.rules.chains import Asked, Chain, Weakness, strongest
from pinzhi.life.admission.rules.documents import Case, Paper, links, outdated, read, sound
from pinzhi.life.admission.rules.editions import lacking
from pinzhi.life.admission.rules.evidence import PAPER_NAMES, Matrix, Need
from pinzhi.life.admission.rules.facts import Merchant
from pinzhi.life.admission.rules.naming import PAPER_FIELDS
from pinzhi.life.admission.rules.numbers.book import SCHEMES, Book

NOT_FILLED = "D02"
"""A cell that is not a condition is empty: a note, left out where a condition already asks for the same paper."""
_MILD = frozenset({Weakness.OUTLIVES, Weakness.UNDATED})


@dataclass(slots=True)
class Judged:
    """What the matrix says. Built up while the rows are gone through, then read."""

    missing: list[Missing] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)


def evaluate(
    listing: Listing,
    merchant: Merchant | None,
    matrix: Matrix,
    book: Book,
    laws: Mapping[str, LawRef],
    as_of: date,
) -> Judged:
    """
    Go through the matrix for a listing on a day.

    `merchant` None: whose name a paper carries is not compared. `laws` maps the ids of rows of law to references (`ruleset.laws(as_of)`).
    """
    judged = Judged()
    known = book.known(as_of.year)
    category = matrix.tree.of(listing.category, listing.title)
    line = matrix.tree.line(category.id) if category else ()
    papers = tuple(read(i, d, matrix, book, known) for i, d in enumerate(listing.documents))
    case = Case(listing, merchant, matrix, laws, as_of, line, papers)
    for paper in papers:
        judged.findings += sound(case, paper)
    judged.findings += outdated(case, book, known)
    if category is None:
        judged.findings.append(_unknown_category(case))
        return judged
    for need in matrix.needs:
        if need.categories & set(line) and facts.holds(need.when, listing, matrix) and not _freed(case, need, judged):
            _cell(case, need, judged)
    judged.findings += _attributes(case)
    asked = {kind for m in judged.missing for kind in m.kinds}
    judged.findings = [f for f in judged.findings if f.rule != NOT_FILLED or not asked & set(f.wanted)]
    return judged


def _unknown_category(case: Case) -> Finding:
    message = Text(
        f"品类“{case.listing.category}”不在证照要求表中，需要哪些证件由人工判断。",
        f"The category «{case.listing.category}» is not in the evidence matrix; a person decides which papers are needed.",
    )
    return case.finding("D07", "category", Severity.MEDIUM, message, text=case.listing.category)


# --- a cell of the matrix ----------------------------------------------------------------------------------------------------------------------------------


def _freed(case: Case, need: Need, judged: Judged) -> bool:
    """Whether a named context frees the listing from the need; noted, and left to a person where it says so."""
    for free in case.matrix.frees:
        if (
            need.id in free.needs
            and free.categories & set(case.line)
            and facts.holds(free.when, case.listing, case.matrix)
        ):
            law = case.laws.get(free.law)
            judged.exemptions.append(Exemption(f"need:{need.id}", "title", 0, 0, "", free.id, free.reason, law))
            if free.manual:
                judged.findings.append(
                    case.finding("D11", "title", Severity.MEDIUM, free.reason, law=free.law, wanted=need.kinds)
                )
            return True
    return False


def _cell(case: Case, need: Need, judged: Judged) -> None:
    if need.id == "brand" and case.merchant is not None and any(p.kind == "authorisation" for p in case.papers):
        judged.findings += _chain(case, need)
        return
    offered = [p for p in case.papers if p.kind in need.kinds and _right_form(p, need)]
    troubles = {p.index: _troubles(case, need, p) for p in offered}
    fitting = [p for p in offered if not troubles[p.index]]
    if not fitting:
        why = [t for p in offered for t in troubles[p.index]] or [_not_offered(case, need)]
        _not_filled(case, need, why, judged)
        return
    for paper in fitting:
        judged.findings += _looked_at(case, need, paper)
    if need.covers:
        _coverage(case, need, fitting, judged)
    if need.id == "food.production":
        judged.findings += _scope(case, fitting)


def _right_form(paper: Paper, need: Need) -> bool:
    if not need.schemes:
        return True
    return paper.number is not None and paper.number.scheme is not None and paper.number.scheme.id in need.schemes


def _not_offered(case: Case, need: Need) -> Text:
    names = [PAPER_NAMES[k] for k in need.kinds]
    zh, en = "或".join(n.zh for n in names), " or ".join(n.en for n in names)
    other = next((p for p in case.papers if p.kind in need.kinds), None)
    if other is not None and other.number is not None and other.number.scheme is not None:
        form = other.number.scheme.name
        return Text(f"提供的是{form.zh}，这里需要{zh}。", f"What was given is a {form.en}; needed here: {en}.")
    if other is not None:
        return Text(f"{zh}没有编号或编号读不出来。", f"The {en} carries no number that can be read.")
    return Text(f"没有提供{zh}。", f"Not provided: {en}.")


def _not_filled(case: Case, need: Need, why: Sequence[Text], judged: Judged) -> None:
    zh = f"{need.claim.zh}：{''.join(t.zh for t in why)}出具方：{need.issuer.zh}。"
    en = f"{need.claim.en}: {' '.join(t.en for t in why)} Issued by: {need.issuer.en}."
    if need.mandatory:
        judged.missing.append(Missing(need.id, need.kinds, Text(zh, en), case.laws.get(need.law)))
    else:
        judged.findings.append(
            case.finding(NOT_FILLED, "documents", Severity.LOW, Text(zh, en), law=need.law, wanted=need.kinds)
        )


def _troubles(case: Case, need: Need, paper: Paper) -> list[Text]:
    """Why a paper does not fill the cell."""
    name = PAPER_NAMES[paper.kind]
    found = []
    if paper.kind in SCHEMES and paper.kind != "report" and not paper.document.number:
        found.append(Text(f"{name.zh}没有填写编号。", f"The {name.en} has no number."))
    if paper.number is not None and paper.number.fault:
        found.append(Text(f"{name.zh}编号不成立。", f"The number of the {name.en} cannot be right."))
    end = paper.expires or _aged(need, paper)
    if end is not None and end < case.as_of:
        found.append(Text(f"{name.zh}已于 {end} 失效。", f"The {name.en} ended on {end}."))
    starts = facts.day(case.of(paper, "starts"))
    if starts is not None and starts > case.as_of:
        found.append(Text(f"{name.zh}自 {starts} 起才生效。", f"The {name.en} begins on {starts} only."))
    if need.holder == "merchant" and case.merchant is not None:
        holder = case.of(paper, "holder")
        if holder and not facts.is_merchant(case.merchant, holder, case.of(paper, "holder_uscc")):
            found.append(
                Text(
                    f"{name.zh}的持有人是“{holder}”，不是商家“{case.merchant.name}”。",
                    f"The {name.en} is held by «{holder}», not by the merchant «{case.merchant.name}».",
                )
            )
    found += [_differs(case, paper, name, one) for one in need.must if _fits(case, paper, one) is False]
    if "不合格" in (verdict := case.of(paper, "conclusion").replace("未见不合格", "")):
        found.append(Text(f"{name.zh}的结论是“{verdict}”。", f"The {name.en} concludes «{verdict}»."))
    return found


def _aged(need: Need, paper: Paper) -> date | None:
    """The last day on which a paper without an end of its own still counts."""
    if need.months is None or paper.issued is None:
        return None
    return facts.months_later(paper.issued, need.months)


def _fits(case: Case, paper: Paper, name: str) -> bool | None:  # noqa: PLR0911 - one answer per field
    """Whether a field of the paper fits the listing; None where one side does not say."""
    theirs = case.of(paper, name)
    if not theirs:
        return None
    if name == "brand":
        ours = facts.brand(case.listing, case.matrix)
        return facts.same_brand(ours, theirs) if ours else None
    if name == "product":
        return facts.same_product(case.listing.title, theirs)
    ours = case.value(name)
    if not ours:
        return None
    if name == "model":
        return facts.same_model(ours, theirs)
    if name == "functions":
        return facts.brands(ours) <= facts.brands(theirs)
    left, right = facts.bare(ours), facts.bare(theirs)
    return left in right or right in left


def _differs(case: Case, paper: Paper, name: Text, one: str) -> Text:
    word, theirs = PAPER_FIELDS[one], case.of(paper, one)
    ours = {"brand": facts.brand(case.listing, case.matrix), "product": case.listing.title}.get(one) or case.value(one)
    return Text(
        f"{name.zh}上的{word.zh}是“{theirs}”，商品是“{ours}”。",
        f"The {word.en} on the {name.en} is «{theirs}», that of the listing «{ours}».",
    )


def _looked_at(case: Case, need: Need, paper: Paper) -> Iterable[Finding]:
    """Fields that differ without emptying the cell: a person looks at them."""
    name = PAPER_NAMES[paper.kind]
    for one in need.look:
        if _fits(case, paper, one) is False:
            text = case.of(paper, one)
            yield case.finding(
                "D03", paper.place, Severity.MEDIUM, _differs(case, paper, name, one), text=text, law=need.law
            )
    if need.holder == "maker":
        holder, maker = case.of(paper, "holder") or case.of(paper, "manufacturer"), case.value("manufacturer")
        if holder and maker and not facts.same_firm(holder, maker):
            message = Text(
                f"{name.zh}的持有人是“{holder}”，标称生产者是“{maker}”：是否委托生产，由人工确认。",
                f"The {name.en} is held by «{holder}», the stated maker is «{maker}»: a person confirms whether it is made on commission.",
            )
            yield case.finding("D03", paper.place, Severity.MEDIUM, message, text=holder, law=need.law)


def _coverage(case: Case, need: Need, fitting: Sequence[Paper], judged: Judged) -> None:
    """All reports together have to name every mandatory standard of the category."""
    found = [one for p in fitting for one in p.standards]
    wanting = lacking(found, case.line, case.matrix.standards)
    if not wanting:
        return
    place = fitting[0].place
    zh, en = (
        "、".join(f"{s.number}《{s.name.zh}》" for s in wanting),
        ", ".join(f"{s.number} ({s.name.en})" for s in wanting),
    )
    if not found:
        message = Text(f"报告没有写明检验依据，应包括 {zh}。", f"The report names no standard; it should name {en}.")
        judged.findings.append(
            case.finding("D06", place, Severity.MEDIUM, message, law="evidence.standards", wanted=("report",))
        )
    elif all(not s.verified for s in wanting):
        message = Text(f"报告的检验依据不包括 {zh}。", f"The report does not name {en}.")
        judged.findings.append(
            case.finding("D06", place, Severity.MEDIUM, message, law="evidence.standards", wanted=("report",))
        )
    else:
        _not_filled(case, need, [Text(f"报告的检验依据不包括 {zh}。", f"The report does not name {en}.")], judged)


def _scope(case: Case, fitting: Sequence[Paper]) -> Iterable[Finding]:
    """The category of a food licence is the maker's main product: another one is a question, never a refusal."""
    allowed = next((case.matrix.scopes[c] for c in case.line if c in case.matrix.scopes), None)
    if allowed is None:
        allowed = next((s for p, s in case.matrix.scope_words if p.search(case.listing.title)), None)
    for paper in fitting:
        code = paper.number.part("category") if paper.number else ""
        if allowed is not None and code and code not in allowed and code != "131":
            message = Text(
                f"生产许可证的主要类别是 {code}，与商品品类不符：类别只代表生产者的主要产品，请核对许可品种明细。",
                f"The production licence is for category {code}, which does not fit the goods: it names the main product only; see the list of products.",
            )
            yield case.finding("D09", paper.place, Severity.MEDIUM, message, text=code, law="food.licence")


# --- brands and attributes -----------------------------------------------------------------------------------------------------------------------------------


def chain(
    case_papers: Sequence[Paper], listing: Listing, merchant: Merchant, matrix: Matrix, goods: Sequence[str], on: date
) -> Chain:
    """The authorisation chain of a listing to its merchant; the owner is the holder of a trademark certificate among the papers."""
    owner = next(
        (facts.field(p.document.fields, matrix.fields["holder"]) for p in case_papers if p.kind == "trademark"),
        "",
    )
    asked = Asked(facts.brand(listing, matrix), merchant.name, on, tuple(goods), "中国大陆", "", owner)
    return strongest(links(case_papers, matrix.fields), asked)


def _chain(case: Case, need: Need) -> Iterable[Finding]:
    assert case.merchant is not None
    goods = [case.listing.category, *(case.matrix.tree.nodes[c].name.zh for c in case.line[:-1])]
    found = chain(case.papers, case.listing, case.merchant, case.matrix, goods, case.as_of)
    if found.weakness is None:
        return
    severity = Severity.LOW if found.weakness in _MILD else Severity.MEDIUM
    place = f"document:{found.link.paper}" if found.link else "documents"
    fix = Text("补齐授权链上的这一环。", "Bring the paper that mends this link.")
    yield case.finding("D08", place, severity, found.said, law=need.law, suggestion=fix, wanted=("authorisation",))


def _attributes(case: Case) -> Iterable[Finding]:
    for rule in case.matrix.attributes:
        if not (rule.categories & set(case.line) and facts.holds(rule.when, case.listing, case.matrix)):
            continue
        value = case.value(rule.field)
        if rule.allowed.search(value):
            continue
        # What is not stated is a question; what is stated and wrong is a finding of the rule's own weight, as far as the law's text was read.
        law = case.laws.get(rule.law)
        sure = value and law is not None
        severity = rule.severity if sure else Severity.MEDIUM
        yield case.finding(
            "D06", f"attr:{rule.field}", severity, rule.message, text=value, law=rule.law, suggestion=rule.suggestion
        )

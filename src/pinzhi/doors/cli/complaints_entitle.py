"""`pinzhi complaints entitle`: what the buyer of a case is owed, and by when."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import TO_BE_CHECKED
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.kernel.values import Text
    from pinzhi.life.complaints.rules.entitlement import Answer, Due, Remedy

WORDS: Mapping[str, tuple[str, str]] = {
    "order": ("订单", "Order"),
    "owed": ("可以主张", "Owed"),
    "consequence": ("后果", "Consequences"),
    "excluded": ("不支持", "Not owed"),
    "needs": ("尚待证明", "still to be shown"),
    "evidence": ("还缺证据", "evidence missing"),
    "best": ("最有利", "Best"),
    "deadlines": ("期限", "Deadlines"),
    "from": ("起算", "from"),
    "complaint": ("（未给出起算日，按投诉日）", "(start not given: day of the complaint)"),
    "deadline": ("（未给出起算日，按前一期限最后一天）", "(start not given: last day of the period before)"),
    "most": ("最高 ", "up to "),
    "unknown": ("不认识的名称（未计入）", "Names that nobody knows (left out)"),
    "because": ("因为", "because"),
    "helps_not": ("对方理由不成立", "no defence"),
    "note": ("提示", "note"),
    "shown": ("其中不待证明", "of that nothing more to be shown for"),
    "nothing": ("没有可以主张的金额", "no money is owed"),
}


@click.command("entitle")
@click.argument("case")
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    help="Language of the table for people; without it that of the terminal.",
)
@rows.polite
def entitle(case: str, language: str | None) -> rows.Answer:
    """
    Say what the buyer of CASE is owed, and by when. CASE is a JSON file with one case or a list, or NDJSON; `-` is standard input.

    A case: `{order{id, price, quantity?, paid?, paid_at, received_on, category, kind?, channel?}, complaint_on, findings[], promises[], loss?, evidence[]?}`.
    `price` is yuan for one piece. A finding is its name (then it is established) or `{name, state: alleged|established|disproved, by?, on?}`. Every amount
    is an estimate with its arithmetic and article, never a promise. Names that nobody knows are told in `not_understood`.
    """
    from pinzhi.law.tables import official, statutes
    from pinzhi.life.complaints.rules import entitlement
    from pinzhi.life.complaints.tables import entitlement_rules

    rules, law, calendar = entitlement_rules(), statutes(), official()
    answers: list[Answer] = []
    refused: list[Refusal] = []
    many = False
    for line, raw in _cases(case, refused):
        many = many or line > 1
        try:
            answers.append(entitlement.entitle(entitlement.read_case(raw), rules, law, calendar))
        except RefusedError as no:
            r = no.refusal
            refused.append(Refusal(r.code, r.reason, r.remedy, r.field, line, Path(case).name))
    if not answers and not refused:
        raise RefusedError.because("no_cases", f"{case} holds no case", "give one JSON object, or several")
    refused.sort(key=lambda r: r.line or 0)
    spoken = language or ("zh" if os.environ.get("LANG", "").lower().startswith("zh") else "en")
    said = "\n\n".join(_said(a, spoken) for a in answers)
    documents = [a.document() for a in answers]
    alone = len(documents) == 1 and not many and not refused
    return rows.Answer(documents[0] if alone else documents, said, refused=refused)


def _cases(path: str, refused: list[Refusal]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, case). Standard input may be a document over several lines, so it is read as a whole."""
    if path != "-":
        source = rows.read_rows(path)
        yield from source.numbered()
        refused += source.refused
        return
    with tempfile.TemporaryDirectory(prefix="pinzhi-") as folder:
        file = Path(folder) / "stdin.json"
        file.write_bytes(sys.stdin.buffer.read())
        yield from _cases(str(file), refused)


# --- for people ----------------------------------------------------------------------------------------------------------------------------


def _said(answer: Answer, language: str) -> str:
    from pinzhi.life.complaints.rules.entitlement import ESTIMATE

    def word(name: str) -> str:
        zh, en = WORDS[name]
        return zh if language == "zh" else en

    def text(t: Text) -> str:
        return t.in_language(language)

    owed = [r for r in answer.remedies if r.owed and r.group]
    follows = [r for r in answer.remedies if r.owed and not r.group]
    excluded = [(r, r.excluded) for r in answer.remedies if r.excluded is not None]
    lines = [f"{word('order')} {answer.order}  {answer.case}".rstrip()]
    lines += _section(word("best"), _best(answer, word, text))
    lines += _section(word("deadlines"), [_due(d, language, word, text) for d in answer.deadlines if d.shown])
    lines += _section(word("owed"), [_remedy(r, language, word, text) for r in owed])
    lines += _section(word("consequence"), [_remedy(r, language, word, text) for r in follows])
    lines += _section(
        word("excluded"),
        [f"{text(r.name)}  {word('because')}: {text(x.says)} {_law(x.law, language)}" for r, x in excluded],
    )
    lines += _section(word("unknown"), [f"{name} ({where})" for name, where in answer.not_understood])
    return "\n".join([*lines, text(ESTIMATE)])


def _best(answer: Answer, word: Any, text: Any) -> list[str]:
    """The sum, how it comes about, why it is the best, and how much of it is shown."""
    best = answer.best
    if best is None:
        return [word("nothing")]
    sum_up = best.formula if best.formula.endswith(f"{best.total}") else f"{best.formula} → {best.total}"
    shown = [] if best.shown == best.total else [f"{word('shown')}: {best.shown}"]
    return [sum_up, text(best.why), *shown]


def _section(title: str, items: list[str]) -> list[str]:
    return [title, *(f"  {item}" for item in items)] if items else []


def _remedy(r: Remedy, language: str, word: Any, text: Any) -> str:
    most = word("most") if r.at_most else ""
    head = f"{text(r.name)}  {most}{'' if r.amount is None else r.amount}".rstrip()
    parts = [head, *([f"    {r.formula}"] if r.formula else []), f"    {text(r.says)} {_law(r.law, language)}"]
    if r.needs:
        parts.append(f"    {word('needs')}: {'; '.join(text(n.text) for n in r.needs)}")
    if r.evidence_missing:
        parts.append(f"    {word('evidence')}: {'; '.join(text(e.text) for e in r.evidence_missing)}")
    parts += [f"    {word('helps_not')}: {text(c.says)} {_law(c.law, language)}" for c in r.no_help]
    parts += [f"    {word('note')}: {text(c.says)} {_law(c.law, language)}" for c in (*r.cautions, *r.may_fall)]
    return "\n  ".join(parts)


def _due(d: Due, language: str, word: Any, text: Any) -> str:
    if d.deadline is None:
        day = d.reason
    elif d.deadline.due is not None:
        day = d.deadline.due.isoformat()
    else:
        day = f"{d.deadline.earliest} … {d.deadline.latest} ({d.deadline.reason})"
    assumed = f" {word(d.assumed)}" if d.assumed else ""
    return f"{day}  {text(d.what)}  {word('from')} {d.start}{assumed} {_law(d.law, language)}"


def _law(row: Any, language: str) -> str:
    from pinzhi.law.citing import citation

    mark = "" if row.verified else f" [{TO_BE_CHECKED}]"
    return f"({citation(row.instrument.name.zh, row.article).in_language(language)}{mark})"

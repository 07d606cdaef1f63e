"""What templates need beside Django's own filters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from pinzhi.casework.desks import DESKS, OVER, Desk
from pinzhi.doors.console import acts, words
from pinzhi.drawing import Chart
from pinzhi.kernel import clock
from pinzhi.kernel.values import Text
from pinzhi.law.citing import citation
from pinzhi.life.admission import wording
from pinzhi.life.admission.contracts import STATE_NAMES, State
from pinzhi.life.admission.rules.naming import RULE_NAMES
from pinzhi.life.tracing.rules.gs1.link import place_number
from pinzhi.people.roles import ROLE_NAMES, Role

register = template.Library()
TABLES: dict[str, dict[str, Any]] = {
    "state": words.STATES,
    "severity": words.SEVERITIES,
    "report_check": words.REPORT_CHECKS,
    "report_answer": words.REPORT_ANSWERS,
    "judged": words.JUDGED,
    "operator": words.OPERATORS,
    "kind": words.KINDS,
    "verb": words.VERBS,
    "standing": words.STANDINGS,
    "effect": words.EFFECTS,
    "fact": words.FACTS,
    "filter": words.FILTERS,
    "field": words.FIELDS,
    "job": words.JOBS,
    "anchor": words.ANCHOR_TROUBLES,
    "act": acts.ACTS,
    "done": acts.DONE,
    "stream": words.STREAMS,
    "event": words.EVENTS,
    "judgement": words.JUDGEMENTS,
    "mark": words.MARKS,
    "transform": words.TRANSFORMS,
    "compared": words.COMPARED,
}


@register.filter
def text(value: Text | str) -> str:
    """A sentence of the domain in the reader's language."""
    return value.in_language(get_language() or "zh-hans") if isinstance(value, Text) else str(value)


@register.filter
def word(code: str, table: str) -> str:
    """The word for a code; the code itself where no word is fixed."""
    return str(TABLES[table].get(str(code), code))


@register.filter
def admission_state(state: str) -> str:
    """How a submission stands."""
    return text(STATE_NAMES[State(state)])


@register.filter
def rule_name(rule: str) -> str:
    """What a rule of admission is about; empty for one of the rule lab."""
    named = RULE_NAMES.get(rule)
    return text(named) if named else ""


@register.filter
def paper(kind: str) -> str:
    """What a kind of paper is called, by whatever word it was handed in."""
    return text(wording.paper(kind))


@register.filter
def paper_field(value: str, name: str) -> str:
    """A field of a paper with its value: `"2027-11-01"|paper_field:"valid_to"` is «valid to: 2027-11-01»."""
    return text(wording.paper_field(name, value))


@register.filter
def cited(law: Any) -> str:
    """An article as the reader's language writes it, of a stored reason or of a `LawRef`."""
    instrument, article = (
        (law["instrument"], law["article"]) if isinstance(law, dict) else (law.instrument, law.article)
    )
    return text(citation(instrument, article))


@register.filter
def reported(report: Any, name: str) -> str:
    """A field of a test report as it was read."""
    return str(report.value(name))


@register.filter
def entry(holder: Any, name: str) -> Any:
    """An attribute by name."""
    return getattr(holder, name, "")


@register.filter
def lookup(table: Any, key: Any) -> Any:
    """The entry of a mapping; empty for none."""
    return table.get(key, "")


@register.filter
def outcome(code: str, desk: Desk) -> str:
    """The name of an outcome at a desk; the code for one that the desk no longer has."""
    found = next((o.name for o in (*desk.outcomes, OVER) if o.code == code), None)
    return text(found) if found else code


@register.filter
def desk_title(name: str) -> str:
    """What a desk is called; its name where it is no longer there."""
    return text(DESKS[name].title) if name in DESKS else name


@register.filter
def left(due: datetime) -> str:
    """Remaining time in words."""
    return words.remaining(due, clock.now())


@register.filter
def iso(moment: datetime | None) -> str:
    """`2026-05-03 14:20` in China's time; an em dash for none."""
    return "—" if moment is None else moment.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")


@register.filter
def weekday(day: date | str | None) -> str:
    """`2026-11-30 周一`, `2026-11-30 Mon`; an em dash for none."""
    if not day:
        return "—"
    given = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{given.isoformat()} {words.WEEKDAYS[given.weekday()]}"


@register.filter
def place(address: str) -> str:
    """A place by its number; what is no GLN as it was recorded; an em dash for none."""
    return place_number(address or "") or address or "—"


@register.filter
def who(label: str) -> str:
    """Who acted, from a label such as `person:analyst+manager`, `two:reviewer+manager`, `rule:monitoring/2026.1#…`, `system:…`: roles, never names."""
    kind, _sep, rest = label.partition(":")
    if kind in ("person", "two"):
        named = [text(ROLE_NAMES[Role(r)]) if r in set(Role) else r for r in rest.split("+") if r]
        return (" + " if kind == "two" else words.LIST_COMMA).join(map(str, named)) or str(words.ACTORS["person"])
    if kind == "system" and rest in words.SYSTEMS:
        return str(words.SYSTEMS[rest])
    return f"{words.ACTORS[kind]} {rest.partition('#')[0]}".strip() if kind in words.ACTORS else label


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """`12 %` in English, `12%` in Chinese; an em dash for none; what is not nothing is never shown as 0 (`< 1 %`)."""
    if share is None:
        return "—"
    space = "" if (get_language() or "zh").startswith("zh") else " "
    least = 10.0**-digits
    if 0 < share * 100 < least / 2:
        return f"<{space}{least:.{digits}f}{space}%"
    return f"{share * 100:.{digits}f}{space}%"


@register.filter
def coefficient(value: float | None) -> str:
    """An agreement beyond chance: `0.74`, `−0.09`; an em dash for none."""
    return "—" if value is None else f"{value:.2f}".replace("-", "−")


@register.filter
def points(share: float) -> str:
    """A share of good orders as points of the score: `94.3`."""
    return f"{100 * share:.1f}"


@register.filter
def yuan(amount: Decimal | None) -> str:
    """`¥1,234.50`, the same in both languages; an em dash for none."""
    return "—" if amount is None else words.money(amount)


@register.filter
def grouped(number: int) -> str:
    """`12,345`, the same in both languages."""
    return f"{number:,}"


@register.filter
def drawn(chart: Chart | str) -> SafeString:
    """A chart as HTML. `drawing` escapes every word it is given."""
    return mark_safe(chart.html() if isinstance(chart, Chart) else chart)  # noqa: S308


@register.filter
def plainly(value: Any) -> SafeString:
    """A value of evidence as a person reads it: lists in lines, mappings as pairs."""
    if isinstance(value, dict):
        inner = "".join(f"<div>{escape(k)}: {plainly(v)}</div>" for k, v in value.items())
        return mark_safe(inner)  # noqa: S308 - every leaf is escaped
    if isinstance(value, (list, tuple)):
        return mark_safe("".join(f"<div>{plainly(v)}</div>" for v in value))  # noqa: S308
    return mark_safe(escape("—" if value in (None, "") else str(value)))  # noqa: S308

"""
Numbers of standards: «GB/T 14272-2021», «T/CNTAC 21-2018», «DB31/T 310-2014», «Q/ABC 001S-2023», «ISO 8124-1:2018».

Labels write them with any dash, without the slash («GBT14272—2021») or without a year. `normalised` is one form for all, so that the label, the report and the
table of mandatory standards can be compared.
"""

from __future__ import annotations

import re

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.numbers.scheme import NONE, Fault, Groups, Known, Remarks, Scheme, scheme

INDUSTRIES = frozenset(
    re.findall(
        "[A-Z]{2}",
        "AQ BB CB CH CJ CY DA DB DL DY DZ EJ FZ GA GC GD GH GM GY HB HG HJ HS HY JB JC JG JR JT JY KA LB LD LS LY MH MR MT MZ NB NY QB QC "
        "QJ QX RB RF SB SC SF SH SJ SL SN SW SY TB TD TJ TY WB WH WJ WM WS WW WX XB XF YB YC YD YJ YS YY YZ ZY",
    )
)
"""Prefixes of industry standards. DB with two or more digits is a local standard instead."""
_SHAPE = ("标准代号 + 编号 + 年份，如 GB/T 14272-2021", "prefix, number and year, such as GB/T 14272-2021")
_NUMBER = r"(?P<number>\d{1,6}(?P<part>\.\d{1,3}(?:\.\d{1,3})?)?)(?:-(?P<year>\d{4}|\d{2}))?(?P<change>/?XG\d-\d{4})?"


def _year(text: str) -> int:
    """Standards before 1996 were printed with two digits."""
    return int(text) if len(text) == 4 else 1900 + int(text)


def _year_fault(text: str, known: Known) -> str:
    # Standards are published up to a year before they come into force, under the year of publication.
    return NONE if not text or 1950 <= _year(text) <= known.year else Fault.YEAR


def _industry(parts: Groups, known: Known) -> str:
    return _year_fault(parts[4], known) if parts[0] in INDUSTRIES else Fault.CATEGORY


def _local(parts: Groups, known: Known) -> str:
    return _year_fault(parts[4], known) if parts[0][:2] in known.provinces else Fault.REGION


def _written(prefix: str, force: str, parts: Groups) -> str:
    return f"{prefix}{'/' + force if force else ''} {parts[0]}" + (f"-{_year(parts[2])}" if parts[2] else "") + parts[3]


def _dated(field: int) -> Remarks:
    def remarks(parts: Groups, _known: Known) -> tuple[Text, ...]:
        return () if parts[field] else (_UNDATED,)

    return remarks


_UNDATED = Text("没有年份，不知道是哪一版。", "There is no year: which edition is meant is not known.")


STANDARD: tuple[Scheme, ...] = (
    scheme(
        "standard_national",
        ("国家标准", "national standard"),
        _SHAPE,
        r"(?P<prefix>GB[ZJ]?)/?(?P<force>[TZ](?= ?\d))? ?" + _NUMBER,
        check=lambda p, known: _year_fault(p[4], known),
        write=lambda p: _written(p[0], p[1], p[2:]),
        source="国家标准管理办法",
        verified=True,
        remarks=_dated(4),
    ),
    scheme(
        "standard_local",
        ("地方标准", "local standard"),
        _SHAPE,
        r"DB(?P<food>S)?(?P<place>\d{2}(?:\d{2})?)(?:/(?P<force>T)?|(?P<unslashed>T)/?) ?" + _NUMBER,
        check=lambda p, known: _local((p[1], "", "", "", p[6]), known),
        write=lambda p: _written(f"DB{p[0]}{p[1]}", p[2] or p[3], p[4:]),
        source="地方标准管理办法",
        verified=True,
    ),
    scheme(
        "standard_group",
        ("团体标准", "group standard"),
        _SHAPE,
        r"T/(?P<owner>[A-Z]{2,12}) ?(?P<number>\d{1,6}(?P<part>\.\d{1,3})?)-(?P<year>\d{4})",
        check=lambda p, known: _year_fault(p[3], known),
        write=lambda p: f"T/{p[0]} {p[1]}-{p[3]}",
        source="团体标准管理规定",
        verified=True,
    ),
    scheme(
        "standard_enterprise",
        ("企业标准", "enterprise standard"),
        _SHAPE,
        r"Q/(?P<owner>[A-Z0-9一-龥]{1,12}?) ?(?P<number>\d{3,6}[A-Z]?(?P<part>\.\d{1,3})?)(?:-(?P<year>\d{4}))?",
        check=lambda p, known: _year_fault(p[3], known),
        write=lambda p: f"Q/{p[0]} {p[1]}" + (f"-{p[3]}" if p[3] else ""),
        source="企业标准化促进办法",
        verified=True,
        remarks=_dated(3),
    ),
    scheme(
        "standard_foreign",
        ("国际或国外标准", "international or foreign standard"),
        _SHAPE,
        r"(?P<prefix>ISO/IEC|ISO/TS|ISO|IEC|EN|ASTM|UL|BSEN|DINEN|DIN|BS|JIS) ?(?P<number>[A-Z]?\d{1,6}(?:[.\-]\d{1,3}(?!\d))*)"
        r"(?:[-:](?P<year>\d{4}))?(?P<change>(?:\+A\d{1,2}(?::\d{4})?)*)",
        check=lambda p, known: _year_fault(p[2], known),
        write=lambda p: f"{p[0]} {p[1]}" + (f":{p[2]}" if p[2] else "") + p[3],
        source="ISO, IEC, CEN",
        verified=True,
        remarks=_dated(2),
    ),
    scheme(
        "standard_industry",
        ("行业标准", "industry standard"),
        _SHAPE,
        r"(?P<prefix>[A-Z]{2})/?(?P<force>[TZ](?= ?\d))? ?" + _NUMBER,
        check=_industry,
        write=lambda p: _written(p[0], p[1], p[2:]),
        source="行业标准管理办法",
        verified=True,
        remarks=_dated(4),
    ),
)

"""Certificates, laboratories, trademarks, product codes, standards, reports and border papers."""

from __future__ import annotations

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.numbers import digits
from pinzhi.life.admission.rules.numbers.licences import in_years
from pinzhi.life.admission.rules.numbers.scheme import NONE, Check, Fault, Groups, Known, Scheme, scheme


def short_year(field: int, first: int) -> Check:
    """A year of two digits of this century between the first of the scheme and the day that counts."""

    def check(parts: Groups, known: Known) -> str:
        return NONE if first <= 2000 + int(parts[field]) <= known.year else Fault.YEAR

    return check


CCC: tuple[Scheme, ...] = (
    scheme(
        "ccc",
        ("强制性产品认证证书编号", "CCC certificate number"),
        ("16 位数字，前 4 位为年份", "16 digits, the first four are the year"),
        r"(?:CCC|3C)?-?(?P<number>(?P<year>\d{4})(?P<body>\d{2})(?P<product>(?P<class>\d{2})\d{2})(?P<serial>\d{6}))",
        check=in_years(1, 2002),
        write=lambda p: p[0],
        source="强制性产品认证管理规定",
        verified=False,
        codes={"class": "ccc_class"},
        remarks=lambda p, _known: (
            (
                Text(
                    "机构代码 97、98 见于自我声明，不是认证证书。",
                    "Bodies 97 and 98 occur in self-declarations, which are no certificates.",
                ),
            )
            if p[2] in {"97", "98"}
            else ()
        ),
    ),
)


def _cma(parts: Groups, known: Known) -> str:
    if not 2006 <= 2000 + int(parts[0]) <= known.year:
        return Fault.YEAR
    return NONE if int(parts[1]) <= 31 else Fault.REGION


CMA: tuple[Scheme, ...] = (
    scheme(
        "cma",
        ("检验检测机构资质认定（CMA）证书编号", "CMA certificate number of a laboratory"),
        ("12 位数字，前 2 位为年份", "12 digits, the first two are the year"),
        r"(?:CMA|MA)?-?(?P<year>\d{2})(?P<issuer>\d{2})(?P<field>\d{4})(?P<serial>\d{4})",
        check=_cma,
        write="".join,
        source="检验检测机构资质认定管理办法",
        verified=False,
        codes={"issuer": "cma_issuer"},
    ),
)

CNAS: tuple[Scheme, ...] = (
    scheme(
        "cnas",
        ("CNAS 认可注册号", "CNAS registration number"),
        ("CNAS + L（或 IB、PT、RM、C）+ 4 至 5 位", "CNAS, L (or IB, PT, RM, C), 4 or 5 digits"),
        r"(?:CNAS)?-?(?P<kind>L|IB|PT|RM|C)-?(?P<number>\d{4,5})",
        write=lambda p: f"CNAS {p[0]}{p[1]}",
        source="CNAS-R01",
        verified=False,
        codes={"kind": "cnas_kind"},
    ),
)

ORGANIC: tuple[Scheme, ...] = (
    scheme(
        "organic_code",
        ("有机码", "organic code"),
        ("17 位有机码，或认证证书编号", "17 digits of the organic code, or the certificate number"),
        r"(?P<body>\d{3})(?P<year>\d{2})(?P<random>\d{12})",
        check=short_year(1, 2012),
        source="有机产品认证实施规则",
        verified=False,
    ),
    scheme(
        "organic_certificate",
        ("有机产品认证证书编号", "organic certificate number"),
        ("17 位有机码，或认证证书编号", "17 digits of the organic code, or the certificate number"),
        r"(?P<body>\d{3,4})OP(?P<year>\d{2})(?P<serial>\d{5,6})(?P<extension>-\d{1,3}|R\d[A-Z]?)?",
        check=short_year(1, 2005),
        source="有机产品认证实施规则",
        verified=False,
    ),
)


def _trademark(parts: Groups, _known: Known) -> str:
    return NONE if not parts[2] or 1 <= int(parts[2]) <= 45 else Fault.CLASS


TRADEMARK: tuple[Scheme, ...] = (
    scheme(
        "trademark",
        ("商标注册号", "trademark registration number"),
        ("1 至 8 位数字，可注明类别（1–45）", "1 to 8 digits, the class (1-45) may follow"),
        r"第?(?P<international>G)?(?P<number>[1-9]\d{0,7}[A-Z]?)号?(?:(?:[/,(-]第?|第)(?P<class>\d{1,2})类?\)?)?",
        check=_trademark,
        write=lambda p: f"{p[0]}{p[1]}" + (f"（第{int(p[2])}类）" if p[2] else ""),
        source="商标法实施条例; 类似商品和服务区分表",
        verified=False,
        codes={"class": "nice"},
    ),
)


def _gtin(parts: Groups, _known: Known) -> str:
    return NONE if digits.gs1(parts[0]) else Fault.CHECK_DIGIT


def _gtin_remarks(parts: Groups, _known: Known) -> tuple[Text, ...]:
    prefix = int(parts[0].zfill(14)[1:4])
    if prefix in range(20, 30) or prefix in range(40, 50) or prefix in range(200, 300):
        return (
            Text(
                "前缀为店内码，不能用于对外销售的商品。",
                "The prefix is for numbers inside a shop, not for goods on the market.",
            ),
        )
    return ()


GTIN: tuple[Scheme, ...] = (
    scheme(
        "gtin",
        ("商品条码（GTIN）", "GTIN"),
        ("8、12、13 或 14 位数字", "8, 12, 13 or 14 digits"),
        r"(?:GTIN|EAN|UPC|\(01\))?-?(?P<number>\d{14}|\d{12,13}|\d{8})",
        check=_gtin,
        write=lambda p: p[0],
        source="GB 12904; GS1 General Specifications",
        verified=True,
        codes={"number": "gs1_prefix"},
        remarks=_gtin_remarks,
    ),
)


def _isbn_13(parts: Groups, _known: Known) -> str:
    return NONE if digits.gs1(parts[0]) else Fault.CHECK_DIGIT


def _isbn_10(parts: Groups, _known: Known) -> str:
    return NONE if digits.isbn_10(parts[0]) else Fault.CHECK_DIGIT


def _issn(parts: Groups, _known: Known) -> str:
    return NONE if digits.issn(parts[0]) else Fault.CHECK_DIGIT


_ISBN = ("13 位（978、979 开头）或 10 位", "13 digits beginning with 978 or 979, or 10")
ISBN: tuple[Scheme, ...] = (
    scheme(
        "isbn_13",
        ("国际标准书号（ISBN）", "ISBN"),
        _ISBN,
        r"(?:ISBN)?(?P<number>97[89]\d{10})",
        check=_isbn_13,
        write=lambda p: p[0],
        source="GB/T 5795",
        verified=True,
    ),
    scheme(
        "isbn_10",
        ("国际标准书号（10 位）", "ISBN of ten digits"),
        _ISBN,
        r"(?:ISBN)?(?P<number>\d{9}[\dX])",
        check=_isbn_10,
        write=lambda p: p[0],
        source="GB/T 5795",
        verified=True,
    ),
)
ISSN: tuple[Scheme, ...] = (
    scheme(
        "issn",
        ("国际标准连续出版物号（ISSN）", "ISSN"),
        ("8 位，第 8 位可为 X", "8 characters, the last may be X"),
        r"(?:ISSN)?(?P<number>\d{7}[\dX])",
        check=_issn,
        write=lambda p: f"{p[0][:4]}-{p[0][4:]}",
        source="GB/T 9999.1",
        verified=True,
    ),
)

REPORT: tuple[Scheme, ...] = (
    scheme(
        "report",
        ("检验检测报告编号", "test report number"),
        (
            "各机构自定，4 至 40 个字母、数字和连接符，至少 3 位数字",
            "free per laboratory: 4 to 40 letters, digits and marks, 3 digits at least",
        ),
        r"(?=(?:\D*\d){3})(?P<number>[A-Z0-9一-龥][A-Z0-9一-龥\-/().#_]{3,39})",
        source="各机构自定",
        verified=False,
    ),
)

QUARANTINE: tuple[Scheme, ...] = (
    scheme(
        "animal",
        ("动物检疫证明编号", "animal quarantine certificate number"),
        ("动物或产品、A 或 B，加 8 至 12 位数字", "动物 or 产品, A or B, 8 to 12 digits"),
        r"(?:动物检疫合格证明?)?\(?(?P<about>动物|产品)?\(?(?P<form>[AB])?\)?(?:NO\.?)?(?P<number>\d{8,12})",
        source="动物检疫管理办法",
        verified=False,
        codes={"about": "animal_about", "form": "animal_form"},
    ),
    scheme(
        "ciq",
        ("入境货物检验检疫证明编号", "certificate of imported goods"),
        ("15 或 18 位数字，可带 3 位后缀", "15 or 18 digits, a suffix of 3 may follow"),
        r"(?P<number>\d{15}|\d{18})(?P<suffix>-?\d{3})?",
        source="进出口商品检验法实施条例",
        verified=False,
    ),
)


def _customs(parts: Groups, known: Known) -> str:
    return NONE if 1999 <= int(parts[2]) <= known.year else Fault.YEAR


CUSTOMS: tuple[Scheme, ...] = (
    scheme(
        "customs",
        ("海关报关单号", "customs declaration number"),
        ("18 位：关区 4 位、年份 4 位、进出口标志、顺序号 9 位", "18 digits: office 4, year 4, direction, serial 9"),
        r"(?P<number>(?P<office>\d{4})(?P<year>\d{4})(?P<direction>[01EI])(?P<serial>\d{9}))",
        check=_customs,
        source="海关进出口货物报关单填制规范",
        verified=False,
        codes={"direction": "customs_direction"},
    ),
)

"""Who may trade and make: credit code, food licences, licences of cosmetics, industrial products, disinfectants, feed and publications."""

from __future__ import annotations

from pinzhi.kernel.values import Text
from pinzhi.life.admission.rules.numbers import digits
from pinzhi.life.admission.rules.numbers.scheme import (
    NONE,
    Check,
    Fault,
    Groups,
    Known,
    Scheme,
    scheme,
    withdrawn,
)

_A = digits.USCC_ALPHABET
_USCC_SHAPE = ("18 位数字或大写字母，不含 I、O、S、V、Z", "18 digits or capital letters without I, O, S, V, Z")
_SC_SHAPE = ("SC 加 14 位数字", "SC and 14 digits")
_JY_SHAPE = ("JY（备案为 YB）加 14 位数字", "JY (YB for a notice) and 14 digits")


def in_years(field: int, first: int) -> Check:
    """The four-digit year in this part lies between the first year of the scheme and the day that counts."""

    def check(parts: Groups, known: Known) -> str:
        return NONE if first <= int(parts[field]) <= known.year else Fault.YEAR

    return check


def _uscc(parts: Groups, known: Known) -> str:
    code, registrar, region = parts[0], parts[2], parts[3]
    if not digits.uscc(code):
        return Fault.CHECK_DIGIT
    # 100000 stands for the whole country. The military office and bodies abroad use codes that are not in GB/T 2260.
    if region[:2] not in known.provinces and region != "100000" and registrar not in "2A":
        return Fault.REGION
    return NONE


def _uscc_remarks(parts: Groups, _known: Known) -> tuple[Text, ...]:
    if digits.organisation(parts[4]):
        return ()
    return (
        Text(
            "主体标识码（第 9–17 位）的校验位与 GB 11714 不符。", "Characters 9 to 17 do not fit the check of GB 11714."
        ),
    )


def _letters(parts: Groups, _known: Known) -> str:
    return Fault.ALPHABET if set(parts[0]) - set(_A) else Fault.SHAPE


def _sc(parts: Groups, known: Known) -> str:
    number, category, kind, region = parts[:4]
    if not digits.mod_11_10(number):
        return Fault.CHECK_DIGIT
    if region[:2] not in known.provinces:
        return Fault.REGION
    return NONE if 1 <= int(category[1:]) <= (31 if kind == "1" else 3) else Fault.CATEGORY


def _jy(parts: Groups, known: Known) -> str:
    if not digits.mod_11_10(parts[1]):
        return Fault.CHECK_DIGIT
    return NONE if parts[3][:2] in known.provinces else Fault.REGION


def _maker(parts: Groups, known: Known) -> str:
    if parts[0] not in known.characters:
        return Fault.REGION
    return NONE if 2016 <= int(parts[1]) <= known.year else Fault.YEAR


def _province_and_year(province: int, year: int, first: int) -> Check:
    def check(parts: Groups, known: Known) -> str:
        if parts[province] not in known.characters:
            return Fault.REGION
        return NONE if first <= int(parts[year]) <= known.year else Fault.YEAR

    return check


USCC: tuple[Scheme, ...] = (
    scheme(
        "uscc",
        ("统一社会信用代码", "unified social credit code"),
        _USCC_SHAPE,
        rf"(?P<code>(?P<form>(?P<registrar>[{_A}])[{_A}])(?P<region>\d{{6}})(?P<organisation>[{_A}]{{9}})(?P<check>[{_A}]))",
        check=_uscc,
        source="GB 32100-2015; GB 11714; GB/T 2260",
        verified=True,
        codes={"registrar": "uscc_registrar", "form": "uscc_form", "region": "region"},
        remarks=_uscc_remarks,
    ),
    scheme(
        "uscc_letters",
        ("统一社会信用代码", "unified social credit code"),
        _USCC_SHAPE,
        r"(?P<code>[0-9A-Z]{18})",
        check=_letters,
        source="GB 32100-2015",
        verified=True,
    ),
)

SC: tuple[Scheme, ...] = (
    scheme(
        "sc",
        ("食品生产许可证编号", "food production licence number"),
        _SC_SHAPE,
        r"(?:SC)?(?P<number>(?P<category>(?P<kind>[12])\d\d)(?P<region>\d{6})(?P<serial>\d{4})(?P<check>\d))",
        check=_sc,
        write=lambda p: "SC" + p[0],
        # Read on a page of 2017; 12 of 12 real numbers fit the check, both made-up ones do not.
        source="食品生产许可证编号规则; ISO 7064 MOD 11,10",
        verified=True,
        codes={"kind": "sc_kind", "category": "sc_category", "region": "region"},
    ),
    scheme(
        "qs",
        ("QS 编号（2018 年 10 月 1 日起停用）", "QS number (withdrawn on 1 October 2018)"),
        _SC_SHAPE,
        r"QS(?P<number>\d{12})",
        check=withdrawn,
        source="食品生产许可管理办法",
        verified=False,
    ),
)

JY: tuple[Scheme, ...] = (
    scheme(
        "jy",
        ("食品经营许可证或备案编号", "food trade licence or notice number"),
        _JY_SHAPE,
        r"(?P<paper>JY|YB)(?P<number>(?P<form>[1-3])(?P<region>\d{6})(?P<serial>\d{6})(?P<check>\d))",
        check=_jy,
        source="食品经营许可和备案管理办法",
        verified=False,
        codes={"form": "jy_form", "region": "region"},
    ),
)

COSMETICS_MAKER: tuple[Scheme, ...] = (
    scheme(
        "cosmetics_maker",
        ("化妆品生产许可证编号", "cosmetics production licence number"),
        ("省份简称 + 妆 + 4 位年份 + 4 位顺序号", "province, 妆, year of 4 digits, serial of 4 digits"),
        r"(?P<province>[一-龥])妆(?P<year>\d{4})(?P<serial>\d{4})",
        check=_maker,
        source="化妆品生产经营监督管理办法",
        verified=False,
        codes={"province": "province"},
    ),
    scheme(
        "cosmetics_maker_old",
        ("卫妆准 / XK16 编号（已停用）", "卫妆准 / XK16 number (withdrawn)"),
        ("省份简称 + 妆 + 8 位数字", "province, 妆, 8 digits"),
        r"(?P<number>(?:\(\d{4}\)卫妆准字?\d{2}-XK-?第?\d{4}|XK16-?108-?\d{4}))",
        check=withdrawn,
        source="化妆品生产许可工作规范",
        verified=False,
    ),
)

INDUSTRIAL: tuple[Scheme, ...] = (
    scheme(
        "industrial",
        ("工业产品生产许可证编号", "industrial production licence number"),
        ("XK + 2 位 + 3 位 + 5 位", "XK, 2, 3 and 5 digits"),
        r"(?:\((?P<province>[一-龥])\))?XK(?P<sector>\d{2})-?(?P<product>\d{3})-?(?P<serial>\d{5})",
        write=lambda p: (f"（{p[0]}）" if p[0] else "") + f"XK{p[1]}-{p[2]}-{p[3]}",
        source="工业产品生产许可证管理条例实施办法",
        verified=False,
        codes={"province": "province"},
    ),
)

DISINFECTANT: tuple[Scheme, ...] = (
    scheme(
        "disinfectant",
        ("消毒产品生产企业卫生许可证号", "hygiene licence of a maker of disinfection products"),
        ("（省份简称）卫消证字（年份）第 4 位号", "(province)卫消证字(year)第 and 4 digits"),
        r"\(?(?P<province>[一-龥])\)?卫消证字\(?(?P<year>\d{4})\)?第?(?P<serial>\d{4})",
        check=_province_and_year(0, 1, 2002),
        write=lambda p: f"（{p[0]}）卫消证字（{p[1]}）第{p[2]}号",
        source="消毒管理办法",
        verified=False,
        codes={"province": "province"},
    ),
)

FEED: tuple[Scheme, ...] = (
    scheme(
        "feed",
        ("饲料生产许可证编号", "feed production licence number"),
        ("省份简称 + 饲证（年份）5 位号", "province, 饲证 (year) and 5 digits"),
        r"(?P<province>[一-龥])饲(?P<what>预|添)?证\((?P<year>\d{4})\)(?P<serial>\d{5})",
        check=_province_and_year(0, 2, 2012),
        write=lambda p: f"{p[0]}饲{p[1]}证（{p[2]}）{p[3]}",
        source="饲料和饲料添加剂生产许可管理办法",
        verified=False,
        codes={"province": "province"},
    ),
    scheme(
        "feed_imported",
        ("进口饲料登记证号", "registration of imported feed"),
        ("（年份）外饲准字 3 位号", "(year)外饲准字 and 3 digits"),
        r"\((?P<year>\d{4})\)外饲准字(?P<serial>\d{3})",
        check=in_years(0, 2000),
        write=lambda p: f"（{p[0]}）外饲准字{p[1]}号",
        source="进口饲料和饲料添加剂登记管理办法",
        verified=False,
    ),
)

PUBLICATION: tuple[Scheme, ...] = (
    scheme(
        "publication",
        ("出版物经营许可证编号", "licence to trade in publications"),
        ("新出发 + 地区 + 字号", "新出发, region, 字 and number"),
        r"新出(?:发|零|网)(?P<place>[一-龥]{1,6}?)(?:零|批|总|网)?字?第?(?P<serial>[A-Z0-9\-一-龥]{3,16}?)",
        source="出版物市场管理规定",
        verified=False,
    ),
)

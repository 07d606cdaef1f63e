"""What may be sold as what: registrations and notices of health food, special formulas, cosmetics, medical devices and drugs."""

from __future__ import annotations

from pinzhi.life.admission.rules.numbers.licences import COSMETICS_MAKER, in_years
from pinzhi.life.admission.rules.numbers.scheme import NONE, Fault, Groups, Known, Scheme, scheme, withdrawn

# --- health food and special formulas ----------------------------------------------------------------------------------------------------------------

_HEALTH = (
    "国食健注 / 国食健字 + G 或 J + 8 位，或食健备 + G 或 J + 12 位",
    "国食健注 or 国食健字, G or J, 8 digits; or 食健备, G or J, 12 digits",
)


def _health_registered(parts: Groups, known: Known) -> str:
    first = 2016 if parts[0] == "注" else 2003
    last = known.year if parts[0] == "注" else min(known.year, 2016)
    return NONE if first <= int(parts[2]) <= last else Fault.YEAR


def _health_noticed(parts: Groups, known: Known) -> str:
    origin, year, province = parts[:3]
    if not 2016 <= int(year) <= known.year:
        return Fault.YEAR
    # The notice of an imported product carries 00 where a domestic one has its province.
    fits = province == "00" if origin == "J" else province in known.provinces
    return NONE if fits else Fault.REGION


def _health_old(parts: Groups, _known: Known) -> str:
    return NONE if 1996 <= int(parts[1]) <= 2003 else Fault.YEAR


HEALTH_FOOD: tuple[Scheme, ...] = (
    scheme(
        "health_registered",
        ("保健食品注册号", "health food registration"),
        _HEALTH,
        r"国食健(?P<way>注|字)(?P<origin>[GJ])(?P<year>\d{4})(?P<serial>\d{4})",
        check=_health_registered,
        source="保健食品注册与备案管理办法",
        verified=False,
        codes={"origin": "origin"},
    ),
    scheme(
        "health_noticed",
        ("保健食品备案号", "health food notice"),
        _HEALTH,
        r"食健备(?P<origin>[GJ])(?P<year>\d{4})(?P<province>\d{2})(?P<serial>\d{6})",
        check=_health_noticed,
        source="保健食品注册与备案管理办法",
        verified=False,
        codes={"origin": "origin", "province": "province_code"},
    ),
    scheme(
        "health_old",
        ("卫生部保健食品批准文号", "health food approval of the former Ministry of Health"),
        _HEALTH,
        r"卫(?P<imported>进)?食健(?:进)?字\((?P<year>\d{4})\)第?(?P<serial>\d{4})",
        check=_health_old,
        write=lambda p: f"卫{p[0]}食健字（{p[1]}）第{p[2]}号",
        source="保健食品管理办法（1996）",
        verified=False,
    ),
)

FORMULA: tuple[Scheme, ...] = (
    scheme(
        "formula",
        ("特殊配方食品注册号", "registration of a special formula"),
        ("国食注字 + YP 或 TY + 8 位", "国食注字, YP or TY, 8 digits"),
        r"国食注字(?P<kind>YP|TY)(?P<year>\d{4})(?P<serial>\d{4})",
        check=in_years(1, 2016),
        source="婴幼儿配方乳粉产品配方注册管理办法; 特殊医学用途配方食品注册管理办法",
        verified=False,
        codes={"kind": "formula_kind"},
    ),
)

# --- cosmetics -------------------------------------------------------------------------------------------------------------------------------------

_COSMETICS = (
    "普通：省份简称 + G妆网备字 + 10 位，或国妆网备进字（省）+ 10 位；特殊：国妆特字 / 国妆特进字 + 8 位",
    "ordinary: province, G妆网备字, 10 digits, or 国妆网备进字(province), 10 digits; special: 国妆特字 or 国妆特进字, 8 digits",
)


def _domestic(parts: Groups, known: Known) -> str:
    if parts[0] not in known.characters:
        return Fault.REGION
    return NONE if 2014 <= int(parts[1]) <= known.year else Fault.YEAR


def _imported(parts: Groups, known: Known) -> str:
    if parts[1] not in known.characters:
        return Fault.REGION
    return NONE if 2017 <= int(parts[2]) <= known.year else Fault.YEAR


SPECIAL: tuple[Scheme, ...] = (
    scheme(
        "cosmetics_special",
        ("特殊化妆品注册证号", "registration of special cosmetics"),
        _COSMETICS,
        r"国妆特(?P<way>进|制)?字(?:[GJ])?(?P<year>\d{4})(?P<serial>\d{4})",
        check=in_years(1, 2008),
        write=lambda p: f"国妆特{p[0]}字{p[1]}{p[2]}",
        source="化妆品注册备案管理办法",
        verified=False,
    ),
    scheme(
        "cosmetics_special_old",
        ("卫妆特字（四年期已届满）", "卫妆特字 (its four years have run out)"),
        _COSMETICS,
        r"卫妆特(?P<way>进)?字\((?P<year>\d{4})\)第?(?P<serial>\d{4})",
        check=withdrawn,
        source="化妆品卫生监督条例实施细则",
        verified=False,
    ),
)

COSMETICS: tuple[Scheme, ...] = (
    scheme(
        "cosmetics_domestic",
        ("国产普通化妆品备案号", "notice of ordinary domestic cosmetics"),
        _COSMETICS,
        r"(?P<province>[一-龥])G妆网备字(?P<year>\d{4})(?P<serial>\d{6})",
        check=_domestic,
        source="化妆品注册备案管理办法",
        verified=True,
        codes={"province": "province"},
    ),
    scheme(
        "cosmetics_imported",
        ("进口普通化妆品备案号", "notice of ordinary imported cosmetics"),
        _COSMETICS,
        r"国妆网备(?P<way>进|制)字[(（](?P<province>[一-龥])[)）](?P<year>\d{4})(?P<serial>\d{6})",
        check=_imported,
        write=lambda p: f"国妆网备{p[0]}字（{p[1]}）{p[2]}{p[3]}",
        source="化妆品注册备案管理办法",
        verified=True,
        codes={"province": "province"},
    ),
    scheme(
        "cosmetics_imported_old",
        ("2021 年以前的进口非特殊用途化妆品备案号", "notice of ordinary imported cosmetics of before 2021"),
        _COSMETICS,
        r"国妆备进字J(?P<year>\d{4})(?P<serial>\d{4,5})",
        check=in_years(0, 2008),
        source="化妆品卫生监督条例实施细则",
        verified=False,
    ),
    *SPECIAL,
    *COSMETICS_MAKER,
)
"""Every number of the field, the maker's licence included: `part` and `scheme` say which it is, and the matrix asks for the one that it needs."""

# --- devices and drugs -------------------------------------------------------------------------------------------------------------------------------

_DEVICE = (
    "国或省份简称 + 械注准 / 进 / 许 + 年份 + 类别 + 分类 + 4 位；第一类：省市 + 械备 + 年份 + 4 位",
    "国 or province, 械注准/进/许, year, class, category, 4 digits; class I: place, 械备, year, 4 digits",
)


def _device(parts: Groups, known: Known) -> str:
    authority, way, year, klass, category = parts[:5]
    if authority != "国" and authority not in known.characters:
        return Fault.REGION
    if not 2014 <= int(year) <= known.year:
        return Fault.YEAR
    # Class III and everything from outside the mainland is registered by the state, class II of the mainland by the province.
    by_state = way != "准" or klass == "3"
    if (authority == "国") != by_state:
        return Fault.CLASS
    # 01-22 of the catalogue of 2018, 40 for reagents; numbers of what was applied for earlier carry the last two digits of the catalogue of 2002 (01-77).
    last = 22 if int(year) >= 2021 else 77
    return NONE if 1 <= int(category) <= last or category == "40" else Fault.CATEGORY


def _device_noticed(parts: Groups, known: Known) -> str:
    place = parts[0]
    if place != "国" and place[0] not in known.characters:
        return Fault.REGION
    return NONE if 2014 <= int(parts[1]) <= known.year else Fault.YEAR


def _device_licence(parts: Groups, known: Known) -> str:
    if parts[0] not in known.characters:
        return Fault.REGION
    return NONE if 2014 <= int(parts[2]) <= known.year else Fault.YEAR


DEVICE: tuple[Scheme, ...] = (
    scheme(
        "device_registered",
        ("医疗器械注册证编号", "medical device registration"),
        _DEVICE,
        r"(?P<authority>[一-龥])械注(?P<way>[准进许])(?P<year>\d{4})(?P<class>[23])(?P<category>\d{2})(?P<serial>\d{4})",
        check=_device,
        source="医疗器械注册与备案管理办法",
        verified=False,
        codes={"authority": "province", "way": "device_way", "class": "device_class", "category": "device_category"},
    ),
    scheme(
        "device_noticed",
        ("第一类医疗器械备案编号", "notice of a class I medical device"),
        _DEVICE,
        r"(?P<place>国|[一-龥]{2})械备(?P<year>\d{4})(?P<serial>\d{4,6})",
        check=_device_noticed,
        source="医疗器械注册与备案管理办法",
        verified=False,
    ),
    scheme(
        "device_licence",
        ("医疗器械生产或经营许可、备案编号", "licence or notice of a maker or trader of medical devices"),
        _DEVICE,
        r"(?P<province>[一-龥])[一-龥]{0,4}?械(?P<what>生产许|经营许|生产备|经营备|网备字?)可?\(?(?P<year>\d{4})\)?第?(?P<serial>\d{4,6})",
        check=_device_licence,
        source="医疗器械生产监督管理办法; 医疗器械经营监督管理办法",
        verified=False,
        codes={"province": "province"},
    ),
    scheme(
        "device_old",
        ("2014 年以前的医疗器械注册证（已届满）", "device registration of before 2014 (run out)"),
        _DEVICE,
        r"(?P<authority>[一-龥])食药监械\((?P<way>[准进许])\)字(?P<year>\d{4})第?(?P<number>\d{7})",
        check=withdrawn,
        source="医疗器械注册管理办法（2004）",
        verified=False,
    ),
)


def _drug(parts: Groups, known: Known) -> str:
    head, year = parts[2][:2], parts[2][:4]
    # The first two digits tell where the number was converted from (10, 19, 20 or a province); since 2020 the first four are the year.
    if head not in {"10", "19", "20"} and head not in known.provinces:
        return Fault.REGION
    return Fault.YEAR if parts[1] and not 2020 <= int(year) <= known.year else NONE


DRUG: tuple[Scheme, ...] = (
    scheme(
        "drug",
        ("药品批准文号", "drug approval number"),
        ("国药准字 + 字母 + 8 位", "国药准字, letter, 8 digits"),
        r"国药准字(?P<kind>[HZSBTFJ])(?P<from>[CJ])?(?P<number>\d{8})",
        check=_drug,
        source="药品注册管理办法",
        verified=False,
        codes={"kind": "drug_kind"},
    ),
)

"""
A press of test reports: known truth in several layouts, as digital PDF, and forged. Used by the tests of admission and by `bench/admission_reports.py`.

Everything is drawn with fpdf2 and a CJK font of the system; laboratories, firms and numbers are invented.
"""

from __future__ import annotations

import io
import random
import re
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import fpdf
import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
)
_MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
_PIECE = re.compile(r"[\x21-\x2b\x2d-\x3a\x3c-\x7e±≤≥×]+[,;]? *|.", re.DOTALL)
LAYOUTS = ("chinese", "bilingual", "merged", "english")


@dataclass(frozen=True)
class Line:
    """One line of the table as truth. `good` is what its figures say, whatever `printed` says."""

    name: str
    unit: str
    limit: str
    value: str
    printed: str = "合格"
    good: bool | None = True
    group: str = ""
    english: str = ""


@dataclass(frozen=True)
class Truth:
    """A report as it should be read."""

    report_no: str
    lab: str
    cma: str
    cnas: str
    product: str
    brand: str
    model: str
    batch: str
    manufacturer: str
    client: str
    standards: tuple[str, ...]
    manufactured: date
    sampled: date
    received: date
    tested_from: date
    tested_to: date
    issued: date
    conclusion: str
    lines: tuple[Line, ...] = field(default=())

    def expected(self) -> dict[str, object]:
        """The fields as the command prints them."""
        named = "report_no lab cma cnas product brand model batch manufacturer client conclusion".split()  # noqa: SIM905
        days = "manufactured sampled received tested_from tested_to issued".split()  # noqa: SIM905
        return {
            **{n: getattr(self, n) for n in named},
            **{n: getattr(self, n).isoformat() for n in days},
            "standards": list(self.standards),
        }


LABS = (
    ("华东纺织品质量检测中心", "210012345678", "L1234"),
    ("南方产品检验研究院有限公司", "190056781234", "L5678"),
    ("北辰检测技术有限公司", "220034567812", "L10234"),
)
ENGLISH_LABS = {
    "华东纺织品质量检测中心": "Huadong Textile Testing Center",
    "南方产品检验研究院有限公司": "Nanfang Inspection Institute",
    "北辰检测技术有限公司": "Beichen Testing Co., Ltd.",
}
CLOTHES = (
    Line("甲醛含量", "mg/kg", "≤75", "{36|20|未检出|58.2}", english="Formaldehyde content"),
    Line("pH值", "/", "4.0~8.5", "{6.8|7.2|5.9}", english="pH value"),
    Line("可分解致癌芳香胺染料", "mg/kg", "≤20", "{未检出|<5}", english="Azo dyes"),
    Line("耐水色牢度（变色）", "级", "≥3", "{4|4-5|3-4}", english="Colour fastness to water"),
    Line("耐干摩擦色牢度", "级", "≥3", "{4|3-4}", english="Colour fastness to dry rubbing"),
    Line("异味", "/", "无", "无", english="Odour"),
    Line("水洗尺寸变化率（直向）", "%", "-3.0~+2.0", "{-1.2|0.8|-2.5}", english="Dimensional change"),
)
FIBRES = (("棉", "聚酯纤维", "氨纶"), ("Cotton", "Polyester", "Elastane"))
FOOD = (
    Line("铅（以Pb计）", "mg/kg", "≤0.5", "{0.12|未检出|0.043}", english="Lead (as Pb)"),
    Line("镉（以Cd计）", "mg/kg", "≤0.2", "{0.05|0.11}", english="Cadmium (as Cd)"),
    Line("过氧化值（以脂肪计）", "g/100g", "≤0.25", "{0.08|0.021}", english="Peroxide value"),
    Line("山梨酸及其钾盐", "g/kg", "≤1.0", "{0.35|未检出}", english="Sorbic acid"),
    Line("水分", "g/100g", "≤8.0", "{5.6|6.31}", english="Moisture"),
    Line("大肠菌群", "CFU/g", "n=5,c=2,m=10,M=100", "{<10,<10,<10,<10,<10|10,<10,20,<10,<10}", english="Coliforms"),
    Line("净含量", "g", "≥500", "{503|500.0|512.4}", english="Net content"),
)
PRODUCTS = (
    ("纯棉圆领短袖T恤", "晴禾", CLOTHES, ("GB 18401-2010", "GB/T 2912.1-2009", "GB/T 22849-2024")),
    ("全麦苏打饼干", "麦屿", FOOD, ("GB 7100-2015", "GB 5009.12-2023", "GB 4789.3-2016")),
    ("女士针织连衣裙", "素汀", CLOTHES, ("GB 18401-2010", "FZ/T 81004-2022")),
)


def _pick(text: str, chance: random.Random) -> str:
    return chance.choice(text[1:-1].split("|")) if text.startswith("{") else text


def truth(seed: int, *, english: bool = False) -> Truth:
    """A report in order, its days before 2026-11-01."""
    chance = random.Random(seed)
    lab, cma, cnas = LABS[seed % len(LABS)]
    product, brand, lines, standards = PRODUCTS[chance.randrange(len(PRODUCTS))]
    made = date(2026, 1, 5) + timedelta(days=chance.randrange(180))
    steps = [chance.randrange(1, 8) for _ in range(5)]
    days = [made]
    for step in steps:
        days.append(days[-1] + timedelta(days=step))
    held = tuple(replace(line, value=_pick(line.value, chance)) for line in lines)
    if lines is CLOTHES:
        cotton, spandex = chance.randrange(500, 900) / 10, chance.randrange(20, 60) / 10
        shares = (cotton, round(100 - cotton - spandex, 1), spandex)
        held += tuple(
            Line(n, "%", "/", f"{s:.1f}", "/", None, "纤维含量", e) for n, e, s in zip(*FIBRES, shares, strict=True)
        )
    number = f"{chance.choice(['WT', 'QT', 'ZJ'])}{days[-1].year}-{chance.randrange(10**5, 10**6)}"
    return Truth(
        number,
        ENGLISH_LABS[lab] if english else lab,
        cma,
        cnas,
        product,
        brand,
        f"{chance.choice('ABKT')}{chance.randrange(100, 999)}-{chance.randrange(10, 99)}",
        f"{made:%Y%m%d}{chance.choice('AB')}",
        f"{brand}（浙江）制造有限公司",
        f"杭州{brand}电子商务有限公司",
        standards,
        days[0],
        days[1],
        days[2],
        days[3],
        days[4],
        days[5],
        "经检验，所检项目符合标准要求，判定为合格。",
        held,
    )


@cache
def font() -> str:
    """
    The characters of this file and of its tests out of a CJK font of the system: to load the whole of it takes a second for each report.

    Raises RuntimeError where there is none (tools/setup.sh installs one).
    """
    from fontTools import subset
    from fontTools.ttLib import TTFont

    found = next(((p, n) for p, n in FONTS if Path(p).exists()), None)
    if found is None:
        raise RuntimeError("no CJK font: install fonts-noto-cjk")
    here = Path(__file__)
    rooms = here.parents[1] / "src" / "pinzhi"
    tests = [*rooms.glob("life/admission/tests/*report*.py"), *rooms.glob("doors/cli/tests/*report*.py")]
    characters = set("".join(p.read_text(encoding="utf-8") for p in (here, *sorted(tests)))) | set(
        map(chr, range(32, 127))
    )
    held = TTFont(found[0], fontNumber=found[1])
    cut = subset.Subsetter(subset.Options(layout_features=[], notdef_outline=True))
    cut.populate(text="".join(sorted(characters)))
    cut.subset(held)
    out = Path(tempfile.mkdtemp(prefix="pinzhi-press-")) / "press.otf"
    held.save(out)
    return str(out)


class Press(fpdf.FPDF):
    """A4 in points with the CJK font ready."""

    def __init__(self) -> None:
        super().__init__(unit="pt", format="A4")
        self.set_auto_page_break(False)
        self.add_font("cjk", fname=font())
        self.fonts[
            "cjk"
        ].ttfont.recalcBBoxes = False  # drawing every glyph to measure it takes most of the time of a report
        self.set_font("cjk", size=10)
        self.set_creation_date(_MIDNIGHT)
        self.spots: dict[str, tuple[int, float, float, float, float]] = {}
        self.bare = False

    def say(self, x: float, y: float, text: str, size: float = 10) -> None:
        self.set_font_size(size)
        self.text(x, y, text)

    def wrapped(self, text: str, width: float) -> list[str]:
        """Cut to lines of a width: between Chinese characters, after marks and spaces, inside a Latin word only where it is too long for a line."""
        lines = [""]
        for piece in _PIECE.findall(text):
            if self.get_string_width(lines[-1] + piece.rstrip()) > width and lines[-1]:
                lines.append("")
            for char in piece if self.get_string_width(piece) > width else (piece,):
                if self.get_string_width(lines[-1] + char.rstrip()) > width and lines[-1]:
                    lines.append("")
                lines[-1] += char
        return [line.strip() for line in lines]

    def cell_at(
        self, x: float, y: float, width: float, height: float, text: str, *, box: bool = True, centred: bool = False
    ) -> None:
        """A cell with its text in the middle of its height, wrapped."""
        self.set_font_size(10)
        self.spots.setdefault(text, (self.page_no(), x, y, width, height))
        if box and not self.bare:
            self.rect(x, y, width, height)
        lines = self.wrapped(text, width - 6)
        top = y + height / 2 - (len(lines) - 1) * 6 + 3.5
        for i, line in enumerate(lines):
            left = x + (width - self.get_string_width(line)) / 2 if centred else x + 3
            self.text(left, top + 12 * i, line)


def _day(day: date, how: int) -> str:
    return (f"{day:%Y-%m-%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}")[how % 4]


def chinese(t: Truth, p: Press) -> None:
    """Drawn grid of labels and values, drawn table, everything in Chinese."""
    p.add_page()
    p.say(150, 60, t.lab, 16)
    p.say(230, 90, "检 验 报 告", 20)
    p.say(45, 115, f"报告编号：{t.report_no}")
    p.say(430, 115, "第 1 页 共 1 页")
    p.say(45, 130, f"资质认定证书编号：{t.cma}")
    p.say(250, 130, f"CNAS {t.cnas}")
    pairs = [
        ("样品名称", t.product, "商标", t.brand),
        ("规格型号", t.model, "批号", t.batch),
        ("生产单位", t.manufacturer, "委托单位", t.client),
        ("生产日期", _day(t.manufactured, 0), "抽样日期", _day(t.sampled, 0)),
        ("收样日期", _day(t.received, 1), "检验日期", f"{_day(t.tested_from, 0)}~{_day(t.tested_to, 0)}"),
        ("检验依据", "、".join(t.standards), "检验类别", "委托检验"),
    ]
    y = 145.0
    for a, b, c, d in pairs:
        height = 14 + 12 * max(len(p.wrapped(b, 174)), len(p.wrapped(d, 174)))
        for x, width, text in ((45, 70, a), (115, 180, b), (295, 70, c), (365, 180, d)):
            p.cell_at(x, y, width, height, text)
        y += height
    p.cell_at(45, y, 70, 40, "检验结论")
    p.cell_at(115, y, 430, 40, t.conclusion)
    y += 55
    widths = (35, 150, 60, 110, 85, 60)
    y = _table(p, y, widths, [("序号", "检验项目", "单位", "标准要求", "检验结果", "单项判定")], header=True)
    rows = [(str(i), line.name, line.unit, line.limit, line.value, line.printed) for i, line in enumerate(t.lines, 1)]
    y = _table(p, y, widths, rows)
    p.say(45, y + 16, "本报告仅对来样负责。")
    p.say(45, y + 34, "主检：王宁    审核：李岚    批准：周默")
    p.say(380, y + 34, f"签发日期：{_day(t.issued, 1)}")
    p.say(260, y + 52, "（以下空白）")


def _table(
    p: Press, y: float, widths: tuple[float, ...], rows: list[tuple[str, ...]], *, header: bool = False
) -> float:
    for row in rows:
        height = 10 + 12 * max(len(p.wrapped(text, w - 6)) for text, w in zip(row, widths, strict=True))
        x = 45.0
        for text, width in zip(row, widths, strict=True):
            p.cell_at(x, y, width, height, text, centred=header)
            x += width
        y += height
    return y


def bilingual(t: Truth, p: Press) -> None:
    """Labels before colons in two languages, a table with level lines only, a header of two lines."""
    p.add_page()
    p.say(120, 60, "检测报告 TEST REPORT", 18)
    p.say(45, 95, f"报告编号 Report No.: {t.report_no}")
    p.say(330, 95, f"签发日期 Date of Issue: {_day(t.issued, 0)}")
    y = 120.0
    for label, value in (
        ("检测机构 Testing Laboratory", t.lab),
        ("CMA证书编号 CMA No.", t.cma),
        ("CNAS注册号 CNAS No.", t.cnas),
        ("样品名称 Sample Name", t.product),
        ("品牌 Brand", t.brand),
        ("型号 Model", t.model),
        ("批号 Batch No.", t.batch),
        ("制造商 Manufacturer", t.manufacturer),
        ("委托方 Client", t.client),
        ("生产日期 Production Date", _day(t.manufactured, 2)),
        ("抽样日期 Sampling Date", _day(t.sampled, 2)),
        ("接样日期 Date Received", _day(t.received, 2)),
        ("检测周期 Test Period", f"{_day(t.tested_from, 0)} 至 {_day(t.tested_to, 0)}"),
        ("检测依据 Test Standard", "; ".join(t.standards)),
        ("检测结论 Conclusion", t.conclusion),
    ):
        p.say(45, y, f"{label}: {value}")
        y += 17
    y += 14
    xs = (45, 205, 255, 375, 500)
    p.line(45, y - 12, 550, y - 12)
    for x, zh, en in zip(
        xs,
        ("检测项目", "单位", "限量要求", "检测结果", "单项结论"),
        ("Test Item", "Unit", "Requirement", "Result", "Conclusion"),
        strict=True,
    ):
        p.say(x, y, zh)
        p.say(x, y + 13, en, 9)
    y += 20
    p.line(45, y, 550, y)
    y += 14
    for line in t.lines:
        parts = p.wrapped(f"{line.name} {line.english}", 150)
        for x, text in zip(xs, (parts[0], line.unit, line.limit, line.value, line.printed), strict=True):
            p.say(x, y, text)
        for more in parts[1:]:
            y += 12
            p.say(xs[0], y, more)
        y += 18
    p.line(45, y - 8, 550, y - 8)
    p.say(45, y + 10, "备注：检测结果仅对来样负责。The results relate only to the sample tested.", 8)
    p.say(230, y + 28, "— 报告结束 End of Report —")


def merged(t: Truth, p: Press) -> None:
    """Two pages; a group cell beside its items, one requirement for several rows."""
    p.add_page()
    p.say(150, 60, t.lab, 16)
    p.say(240, 90, "检测报告", 20)
    y = 120.0
    for label, value in (
        ("报告编号", t.report_no),
        ("CMA编号", t.cma),
        ("CNAS编号", t.cnas),
        ("产品名称", t.product),
        ("注册商标", t.brand),
        ("型号规格", t.model),
        ("生产批号", t.batch),
        ("标称生产单位", t.manufacturer),
        ("委托方", t.client),
        ("生产日期", _day(t.manufactured, 3)),
        ("抽样日期", _day(t.sampled, 3)),
        ("到样日期", _day(t.received, 3)),
        ("检测日期", f"{_day(t.tested_from, 1)}至{_day(t.tested_to, 1)}"),
        ("判定依据", "，".join(t.standards)),
        ("综合判定", t.conclusion),
        ("签发日期", _day(t.issued, 0)),
    ):
        p.cell_at(70, y, 120, 26, label)
        p.cell_at(190, y, 330, 26, value)
        y += 26
    p.add_page()
    p.say(45, 50, f"报告编号：{t.report_no}")
    p.say(450, 50, "第 2 页 共 2 页")
    y = 70.0
    xs, widths = (45, 115, 225, 285, 395, 480), (70, 110, 60, 110, 85, 65)
    for x, w, text in zip(
        (45, 225, 285, 395, 480),
        (180, 60, 110, 85, 65),
        ("检测项目", "单位", "技术要求", "实测值", "判定"),
        strict=True,
    ):
        p.cell_at(x, y, w, 26, text, centred=True)
    y += 26
    i = 0
    while i < len(t.lines):
        group = t.lines[i].group
        many = [line for line in t.lines[i:] if line.group == group] if group else [t.lines[i]]
        if group:
            p.cell_at(xs[0], y, widths[0], 24 * len(many), group, centred=True)
            p.cell_at(xs[3], y, widths[3], 24 * len(many), many[0].limit, centred=True)
        for k, line in enumerate(many):
            top = y + 24 * k
            if group:
                p.cell_at(xs[1], top, widths[1], 24, line.name)
            else:
                p.cell_at(xs[0], top, widths[0] + widths[1], 24, line.name)
                p.cell_at(xs[3], top, widths[3], 24, line.limit, centred=True)
            p.cell_at(xs[2], top, widths[2], 24, line.unit, centred=True)
            p.cell_at(xs[4], top, widths[4], 24, line.value, centred=True)
            p.cell_at(xs[5], top, widths[5], 24, line.printed, centred=True)
        y += 24 * len(many)
        i += len(many)
    p.say(45, y + 20, "检验结果仅对来样负责。以下空白")


def english(t: Truth, p: Press) -> None:
    """English only, no lines drawn at all, a column for the limit of detection."""
    p.add_page()
    p.say(45, 50, t.lab, 15)
    p.say(45, 70, f"CMA {t.cma}   CNAS {t.cnas}", 9)
    p.say(400, 50, "TEST REPORT", 15)
    y = 100.0
    for label, value in (
        ("Report No.", t.report_no),
        ("Sample Name", t.product),
        ("Brand", t.brand),
        ("Model No.", t.model),
        ("Lot No.", t.batch),
        ("Manufacturer", t.manufacturer),
        ("Applicant", t.client),
        ("Date of Manufacture", f"{t.manufactured:%b} {t.manufactured.day}, {t.manufactured.year}"),
        ("Sampling Date", f"{t.sampled.day} {t.sampled:%b} {t.sampled.year}"),
        ("Date of Receipt", f"{t.received:%B} {t.received.day}, {t.received.year}"),
        (
            "Testing Period",
            f"{t.tested_from:%b} {t.tested_from.day}, {t.tested_from.year} to {t.tested_to:%b} {t.tested_to.day}, {t.tested_to.year}",
        ),
        ("Test Standard", ", ".join(t.standards)),
        ("Issue Date", f"{t.issued:%b} {t.issued.day}, {t.issued.year}"),
        ("Conclusion", t.conclusion),
    ):
        p.say(45, y, label)
        p.say(190, y, f": {value}")
        y += 17
    y += 20
    xs = (45, 195, 245, 345, 450, 500)
    for x, text in zip(xs, ("Test Item", "Unit", "Limit", "Result", "MDL", "Conclusion"), strict=True):
        p.say(x, y, text)
    y += 18
    for line in t.lines:
        printed = {"合格": "Pass", "不合格": "Fail"}.get(line.printed, line.printed)
        value = {"未检出": "N.D."}.get(line.value, line.value)
        limit = {"无": "None"}.get(line.limit, line.limit)
        for x, text in zip(
            xs,
            (
                line.english,
                line.unit.replace("级", "grade"),
                limit,
                {"无": "None"}.get(value, value),
                "5" if value == "N.D." and "mg/kg" in line.unit and line.limit == "≤75" else "-",
                printed,
            ),
            strict=True,
        ):
            p.say(x, y, text, 9)
        y += 17
    p.say(45, y + 20, "Test results relate only to the sample tested. This report is not valid without seal.", 8)
    p.say(230, y + 40, "*** End of Report ***")


@lru_cache(maxsize=256)
def pressed(t: Truth, layout: str) -> bytes:
    """The PDF of a report."""
    p = Press()
    _LAYOUTS[layout](t, p)
    return bytes(p.output())


_LAYOUTS = {"chinese": chinese, "bilingual": bilingual, "merged": merged, "english": english}


# --- scans, photos, forgeries ---------------------------------------------------------------------------------------------------------------------


def pictures(pdf: bytes, dots: int = 150) -> list[Any]:
    """Every page as a picture (PIL)."""
    document = pdfium.PdfDocument(pdf)
    return [page.render(scale=dots / 72).to_pil().convert("RGB") for page in document]


def scanned(pdf: bytes, dots: int = 150) -> bytes:
    """The same report as a scanner makes it: a PDF of grey JPEG pages with some noise and a slight slope."""
    p = fpdf.FPDF(unit="pt", format="A4")
    chance = np.random.default_rng(7)
    for i, page in enumerate(pictures(pdf, dots)):
        grey = page.convert("L").rotate((-0.4, 0.3)[i % 2], resample=Image.Resampling.BICUBIC, fillcolor=255)
        noisy = np.clip(
            np.asarray(grey, dtype=np.float32) * 0.93 + 10 + chance.normal(0, 5, (grey.height, grey.width)), 0, 255
        )
        p.add_page()
        p.image(_jpeg(Image.fromarray(noisy.astype(np.uint8)), 80), 0, 0, 595, 842)
    return bytes(p.output())


def _jpeg(image: Any, quality: int) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    out.seek(0)
    return out


def photo(pdf: bytes, *, tilt: float = 2.0, seal: bool = True) -> bytes:
    """The first page as a telephone takes it: tilted, a little out of focus, with a red seal and a shadow, as JPEG."""
    page = pictures(pdf, 190)[0]
    if seal:
        ink = Image.new("RGBA", page.size, (0, 0, 0, 0))
        draw = ImageDraw.Draw(ink)
        x, y, r = int(page.width * 0.72), int(page.height * 0.16), int(page.width * 0.09)
        draw.ellipse((x - r, y - r, x + r, y + r), outline=(210, 30, 30, 190), width=7)
        draw.regular_polygon((x, y, r // 3), 5, fill=(210, 30, 30, 170))
        page = Image.alpha_composite(page.convert("RGBA"), ink).convert("RGB")
    page = page.rotate(tilt, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=(235, 233, 228))
    page = page.filter(ImageFilter.GaussianBlur(0.8))
    shade = np.linspace(1.0, 0.82, page.width, dtype=np.float32)[None, :, None]
    return _jpeg(Image.fromarray((np.asarray(page) * shade).astype(np.uint8)), 70).getvalue()


def forged_in_picture(t: Truth, layout: str, old: str, new: str) -> bytes:
    """Another figure pasted over the printed one; the text layer still says the old."""
    p = Press()
    _LAYOUTS[layout](t, p)
    number, x, y, width, height = p.spots[old]
    patch = Image.new("RGB", (int(width * 4), int(height * 4)), "white")
    draw = ImageDraw.Draw(patch)
    draw.text((patch.width / 2, patch.height / 2), new, fill="black", anchor="mm", font=ImageFont.truetype(font(), 40))
    p.page = number
    p.image(patch, x + 1, y + 1, width - 2, height - 2)
    p.page = p.pages_count
    return bytes(p.output())


def forged_in_text(t: Truth, layout: str, other: Truth) -> bytes:
    """The picture of one report under the invisible text of another."""
    held = pictures(pressed(t, layout), 150)
    p = Press()
    p.bare = True
    add = p.add_page

    def page_with_picture(*_: Any, **__: Any) -> None:
        add()
        p.image(_jpeg(held[p.page_no() - 1], 85), 0, 0, 595, 842)

    p.add_page = page_with_picture  # type: ignore[method-assign]
    p.text_mode = fpdf.enums.TextMode.INVISIBLE
    _LAYOUTS[layout](other, p)
    return bytes(p.output())

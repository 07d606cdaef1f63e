"""
Words and drawn lines from pictures of pages. Needs the extra `ocr`; its models lie in the wheel, nothing is fetched.

A page is set upright by the slope of its own lines of text. Whatever holds a digit is read a second time at another scale without red (seals): one reading of a
figure is not to be trusted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from math import atan2, cos, degrees, radians, sin
from statistics import median
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.rules.reports.compare import same_reading
from pinzhi.life.admission.rules.reports.layout import snapped
from pinzhi.life.admission.rules.reports.policy import Reading
from pinzhi.life.admission.rules.reports.words import Page, Rule, Source, Word

A4 = 595.0
"""Points that the width of a picture is taken for: reports are A4, and only proportions matter."""
SECOND = 1.5
"""How much larger the second reading is than the first."""
_DETECT_SIDE = 1216


def available() -> bool:
    """Whether the extra is installed."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    threads = min(2, os.cpu_count() or 1)
    settings = {
        "Global.log_level": "critical",
        "Global.max_side_len": 4000,
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Det.limit_type": "max",
        "Det.limit_side_len": _DETECT_SIDE,
    }
    return RapidOCR(params=settings)


@dataclass(slots=True)
class Line:
    """A line of text in a picture, in pixels: `corners` from the top left, clockwise."""

    text: str
    sure: float
    corners: list[tuple[float, float]]
    words: list[tuple[str, float, float]]
    second: str | None = None


def picture(body: bytes, *, limits: Reading) -> Page:
    """The page on a photo or scan. Raises RefusedError(`picture_damaged`)."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise RefusedError.because(
            "picture_damaged", "the picture breaks off or is damaged", "save it again", field="file"
        )
    if image.ndim == 3 and image.shape[2] == 4:
        alpha = image[:, :, 3:].astype(np.float32) / 255
        image = (image[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    else:
        image = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)  # turns it as its EXIF says
    assert image is not None
    longest = max(image.shape[:2])
    most = 297 / 25.4 * limits.dots
    if longest > 1.3 * most:
        image = cv2.resize(image, None, fx=most / longest, fy=most / longest, interpolation=cv2.INTER_AREA)
    return page_of(image, 0)


def rendered(page: Any, number: int, *, limits: Reading) -> Page:
    """A page of a PDF by its picture."""
    width, height = page.get_size()
    scale = min(limits.dots / 72, (limits.most_pixels / max(width * height, 1.0)) ** 0.5)
    return page_of(page.render(scale=scale).to_numpy()[:, :, :3], number, width=width)


def page_of(image: Any, number: int, *, width: float = A4) -> Page:
    """Words and lines of a picture, upright, in points."""
    image, found = _upright(image)
    angle = _tilt(found)
    scale = width / image.shape[1]
    if abs(angle) > 0.15:
        image, found = _turned(image, found, angle)
    _again(image, found)
    _slashes(image, found)
    words = [w for line in found for w in _words(line, scale)]
    rules = _rules(image, scale)
    return Page(number, width, image.shape[0] * scale, tuple(words), rules, Source.OCR)


def read_lines(image: Any) -> list[Line]:
    """Every line of text, as found."""
    out = _engine()(image, use_cls=False, return_word_box=True, text_score=0.3)
    if out.txts is None:
        return []
    found = []
    for text, sure, box, pieces in zip(out.txts, out.scores, out.boxes, out.word_results, strict=True):
        corners = [(float(x), float(y)) for x, y in box]
        found.append(Line(text, float(sure), corners, _placed(text, corners, pieces)))
    return found


def _upright(image: Any) -> tuple[Any, list[Line]]:
    """The picture with its text running left to right: on its side when most lines are taller than wide, on its head when hardly a line can be read."""
    import cv2

    found = read_lines(image)
    if not found:
        return image, found
    tall = sum(_height(line) > 1.5 * _width(line) for line in found if len(line.text) > 2)
    if tall > 0.5 * sum(len(line.text) > 2 for line in found):
        turned = cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE)
        return _better(turned, read_lines(turned))
    return _better(image, found)


def _better(image: Any, found: list[Line]) -> tuple[Any, list[Line]]:
    import cv2

    if found and median(line.sure for line in found) > 0.85:
        return image, found
    turned = cv2.rotate(image, cv2.ROTATE_180)
    other = read_lines(turned)
    return (turned, other) if sum(x.sure for x in other) > sum(x.sure for x in found) else (image, found)


def _width(line: Line) -> float:
    (ax, ay), (bx, by) = line.corners[0], line.corners[1]
    return float(((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5)


def _height(line: Line) -> float:
    (ax, ay), (dx, dy) = line.corners[0], line.corners[3]
    return float(((dx - ax) ** 2 + (dy - ay) ** 2) ** 0.5)


def _tilt(found: Sequence[Line]) -> float:
    """Degrees by which lines of text climb, by the long ones."""
    long = sorted(found, key=_width)[-max(5, len(found) // 4) :]
    slopes = [
        degrees(atan2(line.corners[1][1] - line.corners[0][1], line.corners[1][0] - line.corners[0][0]))
        for line in long
        if _width(line) > 4 * _height(line)
    ]
    return median(slopes) if slopes else 0.0


def _turned(image: Any, found: list[Line], angle: float) -> tuple[Any, list[Line]]:
    import cv2

    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1.0)
    turned = cv2.warpAffine(image, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    c, s = cos(radians(angle)), sin(radians(angle))

    def at(x: float, y: float) -> tuple[float, float]:
        x, y = x - wide / 2, y - high / 2
        return c * x + s * y + wide / 2, -s * x + c * y + high / 2

    for line in found:
        middle = (line.corners[0][1] + line.corners[3][1]) / 2
        line.words = [(t, at(a, middle)[0], at(b, middle)[0]) for t, a, b in line.words]
        line.corners = [at(*p) for p in line.corners]
    return turned, found


def _placed(text: str, corners: Sequence[tuple[float, float]], pieces: Any) -> list[tuple[str, float, float]]:
    """(word, x0, x1) of a line cut at its spaces. The reader's own boxes of characters place them where they fit the text, else shares of the width do."""
    left, right = min(p[0] for p in corners), max(p[0] for p in corners)
    places: list[tuple[float, float]] = []
    for piece, _, box in pieces or ():
        xs = [float(p[0]) for p in box]
        a, b = min(xs), max(xs)
        step = (b - a) / max(len(piece), 1)
        places.extend((a + i * step, a + (i + 1) * step) for i in range(len(piece)))
    solid = [c for c in text if not c.isspace()]
    if len(places) != len(solid):
        share = [2.0 if ord(c) >= 0x2E80 else 1.0 for c in text]
        step = (right - left) / max(sum(share), 1.0)
        places, at = [], left
        for c, s in zip(text, share, strict=True):
            if not c.isspace():
                places.append((at, at + s * step))
            at += s * step
    found, i = [], 0
    for word in text.split():
        found.append((word, places[i][0], places[i + len(word) - 1][1]))
        i += len(word)
    if found:  # the ends of the line are surer than the places of its characters
        found[0] = (found[0][0], left, found[0][2])
        found[-1] = (found[-1][0], found[-1][1], right)
    return found


def _crop(image: Any, line: Line, *, by: float) -> Any:
    """The picture of one line, enlarged, without red."""
    import cv2
    import numpy as np

    xs, ys = [p[0] for p in line.corners], [p[1] for p in line.corners]
    pad = 0.12 * (max(ys) - min(ys))
    y0, y1 = max(int(min(ys) - pad), 0), max(int(max(ys) + pad) + 1, 2)
    x0, x1 = max(int(min(xs) - pad), 0), max(int(max(xs) + pad) + 1, 2)
    piece = image[y0:y1, x0:x1]
    if piece.size == 0:
        return None
    red = np.repeat(piece[:, :, 2:3], 3, axis=2)  # black ink stays black in the red channel, red ink becomes paper
    return cv2.resize(red, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)


def recognised(crops: Sequence[Any]) -> list[str]:
    """What each picture of one line says."""
    from rapidocr.ch_ppocr_rec.typings import TextRecInput

    if not crops:
        return []
    return list(_engine().text_rec(TextRecInput(img=list(crops))).txts or ())


def nearer(page: Any, boxes: Sequence[tuple[float, float, float, float]], *, dots: float = 300) -> list[str]:
    """What stands in each box of a PDF page, rendered larger; empty where the picture shows nothing."""
    if not boxes:
        return []
    width, height = page.get_size()
    scale = min(dots / 72, (30_000_000 / max(width * height, 1.0)) ** 0.5)
    image = page.render(scale=scale).to_numpy()[:, :, :3]
    crops = []
    for x0, y0, x1, y1 in boxes:
        a, b = max(int((y0 - 1) * scale), 0), int((y1 + 1) * scale) + 1
        c, d = max(int((x0 - 2) * scale), 0), int((x1 + 2) * scale) + 1
        piece = image[a:b, c:d]
        crops.append(piece if piece.size and int(piece.max()) - int(piece.min()) > 40 else None)
    texts = iter(recognised([c for c in crops if c is not None]))
    return [next(texts) if c is not None else "" for c in crops]


def _slashes(image: Any, found: Sequence[Line]) -> None:
    """A lone stroke that leans is «/» (not judged), one that stands is «1»: readers mix them up, and much hangs on it."""
    import cv2
    import numpy as np

    for line in found:
        if line.text not in ("1", "l", "I", "|", "/", "丨", "二", "亅", "丿", "ノ"):
            continue
        crop = _crop(image, line, by=1.0)
        if crop is None:
            continue
        grey = crop[:, :, 0].astype(np.float32)
        dark = grey < (float(grey.min()) + float(grey.max())) / 2
        # The box may hold a border of the table besides: the stroke is the piece of ink nearest to the middle.
        count, pieces, boxes, middles = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
        own = [i for i in range(1, count) if boxes[i][4] >= 6 and boxes[i][3] > 0.2 * dark.shape[0]]
        if not own:
            continue
        middle = np.array(dark.shape[::-1]) / 2
        ys, xs = np.nonzero(pieces == min(own, key=lambda i: float(np.abs(middles[i] - middle).sum())))
        low, high = int(ys.min()), int(ys.max())
        third = (high - low) / 3
        lean = float(xs[ys <= low + third].mean() - xs[ys >= high - third].mean())
        text = "/" if lean > 0.15 * (high - low) else "1" if line.text in ("l", "I", "|", "/") else line.text
        if text != line.text:
            line.text, line.second, line.sure = text, None, max(line.sure, 0.9)
            line.words = [(text, line.words[0][1], line.words[0][2])] if line.words else []


def _again(image: Any, found: Sequence[Line]) -> None:
    """The second reading of whatever holds a digit."""
    wanted = [line for line in found if any(c.isdigit() for c in line.text)]
    crops = [_crop(image, line, by=SECOND) for line in wanted]
    readable = [(line, crop) for line, crop in zip(wanted, crops, strict=True) if crop is not None]
    for (line, _), text in zip(readable, recognised([c for _, c in readable]), strict=True):
        line.second = text


def _widened(text: str) -> str:
    """Brackets and commas between Chinese characters in full width, as they are printed: readers return either."""
    text = re.sub(r"[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]", r"（\1）", text)
    return re.sub(r"(?<=[\u4e00-\u9fff]),(?=[\u4e00-\u9fff])", "，", text)


def _words(line: Line, scale: float) -> Iterator[Word]:
    ys = [p[1] for p in line.corners]
    y0, y1 = min(ys) * scale, max(ys) * scale
    differs = line.second is not None and not same_reading(line.text, line.second)
    seconds = line.second.split() if differs and line.second else []
    for i, (text, a, b) in enumerate(line.words):
        second = None
        if differs:
            second = seconds[i] if len(seconds) == len(line.words) else line.second
            second = text if second is not None and same_reading(text, second) else second
        yield Word(_widened(text), a * scale, y0, b * scale, y1, round(line.sure, 3), second)


def _rules(image: Any, scale: float) -> tuple[Rule, ...]:
    """Level and upright drawn lines. Shorter ones than a row of a table is high are strokes of characters."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 12)
    found: list[Rule] = []
    for level, length in ((True, 30.0), (False, 15.0)):
        size = max(int(length / scale), 8)
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, 1) if level else (1, size))
        # A line that slopes by a pixel is broken in two: thicken before looking for its length.
        thick_ink = cv2.dilate(ink, np.ones((2, 1) if level else (1, 2), np.uint8))
        only = cv2.morphologyEx(thick_ink, cv2.MORPH_OPEN, kernel)
        count, _, boxes, _ = cv2.connectedComponentsWithStats(only)
        for x, y, w, h, _ in boxes[1 : min(count, 3000)].tolist():
            thick, long = (h, w) if level else (w, h)
            if thick * scale > 4 or long < 6 * thick or _crowded(ink, (x, y, w, h), level=level):
                continue
            across = (y + h / 2) * scale if level else (x + w / 2) * scale
            found.append(
                Rule(x * scale, across, (x + w) * scale, across)
                if level
                else Rule(across, y * scale, across, (y + h) * scale)
            )
    return _of_tables(snapped(found, apart=3.0))


def _crowded(ink: Any, box: tuple[int, int, int, int], *, level: bool) -> bool:
    """Whether there is much ink just beside a line: then it is the strokes of characters in a row."""
    x, y, w, h = box
    if level:
        beside = (ink[max(y - 5, 0) : max(y - 2, 1), x : x + w], ink[y + h + 2 : y + h + 5, x : x + w])
    else:
        beside = (ink[y : y + h, max(x - 5, 0) : max(x - 2, 1)], ink[y : y + h, x + w + 2 : x + w + 5])
    return max((float(b.mean()) / 255 for b in beside if b.size), default=0.0) > 0.2


def _of_tables(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Lines that belong to tables: an upright ends at level ones, a level one meets at least two uprights. Edges of paper, seals and strokes go."""
    level = [r for r in rules if r.y0 == r.y1]
    upright = [r for r in rules if r.y0 != r.y1]

    def meets(a: Rule, b: Rule) -> bool:
        return b.x0 - 5 <= a.x0 <= b.x1 + 5 and a.y0 - 5 <= b.y0 <= a.y1 + 5

    for _ in range(2):
        upright = [
            u
            for u in upright
            if all(any(abs(x.y0 - end) < 6 and x.x0 - 5 <= u.x0 <= x.x1 + 5 for x in level) for end in (u.y0, u.y1))
        ]
        level = [x for x in level if sum(meets(u, x) for u in upright) >= 2]
    return (*level, *upright)

"""
The edits that a borrowed picture is disguised with: the eleven of the acceptance, and others and combinations of them. Without chance: a run can be repeated.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import reduce

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

Edit = Callable[[Image.Image], Image.Image]


def jpeg(quality: int) -> Edit:
    def edit(p: Image.Image) -> Image.Image:
        held = io.BytesIO()
        p.save(held, "JPEG", quality=quality)
        return Image.open(io.BytesIO(held.getvalue())).convert("RGB")

    return edit


def resized(across: float, down: float | None = None) -> Edit:
    return lambda p: p.resize((round(p.width * across), round(p.height * (down or across))), Image.Resampling.BICUBIC)


def logo(p: Image.Image) -> Image.Image:
    """A red shop sign over a corner, a quarter of the width."""
    p = p.copy()
    draw = ImageDraw.Draw(p)
    w, h = p.width // 4, p.height // 7
    draw.rounded_rectangle((4, 4, 4 + w, 4 + h), radius=h // 4, fill=(225, 30, 40))
    draw.text((4 + w // 8, 4 + h // 4), "SHOP", fill="white", font=ImageFont.load_default(h // 2))
    return p


def band(p: Image.Image) -> Image.Image:
    """A promotion band over the lower 15 %."""
    p = p.copy()
    draw = ImageDraw.Draw(p)
    h = round(p.height * 0.15)
    draw.rectangle((0, p.height - h, p.width, p.height), fill=(250, 200, 0))
    draw.text(
        (p.width // 10, p.height - h + h // 6),
        "SALE -50%  FREE",
        fill=(200, 0, 0),
        font=ImageFont.load_default(h * 0.6),
    )
    return p


def border(share: float, colour: str) -> Edit:
    return lambda p: ImageOps.expand(p, round(max(p.size) * share), colour)


def crop(share: float) -> Edit:
    """Cut this share of the picture off, in all: half on each side."""
    return lambda p: p.crop(
        (
            round(p.width * share / 2),
            round(p.height * share / 2),
            round(p.width * (1 - share / 2)),
            round(p.height * (1 - share / 2)),
        )
    )


def rotated(degrees: float) -> Edit:
    return lambda p: p.rotate(degrees, Image.Resampling.BICUBIC, expand=False, fillcolor="white")


def brighter(factor: float) -> Edit:
    return lambda p: ImageEnhance.Brightness(p).enhance(factor)


def greyed(p: Image.Image) -> Image.Image:
    return p.convert("L").convert("RGB")


def watermark(p: Image.Image) -> Image.Image:
    """Half transparent words across the middle."""
    over = Image.new("RGBA", p.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(over)
    for k in range(4):
        draw.text(
            (p.width * k // 6, p.height * (k + 1) // 5),
            "my-shop",
            fill=(90, 90, 90, 110),
            font=ImageFont.load_default(p.height / 9),
        )
    return Image.alpha_composite(p.convert("RGBA"), over).convert("RGB")


def then(*edits: Edit) -> Edit:
    """One after another."""
    return lambda p: reduce(lambda held, edit: edit(held), edits, p)


EDITS: dict[str, Edit] = {
    "jpeg 30": jpeg(30),
    "resize 50 %": resized(0.5),
    "logo": logo,
    "band 15 %": band,
    "white border 10 %": border(0.10, "white"),
    "red frame 6 %": border(0.06, "red"),
    "crop 5 %": crop(0.05),
    "crop 15 %": crop(0.15),
    "mirror": ImageOps.mirror,
    "rotate 3 degrees": rotated(3),
    "brightness 1.3": brighter(1.3),
}
COMBINED: dict[str, Edit] = {
    "mirror + crop 15 % + jpeg 40": then(ImageOps.mirror, crop(0.15), jpeg(40)),
    "logo + band": then(logo, band),
    "frame + logo + brightness 0.8": then(logo, border(0.06, "navy"), brighter(0.8)),
    "turn 90 + white border": then(lambda p: p.rotate(90, expand=True), border(0.1, "white")),
    "mirror + band + rotate 3": then(ImageOps.mirror, band, rotated(3)),
    "crop 25 % + resize 70 %": then(crop(0.25), resized(0.7)),
    "squeezed 1 x 0.85": resized(1.0, 0.85),
    "grey": greyed,
    "watermark": watermark,
    "upside down + crop 10 %": then(lambda p: p.rotate(180), crop(0.10)),
    "watermark + mirror + resize 60 %": then(watermark, ImageOps.mirror, resized(0.6)),
}

"""Pictures for the tests: goods on white, drawn by a seed."""

import numpy as np
from PIL import Image, ImageDraw


def goods(seed, size=(360, 300)):
    """A pack with patches, discs and lines on white; nothing symmetrical."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    w, h = size
    draw.rectangle((w * 0.15, h * 0.08, w * 0.85, h * 0.92), fill=tuple(rng.integers(60, 200, 3).tolist()))
    for _ in range(40):
        x, y = rng.uniform(0.16, 0.78) * w, rng.uniform(0.1, 0.84) * h
        a, b = rng.uniform(6, w / 8, 2)
        colour = tuple(rng.integers(0, 255, 3).tolist())
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, min(x + a, w * 0.84), min(y + b, h * 0.9)), fill=colour)
    for _ in range(25):
        x, y = rng.uniform(0.2, 0.75) * w, rng.uniform(0.12, 0.85) * h
        draw.line(
            (x, y, x + rng.uniform(4, 30), y + rng.uniform(-8, 8)),
            fill=tuple(rng.integers(0, 255, 3).tolist()),
            width=2,
        )
    return picture


def array(picture):
    return np.asarray(picture.convert("RGB"), dtype=np.uint8)

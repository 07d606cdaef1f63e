"""
The pictures of the README, taken from a demo of their own: Today and a signal, in both languages, into `docs/pictures`.

    python tools/pictures.py

Needs what the browser tests need (Chromium, a Chinese font, the front-end assets). The demo lies in a temporary folder and goes with it.
"""

from __future__ import annotations

import base64
import json
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from installation import Installation  # noqa: E402

TARGET = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 860}
HEAVIEST = 150_000
"""Bytes of one picture: the repository is cloned by people with slow lines."""
FIRST_CASE = "#cases [data-open]"


PIXELS = """async (png) => {
    const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), brush = canvas.getContext("2d");
    brush.drawImage(bitmap, 0, 0);
    const bytes = brush.getImageData(0, 0, bitmap.width, bitmap.height).data;
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return [bitmap.width, bitmap.height, btoa(text)];
}"""


def packed(width: int, height: int, rgba: bytes) -> bytes:
    """A PNG with at most 256 colours: the commonest stay exactly, bright ones before greys; the rest (edges of letters) take the nearest of them."""
    rgb = np.frombuffer(rgba, np.uint8).reshape(-1, 4)[:, :3].astype(np.int32)
    colours, where, counts = np.unique(rgb, axis=0, return_inverse=True, return_counts=True)
    weight = counts * (1 + (colours.max(axis=1) - colours.min(axis=1)) / 8)
    palette = colours[np.argsort(-weight, kind="stable")[:256]]
    nearest = np.array([np.argmin(((palette - c) ** 2).sum(axis=1)) for c in colours], np.uint8)
    rows = nearest[where.reshape(-1)].reshape(height, width)
    plain = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    plain[:, 1:] = rows

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", head),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(plain.tobytes(), 9)),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(k, b) for k, b in (*parts, (b"IEND", b"")))


def take(page: Any, name: str) -> None:
    """One picture of what is on the screen now. Raises SystemExit for one that is too heavy."""
    shot = base64.b64encode(page.screenshot(animations="disabled")).decode()
    blank = page.context.new_page()
    width, height, pixels = blank.evaluate(PIXELS, shot)
    blank.close()
    file = TARGET / f"{name}.png"
    file.write_bytes(packed(width, height, base64.b64decode(pixels)))
    if file.stat().st_size > HEAVIEST:
        raise SystemExit(f"{file.name} weighs {file.stat().st_size} bytes, more than {HEAVIEST}")
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size:,} bytes")


def main() -> int:
    """Build, serve, take, throw away."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("pictures: no Chromium\n  what to do: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        place = Installation(Path(work))
        place.command("demo", "--no-serve")
        password = json.loads((Path(work) / "demo.json").read_text())["logins"]["analyst"]
        place.start("serve")
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                page = browser.new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce").new_page()
                page.goto(f"{place.url}/account/login/")
                page.fill("#id_login", "analyst")
                page.fill("#id_password", password)
                page.click("main button[type=submit]")
                page.wait_for_url("**/console/")
                for language, code in (("zh", "zh-hans"), ("en", "en")):
                    page.context.add_cookies([{"name": "django_language", "value": code, "url": place.url}])
                    page.goto(f"{place.url}/console/")
                    take(page, f"today-{language}")
                    page.click(FIRST_CASE)
                    page.wait_for_url("**/console/cases/*/**")
                    take(page, f"signal-{language}")
                browser.close()
        finally:
            place.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One living installation with a small market, and a real Chromium whose every page is watched: its console, its policy violations, whom it asks."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from installation import Installation

from . import market

ROOT = Path(__file__).parents[2]
AXE = ROOT / "var" / "npm" / "tests" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FRESH = 200.0
"""Seconds for which a session is used; after 300 the pages about one's own account ask for the password again."""
WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`));
"""


@dataclass
class House:
    """The living installation and what its market holds."""

    place: Installation
    ids: dict[str, Any]

    @property
    def url(self) -> str:
        return self.place.url

    def at(self, path: str) -> str:
        return self.url + path.format(**self.ids)

    def python(self, code: str) -> str:
        return self.place.python(code)


@dataclass
class Watched:
    """A browser context with everything that it has complained about."""

    context: Any
    house: House
    complaints: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.context.on("console", self._console)
        self.context.on("weberror", lambda e: self.complaints.append(f"exception: {e.error}"))
        self.context.on("request", self._request)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Any) -> None:
        asked = urlsplit(request.url)
        if asked.scheme not in ("data", "blob") and f"{asked.scheme}://{asked.netloc}" != self.house.url:
            self.outside.append(request.url)

    def page(self) -> Any:
        page = self.context.new_page()
        page.set_default_timeout(30_000)
        return page

    def speak(self, language: str) -> None:
        """The language as the switch keeps it."""
        self.context.add_cookies([{"name": "django_language", "value": language, "url": self.house.url}])


@dataclass
class Logins:
    """Sessions that were begun through the form, as a person does it, and shown to be fresh enough for the pages about one's own account."""

    chromium: Any
    house: House
    kept: dict[str, tuple[float, list[Any]]] = field(default_factory=dict)

    def __call__(self, who: str) -> list[Any]:
        """The cookies of somebody: an account, or `half` for who has given his password and not yet his second factor."""
        at, cookies = self.kept.get(who, (0.0, []))
        if not cookies or time.monotonic() - at > FRESH:
            cookies = self._begin(who)
            self.kept[who] = time.monotonic(), cookies
        return cookies

    def _begin(self, who: str) -> list[Any]:
        name = "fan" if who == "half" else who
        context = self.chromium.new_context()
        page = context.new_page()
        page.goto(self.house.at("/account/login/"))
        page.fill("#id_login", name)
        page.fill("#id_password", market.PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(re.compile("/console/|/merchant/|/2fa/authenticate/"))
        if who == "fan":
            page.fill("#id_code", self.house.ids["recovery"].pop())
            page.click("main button[type=submit]")
            page.wait_for_url("**/console/")
        if who != "half":
            page.goto(self.house.at("/account/reauthenticate/?next=/console/"))
            page.fill("#id_password", market.PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url("**/console/")
        cookies: list[Any] = context.cookies()
        context.close()
        return cookies


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Built once per worker: its own folder, database, event store and server."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium fonts-noto-cjk)")
    if not AXE.is_file():
        pytest.skip("axe-core is not here: python tools/assets.py")
    place = Installation(tmp_path_factory.mktemp("browser"))
    built = subprocess.run(
        [sys.executable, str(Path(market.__file__))], env=place.env, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-3000:]
    house = House(place, json.loads(built.stdout.splitlines()[-1]))
    place.start("serve")
    yield house
    place.stop()


@pytest.fixture(scope="module")
def chromium(house: House) -> Iterator[Any]:
    """One browser for a file; its loop must not outlive it, or Django believes itself inside an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def logins(chromium: Any, house: House) -> Logins:
    """Sessions of the people of the market."""
    return Logins(chromium, house)


@pytest.fixture
def open_context(chromium: Any, house: House, logins: Logins) -> Iterator[Any]:
    """Makes watched contexts; closes them."""
    made: list[Watched] = []

    def make(who: str = "lin", *, language: str = "zh-hans", axe: bool = False, **options: Any) -> Watched:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"} | options))
        if axe:
            context.add_init_script(path=str(AXE))
        made.append(Watched(context, house))
        if who:
            context.add_cookies(logins(who))
        made[-1].speak(language)
        return made[-1]

    yield make
    for watched in made:
        watched.context.close()

"""A real installation for tests that need real processes: its own home folder, its own server and worker, killed or stopped at will."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

SRC = Path(__file__).parents[1] / "src"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Installation:
    """`start`, `kill` (SIGKILL to the whole process group), `command`; everything lives under `home` and is on loopback only."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.env = os.environ | {
            "PINZHI_HOME": str(home),
            "PYTHONPATH": str(SRC),
            "DJANGO_SETTINGS_MODULE": "pinzhi.site.settings",
            "PINZHI_SECOND_FACTOR": "0",
            "PINZHI_WEBHOOK_PRIVATE": "1",
            **settings,
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *args: str, check: bool = True, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pinzhi", *args],
            env=self.env,
            capture_output=True,
            text=True,
            check=check,
            input=stdin,
            timeout=300,
        )

    def python(self, code: str) -> str:
        """Run a few lines inside the installation (set-up of accounts and the like) and return what they print."""
        head = "import django; django.setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", head + code], env=self.env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def start(self, what: str = "serve") -> None:
        args = ["serve", "--port", str(self.port)] if what == "serve" else [what]
        log = (self.home / f"{what}.log").open("ab")
        self.running[what] = subprocess.Popen(
            [sys.executable, "-m", "pinzhi", *args], env=self.env, stdout=log, stderr=log, start_new_session=True
        )
        if what == "serve":
            self.wait_ready()

    def wait_ready(self, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(self.url + "/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
            if self.running["serve"].poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError("the server did not come up: " + (self.home / "serve.log").read_text()[-2000:])

    def kill(self, what: str = "serve") -> None:
        """SIGKILL to the process and all its children: nothing gets to say goodbye."""
        process = self.running.pop(what)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)

    def stop(self) -> None:
        for what in list(self.running):
            self.kill(what)

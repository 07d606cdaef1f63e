"""A PostgreSQL of our own for the length of a test run: loopback only, in a temporary folder, thrown away afterwards. Standard library only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl, newest version first; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    return found[0].parent if found else Path(on_path).parent if on_path else None


def _as_owner(command: list[str]) -> list[str]:
    # PostgreSQL refuses to run as root; Debian's package brings the user that may.
    return ["runuser", "-u", _owner(), "--", *command] if os.geteuid() == 0 else command


def _owner() -> str:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            pwd.getpwnam(name)
            return name
    raise RuntimeError("running as root and no user to run PostgreSQL as")


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start a server and yield its address as PINZHI_DATABASE wants it. Raises RuntimeError where PostgreSQL is not installed."""
    bin_ = binaries()
    if bin_ is None:
        raise RuntimeError("PostgreSQL is not installed (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pinzhi-pg-"))
    port = _free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, _owner())
    folder.chmod(0o755)
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder}
    subprocess.run(
        _as_owner(
            [str(bin_ / "initdb"), "-D", str(data), "-A", "trust", "-U", "pinzhi", "-E", "UTF8", "--locale=C.UTF-8"]
        ),
        check=True,
        **quiet,
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=60"
    subprocess.run(
        _as_owner([str(bin_ / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start"]),
        check=True,
        **quiet,
    )
    try:
        yield f"postgresql://pinzhi@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            _as_owner([str(bin_ / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]), check=False, **quiet
        )
        shutil.rmtree(folder, ignore_errors=True)

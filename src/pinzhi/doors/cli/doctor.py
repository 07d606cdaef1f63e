"""`pinzhi doctor`: what is missing on this machine, and how to get it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `ok`, `optional` (a part that not everybody needs cannot run), `missing` (not set up yet) or `broken`."""

    name: str
    state: str
    detail: str
    remedy: str = ""


def python_version() -> Check:
    """Python 3.11 or newer."""
    good = sys.version_info >= (3, 11)
    return Check(
        "python", "ok" if good else "broken", sys.version.split()[0], "" if good else "install Python 3.11 or newer"
    )


def data_folder() -> Check:
    """The data folder can be written and synced."""
    from pinzhi.site.environment import read

    home = Path(read("PINZHI_HOME")).resolve()
    place = next(p for p in (home, *home.parents) if p.is_dir())  # a doctor makes nothing
    try:
        with tempfile.NamedTemporaryFile(dir=place) as probe:
            probe.write(b"x")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as why:
        return Check("data folder", "broken", str(why), "set PINZHI_HOME to a folder this user may write")
    return Check("data folder", "ok", str(home) if place == home else f"{home} (will be made)")


def database() -> Check:
    """The database answers and has this version's schema."""
    from pinzhi.doors.cli.django_side import ready
    from pinzhi.site import environment

    home = Path(environment.read("PINZHI_HOME")).resolve()
    if not os.environ.get("PINZHI_DATABASE") and not (home / "pinzhi.sqlite3").exists():
        return Check(
            "database",
            "missing",
            f"no installation in {home} yet",
            "run: pinzhi migrate; the demo's is in var/demo (PINZHI_HOME)",
        )
    try:
        ready()
        from django.db import connection
        from django.db.migrations.executor import MigrationExecutor

        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as why:  # noqa: BLE001 - whatever the driver raises, the operator gets one line
        return Check("database", "broken", f"{type(why).__name__}: {why}"[:160], "check PINZHI_DATABASE")
    if waiting:
        return Check(
            "database", "broken", f"{connection.vendor}, {len(waiting)} migrations waiting", "run: pinzhi migrate"
        )
    return Check("database", "ok", connection.vendor)


def program(name: str, *commands: str, remedy: str, why: str) -> Check:
    """An optional program on the PATH."""
    found = next((p for c in commands if (p := shutil.which(c))), None)
    return Check(name, "ok" if found else "optional", found or why, "" if found else remedy)


def postgres_binaries() -> Check:
    """PostgreSQL's server programs, which the contract tests start by themselves."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or (
        [Path(p)] if (p := shutil.which("initdb")) else []
    )
    return Check("postgresql", "ok" if found else "optional", str(found[-1]) if found else "tests on PostgreSQL cannot run",
                 "" if found else "apt-get install postgresql")  # fmt: skip


def chinese_font() -> Check:
    """A font with Chinese characters, for pictures and printing on the server."""
    tool = shutil.which("fc-list")
    listed = subprocess.run([tool, ":lang=zh"], capture_output=True, text=True, check=False).stdout if tool else ""
    return Check("chinese font", "ok" if listed.strip() else "optional", f"{len(listed.splitlines())} faces" if listed else "browser pictures show boxes",
                 "" if listed.strip() else "apt-get install fonts-noto-cjk fontconfig")  # fmt: skip


def front_end() -> Check:
    """The third-party front-end files, fetched at set-up by lock."""
    folder = Path(__file__).parents[1] / "console" / "static" / "third_party"
    good = folder.is_dir() and any(folder.iterdir())
    return Check("front-end assets", "ok" if good else "broken", str(len(list(folder.iterdir()))) + " files" if good else "not fetched",
                 "" if good else "run: make setup")  # fmt: skip


def extra(name: str, module: str, remedy: str) -> Check:
    """An optional Python package."""
    found = importlib.util.find_spec(module) is not None
    return Check(name, "ok" if found else "optional", module, "" if found else remedy)


CHECKS: tuple[Callable[[], Check], ...] = (
    python_version,
    data_folder,
    database,
    front_end,
    lambda: extra("postgres driver", "psycopg", "python -m pip install 'psycopg[binary,pool]'"),
    postgres_binaries,
    lambda: program(
        "chromium",
        "chromium",
        "chromium-browser",
        "google-chrome",
        remedy="apt-get install chromium",
        why="browser tests cannot run",
    ),
    chinese_font,
    lambda: program(
        "java", "java", remedy="apt-get install default-jre-headless", why="the distributed engine cannot run"
    ),
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(as_json: bool) -> None:
    """Say what is missing on this machine and how to get it. Exit 1 when something needed is broken."""
    found = [check() for check in CHECKS]
    if as_json:
        click.echo(json.dumps([asdict(c) for c in found], ensure_ascii=False))
    else:
        for c in found:
            click.echo(f"{c.state:8} {c.name:18} {c.detail}")
            if c.remedy:
                click.echo(f"{'':8} {'':18} → {c.remedy}")
    if any(c.state == "broken" for c in found):
        raise SystemExit(1)

"""`pinzhi backup · restore`: a consistent copy of database, event store, ledger keys and uploads, and back.

Event store and uploads are append-only and are copied after the database: whatever the database knows of is in the copy, and events that arrived in between are
found again by their own idempotent key when they are sent again. A manifest with SHA-256 of every file is checked before anything is put back.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path

import click

from pinzhi import __version__
from pinzhi.doors.cli.django_side import ready
from pinzhi.kernel import clock

FOLDERS = ("events", "keys", "uploads")


def _sha(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _refuse(code: str, reason: str, remedy: str) -> None:
    click.echo(f"{code}: {reason}\n  → {remedy}", err=True)
    raise SystemExit(1)


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup(target: Path) -> None:
    """Write a consistent copy of everything to TARGET (.tar.gz), readable by its owner only."""
    ready()
    from django.conf import settings
    from django.db import connection

    if target.exists():
        _refuse("target_exists", f"{target} is already there", "choose another name; a backup is never overwritten")
    try:
        target.touch(mode=0o600, exist_ok=False)
        target.unlink()
    except OSError as why:
        _refuse("file_not_writable", f"{target}: {why.strerror}", "name a folder that exists and that you may write to")
    with tempfile.TemporaryDirectory(dir=settings.HOME) as work:
        stage = Path(work)
        if connection.vendor == "sqlite":
            with (
                sqlite3.connect(settings.DATABASES["default"]["NAME"]) as source,
                sqlite3.connect(stage / "database.sqlite3") as copy,
            ):
                source.backup(copy)
        else:
            _dump_postgres(settings.DATABASES["default"], stage / "database.dump")
        for name in FOLDERS:
            if (settings.HOME / name).is_dir():
                shutil.copytree(settings.HOME / name, stage / name, ignore=shutil.ignore_patterns(".new-*"))
        if (settings.HOME / "secret_key").exists():
            shutil.copy2(settings.HOME / "secret_key", stage / "secret_key")
        files = {str(p.relative_to(stage)): _sha(p) for p in sorted(stage.rglob("*")) if p.is_file()}
        manifest = {
            "version": __version__,
            "made_at": clock.now().isoformat(),
            "database": connection.vendor,
            "files": files,
        }
        (stage / "manifest.json").write_text(json.dumps(manifest, indent=1))
        with tarfile.open(target, "x:gz") as out:
            for p in sorted(stage.iterdir()):
                out.add(p, arcname=p.name)
    target.chmod(0o600)
    click.echo(f"{target}: {len(files)} files", err=True)


def _dump_postgres(config: dict[str, object], target: Path) -> None:
    tool = shutil.which("pg_dump")
    if tool is None:
        _refuse("pg_dump_missing", "pg_dump is not on the PATH", "install the PostgreSQL client programs")
    _run_postgres([str(tool), "--format=custom", f"--file={target}"], config)


def _run_postgres(command: list[str], config: dict[str, object]) -> None:
    names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    env = {env: str(config[key]) for key, env in names.items() if config.get(key)}
    done = subprocess.run(
        command, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **env}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        _refuse("postgres_failed", done.stderr.strip()[-300:], "check PINZHI_DATABASE and the server's log")


@click.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Put it back over an installation that is not empty; the old data is moved aside, not deleted.",
)
def restore(source: Path, force: bool) -> None:
    """Put a backup back into the data folder, after every file's hash was checked."""
    from pinzhi.site import environment

    home = environment.home()
    occupied = [p for p in ("pinzhi.sqlite3", *FOLDERS) if (home / p).exists()]
    if occupied and not force:
        _refuse(
            "home_not_empty",
            f"{home} already holds {', '.join(occupied)}",
            "restore into an empty PINZHI_HOME, or say --force",
        )
    with tempfile.TemporaryDirectory(dir=home) as work:
        stage = Path(work)
        try:
            with tarfile.open(source) as archive:
                archive.extractall(stage, filter="data")
            manifest = json.loads((stage / "manifest.json").read_text())
        except (tarfile.TarError, OSError, ValueError, EOFError) as why:
            _refuse(
                "backup_unreadable", f"{source} is not a whole backup: {str(why).splitlines()[0]}", "take another copy"
            )
        wrong = [
            name for name, sha in manifest["files"].items() if not (stage / name).is_file() or _sha(stage / name) != sha
        ]
        if wrong:
            _refuse(
                "backup_damaged",
                f"{len(wrong)} files differ from the manifest, the first: {wrong[0]}",
                "take another copy",
            )
        _put_back(stage, home, occupied, manifest)
    click.echo(f"restored {len(manifest['files'])} files from {manifest['made_at']}", err=True)


def _put_back(stage: Path, home: Path, occupied: list[str], manifest: dict[str, object]) -> None:
    if occupied:
        aside = home / f"before-restore-{clock.now():%Y%m%dT%H%M%S}"
        aside.mkdir()
        for name in (*occupied, "pinzhi.sqlite3-wal", "pinzhi.sqlite3-shm"):
            if (home / name).exists():
                shutil.move(home / name, aside / name)
    for name in (*FOLDERS, "secret_key"):
        if (stage / name).exists():
            if (home / name).is_file():
                (home / name).unlink()
            shutil.move(stage / name, home / name)
    if manifest["database"] == "sqlite":
        shutil.move(stage / "database.sqlite3", home / "pinzhi.sqlite3")
        return
    from pinzhi.site.environment import database

    _run_postgres(
        [
            shutil.which("pg_restore") or "pg_restore",
            "--clean",
            "--if-exists",
            "--dbname=" + str(database()["NAME"]),
            str(stage / "database.dump"),
        ],
        database(),
    )

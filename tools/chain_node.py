"""
A real chain node for the tests: anvil (MIT or Apache-2.0), by the lock in `ui/chain`, into `var/npm/chain`. Standard library only.

    python tools/chain_node.py            # fetch it; the second run finds its stamp and does nothing

The package of this platform holds the program itself: no install script is run, and Node is only needed to fetch it (see `tools/assets.py`).
"""

from __future__ import annotations

import hashlib
import shutil
import sys

import assets

LOCK = assets.UI / "chain"
TARGET = assets.CACHE / "chain"


def stamp() -> str:
    return hashlib.sha256((LOCK / "package-lock.json").read_bytes()).hexdigest()


def install() -> None:
    """Put the program under its name, the stamp last. Raises MissingError where this platform has none."""
    modules = assets.fetch(LOCK, assets.CACHE / "chain-work")
    found = sorted((modules / "@foundry-rs").glob("anvil-*/bin/anvil*"))
    if not found:
        raise assets.MissingError("the packages of anvil hold no program for this platform")
    TARGET.mkdir(parents=True, exist_ok=True)
    node = TARGET / "anvil"
    shutil.copyfile(found[0], node)
    node.chmod(0o755)
    shutil.rmtree(modules.parent, ignore_errors=True)
    (TARGET / "stamp.txt").write_text(stamp() + "\n")


def main() -> int:
    mark = TARGET / "stamp.txt"
    if mark.is_file() and mark.read_text().strip() == stamp() and (TARGET / "anvil").is_file():
        return 0
    try:
        install()
    except assets.MissingError as why:
        print(f"chain node: {why}\n  what to do: make the npm registry reachable, then run this again", file=sys.stderr)
        return 1
    print(f"chain node: {TARGET.relative_to(assets.HOUSE)}/anvil", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

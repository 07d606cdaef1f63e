"""`make licences`: the licence of every package in requirements/base.txt and of every front-end asset; exit 1 on one that may not be shipped."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
REFUSED = re.compile(
    r"AGPL|Affero|SSPL|Elastic|Business Source|Commons Clause|(?<!L)GPL-?[v ]?[23]|GNU General Public", re.IGNORECASE
)
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|MPL|Mozilla|PSF|Python|LGPL|Zlib|Unlicense|CC0|0BSD|Public Domain|HPND|OFL", re.IGNORECASE
)


def licence_of(name: str) -> str:
    info = metadata.metadata(name)
    said = info.get("License-Expression") or ""
    if not said:
        said = "; ".join(c.split("::")[-1].strip() for c in info.get_all("Classifier") or [] if c.startswith("License"))
    return said or (info.get("License") or "unknown").splitlines()[0][:60]


def main() -> int:
    bad = 0
    names = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements" / "base.txt").read_text(), re.MULTILINE)
    rows = []
    for name in dict.fromkeys(names):
        try:
            rows.append((name, metadata.version(name), licence_of(name)))
        except metadata.PackageNotFoundError:
            rows.append((name, "-", "not for this platform"))
    lock = ROOT / "ui" / "package-lock.json"
    if lock.exists():
        for path, entry in json.loads(lock.read_text())["packages"].items():
            if path:
                rows.append(
                    (
                        path.removeprefix("node_modules/"),
                        entry.get("version", "-"),
                        str(entry.get("license", "unknown")),
                    )
                )
    for name, version, licence in rows:
        ok = licence == "not for this platform" or (ALLOWED.search(licence) and not REFUSED.search(licence))
        bad += not ok
        print(f"{'ok ' if ok else 'NOT'} {name:32} {version:14} {licence}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

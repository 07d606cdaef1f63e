"""What `make demo` installs is enough to start the house: nothing of an extra, and nothing that only the tests have, is needed to load it."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOADED = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in GONE:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
import django
django.setup()
import pinzhi.site.urls
import pinzhi.site.wsgi
from click import Context
from pinzhi.doors.cli.main import main
def every(command, context):
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        below = command.get_command(context, name)
        below.get_help(Context(below, parent=context, info_name=name))
        every(below, Context(below, parent=context, info_name=name))
every(main, Context(main))
print("whole")
"""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_house_starts_with_the_base_alone(tmp_path):
    locked = re.findall(r"^([A-Za-z0-9_.-]+)==", (ROOT / "requirements" / "base.txt").read_text(), re.MULTILINE)
    base = {_plain(name) for name in (*locked, "pinzhi", "setuptools", "pip")}
    gone = sorted(m for m, of in packages_distributions().items() if not base & {_plain(d) for d in of})
    assert {"cv2", "psycopg", "pytest"} <= set(gone)
    done = subprocess.run(
        [sys.executable, "-c", f"GONE = set({gone})\n{LOADED}"],
        env={
            "PINZHI_HOME": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "pinzhi.site.settings",
            "PYTHONPATH": str(ROOT / "src"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "whole\n", done.stderr[-2000:]

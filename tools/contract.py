"""
The anchor contract, compiled: `python tools/contract.py` writes `anchor.json` beside its source, `--check` compares and exits 1 where they differ.

Needs the compiler (extra `test`). What is shipped is the file, so that running Pinzhi needs no compiler.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "pinzhi" / "ledger" / "anchoring" / "anchor.vy"


def compiled() -> str:
    import vyper

    text = SOURCE.read_text(encoding="utf-8")
    made = vyper.compile_code(text, output_formats=["abi", "bytecode", "bytecode_runtime"])
    document = {
        "source_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "compiler": f"vyper {vyper.__version__.split('+')[0]}",
        "evm": "london",
        "abi": made["abi"],
        "bytecode": made["bytecode"],
        "runtime": made["bytecode_runtime"],
    }
    return json.dumps(document, indent=1) + "\n"


def main() -> int:
    shipped = SOURCE.with_suffix(".json")
    if "--check" not in sys.argv[1:]:
        shipped.write_text(compiled(), encoding="utf-8")
        return 0
    if shipped.read_text(encoding="utf-8") == compiled():
        return 0
    print(
        f"{shipped.name} is not what {SOURCE.name} compiles to\n  what to do: python tools/contract.py", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())

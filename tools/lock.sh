#!/usr/bin/env bash
# Recompile requirements/*.txt: hashes, every platform, no addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .tools/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --no-emit-index-url "$@"; }
compile requirements/build.in -o requirements/build.txt
compile requirements/node.in -o requirements/node.txt
compile pyproject.toml -o requirements/base.txt
compile pyproject.toml --extra test -c requirements/base.txt -o requirements/test.txt
compile pyproject.toml --extra bench -c requirements/test.txt -o requirements/bench.txt
